/* SPDX-License-Identifier: BSD-2-Clause */
/* ISA strings as device trees have them. */
/* sources: lib/riscv/isa.c lib/dt.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/riscv/isa.h"

static void single_letters(void **state)
{
	struct isa isa = isa_parse("rv64imafdch_zicsr_sstc");

	(void)state;
	assert_true(isa_has(isa, ISA_I) && isa_has(isa, ISA_D) && isa_has(isa, ISA_H));
	assert_true(isa_has(isa, ISA_SSTC));
	assert_false(isa_has(isa, ISA_V));
	assert_false(isa_has(isa, ISA_SSCOFPMF));
}

static void g_is_imafd(void **state)
{
	struct isa isa = isa_parse("rv64gc");

	(void)state;
	assert_true(isa_has(isa, ISA_I) && isa_has(isa, ISA_M) && isa_has(isa, ISA_A) &&
		    isa_has(isa, ISA_F) && isa_has(isa, ISA_D) && isa_has(isa, ISA_C));
	assert_false(isa_has(isa, ISA_H));
}

static void versions_are_passed_over(void **state)
{
	struct isa isa = isa_parse("RV64I2p1M2A2p1F2D2C2_Zicntr2p0_sstc1p0_zba1p0_zbb1");

	(void)state;
	assert_true(isa_has(isa, ISA_I) && isa_has(isa, ISA_C) && isa_has(isa, ISA_ZICNTR));
	assert_true(isa_has(isa, ISA_SSTC));
	assert_false(isa_has(isa, ISA_H));
}

/* A long name that begins with a known one is another extension; "su" of old strings is none. */
static void names_match_whole(void **state)
{
	struct isa isa = isa_parse("rv64imafdcsu_sstcfoo_zbbx");

	(void)state;
	assert_false(isa_has(isa, ISA_SSTC));
	assert_false(isa_has(isa, ISA_ZBB));
	assert_true(isa_has(isa, ISA_C));
}

static void others_are_nothing(void **state)
{
	(void)state;
	assert_int_equal(isa_parse("rv32imac").bits, 0);
	assert_int_equal(isa_parse("").bits, 0);
	assert_int_equal(isa_parse("rv6").bits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_letters),	    cmocka_unit_test(g_is_imafd),
		cmocka_unit_test(versions_are_passed_over), cmocka_unit_test(names_match_whole),
		cmocka_unit_test(others_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
