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
	meter_start(&meter, &source, 0);
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
	meter_start(&meter, &source, 9);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_OK);
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_BOOT_SLOW);
	result = ERR_SD_DATA_CRC;
	assert_int_equal(source_read(&meter.source, 0, buffer, 10), ERR_SD_DATA_CRC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_for_as_long_as_it_takes),
		cmocka_unit_test(gives_up_when_the_time_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
