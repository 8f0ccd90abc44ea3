/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cadence GEM (Zynq-7000 TRM, UG585, chapter 16; FU540-C000 manual, chapter 21), with descriptors of
 * 32-bit addresses. Descriptor n of a ring is buffer n for good. The FU540 has one register more, for
 * the transmit clock.
 */
#include "drivers/net/gem.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

#define NWCTRL 0x000
#define NWCFG 0x004
#define NWSTATUS 0x008
#define DMACFG 0x010
#define TXSTATUS 0x014
#define RXQBASE 0x018
#define TXQBASE 0x01c
#define RXSTATUS 0x020
#define IDR 0x02c
#define PHYMNTNC 0x034
#define SPADDR1LO 0x088
#define SPADDR1HI 0x08c
#define DCFG1 0x280
#define DCFG6 0x294
#define TXQBASE_OF(queue) (0x440 + 4 * ((queue)-1))
#define RXQBASE_OF(queue) (0x480 + 4 * ((queue)-1))
#define QUEUES 8

#define NWCTRL_RXENA (1u << 2)
#define NWCTRL_TXENA (1u << 3)
#define NWCTRL_MDENA (1u << 4)
#define NWCTRL_CLEAR_STATS (1u << 5)
#define NWCTRL_TXSTART (1u << 9)

#define NWCFG_100 (1u << 0)
#define NWCFG_FULL_DUPLEX (1u << 1)
#define NWCFG_1000 (1u << 10)
#define NWCFG_RX_OFFSET(n) ((n) << 14)
#define NWCFG_STRIP_FCS (1u << 17)
#define NWCFG_MDC_DIV_224 (7u << 18) /* of the slowest use to the fastest bus */
#define NWCFG_BUS_WIDTH(n) ((n) << 21)

#define NWSTATUS_MDIO_IDLE (1u << 2)

#define DMACFG_BURST_16 (1u << 4)
#define DMACFG_RX_MEMORY_ALL (3u << 8)
#define DMACFG_TX_MEMORY_ALL (1u << 10)
#define DMACFG_RX_BUFFER(size) ((size) / 64 << 16)

#define TXSTATUS_GO (1u << 3)
#define STATUS_ALL 0xffffffff
#define RXSTATUS_NO_BUFFER (1u << 0)

#define PHYMNTNC_CLAUSE_22 (1u << 30 | 2u << 16)
#define PHYMNTNC_READ (2u << 28)
#define PHYMNTNC_WRITE (1u << 28)
#define PHYMNTNC_PHY(n) ((uint32_t)(n) << 23)
#define PHYMNTNC_REG(n) ((uint32_t)(n) << 18)

#define DCFG1_BUS_WIDTH(dcfg1) ((dcfg1) >> 25 & 7) /* in units of 32 bits */

/* Descriptors: in the address, and in the control word */
#define RX_USED (1u << 0)
#define RX_WRAP (1u << 1)
#define RX_LENGTH 0x1fff
#define RX_WHOLE (3u << 14) /* the frame starts and ends here */
#define TX_LAST (1u << 15)
#define TX_WRAP (1u << 30)
#define TX_USED (1u << 31)

/* PHY registers (802.3, 22.2.4) */
#define BMCR 0
#define BMSR 1
#define PHY_ID1 2
#define ANAR 4
#define ANLPAR 5
#define GBCR 9
#define GBSR 10
#define BMCR_AN_RESTART (1u << 9)
#define BMCR_AN_ENABLE (1u << 12)
#define BMSR_LINK (1u << 2)
#define BMSR_AN_COMPLETE (1u << 5)
#define GBCR_1000_FULL (1u << 9)
#define GBCR_1000_HALF (1u << 8)
#define ANAR_100_FULL (1u << 8)
#define ANAR_100_HALF (1u << 7)
#define ANAR_10_FULL (1u << 6)

/* The hardware aligns buffers to 4, and skips two bytes more. */
#define RX_BUFFER_OFFSET 16
#define RX_SKIP (NIC_FRAME_OFFSET - RX_BUFFER_OFFSET)
#define RX_BUFFER_SIZE 1600u

