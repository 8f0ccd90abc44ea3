/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MPXY extension (SBI v3.0, chapter "Message Proxy Extension"). Rows about a channel are run on the
 * first one that will do; what its messages mean is left to the message protocol.
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define SIZE "MPXY: Get Shared Memory Size"
#define SHMEM_ERRORS "MPXY Set Shared Memory Errors"
#define SETUP_MODE "MPXY Shared Memory Setup Mode"
#define IDS_ERRORS "MPXY Get Channel IDs Errors"
#define IDS_LAYOUT "MPXY Channel IDs Shared Memory Layout"
#define ATTRIBUTES "MPXY Channel Attributes"
#define READ_ERRORS "MPXY Read Channel Attributes Errors"
#define WRITE_ERRORS "MPXY Write Channel Attributes Errors"
#define RESPONSE_ERRORS "MPXY Send Message with Response Errors"
#define POSTED_ERRORS "MPXY Send Message without Response Errors"
#define NOTIFY_ERRORS "MPXY Get Notifications Errors"

#define ALL_ONES (~0ul)
#define OVERWRITE 0
#define OVERWRITE_RETURN 1

enum {
	MSG_PROT_ID,
	MSG_PROT_VERSION,
	MSG_DATA_MAX_LEN,
	MSG_SEND_TIMEOUT,
	MSG_COMPLETION_TIMEOUT,
	CHANNEL_CAPABILITY,
	SSE_EVENT_ID,
	MSI_CONTROL,
	MSI_ADDR_LOW,
	MSI_ADDR_HIGH,
	MSI_DATA,
	EVENTS_STATE_CONTROL,
	STANDARD_ATTRS,
};

#define CAPABILITY_MSI (1u << 0)
#define CAPABILITY_SSE (1u << 1)
#define CAPABILITY_EVENTS_STATE (1u << 2)
#define CAPABILITY_RESPONSE (1u << 3)
#define CAPABILITY_POSTED (1u << 4)
#define CAPABILITY_NOTIFICATIONS (1u << 5)

/* The largest shared memory that this suite can lend. */
#define SHMEM_WORDS (16384 / 4)
static uint32_t shmem[SHMEM_WORDS] __attribute__((aligned(4096)));
static uint32_t other_shmem[SHMEM_WORDS] __attribute__((aligned(4096)));

static uint64_t shmem_size(void)
{
	return expect(sbi(EID_MPXY, MPXY_GET_SHMEM_SIZE), SUCCESS);
}

static struct sbiret set_shmem(uint64_t lo, uint64_t hi, uint64_t flags)
{
	return sbi(EID_MPXY, MPXY_SET_SHMEM, lo, hi, flags);
}

static void prepare(void)
{
	if (shmem_size() > sizeof(shmem))
		skip("shared memory of %lu bytes is more than there is here", shmem_size());
	memset(shmem, 0x5a, sizeof(shmem));
	expect(set_shmem((uintptr_t)shmem, 0, OVERWRITE), SUCCESS);
}

static uint64_t first_channel(void)
{
	prepare();
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), SUCCESS);
	if (!shmem[1])
		skip("no channels");
	return shmem[2];
}

static bool is_channel(uint64_t id)
{
	uint32_t total;

	prepare();
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), SUCCESS);
	total = shmem[1];
	for (uint32_t i = 0; i < total && i < SHMEM_WORDS - 2; i++) {
		if (shmem[2 + i] == id)
			return true;
	}
	return false;
}

static uint64_t no_channel(void)
{
	uint64_t id = 0x7ffffff0;

	while (is_channel(id))
		id++;
	return id;
}

static uint32_t attribute(uint64_t channel, uint64_t attr)
{
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, channel, attr, 1), SUCCESS);
	return shmem[0];
}

static void cleanup(void)
{
	if (sbi_probe(EID_MPXY))
		set_shmem(ALL_ONES, ALL_ONES, OVERWRITE);
}

/* ---- Shared memory ---- */

static void size(uint64_t variant)
{
	uint64_t bytes = shmem_size();

	(void)variant;
	check(bytes >= 4096 && !(bytes % 4096), "%lu bytes", bytes);
}

static void size_here(uint64_t bytes)
{
	check(shmem_size() == bytes, "%lu bytes on the boot hart, %lu here", bytes, shmem_size());
}

static void size_same_on_all(uint64_t variant)
{
	(void)variant;
	on_all_harts(size_here, shmem_size());
}

static void shmem_set_and_clear(uint64_t variant)
{
	(void)variant;
	prepare();
	expect(set_shmem(ALL_ONES, ALL_ONES, OVERWRITE), SUCCESS);
}

