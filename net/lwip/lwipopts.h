/* SPDX-License-Identifier: BSD-2-Clause */
/* What is used of lwIP: ARP, IPv4 in whole packets, UDP, DHCP, DNS; polled, on pools of fixed size. */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0 /* net/stack.c */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0
#ifndef LWIP_PLATFORM_ASSERT /* but when it is fuzzed */
#define LWIP_NOASSERT 1
#endif
#define LWIP_SINGLE_NETIF 1

/* There is no heap: mem_malloc() takes from the pools of lwippools.h. */
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_USE_POOLS 1
#define MEMP_USE_CUSTOM_POOLS 1
#define MEM_ALIGNMENT 8
#define MEMP_NUM_PBUF 4
#define MEMP_NUM_UDP_PCB 3
#define PBUF_POOL_SIZE 0
#define LWIP_SUPPORT_CUSTOM_PBUF 1

#define LWIP_ARP 1
#define ARP_QUEUEING 0
#define ARP_TABLE_SIZE 4
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define IP_FORWARD 0
#define IP_OPTIONS_ALLOWED 0
#define LWIP_ICMP 1 /* a person may ping a board that waits */
#define LWIP_RAW 0
#define LWIP_TCP 0
#define LWIP_UDP 1
#define LWIP_ACD 0
#define LWIP_IGMP 0

#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DHCP_BOOTP_FILE 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_DNS 1
#define DNS_TABLE_SIZE 1
#define DNS_MAX_SERVERS 2

/* net/stack.c */
#define LWIP_HOOK_FILENAME "net/lwip_hooks.h"
#define DHCP_OPTIONS_LEN 128
#define DHCP_ADD_EXTRA_REQUEST_OPTIONS , DHCP_OPTION_TFTP_SERVERNAME, DHCP_OPTION_BOOTFILE, 43
#define LWIP_HOOK_DHCP_APPEND_OPTIONS(netif, dhcp, state, msg, type, length) \
	stack_append_dhcp_options((msg)->options, length)
#define LWIP_HOOK_DHCP_PARSE_OPTION(netif, dhcp, state, msg, type, option, length, pbuf, offset) \
	stack_take_dhcp_option(type, option, length, pbuf, offset)

/* Of our own: lwIP's take some instructions a byte. */
#define LWIP_CHKSUM checksum