#define MDIO_TIMEOUT_US 10000
#define STOP_TIMEOUT_US 10000

_Static_assert(RX_SKIP == 2 && RX_BUFFER_OFFSET + RX_BUFFER_SIZE <= NIC_BUFFER_SIZE,
	       "the frame fits where the stack expects it");

static struct gem *gem_of(struct nic *nic)
{
	return (struct gem *)((char *)nic - offsetof(struct gem, nic));
}

static uint32_t reg_read(const struct gem *gem, unsigned int reg)
{
	return mmio_read32(gem->base + reg);
}

static void reg_write(const struct gem *gem, unsigned int reg, uint32_t value)
{
	mmio_write32(gem->base + reg, value);
}

static bool wait_mdio(const struct gem *gem)
{
	uint64_t deadline = deadline_after(MDIO_TIMEOUT_US);

	do {
		if (reg_read(gem, NWSTATUS) & NWSTATUS_MDIO_IDLE)
			return true;
	} while (!deadline_passed(deadline));
	return false;
}

/* All ones where nobody answers. */
static uint16_t phy_read(const struct gem *gem, unsigned int phy, unsigned int reg)
{
	reg_write(gem, PHYMNTNC,
		  PHYMNTNC_CLAUSE_22 | PHYMNTNC_READ | PHYMNTNC_PHY(phy) | PHYMNTNC_REG(reg));
	return wait_mdio(gem) ? (uint16_t)reg_read(gem, PHYMNTNC) : UINT16_MAX;
}

static void phy_write(const struct gem *gem, unsigned int phy, unsigned int reg, uint16_t value)
{
	reg_write(gem, PHYMNTNC,
		  PHYMNTNC_CLAUSE_22 | PHYMNTNC_WRITE | PHYMNTNC_PHY(phy) | PHYMNTNC_REG(reg) |
			  value);
	wait_mdio(gem);
}

/* The first PHY on the bus negotiates, unless it has a link already. */
static enum err start_phy(struct gem *gem)
{
	uint16_t id = UINT16_MAX, status;

	for (gem->phy = 0; gem->phy < 32; gem->phy++) {
		id = phy_read(gem, gem->phy, PHY_ID1);
		if (id && id != UINT16_MAX)
			break;
	}
	if (gem->phy == 32)
		return ERR_NIC_PHY;
	status = phy_read(gem, gem->phy, BMSR);
	if (!(status & BMSR_LINK) || !(status & BMSR_AN_COMPLETE))
		phy_write(gem, gem->phy, BMCR, BMCR_AN_ENABLE | BMCR_AN_RESTART);
	return ERR_OK;
}

/* What both ends can do best (802.3, 28B.3 and 40.5.1). */
static uint32_t negotiated(struct gem *gem)
{
	unsigned int gigabit = phy_read(gem, gem->phy, GBSR) >> 2 & phy_read(gem, gem->phy, GBCR);
	unsigned int common = phy_read(gem, gem->phy, ANLPAR) & phy_read(gem, gem->phy, ANAR);

	if (gigabit & (GBCR_1000_FULL | GBCR_1000_HALF)) {
		gem->nic.speed = 1000;
		return NWCFG_1000 | (gigabit & GBCR_1000_FULL ? NWCFG_FULL_DUPLEX : 0);
	}
	if (common & (ANAR_100_FULL | ANAR_100_HALF)) {
		gem->nic.speed = 100;
		return NWCFG_100 | (common & ANAR_100_FULL ? NWCFG_FULL_DUPLEX : 0);
	}
	gem->nic.speed = 10;
	return common & ANAR_10_FULL ? NWCFG_FULL_DUPLEX : 0;
}

static enum err gem_link(struct nic *nic, bool *up)
{
	struct gem *gem = gem_of(nic);
	uint16_t status;
	uint32_t config;

