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

/* Bytes from 128 on, then from 1 on. */
const unsigned char message_pairs[MESSAGE_PAIRS][2] = {
	{ 'h', 'e' },  { 0x80, 'l' }, { 0x81, 'l' },  { 0x82, 'o' },	      { 'l', 'd' },
	{ 'r', 0x84 }, { '%', 's' },  { 0x86, '\n' }, [0x81] = { 0x83, ' ' }, [0x9f] = { 1, 'w' },
};

/* The memory of messages goes on to the end of the program here; what is on the stack is none. */
const char messages[] = "\x83\0"
			"\x1fo\x85!\0"
			"plain\0"
			"\x83, %d \x87\x85\0"
			"\x86|%s|\x86\0"
			"%8s|%-8s|%2s";

static void formats_are_unpacked(void **state)
{
	char text[32];

	(void)state;
	assert_int_equal(hartline_snprintf(text, sizeof(text), message_nth(messages, 3), 7, "x"),
			 14);
	assert_string_equal(text, "hello, 7 x\nrld");
}

static void arguments_are_unpacked_if_they_are_messages(void **state)
{
	char text[64], other[] = "\x83";

	(void)state;
	hartline_snprintf(text, sizeof(text), message_nth(messages, 4), messages,
			  message_nth(messages, 1), message_nth(messages, 2));
	assert_string_equal(text, "hello|hello world!|plain");
	hartline_snprintf(text, sizeof(text), message_nth(messages, 4), other, other, other);
	assert_string_equal(text, "\x83|\x83|\x83");
}

static void formats_of_others_are_not(void **state)
{
	char text[8], other[] = "\x83%d";

	(void)state;
	hartline_snprintf(text, sizeof(text), other, 5);
	assert_string_equal(text, "\x83"
				  "5");
}

static void their_width_is_that_of_what_is_seen(void **state)
{
	char text[64];

	(void)state;
	hartline_snprintf(text, sizeof(text), message_nth(messages, 5), messages, messages,
			  messages);
	assert_string_equal(text, "   hello|hello   |hello");
}

static void cuts_off_within_a_pair(void **state)
{
	char text[4];

	(void)state;
	assert_int_equal(hartline_snprintf(text, sizeof(text), message_nth(messages, 1)), 12);
	assert_string_equal(text, "hel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_unpacked),
		cmocka_unit_test(arguments_are_unpacked_if_they_are_messages),
		cmocka_unit_test(formats_of_others_are_not),
		cmocka_unit_test(their_width_is_that_of_what_is_seen),
		cmocka_unit_test(cuts_off_within_a_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
