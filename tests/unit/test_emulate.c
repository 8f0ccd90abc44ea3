/* SPDX-License-Identifier: BSD-2-Clause */
/* Emulated loads and stores: what registers and memory hold afterwards, and which fault it was. */
/* sources: sbi/emulate_misaligned.c sbi/emulate_vector.c sbi/unpriv.c sbi/redirect.c tests/unit/trap_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/emulate.h"
#include "sbi/registers.h"
#include "sbi/trap.h"
#include "tests/unit/trap_model.h"

#define DATA (MODEL_BASE + MODEL_PAGE)	   /* a page of data behind the one of code */
#define HOLE (MODEL_BASE + 3 * MODEL_PAGE) /* the last page, where a test takes it away */
#define A0 10
#define A1 11
#define S0 8

#define FS_INITIAL (MSTATUS_FS & ~(MSTATUS_FS << 1))
#define VS_INITIAL (MSTATUS_VS & ~(MSTATUS_VS << 1))

static uint64_t bytes(unsigned long addr, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, model_at(addr), size);
	return value;
}

static uint64_t sign_extended(uint64_t value, unsigned int size)
{
	return (uint64_t)((int64_t)(value << (64 - size * 8)) >> (64 - size * 8));
}

/* Runs @insn, which is misaligned at @addr, in S-mode; false: it was redirected. */
static bool run(uint32_t insn, unsigned long cause, unsigned long addr)
{
	struct trap_frame *frame = &model.hart.frame;
	unsigned long mepc = frame->mepc;

	model_instruction(insn);
	model_trap(cause, addr, PRV_S);
	if (emulate_misaligned(frame, false))
		assert_false(emulate_misaligned(frame, true));
	if (frame->mepc == mepc + insn_length(insn))
		return true;
	assert_int_equal(frame->mepc, 0x5000);
	assert_int_equal(model.csrs[CSR_SEPC], mepc);
	return false;
}

static bool run_load(uint32_t insn, unsigned long addr)
{
	return run(insn, CAUSE_LOAD_MISALIGNED, addr);
}

static bool run_store(uint32_t insn, unsigned long addr)
{
	return run(insn, CAUSE_STORE_MISALIGNED, addr);
}

static void assert_redirected(unsigned long cause, unsigned long tval)
{
	assert_int_equal(model.csrs[CSR_SCAUSE], cause);
	assert_int_equal(model.csrs[CSR_STVAL], tval);
}

static void has_h(bool yes)
{
	model.hart.features.isa.bits &= ~BIT(ISA_H);
	model.hart.features.isa.bits |= yes ? BIT(ISA_H) : 0;
}

/* ---- Integer ---- */

static const struct {
	uint32_t insn;
	uint8_t reg, size;
	bool is_signed;
} loads[] = {
	{ 0x00059503, A0, 2, true },  /* lh a0, 0(a1) */
	{ 0x0005a503, A0, 4, true },  /* lw */
	{ 0x0005b503, A0, 8, true },  /* ld */
	{ 0x0005d503, A0, 2, false }, /* lhu */
	{ 0x0005e503, A0, 4, false }, /* lwu */
	{ 0x0005b403, S0, 8, true },  /* ld s0, 0(a1) */
	{ 0x4188, A0, 4, true },      /* c.lw a0, 0(a1) */
	{ 0x6188, A0, 8, true },      /* c.ld a0, 0(a1) */
	{ 0x6180, S0, 8, true },      /* c.ld s0, 0(a1) */
	{ 0x4502, A0, 4, true },      /* c.lwsp a0, 0(sp) */
	{ 0x6502, A0, 8, true },      /* c.ldsp a0, 0(sp) */
	{ 0x8588, A0, 2, false },     /* c.lhu a0, 0(a1) */
	{ 0x85c8, A0, 2, true },      /* c.lh a0, 0(a1) */
};

static void integer_loads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		for (unsigned long addr = DATA; addr < DATA + 16; addr++) {
			struct trap_frame *frame = model_reset();
			uint64_t value = bytes(addr, loads[i].size);

			assert_true(run_load(loads[i].insn, addr));
			assert_int_equal(frame->x[loads[i].reg],
					 loads[i].is_signed ? sign_extended(value, loads[i].size)
							    : value);
		}
	}
}

