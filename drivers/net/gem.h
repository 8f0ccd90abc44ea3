/* SPDX-License-Identifier: BSD-2-Clause */
/* Cadence Gigabit Ethernet MAC (GEM), with its PHY (IEEE 802.3, clause 22). */
#pragma once

#include "drivers/net/nic.h"

struct gem_descriptor {
	uint32_t address;
	uint32_t control;
};

struct gem {
	struct gem_descriptor rx[NIC_RX_COUNT] __attribute__((aligned(64)));
	struct gem_descriptor tx[NIC_TX_COUNT] __attribute__((aligned(64)));
	struct gem_descriptor parked[2]; /* of queues that are not used: reception, transmission */
	struct nic nic;
	uintptr_t base;
	uintptr_t clock; /* SiFive's TX clock switch; 0: there is none */
	unsigned int rx_next;
	unsigned int tx_next;
	uint8_t phy;
};

/*
 * Starts the controller at @base. @mac: its address, zero if only the controller itself may know.
 * @gem and @buffers must lie below 4 GiB and stay until nic.ops->stop(). ERR_NIC_PHY: no PHY answers.
 * ERR_UNSUPPORTED: memory that the controller does not reach.
 */
enum err gem_open(struct gem *gem, uintptr_t base, uintptr_t clock, const uint8_t mac[6],
		  struct nic_buffers *buffers);
