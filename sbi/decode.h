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

/* The length in bytes of an instruction that begins with @insn. */
static inline unsigned int insn_length(uint32_t insn)
{
	return (insn & 3) == 3 ? 4 : 2;
}

#define OPCODE(insn) ((insn)&0x7f)
#define OPCODE_LOAD 0x03
#define OPCODE_LOAD_FP 0x07
#define OPCODE_STORE 0x23
#define OPCODE_STORE_FP 0x27

#define FUNCT3(insn) ((insn) >> 12 & 7)
#define RD(insn) ((insn) >> 7 & 31)
#define RS2(insn) ((insn) >> 20 & 31)

/* Compressed formats: quadrant and funct3 tell most instructions apart. */
#define C_KEY(quadrant, funct3) ((funct3) << 2 | (quadrant))
#define C_KEY_OF(insn) C_KEY((insn)&3, (insn) >> 13 & 7)
#define C_RD(insn) ((insn) >> 7 & 31)
#define C_RS2(insn) ((insn) >> 2 & 31)
#define C_REG_SHORT(insn) (8 + ((insn) >> 2 & 7))

static inline bool decode_load(uint32_t insn, struct memory_access *access)
{
	unsigned int funct3 = FUNCT3(insn);

	if (funct3 == 7)
		return false;
	*access = (struct memory_access){
		.size = (uint8_t)(1 << (funct3 & 3)),
		.reg = RD(insn),
		.is_signed = !(funct3 & 4),
	};
	return true;
}

static inline bool decode_store(uint32_t insn, struct memory_access *access)
{
	unsigned int funct3 = FUNCT3(insn);

	if (funct3 > 3)
		return false;
	*access = (struct memory_access){
		.size = (uint8_t)(1 << funct3),
		.reg = RS2(insn),
		.is_store = true,
	};
	return true;
}

/* Half, single and double precision; other widths of these opcodes are vectors or quad precision. */
static inline bool decode_float(uint32_t insn, struct memory_access *access, bool is_store)
{
	unsigned int funct3 = FUNCT3(insn);

	if (funct3 < 1 || funct3 > 3)
		return false;
	*access = (struct memory_access){
		.size = (uint8_t)(1 << funct3),
		.reg = is_store ? RS2(insn) : RD(insn),
		.is_store = is_store,
		.is_float = true,
	};
	return true;
}

/* C.LBU, C.LHU, C.LH, C.SB, C.SH of Zcb. */
static inline bool decode_zcb(uint32_t insn, struct memory_access *access)
{
	unsigned int funct6 = insn >> 10 & 0x3f;
	bool is_half = funct6 & 1;

	if (funct6 > 0x23 || (funct6 == 0x23 && insn >> 6 & 1))
		return false;
	*access = (struct memory_access){
		.size = is_half ? 2 : 1,
		.reg = C_REG_SHORT(insn),
		.is_store = funct6 & 2,
		.is_signed = funct6 == 0x21 && insn >> 6 & 1,
	};
	return true;
}

static inline bool decode_compressed(uint32_t insn, struct memory_access *access)
{
	const struct memory_access load = { .is_signed = true };
	const struct memory_access store = { .is_store = true };

	switch (C_KEY_OF(insn)) {
	case C_KEY(0, 1): /* C.FLD */
	case C_KEY(0, 2): /* C.LW */
	case C_KEY(0, 3): /* C.LD */
		*access = load;
		access->reg = C_REG_SHORT(insn);
		break;
	case C_KEY(0, 5): /* C.FSD */
	case C_KEY(0, 6): /* C.SW */
	case C_KEY(0, 7): /* C.SD */
		*access = store;
		access->reg = C_REG_SHORT(insn);
		break;
	case C_KEY(2, 1): /* C.FLDSP */
	case C_KEY(2, 2): /* C.LWSP */
	case C_KEY(2, 3): /* C.LDSP */
		*access = load;
		access->reg = C_RD(insn);
		break;
	case C_KEY(2, 5): /* C.FSDSP */
	case C_KEY(2, 6): /* C.SWSP */
	case C_KEY(2, 7): /* C.SDSP */
		*access = store;
		access->reg = C_RS2(insn);
		break;
	case C_KEY(0, 4):
		return decode_zcb(insn, access);
	default:
		return false;
	}
	/* In both quadrants 1 and 5 are doubles of D, 2 and 6 words, 3 and 7 double words. */
	access->size = (insn >> 13 & 3) == 2 ? 4 : 8;
	access->is_float = (insn >> 13 & 3) == 1;
	if (access->is_float)
		access->is_signed = false;
	return true;
}

/* False: not such an instruction. */
static inline bool decode_access(uint32_t insn, struct memory_access *access)
{
	if (insn_length(insn) == 2)
		return decode_compressed(insn, access);
	switch (OPCODE(insn)) {
	case OPCODE_LOAD:
		return decode_load(insn, access);
	case OPCODE_STORE:
		return decode_store(insn, access);
	case OPCODE_LOAD_FP:
		return decode_float(insn, access, false);
	case OPCODE_STORE_FP:
		return decode_float(insn, access, true);
	default:
		return false;
	}
}