static const struct {
	uint32_t insn;
	uint8_t reg, size;
} stores[] = {
	{ 0x00a59023, A0, 2 }, /* sh a0, 0(a1) */
	{ 0x00a5a023, A0, 4 }, /* sw */
	{ 0x00a5b023, A0, 8 }, /* sd */
	{ 0x0085b023, S0, 8 }, /* sd s0, 0(a1) */
	{ 0x0005b023, 0, 8 },  /* sd zero, 0(a1) */
	{ 0xc188, A0, 4 },     /* c.sw a0, 0(a1) */
	{ 0xe188, A0, 8 },     /* c.sd a0, 0(a1) */
	{ 0xc02a, A0, 4 },     /* c.swsp a0, 0(sp) */
	{ 0xe02a, A0, 8 },     /* c.sdsp a0, 0(sp) */
	{ 0x8d88, A0, 2 },     /* c.sh a0, 0(a1) */
};

static void integer_stores(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		for (unsigned long addr = DATA; addr < DATA + 16; addr++) {
			struct trap_frame *frame = model_reset();
			uint64_t before = bytes(addr - 8, 8),
				 after = bytes(addr + stores[i].size, 8);

			frame->x[stores[i].reg] = stores[i].reg ? 0x8899aabbccddeeff : 0;
			assert_true(run_store(stores[i].insn, addr));
			assert_memory_equal(model_at(addr), &frame->x[stores[i].reg],
					    stores[i].size);
			assert_int_equal(bytes(addr - 8, 8), before);
			assert_int_equal(bytes(addr + stores[i].size, 8), after);
		}
	}
}

static void zero_stays_zero(void **state)
{
	struct trap_frame *frame = model_reset();

	(void)state;
	assert_true(run_load(0x0005b003, DATA + 1)); /* ld zero, 0(a1) */
	assert_int_equal(frame->x[0], 0);
}

/* The second half of an instruction may be in the next double word, or page. */
static void instruction_anywhere(void **state)
{
	(void)state;
	for (unsigned long mepc = MODEL_BASE + MODEL_PAGE - 8; mepc <= MODEL_BASE + MODEL_PAGE;
	     mepc += 2) {
		struct trap_frame *frame = model_reset();

		frame->mepc = mepc;
		assert_true(run_load(0x0005b503, DATA + 65));
		assert_int_equal(frame->x[A0], bytes(DATA + 65, 8));
		model_reset();
		model.rights[1] = 0;
		frame->mepc = mepc;
		if (mepc == MODEL_BASE + MODEL_PAGE - 2) {
			assert_false(run_load(0x0005b503, DATA + MODEL_PAGE + 1));
			assert_redirected(CAUSE_FETCH_PAGE_FAULT, MODEL_BASE + MODEL_PAGE);
			model_reset();
			model.rights[1] = 0;
			frame->mepc = mepc;
			assert_true(run_load(0x6188, DATA + MODEL_PAGE + 1));
		}
	}
}

static void fetch_faults(void **state)
{
	static const unsigned long causes[][2] = {
		{ CAUSE_LOAD_ACCESS, CAUSE_FETCH_ACCESS },
		{ CAUSE_LOAD_PAGE_FAULT, CAUSE_FETCH_PAGE_FAULT },
		{ CAUSE_LOAD_GUEST_PAGE_FAULT, CAUSE_FETCH_GUEST_PAGE_FAULT },
		{ CAUSE_HARDWARE_ERROR, CAUSE_HARDWARE_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		struct trap_frame *frame = model_reset();

		model.rights[0] = 0;
		model.fault_causes[0] = causes[i][0];
		frame->mepc = MODEL_BASE + 20;
		assert_false(run_load(0x0005b503, DATA + 1));
		assert_redirected(causes[i][1], MODEL_BASE + 20);
	}
}

/* What is executable is fetched even if it cannot be read; data is not. */
static void rights(void **state)
{
	(void)state;
	model_reset();
	model.rights[0] = MODEL_X;
	model.rights[1] = MODEL_X;
	assert_false(run_load(0x0005b503, DATA + 1));
	assert_redirected(CAUSE_LOAD_PAGE_FAULT, DATA + 1);
	assert_int_equal(model.as & MSTATUS_MPP, PRV_S << MSTATUS_MPP_SHIFT);
	assert_true(model.as & MSTATUS_MPRV);
}

static void partial_faults(void **state)
{
	(void)state;
	for (unsigned int before = 1; before < 8; before++) {
		struct trap_frame *frame = model_reset();

		frame->x[A0] = 0x8877665544332211;
		model.rights[3] = 0;
		assert_false(run_load(0x0005b503, HOLE - before));
		assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE);
		assert_int_equal(frame->x[A0], 0x8877665544332211);
		model_reset();
		frame->x[A0] = 0x8877665544332211;
		model.rights[3] = 0;
		assert_false(run_store(0x00a5b023, HOLE - before));
		assert_redirected(CAUSE_STORE_PAGE_FAULT, HOLE);
		assert_memory_equal(model_at(HOLE - before), &frame->x[A0], before);
		/* The first part is what faults. */
		model_reset();
		model.rights[2] = 0;
		assert_false(run_load(0x0005b503, HOLE - before));
		assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE - before);
		/* Both: the first counts. */
		model_reset();
		model.rights[2] = model.rights[3] = 0;
		assert_false(run_load(0x0005b503, HOLE - before));
		assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE - before);
	}
}

