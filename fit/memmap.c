/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map that is asked before anything is loaded. */
#include "fit/memmap.h"

#include <stdbool.h>

#include "lib/bits.h"

/* The last byte of the address space is given away so that an end can be written down. */
static bool wraps(uint64_t base, uint64_t size)
{
	return base + size < base;
}

enum err memmap_add_bank(struct memmap *map, uint64_t base, uint64_t size, const char *name)
{
	if (!size || wraps(base, size))
		return ERR_MEMORY_WRAP;
	for (unsigned int i = 0; i < map->bank_count; i++) {
		struct memory_window *bank = &map->banks[i];

		if (base == bank->base + bank->size || base + size == bank->base) {
			bank->base = MIN(bank->base, base);
			bank->size += size;
			return ERR_OK;
		}
	}
	if (map->bank_count == MEMMAP_MAX_BANKS)
		return ERR_MEMORY_FULL;
	map->banks[map->bank_count++] = (struct memory_window){ base, size, name };
	return ERR_OK;
}

enum err memmap_take(struct memmap *map, uint64_t base, uint64_t size, const char *name)
{
	if (!size)
		return ERR_OK;
	if (wraps(base, size))
		return ERR_MEMORY_WRAP;
	if (map->taken_count == MEMMAP_MAX_TAKEN)
		return ERR_MEMORY_FULL;
	map->taken[map->taken_count++] = (struct memory_window){ base, size, name };
	return ERR_OK;
}

static const struct memory_window *taken_by(const struct memmap *map, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < map->taken_count; i++) {
		if (ranges_overlap(base, size, map->taken[i].base, map->taken[i].size))
			return &map->taken[i];
	}
	return NULL;
}

static bool in_a_bank(const struct memmap *map, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < map->bank_count; i++) {
		if (range_inside(base, size, map->banks[i].base, map->banks[i].size))
			return true;
	}
	return false;
}

enum err memmap_claim(struct memmap *map, uint64_t base, uint64_t size, const char *name,
		      const struct memory_window **other)
{
	const struct memory_window *taken;

	if (!size || wraps(base, size))
		return ERR_MEMORY_WRAP;
	if (!in_a_bank(map, base, size))
		return ERR_MEMORY_NONE;
	taken = taken_by(map, base, size);
	if (taken) {
		if (other)
			*other = taken;
		return ERR_MEMORY_TAKEN;
	}
	return memmap_take(map, base, size, name);
}

/* The highest place in @bank; false when there is none. */
static bool find_high(const struct memmap *map, const struct memory_window *bank, uint64_t size,
		      uint64_t align, uint64_t below, uint64_t *base)
{
	uint64_t end = MIN(bank->base + bank->size, below);

	while (end > bank->base && end - bank->base >= size) {
		uint64_t start = align_down(end - size, align);
		const struct memory_window *taken;

		if (start < bank->base)
			return false;
		taken = taken_by(map, start, size);
		if (!taken) {
			*base = start;
			return true;
		}
		end = taken->base;
	}
	return false;
}

/* The lowest place in @bank; false when there is none. */
static bool find_low(const struct memmap *map, const struct memory_window *bank, uint64_t size,
		     uint64_t align, uint64_t below, uint64_t *base)
{
	uint64_t end = MIN(bank->base + bank->size, below);
	uint64_t start = align_up(bank->base, align);

	while (start >= bank->base && start < end && end - start >= size) {
		const struct memory_window *taken = taken_by(map, start, size);
		uint64_t next;

		if (!taken) {
			*base = start;
			return true;
		}
		next = align_up(taken->base + taken->size, align);
		if (next <= start)
			return false; /* wrapped */
		start = next;
	}
	return false;
}

enum err memmap_find_high(const struct memmap *map, uint64_t size, uint64_t align, uint64_t below,
			  uint64_t *base)
{
	bool found = false;

	for (unsigned int i = 0; size && i < map->bank_count; i++) {
		uint64_t place;

		if (find_high(map, &map->banks[i], size, align, below ? below : UINT64_MAX,
			      &place) &&
		    (!found || place > *base)) {
			*base = place;
			found = true;
		}
	}
	return found ? ERR_OK : ERR_MEMORY_NO_ROOM;
}

enum err memmap_find_low(const struct memmap *map, uint64_t size, uint64_t align, uint64_t below,
			 uint64_t *base)
{
	bool found = false;

	for (unsigned int i = 0; size && i < map->bank_count; i++) {
		uint64_t place;

		if (find_low(map, &map->banks[i], size, align, below ? below : UINT64_MAX,
			     &place) &&
		    (!found || place < *base)) {
			*base = place;
			found = true;
		}
	}
	return found ? ERR_OK : ERR_MEMORY_NO_ROOM;
}

uint64_t memmap_room(const struct memmap *map, uint64_t address)
{
	uint64_t end = address;

	for (unsigned int i = 0; i < map->bank_count; i++) {
		const struct memory_window *bank = &map->banks[i];

		if (range_inside(address, 1, bank->base, bank->size))
			end = bank->base + bank->size;
	}
	for (unsigned int i = 0; i < map->taken_count; i++) {
		const struct memory_window *taken = &map->taken[i];

		if (taken->base + taken->size > address && taken->base < end)
			end = MAX(taken->base, address);
	}
	return end - address;
}
