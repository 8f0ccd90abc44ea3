/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel 82574 (datasheet 317694, chapters 7 and 10), and what it has in common with the 82540EM
 * (software developer's manual 317453): legacy descriptors, one queue each way. Descriptor n of a ring
 * is buffer n for good.
 */
#include "drivers/net/e1000e.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

#define CTRL 0x0000
#define STATUS 0x0008
#define IMC 0x00d8
#define RCTL 0x0100
#define TCTL 0x0400
#define RDBAL 0x2800
#define RDBAH 0x2804
#define RDLEN 0x2808
#define RDH 0x2810
#define RDT 0x2818
#define TDBAL 0x3800
#define TDBAH 0x3804
#define TDLEN 0x3808
#define TDH 0x3810
#define TDT 0x3818
#define TXDCTL 0x3828
#define RFCTL 0x5008
#define RAL0 0x5400
#define RAH0 0x5404

#define CTRL_MASTER_DISABLE (1u << 2)
#define CTRL_LINK_UP (1u << 6)
#define CTRL_RESET (1u << 26)
#define STATUS_LINK_UP (1u << 1)
#define STATUS_SPEED(status) ((status) >> 6 & 3)
#define STATUS_MASTER (1u << 19)
#define RCTL_ENABLE (1u << 1)
#define RCTL_BROADCAST (1u << 15)
#define RCTL_STRIP_CRC (1u << 26)
#define RAH_VALID (1u << 31)
#define TCTL_ENABLE (1u << 1)
#define TCTL_PAD (1u << 3)
#define TCTL_COLLISIONS (0x0fu << 4 | 0x40u << 12)
/* Write back each descriptor; bit 22 has to be 1 on the 82574. */
#define TXDCTL_EACH (1u << 24 | 1u << 22)

#define RX_DONE 1
#define RX_END 2
#define TX_END 1
#define TX_INSERT_FCS 2
#define TX_REPORT 8
#define TX_DONE 1

#define RESET_TIMEOUT_US 100000
#define RESET_SETTLE_US 1000
#define MASTER_TIMEOUT_US 10000

static struct e1000e *e1000e_of(struct nic *nic)
{
	return (struct e1000e *)((char *)nic - offsetof(struct e1000e, nic));
}

static uint32_t reg_read(const struct e1000e *e, unsigned int reg)
{
	return mmio_read32(e->base + reg);
}

static void reg_write(const struct e1000e *e, unsigned int reg, uint32_t value)
{
	mmio_write32(e->base + reg, value);
}

bool e1000e_knows(uint16_t vendor, uint16_t device)
{
	return vendor == E1000E_VENDOR && (device == 0x10d3 || device == 0x100e);
}

static enum err reset(const struct e1000e *e)
{
	uint64_t deadline = deadline_after(MASTER_TIMEOUT_US), settled;

	reg_write(e, IMC, 0xffffffff);
	reg_write(e, RCTL, 0);
	reg_write(e, TCTL, TCTL_PAD);
	/* What is under way on the bus ends first (82574, 3.1.3.10). */
	reg_write(e, CTRL, reg_read(e, CTRL) | CTRL_MASTER_DISABLE);
	while (reg_read(e, STATUS) & STATUS_MASTER && !deadline_passed(deadline))
		cpu_relax();
	reg_write(e, CTRL, reg_read(e, CTRL) | CTRL_RESET);
	settled = deadline_after(RESET_SETTLE_US);
	deadline = deadline_after(RESET_TIMEOUT_US);
	while (!deadline_passed(settled))
		cpu_relax();
	while (reg_read(e, CTRL) & CTRL_RESET) {
		if (deadline_passed(deadline))
			return ERR_NIC_RESET;
	}
	reg_write(e, IMC, 0xffffffff);
	return ERR_OK;
}

static enum err e1000e_link(struct nic *nic, bool *up)
{
	static const uint16_t speeds[] = { 10, 100, 1000, 1000 };
	uint32_t status = reg_read(e1000e_of(nic), STATUS);

	*up = status & STATUS_LINK_UP;
	nic->speed = speeds[STATUS_SPEED(status)];
	return ERR_OK;
}

static enum err e1000e_receive(struct nic *nic, unsigned int *slot, uint32_t *length)
{
	struct e1000e *e = e1000e_of(nic);
	const struct e1000e_rx *descriptor = &e->rx[e->rx_next];
	uint8_t status = __atomic_load_n(&descriptor->status, __ATOMIC_ACQUIRE);
	uint16_t size;

	*length = 0;
	if (!(status & RX_DONE))
		return ERR_OK;
	size = __atomic_load_n(&descriptor->length, __ATOMIC_RELAXED);
	*slot = e->rx_next;
	/* Part of a frame, or one with an error, is none: 1 is too short. */
	*length = status & RX_END && size && !descriptor->errors ? size : 1;
	e->rx_next = (e->rx_next + 1) % NIC_RX_COUNT;
	return ERR_OK;
}

/* The descriptors up to the tail are the controller's: the one before gets back with this one. */
static void e1000e_release(struct nic *nic, unsigned int slot)
{
	struct e1000e *e = e1000e_of(nic);

	__atomic_store_n(&e->rx[slot].status, 0, __ATOMIC_RELAXED);
	fence_before_io();
	reg_write(e, RDT, slot);
}

/* One stays unused: a tail that has come round to the head says that there is nothing to send. */
static enum err e1000e_find_free(struct nic *nic, unsigned int *slot)
{
	const struct e1000e *e = e1000e_of(nic);
	unsigned int after = (e->tx_next + 1) % NIC_TX_COUNT;
	uint8_t status = __atomic_load_n(&e->tx[after].status, __ATOMIC_ACQUIRE);

	*slot = status & TX_DONE ? e->tx_next : NIC_TX_COUNT;
	return ERR_OK;
}

static void e1000e_send(struct nic *nic, unsigned int slot, uint32_t length)
{
	struct e1000e *e = e1000e_of(nic);

	e->tx[slot].length = (uint16_t)length;
	e->tx[slot].command = TX_END | TX_INSERT_FCS | TX_REPORT;
	__atomic_store_n(&e->tx[slot].status, 0, __ATOMIC_RELEASE);
	e->tx_next = (slot + 1) % NIC_TX_COUNT;
	fence_before_io();
	reg_write(e, TDT, e->tx_next);
}

static void e1000e_stop(struct nic *nic)
{
	reset(e1000e_of(nic));
}

static void e1000e_set_address(struct nic *nic)
{
	const struct e1000e *e = e1000e_of(nic);

	reg_write(e, RAL0, load_le32(nic->mac));
	reg_write(e, RAH0, load_le16(nic->mac + 4) | RAH_VALID);
}

static const struct nic_ops ops = {
	.set_address = e1000e_set_address,
	.link = e1000e_link,
	.receive = e1000e_receive,
	.release = e1000e_release,
	.find_free = e1000e_find_free,
	.send = e1000e_send,
	.stop = e1000e_stop,
};

static void set_ring(const struct e1000e *e, unsigned int low, const void *ring, uint32_t size)
{
	reg_write(e, low, (uint32_t)(uintptr_t)ring);
	reg_write(e, low + (RDBAH - RDBAL), (uint32_t)((uint64_t)(uintptr_t)ring >> 32));
	reg_write(e, low + (RDLEN - RDBAL), size);
}

static void set_rings(struct e1000e *e)
{
	memset(e->rx, 0, sizeof(e->rx));
	memset(e->tx, 0, sizeof(e->tx));
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++)
		e->rx[i].address = (uintptr_t)e->nic.buffers->rx[i] + NIC_FRAME_OFFSET;
	for (unsigned int i = 0; i < NIC_TX_COUNT; i++) {
		e->tx[i].address = (uintptr_t)e->nic.buffers->tx[i] + NIC_FRAME_OFFSET;
		e->tx[i].status = TX_DONE;
	}
	fence_before_io();
	set_ring(e, RDBAL, e->rx, sizeof(e->rx));
	reg_write(e, RDH, 0);
	reg_write(e, RDT, 0);
	set_ring(e, TDBAL, e->tx, sizeof(e->tx));
	reg_write(e, TDH, 0);
	reg_write(e, TDT, 0);
}

