/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies and checksums of all alignments and lengths, beside the host's and a plain one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#define memchr tested_memchr
#define strlen tested_strlen
#define strnlen tested_strnlen
#define strcmp tested_strcmp
#define strncmp tested_strncmp
#define strchr tested_strchr
#define strrchr tested_strrchr
#define strcasecmp tested_strcasecmp
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#include "net/checksum.c"

#define SIZE 256
#define MARGIN 16

static _Alignas(8) uint8_t source[SIZE], copy[SIZE], expected[SIZE];

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		source[i] = (uint8_t)(i * 151 + (i >> 3));
	return 0;
}

static void copies(void **state)
{
	(void)state;
	for (size_t from = MARGIN; from < MARGIN + 8; from++) {
		for (size_t to = MARGIN; to < MARGIN + 8; to++) {
			for (size_t n = 0; n < 150; n++) {
				memset(copy, 0xee, SIZE);
				memset(expected, 0xee, SIZE);
				memcpy(expected + to, source + from, n);
				tested_memcpy(copy + to, source + from, n);
				assert_memory_equal(copy, expected, SIZE);
			}
		}
	}
}

static void moves_over_itself(void **state)
{
	(void)state;
	for (size_t from = MARGIN; from < 3 * MARGIN; from++) {
		for (size_t to = MARGIN; to < 3 * MARGIN; to++) {
			for (size_t n = 0; n < 150; n += 7) {
				memcpy(copy, source, SIZE);
				memcpy(expected, source, SIZE);
				memmove(expected + to, expected + from, n);
				tested_memmove(copy + to, copy + from, n);
				assert_memory_equal(copy, expected, SIZE);
			}
		}
	}
}

/* Byte by byte, in the order of memory on a little-endian machine. */
static uint16_t plain_checksum(const uint8_t *data, int length)
{
	uint32_t sum = 0;

	for (int i = 0; i < length; i++)
		sum += (uint32_t)data[i] << (i % 2 ? 8 : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void sums(void **state)
{
	static _Alignas(8) uint8_t ones[SIZE];

	(void)state;
	memset(ones, 0xff, SIZE);
	for (int start = 0; start < 8; start++) {
		for (int length = 0; length < 200; length++) {
			assert_int_equal(checksum(source + start, length),
					 plain_checksum(source + start, length));
			assert_int_equal(checksum(ones + start, length),
					 plain_checksum(ones + start, length));
		}
	}
	assert_int_equal(checksum(source, -1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(moves_over_itself),
		cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
