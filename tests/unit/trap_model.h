/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hart as the trap handlers see it, for tests on the host: its CSRs, its F, D and V registers, and
 * memory of a lower mode, of which each page can be there or not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/scratch.h"

#define MODEL_BASE 0x80000000UL
#define MODEL_PAGES 4
#define MODEL_PAGE 4096UL
#define MODEL_VLENB 16

enum model_rights { MODEL_R = 1, MODEL_W = 2, MODEL_X = 4 };

struct trap_model {
	struct scratch hart;
	unsigned long csrs[4096];
	uint8_t memory[MODEL_PAGES * MODEL_PAGE];
	uint8_t rights[MODEL_PAGES];
	unsigned long fault_causes[2]; /* of a load, of a store */
	unsigned long fault_tval2, fault_tinst;
	unsigned long as; /* mstatus of the last access */
	uint64_t f[32];
	uint8_t v[32 * MODEL_VLENB];
	unsigned int moves; /* of vector elements, by the emulation */
};

extern struct trap_model model;

/* Everything 0 but memory, which can be accessed and holds a pattern. Returns the trap frame. */
struct trap_frame *model_reset(void);

/* The hart traps into M-mode from @mode (PRV_S, PRV_U). */
void model_trap(unsigned long cause, unsigned long tval, unsigned long mode);

static inline uint8_t *model_at(unsigned long addr)
{
	return &model.memory[addr - MODEL_BASE];
}

/* Puts an instruction where the model's mepc is. */
void model_instruction(uint32_t insn);
