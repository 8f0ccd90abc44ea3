/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Says whether every hart of the device tree came in as the SPL promises, in one line that a test
 * can look for, and what /chosen tells of the boot; powers off where the machine can.
 */
#include <stddef.h>

#include "drivers/reset/reset.h"
#include "drivers/serial/serial.h"
#include "lib/clock.h"
#include "lib/console.h"
#include "lib/machine.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "lib/string.h"
#include "tests/payloads/mmode/arrival.h"

#define FW_DYNAMIC_MAGIC 0x4942534f
#define WAIT_TURNS 100000000UL
#define DTB_MAX 0x400000

struct arrival {
	uint64_t a0, a1, a2, hartid, mie, mip, mstatus, valid;
};

_Static_assert(offsetof(struct arrival, valid) == ARRIVAL_VALID, "arrival.h");
_Static_assert(sizeof(struct arrival) == ARRIVAL_SIZE, "arrival.h");

/* In .data, because nobody clears memory before the harts come. */
struct arrival arrivals[MAX_ARRIVALS] __attribute__((section(".data")));
uint64_t arrival_count __attribute__((section(".data")));

void mmode_main(uint64_t hartid, const void *dtb, const uint64_t info[6]);

static struct hart_desc harts[MAX_ARRIVALS];
static struct machine machine = { .harts = harts, .hart_capacity = MAX_ARRIVALS };
static struct serial_search search;
static struct reset_devices resets;
static const struct serial *port;
static unsigned int failures;
static struct {
	const char *bootargs, *slot, *choice, *environment_error, *errors;
	uint64_t left;
	uint32_t errors_size;
} chosen;

/* "wait=<seconds>" of the bootargs, up to 99, by the time that they are told. */
static void wait_if_told(void)
{
	const char *digit = chosen.bootargs;
	uint64_t start, seconds = 0;

	if (!digit || strncmp(digit, "wait=", 5))
		return;
	start = csr_read(CSR_TIME); /* which not every hart has */
	for (digit += 5; *digit >= '0' && *digit <= '9' && seconds < 10; digit++)
		seconds = seconds * 10 + (uint64_t)(*digit - '0');
	while (csr_read(CSR_TIME) - start < seconds * machine.timebase_hz)
		;
	printf("mmode: waited %lu seconds\n", seconds);
}

/* Good enough for the reset devices' waits. */
uint64_t clock_us(void)
{
	return csr_read(CSR_MCYCLE) / 1000;
}

static void write(const char *text, size_t length)
{
	while (port && length) {
		size_t done = port->driver->write(port, text, length);

		text += done;
		length -= done;
	}
}

static void visit_chosen(const struct dt_node *node)
{
	chosen.bootargs = dt_prop_string(node, "bootargs");
}

static void visit_record(const struct dt_node *node)
{
	chosen.slot = dt_prop_string(node, "slot");
	chosen.choice = dt_prop_string(node, "slot-choice");
	dt_prop_number(node, "slot-attempts-left", &chosen.left);
	chosen.environment_error = dt_prop_string(node, "environment-error");
	chosen.errors = dt_prop(node, "errors", &chosen.errors_size);
}

static void print_chosen(void)
{
	const char *error = chosen.errors, *end = error + chosen.errors_size;

	printf("mmode: bootargs %s\n", chosen.bootargs ? chosen.bootargs : "");
	for (; error < end; error += strlen(error) + 1)
		printf("mmode: error %s\n", error);
	if (chosen.environment_error)
		printf("mmode: environment %s\n", chosen.environment_error);
	if (chosen.slot)
		printf("mmode: slot %s %s %lu\n", chosen.slot, chosen.choice, chosen.left);
}

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	if (node->depth == 1 && dt_name_is(node, "chosen"))
		visit_chosen(node);
	if (node->depth == 2 && dt_name_is(node->parent, "chosen") && dt_name_is(node, "hartline"))
		visit_record(node);
	serial_visit(&search, node);
	reset_visit(&resets, node);
	return machine_visit(&machine, node);
}

static void check(bool good, const char *what, uint64_t hartid)
{
	if (good)
		return;
	printf("mmode: hart %lu: %s\n", hartid, what);
	failures++;
}

static const struct arrival *find_arrival(uint64_t hartid)
{
	for (unsigned int i = 0; i < MAX_ARRIVALS; i++) {
		if (__atomic_load_n(&arrivals[i].valid, __ATOMIC_ACQUIRE) &&
		    arrivals[i].hartid == hartid)
			return &arrivals[i];
	}
	return NULL;
}

/* A hart whose status is not "okay" need not be there. */
static bool wait_for(uint64_t hartid)
{
	for (unsigned long i = 0; i < WAIT_TURNS / MAX_ARRIVALS; i++) {
		if (find_arrival(hartid))
			return true;
	}
	return false;
}

static void check_hart(const struct hart_desc *hart, const void *dtb, const void *info)
{
	const struct arrival *arrival;

	if (!wait_for(hart->hartid)) {
		check(!hart->enabled, "did not come", hart->hartid);
		return;
	}
	arrival = find_arrival(hart->hartid);
	check(arrival->a0 == hart->hartid, "a0 is not its hart id", hart->hartid);
	check(arrival->a1 == (uintptr_t)dtb, "a1 is another device tree", hart->hartid);
	check(arrival->a2 == (uintptr_t)info, "a2 is another fw_dynamic_info", hart->hartid);
	check(!arrival->mie, "mie is not 0", hart->hartid);
	check(!(arrival->mip & MIP_MSIP), "a software interrupt is left pending", hart->hartid);
	check(!(arrival->mstatus & MSTATUS_MIE), "interrupts are enabled", hart->hartid);
}

void mmode_main(uint64_t hartid, const void *dtb, const uint64_t info[6])
{
	struct dt dt;

	if (dt_open(&dt, dtb, DTB_MAX) || dt_walk(&dt, visit, NULL))
		return; /* nobody to tell */
	port = serial_choose(&search);
	console_set(write);
	printf("mmode: hart %lu boots, device tree at %p\n", hartid, dtb);
	check(info[0] == FW_DYNAMIC_MAGIC, "fw_dynamic_info has no magic", hartid);
	check(info[1] == 2, "fw_dynamic_info is not of version 2", hartid);
	check(info[3] == PRV_M, "next_mode is not M", hartid);
	for (unsigned int i = 0; i < machine.hart_count; i++)
		check_hart(&harts[i], dtb, info);
	check(arrival_count <= machine.hart_count, "more harts came than there are", hartid);
	print_chosen();
	wait_if_told();
	printf("mmode: %lu harts of %u came, %u failures\n", arrival_count, machine.hart_count,
	       failures);
	reset_resolve(&resets);
	reset_machine(&resets, RESET_SHUTDOWN, false);
}
