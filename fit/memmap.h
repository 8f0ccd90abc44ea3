/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map that is asked before anything is loaded: banks of memory, and windows in them
 * that are taken - the SPL and its stack, reserved regions, a DTB, images loaded before. What is in
 * no bank (device registers, holes) cannot be written. Plain data: a copy is a snapshot.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define MEMMAP_MAX_BANKS 20
#define MEMMAP_MAX_TAKEN 80

/* [base, base + size), never empty, never wrapping. */
struct memory_window {
	uint64_t base;
	uint64_t size;
	const char *name; /* for messages: "the SPL", "the ramdisk" */
};

struct memmap {
	/* Add it to an address to get the pointer: 0 on the metal, elsewhere on a host. */
	uintptr_t bias;
	unsigned int bank_count;
	unsigned int taken_count;
	struct memory_window banks[MEMMAP_MAX_BANKS];
	struct memory_window taken[MEMMAP_MAX_TAKEN];
};

/* Adds memory; what touches a bank extends it. ERR_MEMORY_WRAP, ERR_MEMORY_FULL. */
enum err memmap_add_bank(struct memmap *map, uint64_t base, uint64_t size, const char *name);

/*
 * Takes a window that is in use already; it may lie outside of banks and over other windows.
 * Empty ones are passed over. ERR_MEMORY_WRAP, ERR_MEMORY_FULL: then nothing may be loaded.
 */
enum err memmap_take(struct memmap *map, uint64_t base, uint64_t size, const char *name);

/*
 * Takes a window for something new: it must lie in one bank and be free. ERR_MEMORY_WRAP,
 * ERR_MEMORY_NONE, ERR_MEMORY_TAKEN (then *other says by whom; @other may be NULL),
 * ERR_MEMORY_FULL; nothing is taken then.
 */
enum err memmap_claim(struct memmap *map, uint64_t base, uint64_t size, const char *name,
		      const struct memory_window **other);

/*
 * Finds a free place for @size bytes aligned to @align (a power of two) that ends at or below
 * @below (0: anywhere): the highest, or with memmap_find_low() the lowest. ERR_MEMORY_NO_ROOM.
 */
enum err memmap_find_high(const struct memmap *map, uint64_t size, uint64_t align, uint64_t below,
			  uint64_t *base);
enum err memmap_find_low(const struct memmap *map, uint64_t size, uint64_t align, uint64_t below,
			 uint64_t *base);

/* How many bytes from @address on are memory, of one bank, and free. */
uint64_t memmap_room(const struct memmap *map, uint64_t address);

static inline void *memmap_pointer(const struct memmap *map, uint64_t address)
{
	return (void *)((uintptr_t)address + map->bias);
}