/* Atomics, what is no access at all, and what a hart may not have: the trap is S-mode's. */
static void not_emulated(void **state)
{
	static const uint32_t insns[] = {
		0x1005a52f, /* lr.w a0, (a1) */
		0x18c5a52f, /* sc.w a0, a2, (a1) */
		0x00b6352f, /* amoadd.d a0, a1, (a2) */
		0x0005f503, /* funct3 7 of LOAD */
		0x00000073, /* ecall */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		model_reset();
		assert_false(run(insns[i], CAUSE_STORE_MISALIGNED, DATA + 1));
		assert_redirected(CAUSE_STORE_MISALIGNED, DATA + 1);
	}
}

/* ---- F and D ---- */

static struct trap_frame *reset_with_float(void)
{
	struct trap_frame *frame = model_reset();

	frame->mstatus = FS_INITIAL;
	model.hart.features.isa.bits = BIT(ISA_F) | BIT(ISA_D);
	for (unsigned int i = 0; i < 32; i++)
		model.f[i] = 0x4000000000000000 + i;
	return frame;
}

static const struct {
	uint32_t load, store;
	uint8_t reg, size;
} floats[] = {
	{ 0x00059507, 0x00a59027, 10, 2 }, /* flh fa0, 0(a1) */
	{ 0x0005a507, 0x00a5a027, 10, 4 }, /* flw */
	{ 0x0005bf87, 0x01f5b027, 31, 8 }, /* fld ft11, 0(a1) */
	{ 0x2188, 0xa188, 10, 8 },	   /* c.fld fa0, 0(a1) */
	{ 0x2f82, 0xa07e, 31, 8 },	   /* c.fldsp ft11, 0(sp) */
};

static void floats_are_moved(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(floats); i++) {
		struct trap_frame *frame = reset_with_float();
		unsigned int size = floats[i].size;
		uint64_t boxed = bytes(DATA + 3, size) | (size < 8 ? ~0UL << size * 8 : 0);

		assert_true(run_store(floats[i].store, DATA + 33));
		assert_int_equal(frame->mstatus & MSTATUS_FS, FS_INITIAL);
		assert_memory_equal(model_at(DATA + 33), &model.f[floats[i].reg], size);
		assert_true(run_load(floats[i].load, DATA + 3));
		assert_int_equal(model.f[floats[i].reg], boxed);
		assert_int_equal(frame->mstatus & MSTATUS_FS, MSTATUS_FS);
		assert_int_equal(model.csrs[CSR_VSSTATUS], 0);
	}
}

static void float_faults(void **state)
{
	(void)state;
	reset_with_float();
	model.rights[3] = 0;
	assert_false(run_load(0x0005b507, HOLE - 3));
	assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE);
	assert_int_equal(model.f[10], 0x4000000000000000 + 10);
	assert_false(model.csrs[CSR_SSTATUS]);
	/* Without D these may be other instructions. */
	reset_with_float();
	model.hart.features.isa.bits = 0;
	assert_false(run_store(0xa07e, DATA + 1));
	assert_redirected(CAUSE_STORE_MISALIGNED, DATA + 1);
}

/* ---- V ---- */

#define VTYPE(sew_log2, lmul_log2) ((unsigned long)(sew_log2) << 3 | ((lmul_log2)&7))
#define V8 8
#define V16 16

static struct trap_frame *reset_with_vector(unsigned long vtype, unsigned long vl)
{
	struct trap_frame *frame = model_reset();

	frame->mstatus = VS_INITIAL;
	for (size_t i = 0; i < sizeof(model.v); i++)
		model.v[i] = (uint8_t)(0x80 + i);
	vector_configure(vl, vtype, 0);
	return frame;
}

