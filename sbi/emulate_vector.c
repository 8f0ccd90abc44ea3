/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Misaligned vector loads and stores (unprivileged ISA, "Vector Loads and Stores"), element by
 * element from vstart on. Elements before a fault are done, vstart says which one it was at. What is
 * behind the tail or masked off stays as it is, which every vtype allows.
 */
#include "lib/bits.h"
#include "sbi/emulate.h"
#include "sbi/registers.h"
#include "sbi/unpriv.h"

#define VTYPE_VILL (1UL << 63)
#define VTYPE_SEW(vtype) ((vtype) >> 3 & 7) /* log2 of the bytes of an element */
#define VTYPE_LMUL(vtype) ((vtype)&7)	    /* log2, three bits with a sign */
#define VTYPE_LMUL_RESERVED 4
#define REGISTERS 32
#define GROUP_MAX 8 /* registers that an instruction may name at once */

/* What an instruction does under the vtype and vl of its context. */
struct vector_plan {
	struct vector_access access;
	unsigned long base;   /* x[rs1] */
	unsigned long stride; /* from one segment to the next; unused when indexed */
	unsigned long vlenb;  /* bytes of a register */
	unsigned long end;    /* elements (segments) of the instruction: vl, mostly */
	unsigned int size;    /* of an element, log2 */
	unsigned int fields;
	unsigned int group; /* registers of a field */
};

/* Registers that a group of elements of 2^@size bytes takes: EMUL, at least 1. 0: too many. */
static unsigned int group_of(unsigned long vtype, unsigned int size)
{
	int lmul = (int)(VTYPE_LMUL(vtype) ^ 4) - 4;
	int emul = lmul + (int)size - (int)VTYPE_SEW(vtype);

	if (emul > 3)
		return 0;
	return emul > 0 ? 1U << emul : 1;
}

/* @fields groups, from v[@first] on, are registers that exist and hold all elements. */
static bool fits(const struct vector_plan *plan, unsigned int first, unsigned int fields,
		 unsigned int group, unsigned int size)
{
	return group && group * fields <= GROUP_MAX && first + group * fields <= REGISTERS &&
	       plan->end << size <= group * plan->vlenb;
}

/* The hart has checked the instruction; another hart may since have put a different one there. */
static bool make_plan(struct vector_plan *plan, const struct trap_frame *frame, unsigned long vl,
		      unsigned long vtype)
{
	const struct vector_access *access = &plan->access;
	bool is_indexed = access->addressing == VECTOR_INDEXED;

	plan->base = frame->x[access->rs1];
	plan->vlenb = csr_read(CSR_VLENB);
	if (access->is_whole_register) {
		plan->size = access->width;
		plan->fields = 1;
		plan->group = access->fields;
		plan->end = plan->group * plan->vlenb >> plan->size;
	} else {
		if (vtype & VTYPE_VILL || VTYPE_LMUL(vtype) == VTYPE_LMUL_RESERVED)
			return false;
		plan->size = is_indexed ? VTYPE_SEW(vtype) : access->width;
		plan->fields = access->fields;
		plan->group = group_of(vtype, plan->size);
		plan->end = vl;
	}
	plan->stride = access->addressing == VECTOR_STRIDED
			     ? frame->x[access->rs2]
			     : (unsigned long)plan->fields << plan->size;
	if (is_indexed &&
	    !fits(plan, access->rs2, 1, group_of(vtype, access->width), access->width))
		return false;
	return plan->size <= 3 && fits(plan, access->vd, plan->fields, plan->group, plan->size);
}

/* Element @i, of 2^@size bytes, of the group of registers that begins with v[@first]. */
static uint64_t read_element(const struct vector_plan *plan, unsigned int first, unsigned long i,
			     unsigned int size)
{
	unsigned long byte = i << size;

	return vector_read(first + (unsigned int)(byte / plan->vlenb), byte & (plan->vlenb - 1),
			   1U << size);
}

static void write_element(const struct vector_plan *plan, unsigned int first, unsigned long i,
			  uint64_t value)
{
	unsigned long byte = i << plan->size;

	vector_write(first + (unsigned int)(byte / plan->vlenb), byte & (plan->vlenb - 1),
		     1U << plan->size, value);
}

static bool is_active(const struct vector_plan *plan, unsigned long i)
{
	return !plan->access.is_masked || vector_read(0, i / 8, 1) >> i % 8 & 1;
}

/* All fields of segment @i; false: one faults. */
static bool do_segment(struct trap_frame *frame, const struct vector_plan *plan, unsigned long i)
{
	const struct vector_access *access = &plan->access;
	unsigned int size = 1U << plan->size;
	unsigned long addr = plan->base;

	if (access->addressing == VECTOR_INDEXED)
		addr += read_element(plan, access->rs2, i, access->width);
	else
		addr += i * plan->stride;
	for (unsigned int field = 0; field < plan->fields; field++, addr += size) {
		unsigned int first = access->vd + field * plan->group;
		unsigned long value;

		if (access->is_store) {
			value = read_element(plan, first, i, plan->size);
			if (!unpriv_store(frame, addr, size, value))
				return false;
		} else {
			if (!unpriv_load(frame, addr, size, &value))
				return false;
			write_element(plan, first, i, value);
		}
	}
	return true;
}

enum emulated emulate_vector(struct trap_frame *frame, uint32_t insn)
{
	struct vector_plan plan;
	unsigned long vl, vtype, i;
	bool is_done = true;

	if (!decode_vector(insn, &plan.access))
		return EMULATED_NOT;
	if (!emulate_is_on(frame, MSTATUS_VS))
		return EMULATED_ILLEGAL;
	vl = csr_read(CSR_VL);
	vtype = csr_read(CSR_VTYPE);
	if (!make_plan(&plan, frame, vl, vtype))
		return EMULATED_NOT;
	for (i = csr_read(CSR_VSTART); i < plan.end; i++) {
		if (!is_active(&plan, i))
			continue;
		is_done = do_segment(frame, &plan, i);
		if (!is_done)
			break;
	}
	if (!is_done && plan.access.is_fault_only_first && i) {
		vl = i;
		is_done = true;
	}
	vector_configure(vl, vtype, is_done ? 0 : i);
	emulate_dirty(frame, MSTATUS_VS);
	return is_done ? EMULATED : EMULATED_FAULT;
}
