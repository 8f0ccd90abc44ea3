/* SPDX-License-Identifier: BSD-2-Clause */
/* Our formatter says what the host's says. It is compiled in here under names of its own. */
/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define printf hartline_printf
#define vprintf hartline_vprintf
#define snprintf hartline_snprintf
#define vsnprintf hartline_vsnprintf
#include "lib/printf.c"
#undef printf
#undef vprintf
#undef snprintf
#undef vsnprintf

#pragma GCC diagnostic ignored "-Wformat"

#define SAME(...) \
	do { \
		char ours[64], theirs[64]; \
		int our_length = hartline_snprintf(ours, sizeof(ours), __VA_ARGS__); \
		int their_length = snprintf(theirs, sizeof(theirs), __VA_ARGS__); \
		assert_string_equal(ours, theirs); \
		assert_int_equal(our_length, their_length); \
	} while (0)

static void numbers(void **state)
{
	(void)state;
	SAME("%d %d %d", 0, -1, INT32_MIN);
	SAME("%ld %lu", INT64_MIN, UINT64_MAX);
	SAME("%5d|%-5d|%05d|%+d|% d", 42, 42, -42, 42, 42);
	SAME("%x %X %#x %#x", 0xbeefu, 0xbeefu, 0xbeefu, 0u);
	SAME("%08x|%8x|%-8x|%#010x", 0x1fu, 0x1fu, 0x1fu, 0x1fu);
	SAME("%.3d %.0d| %8.3u", 7, 0, 7u);
	SAME("%hhu %hd", 300, 70000);
	SAME("%*d|%-*d|%*d", 4, 1, 4, 1, -4, 1);
	SAME("%p", (void *)0x1234);
	SAME("%zu %jd", (size_t)9, (intmax_t)-9);
}

static void texts(void **state)
{
	(void)state;
	SAME("%s|%5s|%-5s|%.2s|%.*s", "abc", "abc", "abc", "abc", 1, "abc");
	SAME("%c%%", 'x');
	SAME("plain");
}

static void cuts_off_at_the_size(void **state)
{
	char buffer[4] = "zzz";

	(void)state;
	assert_int_equal(hartline_snprintf(buffer, sizeof(buffer), "%s", "abcdef"), 6);
	assert_string_equal(buffer, "abc");
	assert_int_equal(hartline_snprintf(buffer, 0, "%d", 12), 2);
}

static char printed[256];
static size_t printed_length;

static void capture(const char *text, size_t length)
{
	memcpy(printed + printed_length, text, length);
	printed_length += length;
}

/* Longer than the buffer that printf() gathers output in. */
static void prints_all_of_a_long_line(void **state)
{
	char expected[256];

	(void)state;
	console_set(capture);
	snprintf(expected, sizeof(expected), "%0150d|%s", 7, "end");
	assert_int_equal(hartline_printf("%0150d|%s", 7, "end"), strlen(expected));
	assert_int_equal(printed_length, strlen(expected));
	assert_memory_equal(printed, expected, printed_length);
	console_set(NULL);
	assert_int_equal(hartline_printf("dropped"), 7);
	assert_int_equal(printed_length, strlen(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(cuts_off_at_the_size),
		cmocka_unit_test(prints_all_of_a_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