/* vl<nf>[s|ux|ox]e<width>[ff].v v<vd>, (a1), rs2 */
static uint32_t vector_insn(bool is_store, unsigned int fields, unsigned int mop, bool is_masked,
			    unsigned int rs2, unsigned int width_log2, unsigned int vd)
{
	static const uint8_t widths[] = { 0, 5, 6, 7 };

	return (fields - 1) << 29 | mop << 26 | (is_masked ? 0U : 1U << 25) | rs2 << 20 | A1 << 15 |
	       (uint32_t)widths[width_log2] << 12 | vd << 7 | (is_store ? 0x27 : 0x07);
}

static uint64_t element(unsigned int reg, unsigned int i, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, &model.v[reg * MODEL_VLENB + i * size], size);
	return value;
}

static void assert_vector_state(unsigned long vl, unsigned long vtype, unsigned long vstart)
{
	assert_int_equal(model.csrs[CSR_VL], vl);
	assert_int_equal(model.csrs[CSR_VTYPE], vtype);
	assert_int_equal(model.csrs[CSR_VSTART], vstart);
	assert_int_equal(model.hart.frame.mstatus & MSTATUS_VS, MSTATUS_VS);
}

static void vector_unit_stride(void **state)
{
	(void)state;
	/* Two registers of halves, one element less than there could be. */
	struct trap_frame *frame = reset_with_vector(VTYPE(1, 1), 15);

	frame->x[A1] = DATA + 1;
	assert_true(run_load(vector_insn(false, 1, 0, false, 0, 1, V8), DATA + 1));
	assert_memory_equal(&model.v[V8 * MODEL_VLENB], model_at(DATA + 1), 30);
	assert_int_equal(element(V8 + 1, 7, 2), 0x1f1e); /* the tail */
	assert_vector_state(15, VTYPE(1, 1), 0);

	assert_true(run_store(vector_insn(true, 1, 0, false, 0, 1, V8), DATA + 1));
	frame->x[A1] = DATA + 101;
	assert_true(run_store(vector_insn(true, 1, 0, false, 0, 1, V8), DATA + 101));
	assert_memory_equal(model_at(DATA + 101), model_at(DATA + 1), 30);
	assert_vector_state(15, VTYPE(1, 1), 0);
}

static void vector_masked(void **state)
{
	(void)state;
	struct trap_frame *frame = reset_with_vector(VTYPE(2, 0), 4);

	frame->x[A1] = DATA + 2;
	model.v[0] = 0x0a; /* elements 1 and 3 */
	assert_true(run_load(vector_insn(false, 1, 0, true, 0, 2, V8), DATA + 2));
	assert_int_equal(element(V8, 0, 4), 0x03020100);
	assert_int_equal(element(V8, 1, 4), bytes(DATA + 6, 4));
	assert_int_equal(element(V8, 2, 4), 0x0b0a0908);
	assert_int_equal(element(V8, 3, 4), bytes(DATA + 14, 4));
}

static void vector_segments(void **state)
{
	(void)state;
	/* Three fields of a fraction of a register each. */
	struct trap_frame *frame = reset_with_vector(VTYPE(1, -1), 4);

	frame->x[A1] = DATA + 1;
	assert_true(run_load(vector_insn(false, 3, 0, false, 0, 1, V8), DATA + 1));
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int field = 0; field < 3; field++)
			assert_int_equal(element(V8 + field, i, 2),
					 bytes(DATA + 1 + i * 6 + field * 2, 2));
	}
}

static void vector_strided(void **state)
{
	(void)state;
	struct trap_frame *frame = reset_with_vector(VTYPE(3, 1), 4);

	frame->x[A1] = DATA + 101;
	frame->x[12] = (unsigned long)-13;
	assert_true(run_load(vector_insn(false, 2, 2, false, 12, 3, V8), DATA + 101));
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int field = 0; field < 2; field++)
			assert_int_equal(element(V8 + 2 * field, i, 8),
					 bytes(DATA + 101 - i * 13 + field * 8, 8));
	}
}

/* Data of SEW, indices of the width that the instruction names. */
static void vector_indexed(void **state)
{
	static const uint8_t indices[] = { 3, 251, 9, 0 };

	(void)state;
	for (unsigned int mop = 1; mop <= 3; mop += 2) {
		struct trap_frame *frame = reset_with_vector(VTYPE(2, 0), 4);

		frame->x[A1] = DATA;
		memcpy(&model.v[V16 * MODEL_VLENB], indices, 4);
		assert_true(run_load(vector_insn(false, 1, mop, false, V16, 0, V8), DATA + 3));
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(element(V8, i, 4), bytes(DATA + indices[i], 4));
		assert_true(run_store(vector_insn(true, 1, mop, false, V16, 0, V8 + 1), DATA + 3));
		assert_int_equal(bytes(DATA + 251, 4), element(V8 + 1, 1, 4));
	}
}

