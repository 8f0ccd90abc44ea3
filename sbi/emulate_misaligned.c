/* SPDX-License-Identifier: BSD-2-Clause */
/* Misaligned loads and stores, byte by byte. */
#include "lib/bits.h"
#include "sbi/decode.h"
#include "sbi/emulate.h"
#include "sbi/trap.h"
#include "sbi/unpriv.h"

/*
 * The hart may have told the instruction (mtinst, transformed: bit 0 set, bit 1 clear when it was
 * compressed and is given in its long form).
 */
static inline bool get_instruction(struct trap_frame *frame, uint32_t *insn, unsigned int *length)
{
	unsigned long tinst = frame->info.tinst;

	if (tinst & 1) {
		*insn = (uint32_t)tinst | 2;
		*length = tinst & 2 ? 4 : 2;
		return true;
	}
	if (!unpriv_fetch(frame, insn))
		return false;
	*length = insn_length(*insn);
	return true;
}

static unsigned long extend(unsigned long value, const struct memory_access *access)
{
	unsigned int shift = 64 - access->size * 8;

	return access->is_signed ? (unsigned long)((long)(value << shift) >> shift) : value;
}

/* False: it is not done. */
static inline bool do_access(struct trap_frame *frame, const struct memory_access *access,
			     unsigned int length)
{
	unsigned long addr = frame->info.tval, value;

	if (access->is_store) {
		if (!unpriv_store(frame, addr, access->size, frame->x[access->reg]))
			return false;
		emulate_done(frame, 0, 0, length);
	} else {
		if (!unpriv_load(frame, addr, access->size, &value))
			return false;
		emulate_done(frame, access->reg, extend(value, access), length);
	}
	return true;
}

bool emulate_misaligned(struct trap_frame *frame, bool all_registers)
{
	struct memory_access access;
	unsigned int length;
	uint32_t insn;

	if (get_instruction(frame, &insn, &length) && decode_access(insn, &access) &&
	    !access.is_float) {
		if (is_missing(access.reg, all_registers))
			return true;
		if (do_access(frame, &access, length))
			return false;
	}
	trap_redirect(frame);
	return false;
}