	/* A link that was lost meanwhile shows in the first read only. */
	phy_read(gem, gem->phy, BMSR);
	status = phy_read(gem, gem->phy, BMSR);
	*up = status != UINT16_MAX && status & BMSR_LINK && status & BMSR_AN_COMPLETE;
	if (!*up)
		return ERR_OK;
	config = reg_read(gem, NWCFG) & ~(NWCFG_1000 | NWCFG_100 | NWCFG_FULL_DUPLEX);
	reg_write(gem, NWCFG, config | negotiated(gem));
	if (gem->clock)
		mmio_write32(gem->clock, nic->speed != 1000);
	reg_write(gem, NWCTRL, NWCTRL_MDENA | NWCTRL_RXENA | NWCTRL_TXENA);
	return ERR_OK;
}

/*
 * Where the controller ran out of buffers it looks for one with the next frame; QEMU's wants to be told
 * that there are some again.
 */
static void restart_reception(const struct gem *gem)
{
	if (!(reg_read(gem, RXSTATUS) & RXSTATUS_NO_BUFFER))
		return;
	reg_write(gem, RXSTATUS, RXSTATUS_NO_BUFFER);
	reg_write(gem, NWCTRL, NWCTRL_MDENA | NWCTRL_RXENA | NWCTRL_TXENA);
}

static enum err gem_receive(struct nic *nic, unsigned int *slot, uint32_t *length)
{
	struct gem *gem = gem_of(nic);
	struct gem_descriptor *descriptor = &gem->rx[gem->rx_next];
	uint32_t control;

	*length = 0;
	if (!(__atomic_load_n(&descriptor->address, __ATOMIC_ACQUIRE) & RX_USED)) {
		restart_reception(gem);
		return ERR_OK;
	}
	control = __atomic_load_n(&descriptor->control, __ATOMIC_RELAXED);
	*slot = gem->rx_next;
	/* Part of a frame is none: 1 is too short. */
	*length = (control & RX_WHOLE) == RX_WHOLE && control & RX_LENGTH ? control & RX_LENGTH : 1;
	gem->rx_next = (gem->rx_next + 1) % NIC_RX_COUNT;
	return ERR_OK;
}

/* The address is not read back: it is the controller's word. */
static void give_rx(struct gem *gem, unsigned int slot)
{
	uint32_t address = (uint32_t)(uintptr_t)gem->nic.buffers->rx[slot] + RX_BUFFER_OFFSET;

	__atomic_store_n(&gem->rx[slot].address, address | (slot == NIC_RX_COUNT - 1 ? RX_WRAP : 0),
			 __ATOMIC_RELEASE);
}

static void gem_release(struct nic *nic, unsigned int slot)
{
	give_rx(gem_of(nic), slot);
}

static enum err gem_find_free(struct nic *nic, unsigned int *slot)
{
	const struct gem *gem = gem_of(nic);
	uint32_t control = __atomic_load_n(&gem->tx[gem->tx_next].control, __ATOMIC_ACQUIRE);

	*slot = control & TX_USED ? gem->tx_next : NIC_TX_COUNT;
	return ERR_OK;
}

static void gem_send(struct nic *nic, unsigned int slot, uint32_t length)
{
	struct gem *gem = gem_of(nic);

	__atomic_store_n(&gem->tx[slot].control,
			 length | TX_LAST | (slot == NIC_TX_COUNT - 1 ? TX_WRAP : 0),
			 __ATOMIC_RELEASE);
	gem->tx_next = (slot + 1) % NIC_TX_COUNT;
	fence_before_io();
	reg_write(gem, NWCTRL, NWCTRL_MDENA | NWCTRL_RXENA | NWCTRL_TXENA | NWCTRL_TXSTART);
}

static void gem_stop(struct nic *nic)
{
	const struct gem *gem = gem_of(nic);
	uint64_t deadline = deadline_after(STOP_TIMEOUT_US);

	reg_write(gem, NWCTRL, NWCTRL_MDENA);
	while (reg_read(gem, TXSTATUS) & TXSTATUS_GO && !deadline_passed(deadline))
		cpu_relax();
	reg_write(gem, NWCTRL, 0);
}

static void gem_set_address(struct nic *nic)
{
	const struct gem *gem = gem_of(nic);
	const uint8_t *mac = nic->mac;

	reg_write(gem, SPADDR1LO, load_le32(mac));
	reg_write(gem, SPADDR1HI, load_le16(mac + 4));
}