static void vector_whole_registers(void **state)
{
	(void)state;
	/* vl and vtype are of no interest. */
	struct trap_frame *frame = reset_with_vector(1UL << 63, 0);

	frame->x[A1] = DATA + 4;
	assert_true(run_load(vector_insn(false, 4, 0, false, 8, 3, V8), DATA + 4));
	assert_memory_equal(&model.v[V8 * MODEL_VLENB], model_at(DATA + 4), 4 * MODEL_VLENB);
	assert_vector_state(0, 1UL << 63, 0);
}

static void vector_resumes(void **state)
{
	(void)state;
	struct trap_frame *frame = reset_with_vector(VTYPE(1, 0), 8);

	model.csrs[CSR_VSTART] = 5;
	frame->x[A1] = DATA + 1;
	assert_true(run_load(vector_insn(false, 1, 0, false, 0, 1, V8), DATA + 11));
	assert_int_equal(element(V8, 4, 2), 0x0908);
	assert_int_equal(element(V8, 5, 2), bytes(DATA + 11, 2));
	assert_vector_state(8, VTYPE(1, 0), 0);
}

static void vector_faults(void **state)
{
	(void)state;
	struct trap_frame *frame = reset_with_vector(VTYPE(2, 0), 4);

	frame->x[A1] = HOLE - 11; /* element 2 has three bytes before the hole */
	model.rights[3] = 0;
	assert_false(run_load(vector_insn(false, 1, 0, false, 0, 2, V8), HOLE - 11));
	assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE);
	assert_int_equal(element(V8, 1, 4), bytes(HOLE - 7, 4));
	assert_int_equal(element(V8, 2, 4), 0x0b0a0908);
	assert_vector_state(4, VTYPE(2, 0), 2);
	assert_int_equal(frame->mstatus & MSTATUS_VS, MSTATUS_VS);

	frame = reset_with_vector(VTYPE(2, 0), 4);
	frame->x[A1] = HOLE - 11;
	model.rights[3] = 0;
	assert_false(run_store(vector_insn(true, 1, 0, false, 0, 2, V8), HOLE - 11));
	assert_redirected(CAUSE_STORE_PAGE_FAULT, HOLE);
	assert_memory_equal(model_at(HOLE - 11), &model.v[V8 * MODEL_VLENB], 11);
	assert_vector_state(4, VTYPE(2, 0), 2);
}

static void vector_fault_only_first(void **state)
{
	uint32_t insn = vector_insn(false, 1, 0, false, 16, 2, V8);

	(void)state;
	struct trap_frame *frame = reset_with_vector(VTYPE(2, 0), 4);

	frame->x[A1] = HOLE - 11;
	model.rights[3] = 0;
	assert_true(run_load(insn, HOLE - 11));
	assert_int_equal(element(V8, 1, 4), bytes(HOLE - 7, 4));
	assert_vector_state(2, VTYPE(2, 0), 0);

	frame = reset_with_vector(VTYPE(2, 0), 4);
	frame->x[A1] = HOLE - 3;
	model.rights[3] = 0;
	assert_false(run_load(insn, HOLE - 3));
	assert_redirected(CAUSE_LOAD_PAGE_FAULT, HOLE);
	assert_vector_state(4, VTYPE(2, 0), 0);
}

