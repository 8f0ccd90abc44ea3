/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug triggers: SBI v3.0, chapter "Debug Triggers Extension"; tdata1 as in Sdtrig v1.0. */
/* sources: sbi/dbtr_policy.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sbi/dbtr_policy.h"
#include "sbi/sbi.h"

#define TYPE(n) ((uint64_t)(n) << TDATA1_TYPE_SHIFT)
#define MATCH2 TYPE(2)
#define MATCH6 TYPE(6)
#define EXECUTE BIT(2)
#define U BIT(3)
#define S BIT(4)
#define M BIT(6)
#define CHAIN BIT(11)
#define ALL_UNUSED 0xffff

/* Four triggers: two of both kinds, one of type 2 alone, one of both kinds. */
static const struct dbtr machine = {
	.count = 4,
	.triggers = { { .types = 0x44 }, { .types = 0x44 }, { .types = 0x04 }, { .types = 0x44 } },
};

static void only_types_that_stay_out_of_m_mode(void **state)
{
	(void)state;
	assert_int_equal(dbtr_types(0xffff), BIT(2) | BIT(3) | BIT(6));
	assert_int_equal(dbtr_types(BIT(0) | BIT(5)), 0);
	for (unsigned int type = 0; type < 16; type++) {
		long error = dbtr_check(TYPE(type));

		if (type == 2 || type == 3 || type == 6)
			assert_int_equal(error, SBI_SUCCESS);
		else if (type == 4 || type == 5 || type == 7)
			assert_int_equal(error, SBI_ERR_FAILED);
		else
			assert_int_equal(error, SBI_ERR_INVALID_PARAM);
	}
}