static const struct nic_ops ops = {
	.set_address = gem_set_address,
	.link = gem_link,
	.receive = gem_receive,
	.release = gem_release,
	.find_free = gem_find_free,
	.send = gem_send,
	.stop = gem_stop,
};

static bool is_reached(const void *memory, size_t size)
{
	return range_inside((uintptr_t)memory, size, 0, 1ull << 32);
}

static void set_rings(struct gem *gem)
{
	uint32_t queues = reg_read(gem, DCFG6);

	memset(gem->rx, 0, sizeof(gem->rx));
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++)
		give_rx(gem, i);
	for (unsigned int i = 0; i < NIC_TX_COUNT; i++) {
		gem->tx[i].address =
			(uint32_t)(uintptr_t)gem->nic.buffers->tx[i] + NIC_FRAME_OFFSET;
		gem->tx[i].control = TX_USED | (i == NIC_TX_COUNT - 1 ? TX_WRAP : 0);
	}
	gem->parked[0] = (struct gem_descriptor){ RX_USED | RX_WRAP, 0 };
	gem->parked[1] = (struct gem_descriptor){ 0, TX_USED | TX_WRAP };
	fence_before_io();
	reg_write(gem, RXQBASE, (uint32_t)(uintptr_t)gem->rx);
	reg_write(gem, TXQBASE, (uint32_t)(uintptr_t)gem->tx);
	for (unsigned int queue = 1; queue < QUEUES; queue++) {
		if (!(queues & BIT(queue)))
			continue;
		reg_write(gem, RXQBASE_OF(queue), (uint32_t)(uintptr_t)&gem->parked[0]);
		reg_write(gem, TXQBASE_OF(queue), (uint32_t)(uintptr_t)&gem->parked[1]);
	}
}

/* The address from the device tree, else what the stage before has left in the controller. */
static void set_mac(struct gem *gem, const uint8_t mac[6])
{
	uint32_t low = reg_read(gem, SPADDR1LO), high = reg_read(gem, SPADDR1HI);
	uint8_t *own = gem->nic.mac;

	for (unsigned int i = 0; i < 4; i++)
		own[i] = (uint8_t)(low >> 8 * i);
	own[4] = (uint8_t)high;
	own[5] = (uint8_t)(high >> 8);
	if (mac_is_valid(mac))
		memcpy(own, mac, sizeof(gem->nic.mac));
}

enum err gem_open(struct gem *gem, uintptr_t base, uintptr_t clock, const uint8_t mac[6],
		  struct nic_buffers *buffers)
{
	uint32_t width;

	gem->base = base;
	gem->clock = clock;
	gem->rx_next = gem->tx_next = 0;
	gem->nic = (struct nic){ .ops = &ops, .name = "Cadence GEM", .buffers = buffers };
	reg_write(gem, NWCTRL, 0);
	if (!is_reached(gem, sizeof(*gem)) || !is_reached(buffers, sizeof(*buffers)))
		return ERR_UNSUPPORTED;
	reg_write(gem, NWCTRL, NWCTRL_CLEAR_STATS);
	reg_write(gem, IDR, STATUS_ALL);
	reg_write(gem, RXSTATUS, STATUS_ALL);
	reg_write(gem, TXSTATUS, STATUS_ALL);
	width = DCFG1_BUS_WIDTH(reg_read(gem, DCFG1));
	reg_write(gem, NWCFG,
		  NWCFG_RX_OFFSET(RX_SKIP) | NWCFG_STRIP_FCS | NWCFG_MDC_DIV_224 |
			  NWCFG_BUS_WIDTH(width >= 4   ? 2u
					  : width >= 2 ? 1u
						       : 0u));
	reg_write(gem, DMACFG,
		  DMACFG_BURST_16 | DMACFG_RX_MEMORY_ALL | DMACFG_TX_MEMORY_ALL |
			  DMACFG_RX_BUFFER(RX_BUFFER_SIZE));
	set_mac(gem, mac);
	set_rings(gem);
	reg_write(gem, NWCTRL, NWCTRL_MDENA);
	return start_phy(gem);
}