/* Instructions that the hart would not have executed: only what another hart put there instead. */
static void vector_reserved(void **state)
{
	static const struct {
		unsigned long vtype;
		unsigned int fields, mop, rs2, width, vd;
	} rows[] = {
		{ 1UL << 63, 1, 0, 0, 1, V8 },	   /* vill */
		{ VTYPE(1, 4), 1, 0, 0, 1, V8 },   /* LMUL reserved */
		{ VTYPE(0, 3), 1, 0, 0, 1, V8 },   /* EMUL 16 */
		{ VTYPE(1, 1), 8, 0, 0, 1, V8 },   /* 16 registers */
		{ VTYPE(1, 1), 4, 0, 0, 1, 25 },   /* beyond v31 */
		{ VTYPE(0, 3), 1, 1, V16, 1, V8 }, /* EMUL 16 of the indices */
		{ VTYPE(0, 2), 1, 1, 30, 1, V8 },  /* indices beyond v31 */
		{ VTYPE(7, 0), 1, 1, V16, 0, V8 }, /* SEW reserved */
		{ VTYPE(1, 0), 1, 0, 1, 1, V8 },   /* lumop reserved */
		{ VTYPE(1, 0), 1, 0, 11, 0, V8 },  /* vlm.v: never misaligned */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		reset_with_vector(rows[i].vtype, 4);
		assert_false(run_load(vector_insn(false, rows[i].fields, rows[i].mop, false,
						  rows[i].rs2, rows[i].width, rows[i].vd),
				      DATA + 1));
		assert_redirected(CAUSE_LOAD_MISALIGNED, DATA + 1);
		assert_int_equal(model.moves, 0);
	}
	/* A store has no fault-only-first form. */
	reset_with_vector(VTYPE(1, 0), 4);
	assert_false(run_store(vector_insn(true, 1, 0, false, 16, 1, V8), DATA + 1));
	/* mew */
	reset_with_vector(VTYPE(1, 0), 4);
	assert_false(run_store(vector_insn(true, 1, 0, false, 0, 1, V8) | 1U << 28, DATA + 1));
}

/* ---- The hypervisor extension ---- */

static struct trap_frame *reset_guest(unsigned long hedeleg)
{
	struct trap_frame *frame = reset_with_float();

	has_h(true);
	frame->mstatus |= MSTATUS_MPV | MSTATUS_GVA;
	model.csrs[CSR_HEDELEG] = hedeleg;
	model.fault_causes[0] = CAUSE_LOAD_GUEST_PAGE_FAULT;
	model.fault_causes[1] = CAUSE_STORE_GUEST_PAGE_FAULT;
	model.fault_tval2 = HOLE >> 2;
	return frame;
}

static void guest_float(void **state)
{
	(void)state;
	reset_guest(0);
	model.csrs[CSR_VSSTATUS] = FS_INITIAL | VS_INITIAL;
	assert_true(run_load(0x0005b507, DATA + 1));
	assert_true(model.as & MSTATUS_MPV);
	assert_int_equal(model.csrs[CSR_VSSTATUS], MSTATUS_FS | VS_INITIAL);
	assert_int_equal(model.f[10], bytes(DATA + 1, 8));
}

static void guest_vector(void **state)
{
	(void)state;
	reset_guest(0)->mstatus |= VS_INITIAL;
	vector_configure(4, VTYPE(1, 0), 0);
	model.hart.frame.x[A1] = DATA + 1;
	model.csrs[CSR_VSSTATUS] = FS_INITIAL | VS_INITIAL;
	assert_true(run_load(vector_insn(false, 1, 0, false, 0, 1, V8), DATA + 1));
	assert_int_equal(model.csrs[CSR_VSSTATUS], FS_INITIAL | MSTATUS_VS);
	assert_memory_equal(&model.v[V8 * MODEL_VLENB], model_at(DATA + 1), 8);
}

/*
 * Where registers are Off, the instruction that uses them came after the trap, and is illegal: in a
 * guest that has them Off, too, and its kernel is who learns of it.
 */