/* What the controller has read from its EEPROM. */
static void read_mac(struct e1000e *e)
{
	uint32_t low = reg_read(e, RAL0), high = reg_read(e, RAH0);

	for (unsigned int i = 0; i < 6; i++)
		e->nic.mac[i] = (uint8_t)((i < 4 ? low >> 8 * i : high >> 8 * (i - 4)));
}

enum err e1000e_open(struct e1000e *e, uintptr_t base, struct nic_buffers *buffers)
{
	enum err err;

	e->base = base;
	e->rx_next = e->tx_next = 0;
	e->nic = (struct nic){ .ops = &ops, .name = "Intel e1000e", .buffers = buffers };
	err = reset(e);
	if (err)
		return err;
	read_mac(e);
	set_rings(e);
	reg_write(e, RFCTL, 0);
	reg_write(e, TXDCTL, TXDCTL_EACH);
	reg_write(e, TCTL, TCTL_ENABLE | TCTL_PAD | TCTL_COLLISIONS);
	reg_write(e, RCTL, RCTL_ENABLE | RCTL_BROADCAST | RCTL_STRIP_CRC);
	reg_write(e, RDT, NIC_RX_COUNT - 1);
	reg_write(e, CTRL, reg_read(e, CTRL) | CTRL_LINK_UP);
	return ERR_OK;
}
