/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and stores as an assembler writes them, and what is none. */
/* sources: lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sbi/decode.h"

enum { LOAD, LOAD_UNSIGNED, STORE, FLOAT_LOAD, FLOAT_STORE };

static const struct {
	uint32_t insn;
	uint8_t kind, size, reg;
} rows[] = {
	{ 0x00158503, LOAD, 1, 10 },	      /* lb a0, 1(a1) */
	{ 0xffe61483, LOAD, 2, 9 },	      /* lh s1, -2(a2) */
	{ 0x00412f83, LOAD, 4, 31 },	      /* lw t6, 4(sp) */
	{ 0x7fffb083, LOAD, 8, 1 },	      /* ld ra, 2047(t6) */
	{ 0x00004683, LOAD_UNSIGNED, 1, 13 }, /* lbu a3, 0(zero) */
	{ 0x0005d703, LOAD_UNSIGNED, 2, 14 }, /* lhu a4, 0(a1) */
	{ 0x0035e183, LOAD_UNSIGNED, 4, 3 },  /* lwu gp, 3(a1) */
	{ 0x00a580a3, STORE, 1, 10 },	      /* sb a0, 1(a1) */
	{ 0xfe961f23, STORE, 2, 9 },	      /* sh s1, -2(a2) */
	{ 0x01f12223, STORE, 4, 31 },	      /* sw t6, 4(sp) */
	{ 0x7e05bfa3, STORE, 8, 0 },	      /* sd zero, 2047(a1) */
	{ 0x0015a507, FLOAT_LOAD, 4, 10 },    /* flw fa0, 1(a1) */
	{ 0x0015bd87, FLOAT_LOAD, 8, 27 },    /* fld fs11, 1(a1) */
	{ 0x00159507, FLOAT_LOAD, 2, 10 },    /* flh fa0, 1(a1) */
	{ 0x01f5a0a7, FLOAT_STORE, 4, 31 },   /* fsw ft11, 1(a1) */
	{ 0x00a5b0a7, FLOAT_STORE, 8, 10 },   /* fsd fa0, 1(a1) */
	{ 0x41c8, LOAD, 4, 10 },	      /* c.lw a0, 4(a1) */
	{ 0x6784, LOAD, 8, 9 },		      /* c.ld s1, 8(a5) */
	{ 0x2788, FLOAT_LOAD, 8, 10 },	      /* c.fld fa0, 8(a5) */
	{ 0xc1c8, STORE, 4, 10 },	      /* c.sw a0, 4(a1) */
	{ 0xe784, STORE, 8, 9 },	      /* c.sd s1, 8(a5) */
	{ 0xa788, FLOAT_STORE, 8, 10 },	      /* c.fsd fa0, 8(a5) */
	{ 0x4f92, LOAD, 4, 31 },	      /* c.lwsp t6, 4(sp) */
	{ 0x60a2, LOAD, 8, 1 },		      /* c.ldsp ra, 8(sp) */
	{ 0x2fa2, FLOAT_LOAD, 8, 31 },	      /* c.fldsp ft11, 8(sp) */
	{ 0xc27e, STORE, 4, 31 },	      /* c.swsp t6, 4(sp) */
	{ 0xe406, STORE, 8, 1 },	      /* c.sdsp ra, 8(sp) */
	{ 0xa47e, FLOAT_STORE, 8, 31 },	      /* c.fsdsp ft11, 8(sp) */
	{ 0x8188, LOAD_UNSIGNED, 1, 10 },     /* c.lbu a0, 0(a1) */
	{ 0x8588, LOAD_UNSIGNED, 2, 10 },     /* c.lhu a0, 0(a1) */
	{ 0x85c8, LOAD, 2, 10 },	      /* c.lh a0, 0(a1) */
	{ 0x8988, STORE, 1, 10 },	      /* c.sb a0, 0(a1) */
	{ 0x8d88, STORE, 2, 10 },	      /* c.sh a0, 0(a1) */
};

static void loads_and_stores(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_access access;

		assert_true(decode_access(rows[i].insn, &access));
		assert_int_equal(access.size, rows[i].size);
		assert_int_equal(access.reg, rows[i].reg);
		assert_int_equal(access.is_store,
				 rows[i].kind == STORE || rows[i].kind == FLOAT_STORE);
		assert_int_equal(access.is_float,
				 rows[i].kind == FLOAT_LOAD || rows[i].kind == FLOAT_STORE);
		if (rows[i].kind <= LOAD_UNSIGNED && rows[i].size < 8)
			assert_int_equal(access.is_signed, rows[i].kind == LOAD);
	}
}

static void others(void **state)
{
	static const uint32_t insns[] = {
		0x1005a52f, /* lr.w a0, (a1) */
		0x00b6352f, /* amoadd.d a0, a1, (a2) */
		0x00150513, /* addi a0, a0, 1 */
		0x000000ef, /* jal ra, 0 */
		0x0005f503, /* funct3 7 of LOAD */
		0x00a5c023, /* funct3 4 of STORE */
		0x0205d007, /* vle16.v v0, (a1) */
		0x0205f027, /* vse64.v v0, (a1) */
		0x0015c507, /* flq fa0, 1(a1) */
		0x00000073, /* ecall */
		0x0505,	    /* c.addi a0, 1 */
		0x0028,	    /* c.addi4spn a0, sp, 8 */
		0x8dc8,	    /* c.sh with its bit 6 set */
		0x9188,	    /* funct6 0x24 */
		0x9002,	    /* c.ebreak */
		0x0000,
	};
	struct memory_access access;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++)
		assert_false(decode_access(insns[i], &access));
}

/* Whatever comes: no access of another size, no register beyond 31. */
static void any_bits(void **state)
{
	struct memory_access access;

	(void)state;
	srandom(1);
	for (int i = 0; i < 1000000; i++) {
		uint32_t insn = (uint32_t)random() ^ (uint32_t)random() << 16;

		if (insn_length(insn) == 2)
			insn &= 0xffff;
		if (!decode_access(insn, &access))
			continue;
		assert_true(access.reg < 32);
		assert_true(is_power_of_2(access.size) && access.size <= 8);
		assert_false(access.is_float && access.is_signed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_and_stores),
		cmocka_unit_test(others),
		cmocka_unit_test(any_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
