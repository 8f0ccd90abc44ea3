/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SRST extension (SBI v3.0, chapter "System Reset Extension"). Only what must be refused: the
 * resets themselves end a run, see main.c, and are judged by whoever watches the machine.
 */
#include "tests/payloads/sbi/tap.h"

#define ERRORS "SRST System Reset Errors"

static const char *const type_names[] = {
	"3", "efffffff", "efffffff_sign_extended", "f0000000", "ffffffff", NULL,
};

/* Reserved types; and vendor types, "platform-specific and unimplemented" here. */
static void bad_type(uint64_t variant)
{
	static const uint64_t types[] = {
		3, 0xefffffff, 0xffffffffefffffff, 0xf0000000, 0xffffffff,
	};

	expect(sbi(EID_SRST, SRST_RESET, types[variant], 0),
	       variant < 3 ? INVALID_PARAM : INVALID_PARAM | NOT_SUPPORTED);
}

static const char *const reason_names[] = {
	"2", "dfffffff", "e0000000", "f0000000", "ffffffff", NULL,
};

static void bad_reason(uint64_t variant)
{
	static const uint64_t reasons[] = { 2, 0xdfffffff, 0xe0000000, 0xf0000000, 0xffffffff };

	expect(sbi(EID_SRST, SRST_RESET, SRST_WARM_REBOOT, reasons[variant]), INVALID_PARAM);
}

static void bad_both(uint64_t variant)
{
	(void)variant;
	expect(sbi(EID_SRST, SRST_RESET, 3, 2), INVALID_PARAM);
}

static const struct test tests[] = {
	{ "invalid_type", ERRORS, bad_type, type_names },
	{ "invalid_type_and_reason", ERRORS, bad_both },
	{ "invalid_reason", ERRORS, bad_reason, reason_names },
	{ 0 },
};

const struct suite srst_suite = { "srst", EID_SRST, SRST_FIDS, tests };