static void shmem_flags(uint64_t variant)
{
	static const uint64_t flags[] = { 2, 3, 4, 1ul << 63 };

	prepare();
	expect(set_shmem((uintptr_t)shmem, 0, flags[variant]), INVALID_PARAM);
}

static const char *const flag_names[] = { "mode_2", "mode_3", "bit_2", "bit_63", NULL };

static void shmem_unaligned(uint64_t variant)
{
	prepare();
	expect(set_shmem((uintptr_t)shmem + (variant ? 2048 : 1), 0, OVERWRITE), INVALID_PARAM);
}

static const char *const offset_names[] = { "by_1", "by_2048", NULL };

static void shmem_bad_address(uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, shmem_size(), 4096);

	expect(set_shmem(phys.lo, phys.hi, OVERWRITE), INVALID_ADDRESS | FAILED);
}

static void shmem_mmio(uint64_t variant)
{
	(void)variant;
	shmem_bad_address(BAD_MEMORY_MMIO);
}

/* "the old shared memory shmem_phys_lo and shmem_phys_hi are written in the same order" */
static void overwrite_return(uint64_t variant)
{
	const uint64_t *old = (const uint64_t *)other_shmem;

	(void)variant;
	prepare();
	memset(other_shmem, 0x5a, sizeof(other_shmem));
	expect(set_shmem((uintptr_t)other_shmem, 0, OVERWRITE_RETURN), SUCCESS);
	check(old[0] == (uintptr_t)shmem && !old[1], "old memory was %lx, said to be %lx %lx",
	      (uint64_t)(uintptr_t)shmem, old[0], old[1]);
	expect(set_shmem(ALL_ONES, ALL_ONES, OVERWRITE), SUCCESS);
	expect(set_shmem((uintptr_t)other_shmem, 0, OVERWRITE_RETURN), SUCCESS);
	check(old[0] == ALL_ONES && old[1] == ALL_ONES, "there was none, said to be %lx %lx",
	      old[0], old[1]);
}

static const char *const needs_shmem_names[] = {
	"get_channel_ids",
	"read_attributes",
	"write_attributes",
	"send_message_with_response",
	"send_message_without_response",
	"get_notifications",
	NULL,
};

static void no_shmem(uint64_t variant)
{
	uint64_t channel = variant ? first_channel() : 0;

	expect(set_shmem(ALL_ONES, ALL_ONES, OVERWRITE), SUCCESS);
	/* Whether the channel has the optional function may be looked at first. */
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS + variant, channel, 0, 1),
	       variant >= 3 ? NO_SHMEM | NOT_SUPPORTED : NO_SHMEM);
}

/* ---- Channels ---- */

static void channel_ids(uint64_t variant)
{
	uint32_t remaining, returned;

	(void)variant;
	prepare();
	check(!expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), SUCCESS), "value is not 0");
	remaining = shmem[0];
	returned = shmem[1];
	check(returned <= shmem_size() / 4 - 2, "%u returned", returned);
	check(returned || !remaining, "%u remain, none was returned", remaining);
	if (returned < 2)
		return;
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 1), SUCCESS);
	check(shmem[0] + shmem[1] == remaining + returned - 1, "%u + %u from index 1", shmem[0],
	      shmem[1]);
}

static void channel_ids_bad_index(uint64_t variant)
{
	uint32_t total;

	prepare();
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), SUCCESS);
	total = shmem[0] + shmem[1];
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, variant ? 0xffffffff : total + 1),
	       INVALID_PARAM);
}

static const char *const index_names[] = { "past_last", "all_ones", NULL };

static void bad_channel(uint64_t variant)
{
	uint64_t channel = no_channel();

	expect(sbi(EID_MPXY, MPXY_READ_ATTRS + variant, channel, 0, 1), NOT_SUPPORTED);
}

/* ---- Attributes ---- */

static void attributes(uint64_t variant)
{
	uint64_t channel = first_channel();
	uint32_t capability;

	(void)variant;
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, channel, 0, STANDARD_ATTRS), SUCCESS);
	capability = shmem[CHANNEL_CAPABILITY];
	check(!(capability >> 6), "capability has reserved bits: %x", capability);
	check(capability & CAPABILITY_NOTIFICATIONS ||
		      !(capability & (CAPABILITY_MSI | CAPABILITY_SSE | CAPABILITY_EVENTS_STATE)),
	      "capability without notifications: %x", capability);
	check(shmem[MSG_DATA_MAX_LEN] <= shmem_size(), "MSG_DATA_MAX_LEN is %u",
	      shmem[MSG_DATA_MAX_LEN]);
	check(shmem[MSG_COMPLETION_TIMEOUT] >= shmem[MSG_SEND_TIMEOUT], "time-outs are %u and %u",
	      shmem[MSG_COMPLETION_TIMEOUT], shmem[MSG_SEND_TIMEOUT]);
	for (unsigned int i = MSI_CONTROL; i < STANDARD_ATTRS; i++)
		check(!shmem[i], "attribute %u is %x at reset", i, shmem[i]);
}