static void registers_off(void **state)
{
	static const struct {
		uint32_t insn;
		unsigned long mstatus, vsstatus;
	} rows[] = {
		{ 0x0005b507, VS_INITIAL, MSTATUS_FS | MSTATUS_VS }, /* fld fa0, 0(a1) */
		{ 0x0205d407, FS_INITIAL, MSTATUS_FS | MSTATUS_VS }, /* vle16.v v8, (a1) */
		{ 0x0005b507, MSTATUS_MPV | FS_INITIAL | VS_INITIAL, MSTATUS_VS }, /* fld */
		{ 0x00a5b027, MSTATUS_MPV | FS_INITIAL | VS_INITIAL, MSTATUS_VS }, /* fsd */
		{ 0xa188, MSTATUS_MPV | FS_INITIAL | VS_INITIAL, MSTATUS_VS },	   /* c.fsd */
		{ 0x0205d407, MSTATUS_MPV | FS_INITIAL | VS_INITIAL, MSTATUS_FS }, /* vle16.v */
		{ 0x0205d427, MSTATUS_MPV | FS_INITIAL | VS_INITIAL, MSTATUS_FS }, /* vse16.v */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool guest = rows[i].mstatus & MSTATUS_MPV;
		struct trap_frame *frame = reset_with_float();
		uint64_t before = bytes(DATA + 1, 8);

		has_h(guest);
		frame->mstatus = rows[i].mstatus;
		frame->x[A1] = DATA + 1;
		model.csrs[CSR_VSSTATUS] = rows[i].vsstatus;
		model.csrs[CSR_HEDELEG] = BIT(CAUSE_ILLEGAL_INSTRUCTION);
		model.csrs[CSR_VSTVEC] = 0x7000;
		vector_configure(4, VTYPE(1, 0), 0);
		model_instruction(rows[i].insn);
		model_trap(CAUSE_STORE_MISALIGNED, DATA + 1, PRV_U);
		if (emulate_misaligned(frame, false))
			assert_false(emulate_misaligned(frame, true));
		assert_int_equal(frame->mepc, guest ? 0x7000 : 0x5000);
		assert_int_equal(model.csrs[guest ? CSR_VSEPC : CSR_SEPC], MODEL_BASE);
		assert_int_equal(model.csrs[guest ? CSR_VSCAUSE : CSR_SCAUSE],
				 CAUSE_ILLEGAL_INSTRUCTION);
		assert_int_equal(model.csrs[guest ? CSR_VSTVAL : CSR_STVAL], rows[i].insn);
		assert_int_equal(model.csrs[CSR_VSSTATUS] & (MSTATUS_FS | MSTATUS_VS),
				 rows[i].vsstatus);
		assert_int_equal(frame->mstatus & (MSTATUS_FS | MSTATUS_VS),
				 rows[i].mstatus & (MSTATUS_FS | MSTATUS_VS));
		assert_int_equal(model.f[10], 0x4000000000000000 + 10);
		assert_int_equal(model.moves, 0);
		assert_int_equal(bytes(DATA + 1, 8), before);
	}
}

/* htinst has the instruction as the specification transforms it: rs1 is how far in the fault is. */
static void guest_page_fault(void **state)
{
	static const struct {
		uint32_t insn, tinst;
		bool is_store;
	} rows[] = {
		{ 0x0045b503, 0x0001b503, false }, /* ld a0, 4(a1) */
		{ 0x0045e503, 0x0001e503, false }, /* lwu a0, 4(a1) */
		{ 0x0045a503, 0x0001a503, false }, /* lw a0, 4(a1) */
		{ 0x00a5b223, 0x00a1b023, true },  /* sd a0, 4(a1) */
		{ 0x0085b223, 0x0081b023, true },  /* sd s0, 4(a1) */
		{ 0x6188, 0x0001b501, false },	   /* c.ld a0, 0(a1) */
		{ 0xc188, 0x00a1a021, true },	   /* c.sw a0, 0(a1) */
		{ 0x0005b507, 0x0001b507, false }, /* fld fa0, 0(a1) */
		{ 0x00a5a027, 0x00a1a027, true },  /* fsw fa0, 0(a1) */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		reset_guest(BIT(CAUSE_LOAD_MISALIGNED));
		model.csrs[CSR_VSSTATUS] = FS_INITIAL;
		model.rights[3] = 0;
		model.fault_tinst = 0x3023; /* of one of ours */
		assert_false(run(rows[i].insn,
				 rows[i].is_store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED,
				 HOLE - 3));
		assert_redirected(rows[i].is_store ? CAUSE_STORE_GUEST_PAGE_FAULT
						   : CAUSE_LOAD_GUEST_PAGE_FAULT,
				  HOLE);
		assert_int_equal(model.csrs[CSR_HTVAL], HOLE >> 2);
		assert_int_equal(model.csrs[CSR_HTINST], rows[i].tinst);
		assert_int_equal(model.csrs[CSR_HSTATUS], HSTATUS_GVA | HSTATUS_SPV | HSTATUS_SPVP);
		assert_false(model.hart.frame.mstatus & MSTATUS_MPV);
	}
}

/* A page table of the guest that is not there: said as such. */
static void guest_page_table_fault(void **state)
{
	(void)state;
	reset_guest(0);
	model.rights[3] = 0;
	model.fault_tinst = 0x3000;
	model.fault_tval2 = 0x1234;
	assert_false(run_load(0x0005b503, HOLE + 3));
	assert_redirected(CAUSE_LOAD_GUEST_PAGE_FAULT, HOLE + 3);
	assert_int_equal(model.csrs[CSR_HTVAL], 0x1234);
	assert_int_equal(model.csrs[CSR_HTINST], 0x3000);
}

/* The address of a guest page fault is that of the first byte that was wanted. */
static void guest_physical_address(void **state)
{
	(void)state;
	reset_guest(0);
	model.rights[3] = 0;
	assert_false(run_load(0x0005a503, HOLE + 6));
	assert_redirected(CAUSE_LOAD_GUEST_PAGE_FAULT, HOLE + 6);
	assert_int_equal(model.csrs[CSR_HTVAL], (HOLE + 6) >> 2);
	assert_int_equal(model.csrs[CSR_HTINST], 0x00002503);
}

