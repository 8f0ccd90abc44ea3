/* SPDX-License-Identifier: BSD-2-Clause */
/* Channel attributes: SBI v3.0, chapter "Message Proxy Extension". */
/* sources: sbi/mpxy_policy.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sbi/mpxy_policy.h"
#include "sbi/sbi.h"

static const uint32_t protocol_attributes[] = { 0xa0, 0xa1, 0xa2 };

static struct channel channel_with(uint32_t capability)
{
	return (struct channel){
		.id = 7,
		.protocol = 0x80000001,
		.protocol_version = 0x10002,
		.max_data = 56,
		.send_timeout_us = 100,
		.completion_timeout_us = 300,
		.capability = capability,
		.attributes = protocol_attributes,
		.attribute_count = 3,
	};
}

static void ranges(void **state)
{
	static const struct {
		unsigned long base, count;
		long error;
	} cases[] = {
		{ 0, 1, SBI_SUCCESS },
		{ 0, 12, SBI_SUCCESS },
		{ 11, 1, SBI_SUCCESS },
		{ 0x80000000, 3, SBI_SUCCESS },
		{ 0xffffffff80000000, 3, SBI_SUCCESS }, /* as C passes it */
		{ 0x80000002, 1, SBI_SUCCESS },
		{ 0, 0, SBI_ERR_INVALID_PARAM },
		{ 0, 1025, SBI_ERR_INVALID_PARAM },
		{ 0, 1UL << 32 | 1, SBI_ERR_INVALID_PARAM },
		{ 0, ~0UL, SBI_ERR_INVALID_PARAM },
		{ 1UL << 32, 1, SBI_ERR_INVALID_PARAM },
		{ 1UL << 63, 1, SBI_ERR_INVALID_PARAM },
		{ 0, 13, SBI_ERR_BAD_RANGE },
		{ 11, 2, SBI_ERR_BAD_RANGE },
		{ 12, 1, SBI_ERR_BAD_RANGE },
		{ 0x7fffffff, 1, SBI_ERR_BAD_RANGE },
		{ 0x7fffffff, 2, SBI_ERR_BAD_RANGE },
		{ 0x80000000, 4, SBI_ERR_BAD_RANGE },
		{ 0x80000003, 1, SBI_ERR_BAD_RANGE },
		{ 0xffffffff, 1, SBI_ERR_BAD_RANGE },
		{ 0xffffffff, 2, SBI_ERR_BAD_RANGE },
		{ ~0UL, 1024, SBI_ERR_BAD_RANGE },
	};
	const struct channel channel = channel_with(0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mpxy_check_range(&channel, cases[i].base, cases[i].count),
				 cases[i].error);
}

static void reads(void **state)
{
	static const uint32_t expected[MPXY_STANDARD_ATTRIBUTES] = { 0x80000001, 0x10002, 56, 100,
								     300,	 0x3c,	  0,  0,
								     0,		 0,	  0,  1 };
	struct channel channel = channel_with(0x3c);

	(void)state;
	channel.count_lost = 1;
	for (uint32_t i = 0; i < MPXY_STANDARD_ATTRIBUTES; i++)
		assert_int_equal(mpxy_read(&channel, i), expected[i]);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(mpxy_read(&channel, 0x80000000 + i), protocol_attributes[i]);
}

static void writes(void **state)
{
	const uint32_t ones[MPXY_STANDARD_ATTRIBUTES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	const uint32_t large[] = { 5, 5, 5, 5, 1 }, wrong[] = { 1, 1, 1, 1, 2 };
	struct channel channel = channel_with(CHANNEL_HAS_EVENTS_STATE);
	struct channel without = channel_with(0);

	(void)state;
	for (uint32_t i = 0; i <= MPXY_SSE_EVENT_ID; i++)
		assert_int_equal(mpxy_write(&channel, i, ones, 1), SBI_ERR_BAD_RANGE);
	assert_int_equal(mpxy_write(&channel, MPXY_SSE_EVENT_ID, ones, 6), SBI_ERR_BAD_RANGE);
	assert_int_equal(mpxy_write(&channel, 0x80000000, ones, 1), SBI_ERR_BAD_RANGE);
	assert_int_equal(mpxy_write(&channel, MPXY_MSI_CONTROL, wrong, 5), SBI_ERR_FAILED);
	assert_int_equal(channel.count_lost, 0);

	assert_int_equal(mpxy_write(&channel, MPXY_MSI_CONTROL, large, 4), SBI_SUCCESS);
	assert_int_equal(channel.count_lost, 0);
	assert_int_equal(mpxy_write(&channel, MPXY_MSI_CONTROL, large, 5), SBI_SUCCESS);
	assert_int_equal(channel.count_lost, 1);
	for (uint32_t i = MPXY_MSI_CONTROL; i <= MPXY_MSI_DATA; i++)
		assert_int_equal(mpxy_read(&channel, i), 0);
	assert_int_equal(mpxy_write(&channel, MPXY_EVENTS_STATE_CONTROL, (uint32_t[]){ 0 }, 1), 0);
	assert_int_equal(channel.count_lost, 0);

	assert_int_equal(mpxy_write(&without, MPXY_EVENTS_STATE_CONTROL, ones, 1), SBI_SUCCESS);
	assert_int_equal(without.count_lost, 0);
}

static void lengths(void **state)
{
	const struct channel channel = channel_with(0);

	(void)state;
	assert_int_equal(mpxy_check_length(&channel, 0), SBI_SUCCESS);
	assert_int_equal(mpxy_check_length(&channel, 56), SBI_SUCCESS);
	assert_int_equal(mpxy_check_length(&channel, 57), SBI_ERR_INVALID_PARAM);
	assert_int_equal(mpxy_check_length(&channel, 1UL << 32), SBI_ERR_INVALID_PARAM);
	assert_int_equal(mpxy_check_length(&channel, ~0UL), SBI_ERR_INVALID_PARAM);
}

static void errors(void **state)
{
	(void)state;
	assert_int_equal(mpxy_error(ERR_OK), SBI_SUCCESS);
	assert_int_equal(mpxy_error(ERR_UNSUPPORTED), SBI_ERR_NOT_SUPPORTED);
	assert_int_equal(mpxy_error(ERR_INVALID), SBI_ERR_FAILED);
	assert_int_equal(mpxy_error(ERR_TIMEOUT), SBI_ERR_TIMEOUT);
	assert_int_equal(mpxy_error(ERR_RPMI_QUEUE), SBI_ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),  cmocka_unit_test(reads),  cmocka_unit_test(writes),
		cmocka_unit_test(lengths), cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
