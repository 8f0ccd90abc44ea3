/* SPDX-License-Identifier: BSD-2-Clause */
/* Touching addresses where there may be nothing: the trap is caught. */
#include "spl/probe.h"

#include "lib/bits.h"
#include "lib/riscv/guard.h"

#define PAGE 4096UL
#define STEP 0x100000UL

/* A word is read or written where there may be nothing at all. */
static bool try_load(uint64_t address, uint64_t *loaded)
{
	uint64_t value = 0;

	if (guard_run("ld %[value], 0(%[address])", value, [address] "r"(address)))
		return false;
	*loaded = value;
	return true;
}

static bool try_store(uint64_t address, uint64_t value)
{
	return !guard_run("sd %[value], 0(%[address])", value, [address] "r"(address));
}

static bool keeps(uint64_t address, uint64_t pattern)
{
	uint64_t value = 0;

	return try_store(address, pattern) && try_load(address, &value) && value == pattern;
}

/* The last word before @end is memory; it is as it was afterwards. */
static bool ends_in_memory(uint64_t end)
{
	uint64_t address = end - sizeof(uint64_t), before;
	bool good;

	if (!try_load(address, &before))
		return false;
	good = keeps(address, 0x5555aaaa3333cccc) && keeps(address, ~0x5555aaaa3333cccc);
	try_store(address, before);
	return good;
}

bool probe_is_readable(uint64_t base, uint64_t size)
{
	uint64_t value, end = align_up(base + size, sizeof(value));

	if (base % sizeof(value) || !size || end <= base)
		return false;
	for (; base < end; base = align_down(base + PAGE, PAGE)) {
		if (!try_load(base, &value))
			return false;
	}
	return try_load(end - sizeof(value), &value);
}

uint64_t probe_end(uint64_t low, uint64_t high)
{
	if (ends_in_memory(high))
		return high;
	for (;;) {
		uint64_t middle = align_down(low + (high - low) / 2, STEP);

		if (middle <= low)
			middle = align_down(low, STEP) + STEP;
		if (middle >= high)
			break;
		if (ends_in_memory(middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}
