/* SPDX-License-Identifier: BSD-2-Clause */
/* Placing the blocks of the harts. */
#include "sbi/hart_blocks.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "sbi/harts.h"
#include "sbi/next_stage.h"
#include "sbi/platform.h"

#define PAGE_SIZE 4096UL

extern char _fw_start[], _fw_rodata[], _fw_rw_start[], _fw_end[];

static uintptr_t lower_of(uintptr_t limit, uintptr_t other)
{
	return other >= (uintptr_t)_fw_end ? MIN(limit, other) : limit;
}

/* The end of what may be used, as far as is known before the walk. */
static uintptr_t early_limit(uintptr_t dtb)
{
	uintptr_t limit = ~0UL;

	if (next_stage.addr)
		limit = lower_of(limit, next_stage.addr);
	return lower_of(limit, dtb);
}

static unsigned int room_for(uintptr_t limit)
{
	unsigned long count =
		(limit - (uintptr_t)_fw_end) / (HART_BLOCK_SIZE + sizeof(struct hart_desc));

	return (unsigned int)MIN(count, (unsigned long)HARTS_MAX);
}

void hart_blocks_prepare(uintptr_t dtb)
{
	platform.memory.start = (uintptr_t)_fw_start;
	platform.memory.rodata_start = (uintptr_t)_fw_rodata;
	platform.memory.rw_start = (uintptr_t)_fw_rw_start;
	platform.machine.harts = (struct hart_desc *)_fw_end;
	platform.machine.hart_capacity = room_for(early_limit(dtb));
}

static uintptr_t late_limit(uintptr_t dtb)
{
	const struct machine *machine = &platform.machine;
	uintptr_t limit = early_limit(dtb);

	for (unsigned int i = 0; i < machine->memory_count; i++) {
		const struct memory_range *bank = &machine->memory[i];

		if (range_inside((uintptr_t)_fw_end, 0, bank->base, bank->size))
			limit = MIN(limit, bank->base + bank->size);
	}
	for (unsigned int i = 0; i < machine->reserved_count; i++)
		limit = lower_of(limit, machine->reserved[i].base);
	return align_down(limit, PAGE_SIZE);
}

/* Leaves @count harts, this one among them. */
static enum err choose_harts(struct machine *machine, unsigned int count, unsigned long hartid)
{
	unsigned int self = 0;

	while (self < machine->hart_count && machine->harts[self].hartid != hartid)
		self++;
	if (self == machine->hart_count)
		return ERR_NO_BOOT_HART;
	if (!count)
		return ERR_NO_HART_ROOM;
	if (machine->hart_count > count)
		machine->too_many_harts = true;
	machine->hart_count = MIN(machine->hart_count, count);
	if (self >= machine->hart_count)
		machine->harts[machine->hart_count - 1] = machine->harts[self];
	return ERR_OK;
}

static void set_up_block(unsigned int index)
{
	const struct hart_desc *desc = &platform.machine.harts[index];
	struct scratch *scratch = hart_at(index);

	memset(scratch, 0, sizeof(*scratch));
	*hart_stack_guard(scratch) = STACK_GUARD;
	scratch->hartid = desc->hartid;
	scratch->index = index;
	scratch->desc = desc;
	scratch->domain = &platform.domains.list[0];
	scratch->peers = platform.domains.list[0].harts.words;
	scratch->msip = desc->msip;
	scratch->imsic = desc->imsic;
	scratch->mtimecmp = desc->mtimecmp;
	scratch->mtime = desc->mtime;
	scratch->hsm.state = HSM_STOPPED;
	if (desc->enabled && desc->has_mmu)
		harts.available.words[index / 64] |= BIT(index % 64);
	if (desc->hartid != harts.first_id + index)
		harts.contiguous = false;
}

enum err hart_blocks_place(uintptr_t dtb, unsigned long hartid)
{
	struct machine *machine = &platform.machine;
	uintptr_t blocks;
	enum err err = choose_harts(machine, room_for(late_limit(dtb)), hartid);

	if (err)
		return err;
	blocks = align_up((uintptr_t)(machine->harts + machine->hart_count),
			  _Alignof(struct scratch));
	harts.first = (struct scratch *)(blocks + HART_BLOCK_SIZE - sizeof(struct scratch));
	harts.count = machine->hart_count;
	harts.first_id = machine->harts[0].hartid;
	harts.contiguous = true;
	for (unsigned int i = 0; i < harts.count; i++) {
		set_up_block(i);
		if (machine->harts[i].hartid == hartid)
			__asm__ volatile("mv tp, %0" : : "r"(hart_at(i)));
	}
	platform.memory.end =
		align_up(blocks + (uintptr_t)harts.count * HART_BLOCK_SIZE, PAGE_SIZE);
	return ERR_OK;
}
