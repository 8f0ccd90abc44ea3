/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel gigabit controllers on PCI: 82540EM ("e1000") and 82574 ("e1000e"). */
#pragma once

#include "drivers/net/nic.h"

#define E1000E_VENDOR 0x8086

struct e1000e_rx {
	uint64_t address;
	uint16_t length;
	uint16_t checksum;
	uint8_t status;
	uint8_t errors;
	uint16_t special;
};

struct e1000e_tx {
	uint64_t address;
	uint16_t length;
	uint8_t checksum_offset;
	uint8_t command;
	uint8_t status;
	uint8_t checksum_start;
	uint16_t special;
};

struct e1000e {
	struct e1000e_rx rx[NIC_RX_COUNT] __attribute__((aligned(128)));
	struct e1000e_tx tx[NIC_TX_COUNT] __attribute__((aligned(128)));
	struct nic nic;
	uintptr_t base;
	unsigned int rx_next;
	unsigned int tx_next;
};

/* The device id is one of a controller that this drives. */
bool e1000e_knows(uint16_t vendor, uint16_t device);

/*
 * Starts the controller whose registers (BAR 0) are at @base. @nic and @buffers stay until
 * nic.ops->stop(). ERR_NIC_RESET.
 */
enum err e1000e_open(struct e1000e *nic, uintptr_t base, struct nic_buffers *buffers);
