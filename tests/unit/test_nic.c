/* SPDX-License-Identifier: BSD-2-Clause */
/* What controllers say of frames is checked before anybody looks at them; the GEM's rings and its PHY. */
/* sources: drivers/net/nic.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

static uint32_t model_read(uintptr_t addr);
static void model_write(uintptr_t addr, uint32_t value);

#define mmio_read32(addr) model_read(addr)
#define mmio_write32(addr, value) model_write(addr, value)
#include "drivers/net/gem.c"

#define BASE 0x10090000u
#define CLOCK 0x100a0000u
#define PHY 7

static struct {
	uint64_t now_us;
	uint32_t regs[0x800];
	uint16_t phy[32];
	bool has_phy, stuck;
	uint32_t clock;
	unsigned int starts, rx, tx; /* of transmission; where the controller is in its rings */
	uint8_t sent[NIC_BUFFER_SIZE];
	uint32_t sent_length;
} m;

static struct gem *gem;
static struct nic_buffers *buffers;

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static struct gem_descriptor *ring(unsigned int reg)
{
	return (struct gem_descriptor *)(uintptr_t)m.regs[reg / 4];
}

static void transmit(void)
{
	while (!m.stuck) {
		struct gem_descriptor *d = &ring(TXQBASE)[m.tx];

		if (d->control & TX_USED)
			break;
		assert_true(d->control & TX_LAST);
		m.sent_length = d->control & 0x3fff;
		memcpy(m.sent, (void *)(uintptr_t)d->address, m.sent_length);
		m.starts++;
		m.tx = d->control & TX_WRAP ? 0 : m.tx + 1;
		d->control |= TX_USED;
	}
}

/* A frame arrives; false: the ring is full. */
static bool arrive(const void *frame, uint32_t length, uint32_t flags)
{
	struct gem_descriptor *d = &ring(RXQBASE)[m.rx];
	uint32_t skip = m.regs[NWCFG / 4] >> 14 & 3;

	assert_true(m.regs[NWCTRL / 4] & NWCTRL_RXENA);
	if (d->address & RX_USED) {
		m.regs[RXSTATUS / 4] |= RXSTATUS_NO_BUFFER;
		return false;
	}
	memcpy((void *)(uintptr_t)((d->address & ~3u) + skip), frame, length);
	d->control = flags | length;
	m.rx = d->address & RX_WRAP ? 0 : m.rx + 1;
	d->address |= RX_USED;
	return true;
}

static uint32_t model_read(uintptr_t addr)
{
	unsigned int reg = (unsigned int)(addr - BASE);

	if (reg == NWSTATUS)
		return NWSTATUS_MDIO_IDLE;
	return m.regs[reg / 4];
}

static void mdio(uint32_t value)
{
	unsigned int phy = value >> 23 & 31, reg = value >> 18 & 31;

	assert_int_equal(value & PHYMNTNC_CLAUSE_22, PHYMNTNC_CLAUSE_22);
	if (value & PHYMNTNC_WRITE && phy == PHY)
		m.phy[reg] = (uint16_t)value;
	m.regs[PHYMNTNC / 4] = phy == PHY && m.has_phy ? m.phy[reg] : 0xffff;
}

static void model_write(uintptr_t addr, uint32_t value)
{
	unsigned int reg = (unsigned int)(addr - BASE);

	if (addr == CLOCK) {
		m.clock = value;
		return;
	}
	assert_true(reg < sizeof(m.regs));
	if (reg == RXSTATUS || reg == TXSTATUS)
		value = m.regs[reg / 4] & ~value;
	m.regs[reg / 4] = value;
	if (reg == PHYMNTNC)
		mdio(value);
	if (reg == NWCTRL && value & NWCTRL_TXSTART)
		transmit();
}

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.has_phy = true;
	m.clock = 0xffffffff;
	m.phy[PHY_ID1] = 0x0141;
	m.phy[BMSR] = BMSR_LINK | BMSR_AN_COMPLETE;
	m.phy[ANAR] = m.phy[ANLPAR] = 0x1e1;
	m.phy[GBCR] = GBCR_1000_FULL;
	m.phy[GBSR] = GBCR_1000_FULL << 2;
	m.regs[DCFG6 / 4] = 0x06;
	return 0;
}

