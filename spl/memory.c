/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPL's view of memory. */
#include "spl/memory.h"

#include <libfdt.h>

#include "lib/bits.h"
#include "lib/message.h"
#include "spl/probe.h"

#define DMA_LIMIT 0x100000000UL
#define PAGE 4096UL

void memory_measure(struct platform *platform)
{
	struct machine *machine = &platform->machine;
	const struct memory_range *spl = &platform->spl;
	unsigned int kept = 0;

	if (platform->memory_is_previous)
		return;
	for (unsigned int i = 0; i < machine->memory_count; i++) {
		struct memory_range bank = machine->memory[i];
		bool is_ours = range_inside(spl->base, spl->size, bank.base, bank.size);
		uint64_t known_end = is_ours ? spl->base + spl->size : bank.base;

		bank.size = probe_end(known_end, bank.base + bank.size) - bank.base;
		if (bank.size)
			machine->memory[kept++] = bank;
	}
	machine->memory_count = kept;
}

static const struct memory_range *bank_of_spl(const struct platform *platform)
{
	for (unsigned int i = 0; i < platform->machine.memory_count; i++) {
		const struct memory_range *bank = &platform->machine.memory[i];

		if (range_inside(platform->spl.base, platform->spl.size, bank->base, bank->size))
			return bank;
	}
	return NULL;
}

/* /memreserve/ entries of the previous stage's DTB, whose structure was checked but not these. */
static enum err take_memreserve(const struct platform *platform, struct memmap *map)
{
	const void *dtb = platform->previous_dtb;
	int count = dtb ? fdt_num_mem_rsv(dtb) : 0;

	for (int i = 0; i < count; i++) {
		uint64_t base, size;
		enum err err;

		if (fdt_get_mem_rsv(dtb, i, &base, &size))
			break;
		err = memmap_take(map, base, size, MESSAGE("reserved memory"));
		if (err)
			return err;
	}
	return ERR_OK;
}

/* What belongs to somebody else. */
static enum err take_reserved(const struct platform *platform, struct memmap *map)
{
	const struct machine *machine = &platform->machine;
	enum err err = memmap_take(map, (uintptr_t)platform->previous_dtb, platform->previous_size,
				   MESSAGE("the device tree of the previous stage"));

	if (machine->too_much_reserved)
		return ERR_MEMORY_FULL;
	if (!err && platform->fit_in_ram.size)
		err = memmap_take(map, platform->fit_in_ram.base, platform->fit_in_ram.size,
				  MESSAGE("the FIT in RAM"));
	for (unsigned int i = 0; !err && i < machine->reserved_count; i++)
		err = memmap_take(map, machine->reserved[i].base, machine->reserved[i].size,
				  MESSAGE("reserved memory"));
	return err ? err : take_memreserve(platform, map);
}

__attribute__((weak)) bool executed_in_place(void)
{
	return false;
}

enum err memory_home(const struct platform *platform, uint64_t *home)
{
	const struct memory_range *bank = bank_of_spl(platform);
	const struct memory_range *spl = &platform->spl;
	static struct memmap map;
	enum err err;

	*home = spl->base;
	if (!bank)
		return ERR_OK;
	map = (struct memmap){ 0 };
	err = memmap_add_bank(&map, bank->base, bank->size, "DRAM");
	if (!err)
		err = take_reserved(platform, &map);
	if (!err)
		err = memmap_find_high(&map, spl->size, PAGE,
				       bank->base < DMA_LIMIT ? DMA_LIMIT : 0, home);
	/* Half-way over itself it cannot move, and need not. */
	if (!err && ranges_overlap(*home, spl->size, spl->base, spl->size))
		*home = spl->base;
	return err;
}

enum err memory_map(const struct platform *platform, struct memmap *map)
{
	const struct machine *machine = &platform->machine;
	enum err err = ERR_OK;

	*map = (struct memmap){ 0 };
	for (unsigned int i = 0; !err && i < machine->memory_count; i++)
		err = memmap_add_bank(map, machine->memory[i].base, machine->memory[i].size,
				      "DRAM");
	for (unsigned int i = 0; !err && i < platform->sram_count; i++)
		err = memmap_add_bank(map, platform->sram[i].base, platform->sram[i].size, "SRAM");
	if (!err)
		err = memmap_take(map, platform->spl.base, platform->spl.size, MESSAGE("the SPL"));
	return err ? err : take_reserved(platform, map);
}