/* m, dmode and reserved bits, whatever else is asked for. */
static void forbidden_bits(void **state)
{
	static const struct {
		unsigned int type, high, low;
	} fields[] = {
		{ 2, 5, 5 },   { 2, 6, 6 }, { 2, 52, 23 }, { 2, 59, 59 }, { 3, 9, 9 },
		{ 3, 59, 27 }, { 6, 6, 6 }, { 6, 20, 19 }, { 6, 59, 27 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++) {
		for (unsigned int bit = fields[i].low; bit <= fields[i].high; bit++) {
			uint64_t tdata1 = TYPE(fields[i].type) | BIT(bit);

			assert_int_equal(dbtr_check(tdata1), SBI_ERR_INVALID_PARAM);
			assert_int_equal(dbtr_check(dbtr_with_modes(tdata1, DBTR_MODES)),
					 SBI_ERR_INVALID_PARAM);
		}
	}
}

static void only_breakpoint_exceptions(void **state)
{
	(void)state;
	for (unsigned int action = 1; action < 16; action++) {
		assert_int_equal(dbtr_check(MATCH2 | (uint64_t)action << 12),
				 SBI_ERR_NOT_SUPPORTED);
		assert_int_equal(dbtr_check(MATCH6 | (uint64_t)action << 12),
				 SBI_ERR_NOT_SUPPORTED);
		assert_int_equal(dbtr_check(TYPE(3) | action), SBI_ERR_NOT_SUPPORTED);
	}
}

static void modes_are_where_the_type_has_them(void **state)
{
	(void)state;
	assert_int_equal(dbtr_with_modes(MATCH2, DBTR_MODES), MATCH2 | U | S);
	assert_int_equal(dbtr_with_modes(MATCH6, DBTR_MODES), MATCH6 | U | S | BIT(23) | BIT(24));
	assert_int_equal(dbtr_with_modes(TYPE(3), DBTR_VU), TYPE(3) | BIT(25));
	assert_int_equal(dbtr_with_modes(TYPE(3), DBTR_VS), TYPE(3) | BIT(26));
	assert_int_equal(dbtr_with_modes(MATCH6 | U | S | EXECUTE, 0), MATCH6 | EXECUTE);
	for (unsigned long modes = 0; modes <= DBTR_MODES; modes += DBTR_U) {
		assert_int_equal(dbtr_modes(dbtr_with_modes(MATCH6, modes)), modes);
		assert_int_equal(dbtr_modes(dbtr_with_modes(TYPE(3), modes)), modes);
		assert_int_equal(dbtr_modes(dbtr_with_modes(MATCH2, modes)),
				 modes & (DBTR_U | DBTR_S));
	}
}

static void hardware_changes_its_status_alone(void **state)
{
	(void)state;
	assert_true(dbtr_is_kept(MATCH2, MATCH2 | 63UL << 53 | BIT(20)));
	assert_true(dbtr_is_kept(MATCH6, MATCH6 | BIT(22) | BIT(25) | BIT(26)));
	assert_true(dbtr_is_kept(TYPE(3), TYPE(3) | BIT(24) | BIT(8)));
	assert_false(dbtr_is_kept(MATCH6 | CHAIN, MATCH6));
	assert_false(dbtr_is_kept(MATCH6 | S, MATCH6));
	assert_false(dbtr_is_kept(MATCH6, TYPE(15)));
	assert_false(dbtr_is_kept(MATCH6, MATCH6 | TDATA1_DMODE));
}

static void each_gets_a_trigger_of_its_type(void **state)
{
	struct dbtr_config configs[] = { { .tdata1 = MATCH2 },
					 { .tdata1 = MATCH6 },
					 { .tdata1 = MATCH6 } };
	unsigned int failing = 9;

	(void)state;
	assert_int_equal(dbtr_plan_install(&machine, ALL_UNUSED, configs, 3, &failing), 0);
	assert_int_equal(configs[0].index, 0);
	assert_int_equal(configs[1].index, 1);
	assert_int_equal(configs[2].index, 3);
	assert_int_equal(dbtr_plan_install(&machine, BIT(3) | BIT(2), configs, 2, &failing), 0);
	assert_int_equal(configs[0].index, 2);
	assert_int_equal(configs[1].index, 3);
	assert_int_equal(dbtr_plan_install(&machine, BIT(2), configs, 2, &failing), SBI_ERR_FAILED);
	assert_int_equal(failing, 1);
	assert_int_equal(dbtr_plan_install(&machine, 0, NULL, 0, &failing), SBI_SUCCESS);
}

static void chains_are_contiguous(void **state)
{
	struct dbtr_config configs[] = {
		{ .tdata1 = MATCH6 },
		{ .tdata1 = MATCH6 | CHAIN },
		{ .tdata1 = MATCH6 },
	};
	struct dbtr dbtr = machine;
	unsigned int failing = 9;

	(void)state;
	/* 1 and 2 cannot be it, 2 has no type 6. */
	assert_int_equal(dbtr_plan_install(&dbtr, ALL_UNUSED, configs, 3, &failing),
			 SBI_ERR_FAILED);
	assert_int_equal(failing, 1);
	dbtr.triggers[2].types = 0x44;
	assert_int_equal(dbtr_plan_install(&dbtr, ALL_UNUSED, configs, 3, &failing), SBI_SUCCESS);
	assert_int_equal(configs[0].index, 0);
	assert_int_equal(configs[1].index, 1);
	assert_int_equal(configs[2].index, 2);
	assert_int_equal(dbtr_plan_install(&dbtr, ALL_UNUSED, configs, 2, &failing),
			 SBI_ERR_INVALID_PARAM);
	assert_int_equal(failing, 1);
}

/* The second link was uninstalled: what takes its place must not become part of the chain. */
static void nothing_is_put_behind_an_open_chain(void **state)
{
	struct dbtr_config config = { .tdata1 = MATCH6 };
	struct dbtr dbtr = machine;
	unsigned int failing;

	(void)state;
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 0, .tdata1 = MATCH6 | CHAIN });
	assert_int_equal(dbtr_plan_install(&dbtr, 0xe, &config, 1, &failing), SBI_SUCCESS);
	assert_int_equal(config.index, 3);
	assert_int_equal(dbtr_plan_install(&dbtr, BIT(1), &config, 1, &failing), SBI_ERR_FAILED);
}

static void the_first_bad_configuration_is_reported(void **state)
{
	struct dbtr_config configs[] = { { .tdata1 = MATCH6 | CHAIN },
					 { .tdata1 = MATCH6 | M },
					 { .tdata1 = 0 } };
	unsigned int failing = 9;

	(void)state;
	assert_int_equal(dbtr_plan_install(&machine, ALL_UNUSED, configs, 3, &failing),
			 SBI_ERR_INVALID_PARAM);
	assert_int_equal(failing, 1);
}

