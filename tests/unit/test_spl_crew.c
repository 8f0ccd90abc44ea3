/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts that hash behind the one that reads: here they are threads, and a wfi is a short sleep. */
/* sources: lib/err.c fit/hash.c lib/crc.c HASH_SOURCES */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

static void wfi(void)
{
	sched_yield();
}

#define HASH_BLOCKS 0
#include "spl/crew.c"

#define HASHES (BIT(HASH_SHA256) | BIT(HASH_CRC32))
#define PAGE 0x1000UL

static unsigned int harts, called, threads;
static pthread_t thread[16];
static uint32_t msip[8];
static bool lost; /* the next that is called never comes */
static uint64_t now, step;
static unsigned int kicks;

uint64_t clock_us(void)
{
	return now;
}

void clock_doze(void)
{
	now += step;
	sched_yield();
}

void watchdog_kick(void)
{
	kicks++;
}

void trap_report_follower(void) {}

struct hash_blocks hash_isa_blocks(void)
{
	return (struct hash_blocks){ 0 };
}

uint64_t harts_id(unsigned int n)
{
	return n + 1;
}

void harts_wake(unsigned int n)
{
	aclint_send_ipi((uintptr_t)&msip[n]);
}

static void *run(void *work)
{
	crew_work(work, (uintptr_t)&msip[number_of(work)]);
	return NULL;
}

bool harts_put_to_work(unsigned int n, void *work)
{
	if (n >= harts)
		return false;
	called++;
	if (!lost)
		assert_int_equal(pthread_create(&thread[threads++], NULL, run, work), 0);
	return true;
}

static int begin_test(void **state)
{
	(void)state;
	memset(seats, 0, sizeof(seats));
	harts = 8;
	called = threads = kicks = 0;
	lost = false;
	now = step = 0;
	return 0;
}

static int end_test(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* Memory that is there only as far as its bytes have been read. */
static uint8_t *reserve(size_t size)
{
	uint8_t *data = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(data, MAP_FAILED);
	return data;
}

static void fill(uint8_t *data, size_t from, size_t size, uint8_t seed)
{
	assert_int_equal(mprotect(data + from, size, PROT_READ | PROT_WRITE), 0);
	for (size_t i = 0; i < size; i++)
		data[from + i] = (uint8_t)(seed + (from + i) * 7 + (from + i) / 251);
}

static void assert_hashes(const struct hasher *hasher, const uint8_t *data, size_t size)
{
	uint8_t result[HASH_MAX_SIZE], expected[HASH_MAX_SIZE];
	struct hasher own;

	assert_non_null(hasher);
	hasher_start(&own, HASHES);
	hasher_update(&own, data, size);
	for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
		if (!(HASHES & BIT(a)))
			continue;
		hasher_result(hasher, a, result);
		hasher_result(&own, a, expected);
		assert_memory_equal(result, expected, hash_size(a));
	}
}

/* Each follows its own image, and touches nothing that is not there yet. */
static void follow(void **state)
{
	const size_t pieces = 40, piece = 5 * PAGE;
	struct hash_job *jobs[SEATS];
	uint8_t *data[SEATS];

	(void)state;
	for (unsigned int i = 0; i < SEATS; i++) {
		data[i] = reserve(pieces * piece);
		jobs[i] = crew.begin(HASHES, data[i]);
		assert_non_null(jobs[i]);
	}
	for (size_t n = 0; n < pieces; n++) {
		for (unsigned int i = 0; i < SEATS; i++) {
			fill(data[i], n * piece, piece, (uint8_t)i);
			crew.advance(jobs[i], (n + 1) * piece);
		}
	}
	for (unsigned int i = 0; i < SEATS; i++) {
		assert_hashes(crew.end(jobs[i]), data[i], pieces * piece);
		munmap(data[i], pieces * piece);
	}
}

/* A failed read ends a job early: the hart is done with what is there, and free again. */
static void cut_off(void **state)
{
	uint8_t *data = reserve(2 * PAGE);

	(void)state;
	fill(data, 0, PAGE, 1);
	for (unsigned int i = 0; i < 4; i++) {
		struct hash_job *job = crew.begin(HASHES, data);
		size_t size = i % 2 ? PAGE : 0;

		assert_non_null(job);
		if (size)
			crew.advance(job, size);
		assert_hashes(crew.end(job), data, size);
	}
	munmap(data, 2 * PAGE);
}

static void no_more_than_there_are(void **state)
{
	struct hash_job *jobs[SEATS];

	(void)state;
	harts = 0;
	assert_null(crew.begin(HASHES, NULL));
	harts = 1;
	jobs[0] = crew.begin(HASHES, NULL);
	assert_non_null(jobs[0]);
	assert_null(crew.begin(HASHES, NULL));
	harts = 8;
	for (unsigned int i = 1; i < SEATS; i++) {
		jobs[i] = crew.begin(HASHES, NULL);
		assert_non_null(jobs[i]);
	}
	assert_null(crew.begin(HASHES, NULL));
	for (unsigned int i = 0; i < SEATS; i++)
		assert_non_null(crew.end(jobs[i]));
	jobs[0] = crew.begin(HASHES, NULL);
	assert_non_null(jobs[0]);
	assert_non_null(crew.end(jobs[0]));
}

/* One that stops is given up in bounded time, with the watchdog kicked, and never asked again. */
static void one_stops(void **state)
{
	struct hash_job *job;
	uint8_t byte = 0;

	(void)state;
	harts = 1;
	lost = true;
	job = crew.begin(HASHES, &byte);
	crew.advance(job, 1);
	step = 100000;
	assert_null(crew.end(job));
	assert_in_range(now, PATIENCE_US, PATIENCE_US + 2 * step);
	assert_in_range(kicks, 10, 100);
	lost = false;
	assert_null(crew.begin(HASHES, &byte));
	assert_int_equal(called, 1);
	harts = 2;
	job = crew.begin(HASHES, &byte);
	assert_ptr_equal(job, &seats[1].job);
	step = 0;
	crew.advance(job, 1);
	assert_hashes(crew.end(job), &byte, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(follow, begin_test, end_test),
		cmocka_unit_test_setup_teardown(cut_off, begin_test, end_test),
		cmocka_unit_test_setup_teardown(no_more_than_there_are, begin_test, end_test),
		cmocka_unit_test_setup_teardown(one_stops, begin_test, end_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
