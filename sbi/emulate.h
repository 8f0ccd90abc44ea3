/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doing for a lower mode what the hart does not do: reading counters, misaligned accesses. The
 * decoding is pure code; what touches memory does so with the rights of who trapped (unpriv.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/trap.h"

enum emulation {
	EMULATED,
	NOT_EMULATED,	     /* hand the trap on as @info now says */
	NEEDS_ALL_REGISTERS, /* nothing is done; come again when the frame has those that C preserves */
};

/*
 * An illegal instruction, or a misaligned load or store. When what it does faults in its turn, @info
 * becomes that fault. @all_registers: the frame has all, as it has for misaligned accesses.
 */
enum emulation emulate_illegal(struct trap_frame *frame, struct trap_info *info,
			       bool all_registers);
enum emulation emulate_misaligned(struct trap_frame *frame, struct trap_info *info);

/* Writes x[@rd] and steps over an instruction of @length bytes. */
static inline enum emulation emulate_done(struct trap_frame *frame, unsigned int rd,
					  unsigned long value, unsigned int length)
{
	if (rd)
		frame->x[rd] = value;
	frame->mepc += length;
	return EMULATED;
}

/* A load or store of the base and compressed instruction sets. */
struct memory_access {
	uint8_t size; /* bytes */
	uint8_t reg;  /* rd of a load, rs2 of a store */
	bool is_store;
	bool is_float; /* reg is an F register */
	bool is_signed;
};

/* False: not such an instruction. */
bool decode_access(uint32_t insn, struct memory_access *access);

/* The length in bytes of an instruction that begins with @insn. */
static inline unsigned int insn_length(uint32_t insn)
{
	return (insn & 3) == 3 ? 4 : 2;
}