/* What the hart tells of the instruction need not be fetched. */
static void told_instruction(void **state)
{
	struct trap_frame *frame;

	(void)state;
	frame = reset_guest(0);
	model.rights[0] = 0;
	model.csrs[CSR_MTINST] = 0x0000b503; /* ld a0 */
	assert_true(run_load(0x0005b503, DATA + 1));
	assert_int_equal(frame->x[A0], bytes(DATA + 1, 8));
	frame = reset_guest(0);
	model.rights[0] = 0;
	model.csrs[CSR_MTINST] = 0x0000b501; /* c.ld a0 */
	assert_true(run_load(0x6188, DATA + 1));
	assert_int_equal(frame->x[A0], bytes(DATA + 1, 8));
	/* Not emulated: handed on as the hart told it. */
	reset_guest(0);
	model.csrs[CSR_MTINST] = 0x1000a52f; /* lr.w a0 */
	assert_false(run_load(0x1005a52f, DATA + 1));
	assert_redirected(CAUSE_LOAD_MISALIGNED, DATA + 1);
	assert_int_equal(model.csrs[CSR_HTINST], 0x1000a52f);
	assert_true(model.csrs[CSR_HSTATUS] & HSTATUS_GVA);
}

/* ---- Whatever comes ---- */

static void any_instruction(void **state)
{
	(void)state;
	srandom(3);
	for (int i = 0; i < 300000; i++) {
		struct trap_frame *frame = &model.hart.frame;
		unsigned long vl = (unsigned long)random() % 33; /* more than some hart has */
		uint32_t insn = (uint32_t)random() ^ (uint32_t)random() << 16;
		bool is_store = random() & 1;

		if (i % 1000 == 0)
			model_reset();
		/* Rather often what there is most to get wrong in. */
		if (random() % 4)
			insn = (insn & ~0x7fU) | (is_store ? 0x27 : 0x07);
		frame->mepc = MODEL_BASE + ((unsigned long)random() % 64) * 2;
		frame->mstatus = MSTATUS_FS | MSTATUS_VS | (random() & 1 ? MSTATUS_MPV : 0);
		model.hart.features.isa.bits = (uint64_t)random();
		for (unsigned int reg = 1; reg < 32; reg++)
			frame->x[reg] = DATA + (unsigned long)random() % (3 * MODEL_PAGE);
		model.csrs[CSR_VSSTATUS] = random() % 4 ? MSTATUS_FS | MSTATUS_VS : 0;
		model.csrs[CSR_MTINST] = random() % 4 ? 0 : (unsigned long)random();
		model.rights[3] = (uint8_t)random();
		vector_configure(vl, (unsigned long)random() & 0xff, vl ? 0 : 1);
		model_instruction(insn);
		model_trap(is_store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED,
			   DATA + (unsigned long)random() % (3 * MODEL_PAGE), PRV_S);
		if (emulate_misaligned(frame, false))
			assert_false(emulate_misaligned(frame, true));
		assert_int_equal(frame->x[0], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integer_loads),
		cmocka_unit_test(integer_stores),
		cmocka_unit_test(zero_stays_zero),
		cmocka_unit_test(instruction_anywhere),
		cmocka_unit_test(fetch_faults),
		cmocka_unit_test(rights),
		cmocka_unit_test(partial_faults),
		cmocka_unit_test(not_emulated),
		cmocka_unit_test(floats_are_moved),
		cmocka_unit_test(float_faults),
		cmocka_unit_test(vector_unit_stride),
		cmocka_unit_test(vector_masked),
		cmocka_unit_test(vector_segments),
		cmocka_unit_test(vector_strided),
		cmocka_unit_test(vector_indexed),
		cmocka_unit_test(vector_whole_registers),
		cmocka_unit_test(vector_resumes),
		cmocka_unit_test(vector_faults),
		cmocka_unit_test(vector_fault_only_first),
		cmocka_unit_test(vector_reserved),
		cmocka_unit_test(guest_float),
		cmocka_unit_test(guest_vector),
		cmocka_unit_test(registers_off),
		cmocka_unit_test(guest_page_fault),
		cmocka_unit_test(guest_page_table_fault),
		cmocka_unit_test(guest_physical_address),
		cmocka_unit_test(told_instruction),
		cmocka_unit_test(any_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
