/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is read, and given up when it takes too long. */
/* sources: spl/meter.c fit/source.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "spl/meter.h"
#include "spl/watchdog.h"

static uint64_t now_us;
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
	now_us += 4000000;
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
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_for_as_long_as_it_takes),
		cmocka_unit_test(gives_up_when_the_time_is_over),
		cmocka_unit_test(counts_from_the_limit_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
