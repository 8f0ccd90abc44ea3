/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that scripts/pack-messages has packed. The formatter is compiled in here under other names. */
/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PACKED_MESSAGES
#include "lib/printf.h"
#undef printf
#undef snprintf
#define printf hartline_printf
#define vprintf hartline_vprintf
#define snprintf hartline_snprintf
#define vsnprintf hartline_vsnprintf
int printf(const char *format, ...);
int vprintf(const char *format, va_list args);
int snprintf(char *buffer, size_t size, const char *format, ...);
int vsnprintf(char *buffer, size_t size, const char *format, va_list args);
#include "lib/printf.c"

/* Here the memory of messages goes on to the end of the program; what is on the stack is none. */
const unsigned char message_pairs[][2] = { { 'h', 'e' },  { 0x80, 'l' }, { 0x81, 'l' },
					   { 0x82, 'o' }, { 'l', 'd' },	 { 'r', 0x84 },
					   { 0x83, ' ' }, { 0x86, 'w' }, { 0x87, 'o' },
					   { 0x88, 0x85 } };
const char messages[] = "\x83\0\x89!\0plain";

static void formats_are_unpacked(void **state)
{
	char text[32];

	(void)state;
	assert_int_equal(hartline_snprintf(text, sizeof(text), "\x83, %d %s\x85", 7, "x"), 13);
	assert_string_equal(text, "hello, 7 xrld");
}

static void arguments_are_unpacked_if_they_are_messages(void **state)
{
	char text[64], other[] = "\x83";

	(void)state;
	hartline_snprintf(text, sizeof(text), "%s|%s|%s", message_nth(messages, 0),
			  message_nth(messages, 1), message_nth(messages, 2));
	assert_string_equal(text, "hello|hello world!|plain");
	hartline_snprintf(text, sizeof(text), "%s", other);
	assert_string_equal(text, "\x83");
}

static void their_width_is_that_of_what_is_seen(void **state)
{
	char text[64];

	(void)state;
	hartline_snprintf(text, sizeof(text), "%8s|%-8s|%2s", messages, messages, messages);
	assert_string_equal(text, "   hello|hello   |hello");
}

static void cuts_off_within_a_pair(void **state)
{
	char text[4];

	(void)state;
	assert_int_equal(hartline_snprintf(text, sizeof(text), "\x89"), 11);
	assert_string_equal(text, "hel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_unpacked),
		cmocka_unit_test(arguments_are_unpacked_if_they_are_messages),
		cmocka_unit_test(their_width_is_that_of_what_is_seen),
		cmocka_unit_test(cuts_off_within_a_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
