/* SPDX-License-Identifier: BSD-2-Clause */
/* What DHCP says of booting, honestly or not. */
/* sources: net/boot_options.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/boot_options.h"

static struct boot_options options;

static int clear(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	return 0;
}

/* Exactly the option: what lies behind it is out of bounds. */
static void take(uint8_t option, const void *data, size_t length)
{
	uint8_t *copy = malloc(length + 1);

	memcpy(copy + 1, data, length);
	boot_options_take(&options, option, copy + 1, length);
	free(copy);
}

#define TAKE(option, text) take(option, text, sizeof(text) - 1)

static void takes_server_and_file(void **state)
{
	(void)state;
	TAKE(66, "10.0.0.1");
	TAKE(67, "dir/file.itb\0");
	TAKE(12, "other");
	assert_string_equal(options.server, "10.0.0.1");
	assert_string_equal(options.file, "dir/file.itb");
	/* The first one counts: option 67 comes before the field of the message. */
	TAKE(67, "second");
	assert_string_equal(options.file, "dir/file.itb");
}

static void vendor_options_count_more(void **state)
{
	(void)state;
	TAKE(67, "generic");
	TAKE(43, "\0\1\1x\103\6vendor\102\4host\377\103\5never");
	assert_string_equal(options.file, "vendor");
	assert_string_equal(options.server, "host");
	TAKE(67, "generic");
	assert_string_equal(options.file, "vendor");
}

static void vendor_options_end_where_they_end(void **state)
{
	(void)state;
	TAKE(43, "\103");
	TAKE(43, "\103\6short");
	TAKE(43, "\0\0\0");
	TAKE(43, "\103\377short");
	TAKE(43, "\103\0");
	take(43, "", 0);
	assert_string_equal(options.file, "");
	TAKE(43, "\103\2ok\103\6short");
	assert_string_equal(options.file, "ok");
}

static void drops_what_is_no_name(void **state)
{
	char text[256];

	(void)state;
	TAKE(67, "with space");
	TAKE(67, "\033[2J");
	TAKE(67, "nul\0inside");
	TAKE(67, "\377\377");
	TAKE(67, "\0\0");
	take(67, "", 0);
	memset(text, 'a', sizeof(text));
	take(67, text, 255);
	take(67, text, BOOT_TEXT_MAX);
	assert_string_equal(options.file, "");
	take(67, text, BOOT_TEXT_MAX - 1);
	assert_int_equal(strlen(options.file), BOOT_TEXT_MAX - 1);
}

static void reads_addresses(void **state)
{
	static const char *const bad[] = { "",		"1",	      "1.2.3",	   "1.2.3.4.5",
					   "1.2.3.4 ",	"256.1.1.1",  "1.2.3.",	   "1..3.4",
					   "a.b.c.d",	"1.2.3.4444", "0.0.0.1",   "127.0.0.1",
					   "224.0.0.1", "-1.2.3.4",   "1.2.3.0004" };

	(void)state;
	assert_int_equal(parse_ipv4("10.9.0.255"), 0x0a0900ff);
	assert_int_equal(parse_ipv4("223.255.255.1"), 0xdfffff01);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse_ipv4(bad[i]))
			fail_msg("\"%s\" is no address", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_server_and_file, clear),
		cmocka_unit_test_setup(vendor_options_count_more, clear),
		cmocka_unit_test_setup(vendor_options_end_where_they_end, clear),
		cmocka_unit_test_setup(drops_what_is_no_name, clear),
		cmocka_unit_test_setup(reads_addresses, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
