/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC vectors of the specifications, and the fast paths against the definition. */
/* sources: lib/crc.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crc.h"

static const char digits[] = "123456789";

static void crc7_of_commands(void **state)
{
	/* SD Physical Layer 4.5: CMD0, CMD17 and the response to CMD17. */
	(void)state;
	assert_int_equal(crc7(0, "\x40\0\0\0\0", 5), 0x4a);
	assert_int_equal(crc7(0, "\x51\0\0\0\0", 5), 0x2a);
	assert_int_equal(crc7(0, "\x11\0\0\x09\0", 5), 0x33);
	assert_int_equal(crc7(0, "\x48\0\0\x01\xaa", 5), 0x43);
	assert_int_equal(crc7(0, digits, 9), 0x75);
	assert_int_equal(crc7(crc7(0, digits, 4), digits + 4, 5), 0x75);
}

static void crc16_of_known_data(void **state)
{
	uint8_t ones[512];

	(void)state;
	assert_int_equal(crc16(0, digits, 9), 0x31c3);
	/* SD Physical Layer 4.5: 512 bytes of 0xff. */
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(crc16(0, ones, sizeof(ones)), 0x7fa1);
	assert_int_equal(crc16(0xffff, digits, 9), 0x29b1);
	assert_int_equal(crc16(0x1234, digits, 0), 0x1234);
}

static uint16_t crc16_by_definition(uint16_t crc, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length * 8; i++) {
		unsigned int bit = (unsigned int)data[i / 8] >> (7 - i % 8) & 1;
		unsigned int out = (unsigned int)crc >> 15 ^ bit;

		crc = (uint16_t)(crc << 1 ^ (out ? 0x1021 : 0));
	}
	return crc;
}

static void crc16_of_any_length_and_alignment(void **state)
{
	uint8_t data[600];

	(void)state;
	srand(1);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)rand();
	for (size_t start = 0; start < 16; start++) {
		for (size_t length = 0; length < sizeof(data) - 16; length++) {
			uint16_t first = (uint16_t)rand();

			assert_int_equal(crc16(first, data + start, length),
					 crc16_by_definition(first, data + start, length));
		}
	}
}

static void crc32_of_known_data(void **state)
{
	uint8_t zeros[32] = { 0 };

	(void)state;
	assert_int_equal(crc32_ieee(0, digits, 9), 0xcbf43926);
	assert_int_equal(crc32_ieee(crc32_ieee(0, digits, 3), digits + 3, 6), 0xcbf43926);
	assert_int_equal(crc32_ieee(0, zeros, sizeof(zeros)), 0x190a55ad);
	assert_int_equal(crc32_ieee(0, digits, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc7_of_commands),
		cmocka_unit_test(crc16_of_known_data),
		cmocka_unit_test(crc16_of_any_length_and_alignment),
		cmocka_unit_test(crc32_of_known_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
