/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking instructions apart (unprivileged ISA, "RV64I Base", "C", "F", "D", "Zcb"). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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
