/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of harts: who may start what when, also when many try at once. */
/* sources: sbi/hsm.c */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sbi/hsm.h"
#include "sbi/sbi.h"

static void claim_in_each_state(void **state)
{
	static const struct {
		enum hsm_state before;
		long error;
		enum hsm_state after;
	} rows[] = {
		{ HSM_STOPPED, SBI_SUCCESS, HSM_START_PENDING },
		{ HSM_STARTED, SBI_ERR_ALREADY_AVAILABLE, HSM_STARTED },
		{ HSM_START_PENDING, SBI_ERR_ALREADY_AVAILABLE, HSM_START_PENDING },
		{ HSM_SUSPENDED, SBI_ERR_ALREADY_AVAILABLE, HSM_SUSPENDED },
		{ HSM_SUSPEND_PENDING, SBI_ERR_ALREADY_AVAILABLE, HSM_SUSPEND_PENDING },
		{ HSM_RESUME_PENDING, SBI_ERR_ALREADY_AVAILABLE, HSM_RESUME_PENDING },
		{ HSM_STOP_PENDING, SBI_ERR_FAILED, HSM_STOP_PENDING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hsm hsm = { .state = rows[i].before };

		assert_int_equal(hsm_claim_start(&hsm), rows[i].error);
		assert_int_equal(hsm_state(&hsm), rows[i].after);
	}
}

static void change_only_from_the_named_state(void **state)
{
	(void)state;
	for (uint32_t is = HSM_STARTED; is <= HSM_RESUME_PENDING; is++) {
		for (uint32_t from = HSM_STARTED; from <= HSM_RESUME_PENDING; from++) {
			struct hsm hsm = { .state = is };

			assert_int_equal(hsm_change(&hsm, from, HSM_STOPPED), is == from);
			assert_int_equal(hsm_state(&hsm), is == from ? HSM_STOPPED : is);
		}
	}
}

static void active_are_all_but_the_stopped(void **state)
{
	(void)state;
	for (uint32_t is = HSM_STARTED; is <= HSM_RESUME_PENDING; is++) {
		struct hsm hsm = { .state = is };

		assert_int_equal(hsm_is_active(&hsm), is != HSM_STOPPED && is != HSM_STOP_PENDING);
	}
}

#define RACERS 4
#define ROUNDS 20000

static struct hsm shared = { .state = HSM_STOPPED };
static unsigned int wins[RACERS];

/* Whoever claims the hart starts and stops it; nobody else may come in between. */
static void *race(void *context)
{
	unsigned int *won = context;

	for (int i = 0; i < ROUNDS; i++) {
		if (hsm_claim_start(&shared))
			continue;
		++*won;
		if (!hsm_change(&shared, HSM_START_PENDING, HSM_STARTED) ||
		    !hsm_change(&shared, HSM_STARTED, HSM_STOP_PENDING) ||
		    !hsm_change(&shared, HSM_STOP_PENDING, HSM_STOPPED))
			return context;
	}
	return NULL;
}

static void one_wins_a_race(void **state)
{
	pthread_t racers[RACERS];
	unsigned int all = 0;

	(void)state;
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&racers[i], NULL, race, &wins[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		void *failed;

		assert_int_equal(pthread_join(racers[i], &failed), 0);
		assert_null(failed);
		all += wins[i];
	}
	assert_true(all > 0);
	assert_int_equal(hsm_state(&shared), HSM_STOPPED);
}

static void suspend_types(void **state)
{
	static const struct {
		unsigned long type;
		long error;
		bool retentive;
	} rows[] = {
		{ 0, SBI_SUCCESS, true },
		{ 0x80000000, SBI_SUCCESS, false },
		{ 0xffffffff80000000, SBI_SUCCESS, false }, /* as C passes it */
		{ 0x00000001, SBI_ERR_INVALID_PARAM, false },
		{ 0x0fffffff, SBI_ERR_INVALID_PARAM, false },
		{ 0x10000000, SBI_ERR_INVALID_PARAM, false },
		{ 0x7fffffff, SBI_ERR_INVALID_PARAM, false },
		{ 0x80000001, SBI_ERR_INVALID_PARAM, false },
		{ 0x90000000, SBI_ERR_INVALID_PARAM, false },
		{ 0xffffffff, SBI_ERR_INVALID_PARAM, false },
		{ 0x100000000, SBI_ERR_INVALID_PARAM, false },
		{ 0x180000000, SBI_ERR_INVALID_PARAM, false },
		{ 0xffffffff00000000, SBI_ERR_INVALID_PARAM, false },
		{ 0xfffffffeffffffff, SBI_ERR_INVALID_PARAM, false },
		{ ~0UL, SBI_ERR_INVALID_PARAM, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool retentive = false;

		assert_int_equal(hsm_suspend_type(rows[i].type, &retentive), rows[i].error);
		if (!rows[i].error)
			assert_int_equal(retentive, rows[i].retentive);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claim_in_each_state),
		cmocka_unit_test(change_only_from_the_named_state),
		cmocka_unit_test(active_are_all_but_the_stopped),
		cmocka_unit_test(one_wins_a_race),
		cmocka_unit_test(suspend_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
