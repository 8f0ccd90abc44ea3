/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel's gigabit controllers: a model of their rings, and what they may say of a frame. */
/* sources: drivers/net/nic.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/riscv/io.h"

static uint32_t model_read(uintptr_t addr);
static void model_write(uintptr_t addr, uint32_t value);

#define mmio_read32(addr) model_read(addr)
#define mmio_write32(addr, value) model_write(addr, value)
#include "drivers/net/e1000e.c"
#include "tests/unit/nic_model.h"

#define BASE 0x40000000u

static struct {
	uint64_t now_us;
	uint32_t regs[0x1800];
	bool stuck; /* does not come out of its reset */
	uint8_t sent[NIC_BUFFER_SIZE];
	uint32_t sent_length, sent_count;
} m;

static struct e1000e *e1000e;
static struct nic_buffers *buffers;

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static uint32_t *reg(unsigned int offset)
{
	return &m.regs[offset / 4];
}

static void *ring(unsigned int low)
{
	return (void *)((uintptr_t)*reg(low) | (uintptr_t)*reg(low + 4) << 32);
}

/* The controller sends what is between its head and its tail. */
static void transmit(void)
{
	struct e1000e_tx *descriptors = ring(TDBAL);
	uint32_t count = *reg(TDLEN) / (uint32_t)sizeof(*descriptors);

	for (; *reg(TDH) != *reg(TDT); *reg(TDH) = (*reg(TDH) + 1) % count) {
		struct e1000e_tx *d = &descriptors[*reg(TDH)];

		assert_int_equal(d->command, TX_END | TX_INSERT_FCS | TX_REPORT);
		m.sent_length = d->length;
		memcpy(m.sent, (void *)(uintptr_t)d->address, d->length);
		m.sent_count++;
		d->status |= TX_DONE;
	}
}

static uint32_t model_read(uintptr_t addr)
{
	return *reg((unsigned int)(addr - BASE));
}

static void model_write(uintptr_t addr, uint32_t value)
{
	unsigned int offset = (unsigned int)(addr - BASE);

	*reg(offset) = value;
	if (offset == CTRL && value & CTRL_RESET && !m.stuck) {
		*reg(CTRL) = 0;
		*reg(RAL0) = 0x12005452; /* 52:54:00:12:34:56, from the EEPROM */
		*reg(RAH0) = RAH_VALID | 0x5634;
	}
	if (offset == TDT && *reg(TCTL) & TCTL_ENABLE)
		transmit();
}

/* What the controller says of the next frame, which is all ones. False: it has no descriptor left. */
static bool arrive(uint32_t length, uint8_t status, uint8_t errors)
{
	struct e1000e_rx *d = (struct e1000e_rx *)ring(RDBAL) + *reg(RDH);

	assert_true(*reg(RCTL) & RCTL_ENABLE);
	if (*reg(RDH) == *reg(RDT))
		return false;
	memset((void *)(uintptr_t)d->address, 0xff,
	       length < NIC_FRAME_ROOM ? length : NIC_FRAME_ROOM);
	d->length = (uint16_t)length;
	d->errors = errors;
	d->status = status;
	*reg(RDH) = (*reg(RDH) + 1) % (*reg(RDLEN) / (uint32_t)sizeof(*d));
	return true;
}

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	e1000e = aligned_alloc(128, (sizeof(*e1000e) + 127) / 128 * 128);
	buffers = aligned_alloc(64, sizeof(*buffers));
	memset(e1000e, 0, sizeof(*e1000e));
	return e1000e_open(e1000e, BASE, buffers);
}

static int teardown(void **state)
{
	(void)state;
	free(e1000e);
	free(buffers);
	return 0;
}

static void knows_itself(void **state)
{
	(void)state;
	assert_memory_equal(e1000e->nic.mac, model_mac, sizeof(model_mac));
	assert_true(e1000e_knows(0x8086, 0x10d3));
	assert_false(e1000e_knows(0x8086, 0x10d4));
	assert_false(e1000e_knows(0x1af4, 0x10d3));
}

