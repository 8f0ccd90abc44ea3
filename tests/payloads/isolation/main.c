/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What S-mode must not reach, it does not reach: every page of the firmware, and of the devices that
 * bootargs name (deny=<base>+<size>,... in hexadecimal), is tried by every hart, once more after it
 * was stopped and started. All other memory can be read.
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"

#define LOAD_ACCESS_FAULT 5
#define STORE_ACCESS_FAULT 7
#define MAX_RANGES 16

static struct range {
	uint64_t base, size;
} ranges[MAX_RANGES];
static unsigned int count;
static uint64_t pages, holes;

static const char *hex(const char *text, uint64_t *number)
{
	*number = 0;
	for (;; text++) {
		if (*text >= '0' && *text <= '9')
			*number = *number << 4 | (uint64_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			*number = *number << 4 | (uint64_t)(*text - 'a' + 10);
		else
			return text;
	}
}

static void read_ranges(void)
{
	char text[256];
	const char *at = text;

	ranges[count++] =
		(struct range){ machine.firmware, machine.firmware_end - machine.firmware };
	if (!option("deny", text, sizeof(text)))
		return;
	while (*at && count < MAX_RANGES) {
		struct range *range = &ranges[count++];

		at = hex(at, &range->base);
		at = hex(at + (*at == '+'), &range->size);
		at += *at == ',';
	}
}

static void try_word(uint64_t addr)
{
	struct trap trap;

	check(load_traps(addr, &trap), "%lx can be read", addr);
	check(trap.cause == LOAD_ACCESS_FAULT, "load from %lx: cause %lu", addr, trap.cause);
	check(store_traps(addr, 0, &trap), "%lx can be written", addr);
	check(trap.cause == STORE_ACCESS_FAULT, "store to %lx: cause %lu", addr, trap.cause);
}

static void try_everything(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 0; i < count; i++) {
		uint64_t end = ranges[i].base + ranges[i].size;

		for (uint64_t page = ranges[i].base; page < end; page += PAGE_SIZE) {
			try_word(page);
			try_word(page + PAGE_SIZE - 8);
			__atomic_fetch_add(&pages, 1, __ATOMIC_RELAXED);
		}
	}
}

static void read_memory(uint64_t arg)
{
	(void)arg;
	for (uint64_t page = machine.firmware_end; page < machine.ram_end; page += PAGE_SIZE)
		holes += load_traps(page, NULL);
}

static void isolation(uint64_t arg)
{
	(void)arg;
	check(machine.firmware_end > machine.firmware, "the firmware can be read");
	on_all_harts(try_everything, 0);
	for_each_other(hart)
	{
		check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
		on_hart(hart, try_everything, 0);
	}
	read_memory(0);
	check(!holes, "%lu pages of memory cannot be read", holes);
}

void payload_main(void)
{
	read_ranges();
	if (guarded(isolation, 0) == PASS)
		print("isolation: firmware %lx-%lx, %u harts kept off %lu pages\n",
		      machine.firmware, machine.firmware_end - 1, count_online(), pages);
	else
		print("isolation: FAILED on hart %lu: %s\n", self()->id, self()->message);
	machine_end("srst");
}
