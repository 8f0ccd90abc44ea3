/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking instructions apart (unprivileged ISA, "RV64I Base", "C", "F", "D", "Zcb", "V"). Pure. */
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

/* A load or store of vector elements. */
enum vector_addressing { VECTOR_UNIT_STRIDE, VECTOR_STRIDED, VECTOR_INDEXED };

struct vector_access {
	uint8_t addressing; /* enum vector_addressing */
	uint8_t width;	/* log2 of the bytes that the instruction names: of an element or index */
	uint8_t fields; /* of a segment: nf; registers of a whole register access */
	uint8_t vd;	/* or vs3 */
	uint8_t rs1;
	uint8_t rs2; /* or vs2 */
	bool is_store;
	bool is_masked;
	bool is_whole_register;
	bool is_fault_only_first;
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
#define RS1(insn) ((insn) >> 15 & 31)
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

/* What LD, LW and their compressed forms are by; the most of all that is misaligned. */
static inline bool insn_is_plain_load(uint32_t insn)
{
	if (insn_length(insn) == 2)
		return (insn & 0xc001) == 0x4000; /* C.LW, C.LD, C.LWSP, C.LDSP */
	return OPCODE(insn) == OPCODE_LOAD && FUNCT3(insn) != 7;
}

/*
 * What an instruction that reads or writes memory is in htinst: its long form, without what the
 * address is made of, but with how far behind that address the fault is; bit 1 says how long it is
 * (privileged ISA, "Transformed Instruction or Pseudoinstruction for mtinst or htinst").
 */
static inline uint32_t transformed_insn(const struct memory_access *access, unsigned int length,
					unsigned int offset)
{
	static const uint8_t opcodes[] = { OPCODE_LOAD, OPCODE_LOAD_FP, OPCODE_STORE,
					   OPCODE_STORE_FP };
	bool is_unsigned = !access->is_store && !access->is_float && !access->is_signed;
	uint32_t log2 = access->size == 8 ? 3 : access->size / 2U;
	uint32_t insn = opcodes[access->is_store * 2 + access->is_float];

	insn |= (uint32_t)access->reg << (access->is_store ? 20 : 7);
	insn |= (log2 | (is_unsigned ? 4U : 0U)) << 12 | (uint32_t)offset << 15;
	return length == 4 ? insn : insn & ~2U;
}

/* Fields of the vector formats: nf mew mop vm lumop rs1 width vd opcode. */
#define V_FIELDS(insn) (((insn) >> 29 & 7) + 1)
#define V_MEW(insn) ((insn) >> 28 & 1)
#define V_MOP(insn) ((insn) >> 26 & 3)
#define V_VM(insn) ((insn) >> 25 & 1)
#define V_LUMOP_UNIT 0
#define V_LUMOP_WHOLE 8
#define V_LUMOP_FAULT_ONLY_FIRST 16

/*
 * False: not such an instruction, or one of bytes, which are never misaligned (a load or store of
 * masks, a store of whole registers).
 */
static inline bool decode_vector(uint32_t insn, struct vector_access *access)
{
	bool is_store = OPCODE(insn) == OPCODE_STORE_FP;
	unsigned int lumop = RS2(insn), mop = V_MOP(insn), funct3 = FUNCT3(insn);
	bool is_unit = !mop;

	if ((OPCODE(insn) != OPCODE_LOAD_FP && !is_store) || V_MEW(insn) || (funct3 && funct3 < 5))
		return false;
	if (is_unit && lumop != V_LUMOP_UNIT && lumop != V_LUMOP_WHOLE &&
	    (lumop != V_LUMOP_FAULT_ONLY_FIRST || is_store))
		return false;
	*access = (struct vector_access){
		.addressing = is_unit  ? VECTOR_UNIT_STRIDE
			    : mop == 2 ? VECTOR_STRIDED
				       : VECTOR_INDEXED,
		.width = (uint8_t)(funct3 ? funct3 - 4 : 0),
		.fields = (uint8_t)V_FIELDS(insn),
		.vd = RD(insn),
		.rs1 = RS1(insn),
		.rs2 = RS2(insn),
		.is_store = is_store,
		.is_masked = !V_VM(insn),
		.is_whole_register = is_unit && lumop == V_LUMOP_WHOLE,
		.is_fault_only_first = is_unit && lumop == V_LUMOP_FAULT_ONLY_FIRST,
	};
	return true;
}