static int map_memory(void **state)
{
	(void)state;
	gem = mmap(NULL, align_up(sizeof(*gem), 4096), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	buffers = mmap(NULL, sizeof(*buffers), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_true((void *)gem != MAP_FAILED && (void *)buffers != MAP_FAILED);
	return 0;
}

static void open_gem(void)
{
	static const uint8_t mac[6] = { 2, 3, 4, 5, 6, 7 };

	assert_int_equal(gem_open(gem, BASE, CLOCK, mac, buffers), ERR_OK);
	assert_int_equal(nic_wait_link(&gem->nic, NIC_LINK_TIMEOUT_US), ERR_OK);
	assert_memory_equal(gem->nic.mac, mac, 6);
}

static void takes_the_best_speed(void **state)
{
	static const struct {
		uint16_t gbcr, gbsr, anar, anlpar;
		uint32_t speed, config, clock;
	} links[] = {
		{ 0x300, 0x0800, 0x1e1, 0x1e1, 1000, NWCFG_1000 | NWCFG_FULL_DUPLEX, 0 },
		{ 0x300, 0x0400, 0x1e1, 0x1e1, 1000, NWCFG_1000, 0 },
		{ 0x000, 0x0800, 0x1e1, 0x1e1, 100, NWCFG_100 | NWCFG_FULL_DUPLEX, 1 },
		{ 0x300, 0x0000, 0x1e1, 0x0e1, 100, NWCFG_100, 1 },
		{ 0x300, 0x0000, 0x1e1, 0x061, 10, NWCFG_FULL_DUPLEX, 1 },
		{ 0x300, 0x0000, 0x1e1, 0x021, 10, 0, 1 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(links); i++) {
		m.phy[GBCR] = links[i].gbcr;
		m.phy[GBSR] = links[i].gbsr;
		m.phy[ANAR] = links[i].anar;
		m.phy[ANLPAR] = links[i].anlpar;
		open_gem();
		assert_int_equal(gem->nic.speed, links[i].speed);
		assert_int_equal(m.regs[NWCFG / 4] & (NWCFG_1000 | NWCFG_100 | NWCFG_FULL_DUPLEX),
				 links[i].config);
		assert_int_equal(m.clock, links[i].clock);
	}
}

static void tells_of_no_phy_and_no_link(void **state)
{
	uint64_t start;

	(void)state;
	m.has_phy = false;
	assert_int_equal(gem_open(gem, BASE, CLOCK, (uint8_t[6]){ 0 }, buffers), ERR_NIC_PHY);
	m.has_phy = true;
	m.phy[BMSR] = 0;
	assert_int_equal(gem_open(gem, BASE, CLOCK, (uint8_t[6]){ 0 }, buffers), ERR_OK);
	assert_int_equal(m.phy[BMCR], BMCR_AN_ENABLE | BMCR_AN_RESTART);
	start = m.now_us;
	assert_int_equal(nic_wait_link(&gem->nic, NIC_LINK_TIMEOUT_US), ERR_NIC_NO_LINK);
	assert_in_range(m.now_us - start, NIC_LINK_TIMEOUT_US, NIC_LINK_TIMEOUT_US + 100000);
}

static void receives_around_the_ring(void **state)
{
	uint8_t *frame, data[1514];
	unsigned int slot, last;
	uint32_t length;

	(void)state;
	open_gem();
	for (unsigned int i = 0; i < 1000; i++) {
		uint32_t size = NIC_FRAME_MIN + i * 7 % (NIC_FRAME_MAX - NIC_FRAME_MIN + 1);

		memset(data, (int)i, sizeof(data));
		assert_true(arrive(data, size, RX_WHOLE));
		assert_int_equal(nic_receive(&gem->nic, &slot, &frame, &length), ERR_OK);
		assert_int_equal(length, size);
		assert_int_equal((uintptr_t)frame % 8, 2);
		assert_memory_equal(frame, data, size);
		nic_release(&gem->nic, slot);
		assert_int_equal(nic_receive(&gem->nic, &slot, &frame, &length), ERR_OK);
		assert_null(frame);
	}
	/* A full ring takes no more, and goes on once it is emptied. */
	for (last = 0; arrive(data, 60, RX_WHOLE); last++)
		;
	assert_int_equal(last, NIC_RX_COUNT);
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++) {
		assert_int_equal(nic_receive(&gem->nic, &slot, &frame, &length), ERR_OK);
		assert_non_null(frame);
		nic_release(&gem->nic, slot);
	}
	nic_receive(&gem->nic, &slot, &frame, &length);
	assert_null(frame);
	assert_int_equal(m.regs[RXSTATUS / 4], 0);
	assert_true(arrive(data, 60, RX_WHOLE));
}

static void drops_what_is_no_frame(void **state)
{
	static const uint8_t data[2000];
	unsigned int slot;
	uint8_t *frame;
	uint32_t length;

	(void)state;
	open_gem();
	arrive(data, 13, RX_WHOLE);
	arrive(data, 0, RX_WHOLE);
	arrive(data, 1515, RX_WHOLE);
	arrive(data, 100, 1u << 14);
	arrive(data, 100, 0);
	arrive(data, 77, RX_WHOLE);
	assert_int_equal(nic_receive(&gem->nic, &slot, &frame, &length), ERR_OK);
	assert_int_equal(length, 77);
	nic_release(&gem->nic, slot);
	/* More than any buffer: the controller has written over something. */
	arrive(data, 10, RX_WHOLE);
	ring(RXQBASE)[m.rx - 1].control = RX_WHOLE | RX_LENGTH;
	assert_int_equal(nic_receive(&gem->nic, &slot, &frame, &length), ERR_NIC_RING);
}

static void sends_around_the_ring(void **state)
{
	unsigned int slot;
	uint8_t *frame;

	(void)state;
	open_gem();
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(nic_send_buffer(&gem->nic, &slot, &frame), ERR_OK);
		memset(frame, (int)i, NIC_FRAME_MAX);
		nic_send(&gem->nic, slot, 60 + i);
		assert_int_equal(m.starts, i + 1);
		assert_int_equal(m.sent_length, 60 + i);
		assert_int_equal(m.sent[59 + i], (uint8_t)i);
	}
	m.stuck = true;
	for (unsigned int i = 0; i < NIC_TX_COUNT; i++) {
		assert_int_equal(nic_send_buffer(&gem->nic, &slot, &frame), ERR_OK);
		nic_send(&gem->nic, slot, 60);
	}
	assert_int_equal(nic_send_buffer(&gem->nic, &slot, &frame), ERR_NIC_SEND);
	gem->nic.ops->stop(&gem->nic);
	assert_int_equal(m.regs[NWCTRL / 4], 0);
}

static void parks_the_other_queues(void **state)
{
	(void)state;
	open_gem();
	for (unsigned int queue = 1; queue < QUEUES; queue++) {
		if (!(0x06 & BIT(queue))) {
			assert_int_equal(m.regs[RXQBASE_OF(queue) / 4], 0);
			continue;
		}
		assert_true(ring(RXQBASE_OF(queue))->address & RX_USED);
		assert_true(ring(TXQBASE_OF(queue))->control & TX_USED);
	}
}

/* A device that says which buffer it has filled. */
static struct {
	unsigned int slot;
	uint32_t length;
} says;

static enum err lying_receive(struct nic *nic, unsigned int *slot, uint32_t *length)
{
	(void)nic;
	*slot = says.slot;
	*length = says.length;
	return ERR_OK;
}

static void lying_release(struct nic *nic, unsigned int slot)
{
	(void)nic;
	(void)slot;
}

static void believes_no_device(void **state)
{
	static const struct nic_ops lies = { .receive = lying_receive, .release = lying_release };
	struct nic nic = { .ops = &lies, .buffers = buffers };
	unsigned int slot;
	uint8_t *frame;
	uint32_t length;

	(void)state;
	says.slot = NIC_RX_COUNT;
	says.length = 100;
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_NIC_RING);
	says.slot = UINT32_MAX;
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_NIC_RING);
	says.slot = 3;
	says.length = NIC_FRAME_ROOM + 1;
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_NIC_RING);
	says.length = 100;
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_OK);
	assert_non_null(frame);
	/* The same buffer again, while it is with us. */
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_NIC_RING);
	nic_release(&nic, 3);
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_OK);
	/* Frames that are none come without an end: others have their turn. */
	nic_release(&nic, 3);
	says.length = NIC_FRAME_MIN - 1;
	assert_int_equal(nic_receive(&nic, &slot, &frame, &length), ERR_OK);
	assert_null(frame);
	assert_int_equal(nic.received, 0);
}

static void knows_addresses_of_stations(void **state)
{
	(void)state;
	assert_true(mac_is_valid((uint8_t[6]){ 0x52, 0x54, 0, 0, 0, 1 }));
	assert_false(mac_is_valid((uint8_t[6]){ 0 }));
	assert_false(mac_is_valid((uint8_t[6]){ 1, 0, 0x5e, 0, 0, 1 }));
	assert_false(mac_is_valid((uint8_t[6]){ 255, 255, 255, 255, 255, 255 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_the_best_speed, setup),
		cmocka_unit_test_setup(tells_of_no_phy_and_no_link, setup),
		cmocka_unit_test_setup(receives_around_the_ring, setup),
		cmocka_unit_test_setup(drops_what_is_no_frame, setup),
		cmocka_unit_test_setup(sends_around_the_ring, setup),
		cmocka_unit_test_setup(parks_the_other_queues, setup),
		cmocka_unit_test_setup(believes_no_device, setup),
		cmocka_unit_test_setup(knows_addresses_of_stations, setup),
	};

	return cmocka_run_group_tests(tests, map_memory, NULL);
}
