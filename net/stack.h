/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 over one Ethernet controller: lwIP, polled, and what a boot needs of it. Addresses are numbers,
 * 0x0a000001 is 10.0.0.1; 0 is none.
 */
#pragma once

#include "drivers/net/nic.h"
#include "lib/err.h"
#include "net/boot_options.h"

struct net_address {
	uint32_t address;
	uint32_t mask;
	uint32_t gateway;
	uint32_t dns;		     /* to be set; DHCP sets its own */
	uint32_t next_server;	     /* DHCP: `siaddr` */
	struct boot_options options; /* DHCP: what the server wants to be booted */
};

/* A packet for our port arrived from @port of the peer. */
typedef void (*net_receive_fn)(void *context, uint16_t port, const void *data, size_t length);

/* Puts the stack on @nic; @seed makes its numbers hard to guess. */
void net_start(struct nic *nic, uint64_t seed);

/* Takes the stack off; the controller goes on. */
void net_stop(void);

/*
 * Takes in one packet, if one has arrived, and does what is due. To be called often. The error of the
 * controller, when it has failed.
 */
enum err net_poll(void);

/* The time of the latest net_poll(), in microseconds. */
uint64_t net_now(void);

/* Gives the stack the address in @address, and the name server. */
void net_set_address(const struct net_address *address);

/* Asks a DHCP server for one. ERR_DHCP_NO_ANSWER after @timeout_us. */
enum err net_dhcp(struct net_address *address, uint32_t timeout_us);

/* The address of a host by the name servers that DHCP or net_set_address() told. ERR_NET_DNS. */
enum err net_resolve(const char *name, uint32_t *address, uint32_t timeout_us);

/*
 * Packets of @peer to a new port of ours go to @receive from now on; net_close() ends that. One at a
 * time. ERR_FULL.
 */
enum err net_open(uint32_t peer, net_receive_fn receive, void *context);
void net_send(uint16_t port, const void *data, size_t length);
void net_close(void);

/* A number that peers do not know. */
uint32_t net_random(void);
