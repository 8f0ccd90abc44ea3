/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both stages need to know of the machine: its harts, memory and time base, gathered in the
 * stage's one walk over the DTB. A stage adds what only it needs in its own visitor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/dt.h"
#include "lib/riscv/isa.h"

#define MACHINE_MAX_MEMORY 16
#define MACHINE_MAX_RESERVED 32

/* [base, base + size), never empty, never wrapping. */
struct memory_range {
	uint64_t base;
	uint64_t size;
};

struct hart_desc {
	uint64_t hartid;
	struct isa isa;
	uintptr_t msip;	    /* its software interrupt register; 0: none (drivers/timer/aclint.c) */
	uintptr_t mtimecmp; /* its timer compare register; 0: none */
	uintptr_t mtime;    /* the counter that mtimecmp is compared with */
	uintptr_t imsic; /* its machine-level interrupt file; 0: none (drivers/irqchip/imsic.c) */
	uint16_t imsic_ids;    /* identities of that file, from 1 */
	uint32_t phandle;      /* its node's; 0: none */
	uint32_t intc_phandle; /* its interrupt controller's phandle; 0: none */
	uint32_t node;	       /* libfdt offset of its node */
	bool enabled;	       /* status is okay */
	bool has_mmu; /* mmu-type is there and not "riscv,none": it can run S-mode software */
};

struct machine {
	struct dt dt;
	struct hart_desc *harts; /* the stage's array */
	unsigned int hart_capacity;
	unsigned int hart_count;
	bool too_many_harts; /* more than hart_capacity: the rest is ignored */

	uint32_t timebase_hz;
	struct memory_range memory[MACHINE_MAX_MEMORY];
	unsigned int memory_count;
	struct memory_range reserved[MACHINE_MAX_RESERVED]; /* /reserved-memory with fixed places */
	unsigned int reserved_count;
	bool too_much_reserved; /* more than fit: treat all memory not listed with suspicion */
	const char *model;
};

/* To be called for every node of the walk; errors are those of malformed nodes. */
enum err machine_visit(struct machine *machine, const struct dt_node *node);

/* The index of the hart whose interrupt controller is @phandle, looked for from @hint on; -1: none. */
int machine_hart_of_intc(const struct machine *machine, uint32_t phandle, unsigned int hint);

/* True when [base, base + size) lies in one memory bank and does not wrap. */
bool machine_is_memory(const struct machine *machine, uint64_t base, uint64_t size);
