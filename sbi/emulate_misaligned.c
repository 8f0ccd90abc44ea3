/* SPDX-License-Identifier: BSD-2-Clause */
/* Misaligned loads and stores. */
#include "lib/bits.h"
#include "sbi/decode.h"
#include "sbi/emulate.h"
#include "sbi/registers.h"
#include "sbi/scratch.h"
#include "sbi/trap.h"
#include "sbi/unpriv.h"

/*
 * The hart may have told the instruction (mtinst, transformed: bit 0 set, bit 1 clear when it was
 * compressed and is given in its long form).
 */
static inline bool get_instruction(struct trap_frame *frame, uint32_t *insn, unsigned int *length)
{
	if (feature_has(&this_hart()->features, ISA_H)) {
		unsigned long tinst = csr_read(CSR_MTINST);

		if (tinst & 1) {
			*insn = (uint32_t)tinst | 2;
			*length = tinst & 2 ? 4 : 2;
			return true;
		}
	}
	if (!unpriv_fetch(frame, insn))
		return false;
	*length = insn_length(*insn);
	return true;
}

static inline unsigned long extend(unsigned long value, unsigned int size, bool is_signed)
{
	unsigned int shift = 64 - size * 8;

	return is_signed ? (unsigned long)((long)(value << shift) >> shift) : value;
}

static enum emulated emulate_scalar(struct trap_frame *frame, const struct memory_access *access,
				    unsigned long addr)
{
	unsigned int bits = access->size * 8;
	unsigned long value;

	if (access->is_float) {
		if (!feature_has(&this_hart()->features, ISA_D))
			return EMULATED_NOT;
		if (!emulate_is_on(frame, MSTATUS_FS))
			return EMULATED_ILLEGAL;
	}
	if (access->is_store) {
		value = access->is_float ? float_read(access->reg) : frame->x[access->reg];
		return unpriv_store(frame, addr, access->size, value) ? EMULATED : EMULATED_FAULT;
	}
	if (!unpriv_load(frame, addr, access->size, &value))
		return EMULATED_FAULT;
	if (access->is_float) {
		/* NaN-boxed */
		float_write(access->reg, bits < 64 ? value | ~0UL << bits : value);
		emulate_dirty(frame, MSTATUS_FS);
	} else if (access->reg) {
		frame->x[access->reg] = extend(value, access->size, access->is_signed);
	}
	return EMULATED;
}

/* Any instruction: done, handed on, or (true) to be done when the frame has all registers. */
static __attribute__((noinline)) bool emulate_any(struct trap_frame *frame, unsigned long addr,
						  uint32_t insn, unsigned int length,
						  bool all_registers)
{
	struct memory_access access;
	enum emulated result;

	if (!decode_access(insn, &access)) {
		if (!all_registers)
			return true;
		result = emulate_vector(frame, insn);
	} else {
		if (!access.is_float && is_missing(access.reg, all_registers))
			return true;
		result = emulate_scalar(frame, &access, addr);
		if (result == EMULATED_FAULT && !frame->info.tinst &&
		    feature_has(&this_hart()->features, ISA_H))
			frame->info.tinst = transformed_insn(
				&access, length, (unsigned int)(frame->info.tval - addr));
	}
	if (result == EMULATED_FAULT)
		return trap_redirect(frame);
	if (result == EMULATED_NOT)
		return trap_redirect_current(frame);
	if (result == EMULATED_ILLEGAL) {
		frame->info = (struct trap_info){
			.cause = CAUSE_ILLEGAL_INSTRUCTION,
			.tval = insn,
		};
		return trap_redirect(frame);
	}
	frame->mepc += length;
	return false;
}

bool emulate_misaligned(struct trap_frame *frame, bool all_registers)
{
	unsigned long addr = csr_read(CSR_MTVAL), low, high = 0;
	unsigned int length, offset = addr & 7, size, reg, kind;
	uint32_t insn;

	if (!get_instruction(frame, &insn, &length))
		return trap_redirect(frame);
	/* LD and its like come by far the most often: in few instructions, and without calls. */
	if (!insn_is_plain_load(insn))
		return emulate_any(frame, addr, insn, length, all_registers);
	kind = insn_length(insn) == 2 ? insn >> 13 & 3 : FUNCT3(insn);
	reg = insn_length(insn) == 2 && !(insn & 2) ? C_REG_SHORT(insn) : RD(insn);
	size = 1U << (kind & 3);
	if (is_missing(reg, all_registers))
		return true;
	if (offset + size <= 8 ? access_load(access_mstatus(frame), addr & ~7UL, &low)
			       : access_load_pair(access_mstatus(frame), addr & ~7UL, &low, &high))
		return emulate_any(frame, addr, insn, length, all_registers); /* faults again */
	emulate_done(frame, reg, extend(bytes_of_pair(low, high, offset, size), size, !(kind & 4)),
		     length);
	return false;
}