static long update(const struct dbtr *dbtr, uint64_t index, uint64_t tdata1)
{
	const struct dbtr_config configs[] = {
		{ .index = 0, .tdata1 = MATCH6 | CHAIN | S },
		{ .index = index, .tdata1 = tdata1 },
	};
	unsigned int failing = 1;
	long error = dbtr_plan_update(dbtr, configs, 2, &failing);

	assert_int_equal(failing, 1);
	return error;
}

static void update_keeps_type_and_chain(void **state)
{
	struct dbtr dbtr = machine;

	(void)state;
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 0, .tdata1 = MATCH6 | CHAIN });
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 1, .tdata1 = MATCH6 });
	assert_int_equal(update(&dbtr, 1, MATCH6 | S | EXECUTE), SBI_SUCCESS);
	assert_int_equal(update(&dbtr, 1, MATCH6 | CHAIN), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, 0, MATCH6), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, 1, MATCH2), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, 1, MATCH6 | M), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, 1, MATCH6 | TDATA1_DMODE), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, 1, MATCH6 | BIT(12)), SBI_ERR_NOT_SUPPORTED);
	assert_int_equal(update(&dbtr, 2, MATCH2), SBI_ERR_FAILED);
	assert_int_equal(update(&dbtr, 4, MATCH6), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, BIT(32) | 1, MATCH6), SBI_ERR_INVALID_PARAM);
	assert_int_equal(update(&dbtr, ~0UL, MATCH6), SBI_ERR_INVALID_PARAM);
}

static void sets_are_valid_as_a_whole(void **state)
{
	struct dbtr dbtr = machine;
	uint32_t set;

	(void)state;
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 1, .tdata1 = MATCH6 });
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 3, .tdata1 = MATCH6 });
	assert_true(dbtr_set(&dbtr, 0, 0xa, &set) && set == 0xa);
	assert_true(dbtr_set(&dbtr, 1, 5, &set) && set == 0xa);
	assert_true(dbtr_set(&dbtr, 3, 1, &set) && set == 8);
	assert_true(dbtr_set(&dbtr, ~0UL, 0, &set) && !set);
	assert_false(dbtr_set(&dbtr, 0, 0xb, &set));
	assert_false(dbtr_set(&dbtr, 1, 3, &set));
	assert_false(dbtr_set(&dbtr, 3, 3, &set));
	assert_false(dbtr_set(&dbtr, 4, 1, &set));
	assert_false(dbtr_set(&dbtr, 1, 1 | BIT(63), &set));
	assert_false(dbtr_set(&dbtr, ~0UL, 4, &set));
	assert_false(dbtr_set(&dbtr, BIT(32) | 1, 1, &set));
}

static void state_says_what_is_mapped(void **state)
{
	struct dbtr dbtr = machine;

	(void)state;
	assert_int_equal(dbtr_state(&dbtr, 3), 0);
	dbtr_map(&dbtr, &(struct dbtr_config){ .index = 3, .tdata1 = MATCH6 | S | BIT(23) });
	assert_int_equal(dbtr_state(&dbtr, 3),
			 DBTR_MAPPED | DBTR_S | DBTR_VU | DBTR_HAVE_HW_TRIG | 3 << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_types_that_stay_out_of_m_mode),
		cmocka_unit_test(forbidden_bits),
		cmocka_unit_test(only_breakpoint_exceptions),
		cmocka_unit_test(modes_are_where_the_type_has_them),
		cmocka_unit_test(hardware_changes_its_status_alone),
		cmocka_unit_test(each_gets_a_trigger_of_its_type),
		cmocka_unit_test(chains_are_contiguous),
		cmocka_unit_test(nothing_is_put_behind_an_open_chain),
		cmocka_unit_test(the_first_bad_configuration_is_reported),
		cmocka_unit_test(update_keeps_type_and_chain),
		cmocka_unit_test(sets_are_valid_as_a_whole),
		cmocka_unit_test(state_says_what_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
