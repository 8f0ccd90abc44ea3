/* SPDX-License-Identifier: BSD-2-Clause */
/* Firmware features: SBI v3.0, tables "FWFT Firmware Features Set Errors" and "... Get Errors". */
/* sources: sbi/fwft_policy.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/fwft_policy.h"
#include "sbi/sbi.h"

static const struct hart_features none = { 0 };
static const struct hart_features all = {
	.isa = { BIT(ISA_ZICFILP) | BIT(ISA_ZICFISS) | BIT(ISA_SSDBLTRP) | BIT(ISA_SVADU) |
		 BIT(ISA_SVADE) },
	.has_pmlen_7 = true,
	.has_pmlen_16 = true,
};

static unsigned long value_of(const struct fwft *fwft, unsigned long feature)
{
	unsigned long value = 99;

	assert_int_equal(fwft_get(fwft, &all, feature, &value), SBI_SUCCESS);
	return value;
}

static void reset_values_are_zero(void **state)
{
	const struct fwft fwft = { 0 };

	(void)state;
	for (unsigned long feature = 0; feature < FWFT_FEATURES; feature++)
		assert_int_equal(value_of(&fwft, feature), 0);
}

static void set_is_what_get_says(void **state)
{
	struct fwft fwft = { 0 };

	(void)state;
	for (unsigned long feature = 0; feature < FWFT_FEATURES; feature++) {
		unsigned long one = feature == FWFT_POINTER_MASKING_PMLEN ? 7 : 1;

		assert_int_equal(fwft_set(&fwft, &all, feature, one, 0), SBI_SUCCESS);
		assert_int_equal(value_of(&fwft, feature), one);
		assert_int_equal(fwft_set(&fwft, &all, feature, 0, 0), SBI_SUCCESS);
		assert_int_equal(value_of(&fwft, feature), 0);
	}
}

static void reserved_features_are_denied(void **state)
{
	static const unsigned long ids[] = {
		6,	    0x3fffffff, 0x40000000,  0x7fffffff,	 0x80000000, 0xbfffffff,
		0xc0000000, 0xffffffff, 0x100000000, 0xffffffff80000000, ~0UL,
	};
	struct fwft fwft = { 0 };
	unsigned long value;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_int_equal(fwft_set(&fwft, &all, ids[i], 0, 0), SBI_ERR_DENIED);
		value = 99;
		assert_int_equal(fwft_get(&fwft, &all, ids[i], &value), SBI_ERR_DENIED);
		assert_int_equal(value, 0);
	}
}

static void missing_hardware_is_not_supported(void **state)
{
	struct fwft fwft = { 0 };
	unsigned long value = 99;

	(void)state;
	for (unsigned long feature = FWFT_LANDING_PAD; feature < FWFT_FEATURES; feature++) {
		assert_int_equal(fwft_set(&fwft, &none, feature, 0, 0), SBI_ERR_NOT_SUPPORTED);
		assert_int_equal(fwft_get(&fwft, &none, feature, &value), SBI_ERR_NOT_SUPPORTED);
		assert_int_equal(value, 0);
	}
	assert_int_equal(fwft_set(&fwft, &none, FWFT_MISALIGNED_EXC_DELEG, 1, 0), SBI_SUCCESS);
}

static void svadu_alone_is_always_on(void **state)
{
	const struct hart_features svadu = { .isa = { BIT(ISA_SVADU) } };
	struct fwft fwft = { 0 };

	(void)state;
	assert_int_equal(fwft_set(&fwft, &svadu, FWFT_PTE_AD_HW_UPDATING, 1, 0),
			 SBI_ERR_NOT_SUPPORTED);
	assert_int_equal(fwft_menvcfg(&fwft, &svadu, ENVCFG_ADUE), ENVCFG_ADUE);
}

static void bad_values_and_flags(void **state)
{
	static const unsigned long values[] = { 2, 3, 63, 1UL << 32, 1UL << 63, ~0UL };
	struct fwft fwft = { 0 };

	(void)state;
	for (unsigned long feature = 0; feature < FWFT_FEATURES; feature++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(values); i++)
			assert_int_equal(fwft_set(&fwft, &all, feature, values[i], 0),
					 SBI_ERR_INVALID_PARAM);
		for (unsigned int bit = 1; bit < 64; bit++)
			assert_int_equal(fwft_set(&fwft, &all, feature, 0, BIT(bit)),
					 SBI_ERR_INVALID_PARAM);
		assert_int_equal(value_of(&fwft, feature), 0);
	}
	assert_int_equal(fwft.locked, 0);
}

static void pmlen_is_one_that_the_hart_has(void **state)
{
	const struct hart_features only_16 = { .has_pmlen_16 = true };
	struct fwft fwft = { 0 };
	const unsigned long feature = FWFT_POINTER_MASKING_PMLEN;

	(void)state;
	assert_int_equal(fwft_set(&fwft, &all, feature, 1, 0), SBI_ERR_INVALID_PARAM);
	assert_int_equal(fwft_set(&fwft, &only_16, feature, 7, 0), SBI_ERR_INVALID_PARAM);
	assert_int_equal(fwft_set(&fwft, &only_16, feature, 16, 0), SBI_SUCCESS);
	assert_int_equal(fwft_menvcfg(&fwft, &only_16, 0), 3UL << 32);
	assert_int_equal(fwft_set(&fwft, &all, feature, 7, 0), SBI_SUCCESS);
	assert_int_equal(fwft_menvcfg(&fwft, &all, ENVCFG_PMM), 2UL << 32);
}

static void lock_holds_one_feature(void **state)
{
	struct fwft fwft = { 0 };

	(void)state;
	assert_int_equal(fwft_set(&fwft, &all, FWFT_SHADOW_STACK, 1, FWFT_FLAG_LOCK), SBI_SUCCESS);
	for (unsigned long value = 0; value <= 1; value++) {
		for (unsigned long flags = 0; flags <= FWFT_FLAG_LOCK; flags++)
			assert_int_equal(fwft_set(&fwft, &all, FWFT_SHADOW_STACK, value, flags),
					 SBI_ERR_DENIED_LOCKED);
	}
	assert_int_equal(value_of(&fwft, FWFT_SHADOW_STACK), 1);
	assert_int_equal(fwft_set(&fwft, &all, FWFT_LANDING_PAD, 1, 0), SBI_SUCCESS);
}

static void values_become_csr_fields(void **state)
{
	static const uint64_t bits[FWFT_FEATURES] = {
		0, ENVCFG_LPE, ENVCFG_SSE, ENVCFG_DTE, ENVCFG_ADUE, 0,
	};
	const uint64_t others = ENVCFG_STCE | ENVCFG_PBMTE | ENVCFG_CBZE;

	(void)state;
	for (unsigned long feature = 0; feature < FWFT_FEATURES; feature++) {
		struct fwft fwft = { 0 };

		if (!bits[feature])
			continue;
		assert_int_equal(fwft_set(&fwft, &all, feature, 1, 0), SBI_SUCCESS);
		assert_int_equal(fwft_menvcfg(&fwft, &all, others), others | bits[feature]);
		assert_int_equal(fwft_set(&fwft, &all, feature, 0, 0), SBI_SUCCESS);
		assert_int_equal(fwft_menvcfg(&fwft, &all, others | bits[feature]), others);
	}
}

static void misaligned_exceptions_are_delegated(void **state)
{
	const uint64_t misaligned = BIT(4) | BIT(6), others = BIT(0) | BIT(3) | BIT(13);
	struct fwft fwft = { 0 };

	(void)state;
	assert_int_equal(fwft_medeleg(&fwft, others | misaligned), others);
	assert_int_equal(fwft_set(&fwft, &none, FWFT_MISALIGNED_EXC_DELEG, 1, 0), SBI_SUCCESS);
	assert_int_equal(fwft_medeleg(&fwft, others), others | misaligned);
	assert_int_equal(fwft_menvcfg(&fwft, &none, ENVCFG_STCE), ENVCFG_STCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_values_are_zero),
		cmocka_unit_test(set_is_what_get_says),
		cmocka_unit_test(reserved_features_are_denied),
		cmocka_unit_test(missing_hardware_is_not_supported),
		cmocka_unit_test(svadu_alone_is_always_on),
		cmocka_unit_test(bad_values_and_flags),
		cmocka_unit_test(pmlen_is_one_that_the_hart_has),
		cmocka_unit_test(lock_holds_one_feature),
		cmocka_unit_test(values_become_csr_fields),
		cmocka_unit_test(misaligned_exceptions_are_delegated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