static void attrs_bad_count(uint64_t fid, uint64_t variant)
{
	uint64_t channel = first_channel();
	const uint64_t counts[] = { 0, shmem_size() / 4 + 1, 0xffffffff };

	expect(sbi(EID_MPXY, fid, channel, MSI_CONTROL, counts[variant]), INVALID_PARAM);
}

static void read_bad_count(uint64_t variant)
{
	attrs_bad_count(MPXY_READ_ATTRS, variant);
}

static void write_bad_count(uint64_t variant)
{
	attrs_bad_count(MPXY_WRITE_ATTRS, variant);
}

static const char *const count_names[] = { "zero", "more_than_shmem", "all_ones", NULL };

/* base_attribute_id is not valid, or some of the range does not exist. */
static void attrs_bad_range(uint64_t fid, uint64_t variant)
{
	uint64_t channel = first_channel();
	static const struct {
		uint64_t base, count;
	} ranges[] = {
		{ STANDARD_ATTRS, 1 }, { 0x7fffffff, 1 }, { EVENTS_STATE_CONTROL, 2 },
		{ 0x7fffffff, 2 },     { 0xffffffff, 2 },
	};

	expect(sbi(EID_MPXY, fid, channel, ranges[variant].base, ranges[variant].count),
	       BAD_RANGE | INVALID_PARAM);
}

static void read_bad_range(uint64_t variant)
{
	attrs_bad_range(MPXY_READ_ATTRS, variant);
}

static void write_bad_range(uint64_t variant)
{
	attrs_bad_range(MPXY_WRITE_ATTRS, variant);
}

static const char *const range_names[] = {
	"reserved", "last_reserved", "across_the_end", "standard_and_protocol", "wraps", NULL,
};

static void write_read_only(uint64_t attr)
{
	uint64_t channel = first_channel();

	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, channel, attr, 1), BAD_RANGE);
}

static const char *const read_only_names[] = {
	"msg_prot_id",
	"msg_prot_version",
	"msg_data_max_len",
	"msg_send_timeout",
	"msg_completion_timeout",
	"channel_capability",
	"sse_event_id",
	NULL,
};

/* Without MSI support its attributes ignore writes and read zero. */
static void msi_ignored(uint64_t attr)
{
	uint64_t channel = first_channel();

	if (attribute(channel, CHANNEL_CAPABILITY) & CAPABILITY_MSI)
		skip("the channel has MSIs");
	shmem[0] = 1;
	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, channel, MSI_CONTROL + attr, 1), SUCCESS);
	check(!attribute(channel, MSI_CONTROL + attr), "reads %x", shmem[0]);
}

static const char *const msi_names[] = {
	"msi_control", "msi_addr_low", "msi_addr_high", "msi_data", NULL,
};

static void events_state(uint64_t variant)
{
	uint64_t channel = first_channel();
	bool has = attribute(channel, CHANNEL_CAPABILITY) & CAPABILITY_EVENTS_STATE;

	(void)variant;
	shmem[0] = 1;
	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, channel, EVENTS_STATE_CONTROL, 1), SUCCESS);
	check(attribute(channel, EVENTS_STATE_CONTROL) == has, "reads %x", shmem[0]);
	shmem[0] = 0;
	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, channel, EVENTS_STATE_CONTROL, 1), SUCCESS);
}

/* ---- Messages ---- */

/* The first channel that has the capability, or has it not. */
static uint64_t channel_with(uint32_t capability, bool has)
{
	for (uint64_t i = 0;; i++) {
		uint64_t channel;

		prepare();
		if (sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, i).error || !shmem[1])
			skip("no channel is so");
		channel = shmem[2];
		if (!(attribute(channel, CHANNEL_CAPABILITY) & capability) == !has)
			return channel;
	}
}

static void too_long(uint64_t fid, uint32_t capability, uint64_t variant)
{
	uint64_t channel = channel_with(capability, true);
	const uint64_t lengths[] = {
		(uint64_t)attribute(channel, MSG_DATA_MAX_LEN) + 1,
		shmem_size() + 1,
		1ul << 32,
		ALL_ONES,
	};

	expect(sbi(EID_MPXY, fid, channel, 0, lengths[variant]), INVALID_PARAM | NOT_SUPPORTED);
}

