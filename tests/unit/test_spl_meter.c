/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is read, what a person is told meanwhile, and giving up when it takes too long. */
/* sources: fit/source.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/printf.h"
#include "spl/watchdog.h"

static char said[400];
static size_t said_length;

#define printf(...) \
	(said_length += \
	 (size_t)snprintf(said + said_length, sizeof(said) - said_length, __VA_ARGS__))
#include "spl/meter.c"

static uint64_t now_us, step_us = 4000000;
static enum err result;
static unsigned int kicks;

uint64_t clock_us(void)
{
	return now_us;
}

void watchdog_kick(void)
{
	kicks++;
}

static enum err read_slowly(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	(void)source;
	(void)offset;
	(void)buffer;
	(void)length;
	now_us += step_us;
	return result;
}

static struct source source = { .read = read_slowly, .size = 1000 };
static struct meter meter;
static char buffer[10];

static void reads_for_as_long_as_it_takes(void **state)
{
	(void)state;
	meter_limit(0);
	meter_start(&meter, &source);
	for (unsigned int i = 0; i < 1000; i++) {
		said_length = 0;
		assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	}
	assert_int_equal(meter.bytes, 10000);
	assert_int_equal(kicks, 1000);
	assert_int_equal(meter_stop(&meter), 4000000000);
	assert_int_equal(source_read(&meter.source, 991, buffer, 10), ERR_SOURCE_END);
}

static void gives_up_when_the_time_is_over(void **state)
{
	(void)state;
	meter_limit(9);
	meter_start(&meter, &source);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_BOOT_SLOW);
	result = ERR_SD_DATA_CRC;
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_SD_DATA_CRC);
}

/* What opening takes counts, and meters that start later, as those of slots do, do not begin anew. */
static void counts_from_the_limit_on(void **state)
{
	(void)state;
	result = ERR_OK;
	meter_limit(9);
	assert_int_equal(meter_left(10000000), 9000000);
	now_us += 4000000;
	assert_int_equal(meter_left(10000000), 5000000);
	assert_int_equal(meter_left(3000000), 3000000);
	meter_start(&meter, &source);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	meter_start(&meter, &source);
	assert_false(meter_is_over(now_us + 1000000));
	assert_true(meter_is_over(now_us + 1000001));
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_BOOT_SLOW);
	assert_int_equal(meter_left(10000000), 0);
	meter_limit(0);
	assert_int_equal(meter_left(UINT32_MAX), UINT32_MAX);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
}

/* Once a second: how much there is, and how fast it has come since a person was told last. */
static void tells_how_fast_it_is(void **state)
{
	(void)state;
	source.size = UINT64_MAX;
	said_length = 0;
	step_us = 500000;
	meter_start(&meter, &source);
	for (unsigned int i = 0; i < 4; i++) {
		if (i == 2)
			step_us = 1000000;
		assert_int_equal(source_read(&meter.source, 0, buffer, 3 << 20), ERR_OK);
	}
	meter_stop(&meter);
	assert_string_equal(said,
			    "  6 MiB at 6144 KiB/s, 9 MiB at 3072 KiB/s, 12 MiB at 3072 KiB/s\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_for_as_long_as_it_takes),
		cmocka_unit_test(gives_up_when_the_time_is_over),
		cmocka_unit_test(counts_from_the_limit_on),
		cmocka_unit_test(tells_how_fast_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