static void tells_of_a_reset_that_does_not_end(void **state)
{
	(void)state;
	m.stuck = true;
	assert_int_equal(e1000e_open(e1000e, BASE, buffers), ERR_NIC_RESET);
}

static void receives_around_the_ring(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3 * NIC_RX_COUNT; i++) {
		assert_true(arrive(60 + i, RX_DONE | RX_END, 0));
		expect_frame(&e1000e->nic, i % NIC_RX_COUNT, 60 + i);
		nic_release(&e1000e->nic, i % NIC_RX_COUNT);
	}
	expect_no_frame(&e1000e->nic, ERR_OK);
}

/* Who does not release gets no more, and nothing is written into what is not released. */
static void gives_no_buffer_away_that_is_in_use(void **state)
{
	unsigned int taken = 0;

	(void)state;
	while (arrive(60, RX_DONE | RX_END, 0))
		expect_frame(&e1000e->nic, taken++, 60);
	assert_int_equal(taken, NIC_RX_COUNT - 1);
	nic_release(&e1000e->nic, 0);
	assert_true(arrive(60, RX_DONE | RX_END, 0));
}

static void drops_what_is_no_frame(void **state)
{
	(void)state;
	arrive(0, RX_DONE | RX_END, 0);
	arrive(100, RX_DONE, 0); /* its beginning only */
	arrive(100, RX_DONE | RX_END, 1);
	arrive(NIC_FRAME_MIN - 1, RX_DONE | RX_END, 0);
	arrive(NIC_FRAME_MAX + 1, RX_DONE | RX_END, 0);
	arrive(NIC_FRAME_MAX, RX_DONE | RX_END, 0);
	expect_frame(&e1000e->nic, 5, NIC_FRAME_MAX);
}

static void believes_no_length_beyond_the_buffer(void **state)
{
	(void)state;
	arrive(NIC_FRAME_ROOM + 1, RX_DONE | RX_END, 0);
	expect_no_frame(&e1000e->nic, ERR_NIC_RING);
}

/* A controller that fills its descriptors again and again, released or not. */
static void takes_no_buffer_twice(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++)
		e1000e->rx[i] = (struct e1000e_rx){ .length = 60, .status = RX_DONE | RX_END };
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++)
		expect_frame(&e1000e->nic, i, 60);
	expect_no_frame(&e1000e->nic, ERR_NIC_RING);
}

static void sends_around_the_ring(void **state)
{
	uint8_t *frame;

	(void)state;
	for (unsigned int i = 0; i < 3 * NIC_TX_COUNT; i++) {
		unsigned int slot = expect_send_buffer(&e1000e->nic, &frame);

		memset(frame, (int)i, 60 + i);
		nic_send(&e1000e->nic, slot, 60 + i);
		assert_int_equal(m.sent_count, i + 1);
		assert_int_equal(m.sent_length, 60 + i);
		assert_int_equal(m.sent[59 + i], i);
	}
}

static void waits_for_no_controller_for_ever(void **state)
{
	unsigned int slot, sent = 0;
	uint8_t *frame;

	(void)state;
	*reg(TCTL) &= ~TCTL_ENABLE;
	while (!nic_send_buffer(&e1000e->nic, &slot, &frame)) {
		nic_send(&e1000e->nic, slot, 60);
		sent++;
	}
	assert_int_equal(sent, NIC_TX_COUNT - 1);
	expect_no_send_buffer(&e1000e->nic, ERR_NIC_SEND);
	*reg(TCTL) |= TCTL_ENABLE;
	transmit();
	assert_int_equal(m.sent_count, sent);
	expect_send_buffer(&e1000e->nic, &frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(knows_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_of_a_reset_that_does_not_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(receives_around_the_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(gives_no_buffer_away_that_is_in_use, setup,
						teardown),
		cmocka_unit_test_setup_teardown(drops_what_is_no_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(believes_no_length_beyond_the_buffer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(takes_no_buffer_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(sends_around_the_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_no_controller_for_ever, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