static void response_too_long(uint64_t variant)
{
	too_long(MPXY_SEND_WITH_RESPONSE, CAPABILITY_RESPONSE, variant);
}

static void posted_too_long(uint64_t variant)
{
	too_long(MPXY_SEND_WITHOUT_RESPONSE, CAPABILITY_POSTED, variant);
}

static const char *const length_names[] = {
	"max_len_plus_1", "shmem_plus_1", "2_32", "all_ones", NULL,
};

static void unknown_message(uint64_t posted)
{
	uint64_t channel = channel_with(posted ? CAPABILITY_POSTED : CAPABILITY_RESPONSE, true);

	expect(sbi(EID_MPXY, posted ? MPXY_SEND_WITHOUT_RESPONSE : MPXY_SEND_WITH_RESPONSE, channel,
		   0xfffffff0, 0),
	       NOT_SUPPORTED);
}

static const char *const send_names[] = { "with_response", "without_response", NULL };

/* An optional function that CHANNEL_CAPABILITY does not name. */
static void not_capable(uint64_t variant)
{
	static const uint32_t bits[] = {
		CAPABILITY_RESPONSE,
		CAPABILITY_POSTED,
		CAPABILITY_NOTIFICATIONS,
	};
	uint64_t channel = channel_with(bits[variant], false);

	expect(sbi(EID_MPXY, MPXY_SEND_WITH_RESPONSE + variant, channel, 0, 0), NOT_SUPPORTED);
}

static const char *const optional_names[] = {
	"with_response",
	"without_response",
	"get_notifications",
	NULL,
};

static void notifications(uint64_t variant)
{
	uint64_t channel = channel_with(CAPABILITY_NOTIFICATIONS, true);

	(void)variant;
	check(expect(sbi(EID_MPXY, MPXY_GET_NOTIFICATIONS, channel), SUCCESS) <= shmem_size() - 16,
	      "more bytes than fit");
}

static const struct test tests[] = {
	{ "get_shmem_size", SIZE, size },
	{ "get_shmem_size.same_on_all_harts", SIZE, size_same_on_all, .min_harts = 2 },
	{ "set_shmem.set_and_clear", SHMEM_ERRORS, shmem_set_and_clear },
	{ "set_shmem.flags", SHMEM_ERRORS, shmem_flags, flag_names },
	{ "set_shmem.unaligned", SHMEM_ERRORS, shmem_unaligned, offset_names },
	{ "set_shmem.invalid_address", SHMEM_ERRORS, shmem_bad_address, bad_memory },
	{ "set_shmem.invalid_address_mmio", SHMEM_ERRORS, shmem_mmio, .flags = HOUSE },
	{ "set_shmem.overwrite_return", SETUP_MODE, overwrite_return },
	{ "no_shmem", IDS_ERRORS, no_shmem, needs_shmem_names },
	{ "get_channel_ids", IDS_LAYOUT, channel_ids },
	{ "get_channel_ids.invalid_index", IDS_ERRORS, channel_ids_bad_index, index_names },
	{ "no_such_channel", READ_ERRORS, bad_channel, needs_shmem_names + 1 },
	{ "attributes", ATTRIBUTES, attributes },
	{ "read_attributes.invalid_count", READ_ERRORS, read_bad_count, count_names },
	{ "read_attributes.bad_range", READ_ERRORS, read_bad_range, range_names },
	{ "write_attributes.invalid_count", WRITE_ERRORS, write_bad_count, count_names },
	{ "write_attributes.bad_range", WRITE_ERRORS, write_bad_range, range_names },
	{ "write_attributes.read_only", WRITE_ERRORS, write_read_only, read_only_names },
	{ "write_attributes.msi_ignored", ATTRIBUTES, msi_ignored, msi_names },
	{ "write_attributes.events_state", ATTRIBUTES, events_state },
	{ "send_with_response.too_long", RESPONSE_ERRORS, response_too_long, length_names },
	{ "send_without_response.too_long", POSTED_ERRORS, posted_too_long, length_names },
	{ "send.unknown_message", RESPONSE_ERRORS, unknown_message, send_names },
	{ "not_capable", ATTRIBUTES, not_capable, optional_names },
	{ "get_notifications", NOTIFY_ERRORS, notifications },
	{ 0 }
};

const struct suite mpxy_suite = { "mpxy", EID_MPXY, MPXY_FIDS, tests, .cleanup = cleanup };
