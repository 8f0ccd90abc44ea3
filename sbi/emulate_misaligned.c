/* SPDX-License-Identifier: BSD-2-Clause */
/* Misaligned loads and stores, byte by byte. */
#include "lib/bits.h"
#include "sbi/emulate.h"
#include "sbi/unpriv.h"

/*
 * The hart may have told the instruction (mtinst, transformed: bit 0 set, bit 1 clear when it was
 * compressed and is given in its long form).
 */
static bool get_instruction(const struct trap_frame *frame, struct trap_info *info, uint32_t *insn,
			    unsigned int *length)
{
	if (info->tinst & 1) {
		*insn = (uint32_t)info->tinst | 2;
		*length = info->tinst & 2 ? 4 : 2;
		return true;
	}
	if (!unpriv_fetch(frame->mstatus, frame->mepc, insn, info))
		return false;
	*length = insn_length(*insn);
	return true;
}

static unsigned long extend(unsigned long value, const struct memory_access *access)
{
	unsigned int shift = 64 - access->size * 8;

	return access->is_signed ? (unsigned long)((long)(value << shift) >> shift) : value;
}

enum emulation emulate_misaligned(struct trap_frame *frame, struct trap_info *info)
{
	struct memory_access access;
	struct trap_info fault = *info;
	unsigned long value;
	unsigned int length;
	uint32_t insn;

	if (!get_instruction(frame, &fault, &insn, &length)) {
		*info = fault;
		return NOT_EMULATED;
	}
	if (!decode_access(insn, &access) || access.is_float)
		return NOT_EMULATED;
	if (access.is_store) {
		if (unpriv_store(frame->mstatus, info->tval, access.size, frame->x[access.reg],
				 &fault))
			return emulate_done(frame, 0, 0, length);
	} else {
		if (unpriv_load(frame->mstatus, info->tval, access.size, &value, &fault))
			return emulate_done(frame, access.reg, extend(value, &access), length);
	}
	*info = fault;
	return NOT_EMULATED;
}
