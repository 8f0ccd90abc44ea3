/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeds, from a model of the seed CSR (RISC-V Cryptography Extensions Volume I, section 4.1) that says what
 * it is told to, and of harts that have none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/riscv/guard.h"

static unsigned long model_seed(unsigned long *seed);

#undef guard_run
#define guard_run(access, variable, ...) model_seed(&(variable))

#include "spl/entropy.c"

#define BIST (0ul << 30)
#define WAIT (1ul << 30)
#define ES16 (2ul << 30)
#define DEAD (3ul << 30)
#define RESERVED (0x3ful << 24 | 0xfful << 16) /* "custom" and "reserved" bits of the CSR */
#define ILLEGAL_INSTRUCTION 2

static struct {
	bool has_seed;
	unsigned long cycle;
	uint64_t us;
	/* What the CSR says, in turn; the last one again and again. */
	const unsigned long *answers;
	unsigned int count, reads;
} hart;

unsigned long *csr_model(unsigned int number)
{
	assert_int_equal(number, CSR_MCYCLE);
	return &hart.cycle;
}

uint64_t clock_us(void)
{
	return hart.us;
}

static unsigned long model_seed(unsigned long *seed)
{
	unsigned int i = hart.reads++;

	if (!hart.has_seed)
		return ILLEGAL_INSTRUCTION + 1;
	*seed = hart.answers[i < hart.count ? i : hart.count - 1];
	return 0;
}

#define SEED_OF(...) \
	({ \
		static const unsigned long answers[] = { __VA_ARGS__ }; \
		hart.has_seed = true; \
		hart.answers = answers; \
		hart.count = sizeof(answers) / sizeof(answers[0]); \
		hart.reads = 0; \
		entropy_seed(0); \
	})

static int begin(void **state)
{
	(void)state;
	memset(&hart, 0, sizeof(hart));
	return 0;
}

static void takes_64_bits_from_the_source(void **state)
{
	(void)state;
	assert_int_equal(SEED_OF(ES16 | 0x1234, ES16 | 0x5678, ES16 | 0x9abc, ES16 | 0xdef0),
			 0x123456789abcdef0);
	assert_int_equal(hart.reads, 4);
}

static void takes_nothing_but_the_16_bits(void **state)
{
	(void)state;
	assert_int_equal(SEED_OF(ES16 | RESERVED | 1, ES16 | RESERVED | 2, ES16 | RESERVED | 3,
				 ES16 | RESERVED | 4),
			 0x0001000200030004);
}

/* What comes with WAIT or BIST is no entropy, whatever it looks like. */
static void waits_for_entropy(void **state)
{
	(void)state;
	assert_int_equal(SEED_OF(BIST | 0xffff, WAIT | 0xffff, ES16 | 0x1234, WAIT | 0xeeee,
				 ES16 | 0x5678, ES16 | 0x9abc, BIST, ES16 | 0xdef0),
			 0x123456789abcdef0);
	assert_int_equal(hart.reads, 8);
}

static void does_not_wait_for_ever(void **state)
{
	(void)state;
	hart.cycle = 7;
	assert_int_equal(SEED_OF(WAIT | 0xffff), 7ul << 32);
	assert_in_range(hart.reads, 100, 100000);
	assert_int_equal(SEED_OF(BIST | 0xffff), 7ul << 32);
	assert_int_equal(SEED_OF(DEAD | 0xffff), 7ul << 32);
	assert_in_range(hart.reads, 1, 100000);
}

/* One that dies half-way leaves what it gave, and what else differs. */
static void keeps_what_came_before_the_end(void **state)
{
	(void)state;
	hart.cycle = 0x01020304;
	assert_int_equal(SEED_OF(ES16 | 0x1234, ES16 | 0x5678, DEAD), 0x12345678 ^ 0x01020304);
}

static void does_without_a_source(void **state)
{
	uint64_t seed, another;

	(void)state;
	hart.cycle = 1000;
	hart.us = 5;
	seed = entropy_seed(0x00abcdef);
	assert_int_equal(hart.reads, 1);
	another = entropy_seed(0x00abcdee);
	assert_int_not_equal(seed, another);
	hart.cycle++;
	assert_int_not_equal(entropy_seed(0x00abcdef), seed);
	hart.cycle--;
	hart.us++;
	assert_int_not_equal(entropy_seed(0x00abcdef), seed);
	hart.us--;
	assert_int_equal(entropy_seed(0x00abcdef), seed);
}

/* The same source of no good does not make all boards alike. */
static void salt_counts_with_a_source(void **state)
{
	uint64_t seed = SEED_OF(ES16);

	(void)state;
	hart.reads = 0;
	assert_int_not_equal(entropy_seed(0x00abcdef), seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_64_bits_from_the_source, begin),
		cmocka_unit_test_setup(takes_nothing_but_the_16_bits, begin),
		cmocka_unit_test_setup(waits_for_entropy, begin),
		cmocka_unit_test_setup(does_not_wait_for_ever, begin),
		cmocka_unit_test_setup(keeps_what_came_before_the_end, begin),
		cmocka_unit_test_setup(does_without_a_source, begin),
		cmocka_unit_test_setup(salt_counts_with_a_source, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
