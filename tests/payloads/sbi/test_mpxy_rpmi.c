/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages over MPXY channels to a platform microcontroller that speaks RPMI, which is rpmi_peer.py:
 * what it does to these requests, and the numbers, are there.
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define RESPONSE_ERRORS "MPXY Send Message with Response Errors"
#define POSTED_ERRORS "MPXY Send Message without Response Errors"
#define NOTIFICATIONS "MPXY Get Notifications Errors"
#define IDS_LAYOUT "MPXY Channel IDs Shared Memory Layout"
#define READ_ERRORS "MPXY Read Channel Attributes Errors"
#define WRITE_ERRORS "MPXY Write Channel Attributes Errors"
#define SHMEM_ERRORS "MPXY Set Shared Memory Errors"
#define INTEGRATION "RPMI: Integration with SBI MPXY Extension"

enum { CLOCK_CHANNEL = 0x1000, VENDOR_CHANNEL, MSI_CHANNEL, PLAIN_CHANNEL = 0x1006 };
enum { ECHO = 2, STALE_FIRST, SILENT, CLAIM_LENGTH, WRONG_TOKEN, NOTIFY, BAD_INDEX, POSTED_SO_FAR };

#define VENDOR_GROUP 0x8000
#define CLOCK_GROUP 8
#define IMPLEMENTATION 0x80001234u
#define MAX_WORDS ((64 - 8) / 4)
#define QUEUES 0x8c000000ul
#define DOORBELL_VALUE 0x8000

#define PROTOCOL_ATTRIBUTES 0x80000000u
#define EVENTS_STATE_CONTROL 11

#define SHMEM_WORDS 1024
#define PLACES 8
static uint32_t memory[PLACES][SHMEM_WORDS] __attribute__((aligned(4096)));

static uint32_t *shmem(void)
{
	return memory[self()->index];
}

static void set_shmem_here(uint64_t arg)
{
	(void)arg;
	if (self()->index >= PLACES)
		skip("only %u harts have memory here", PLACES);
	expect(sbi(EID_MPXY, MPXY_SET_SHMEM, (uintptr_t)shmem(), 0, 0), SUCCESS);
}

static void setup(void)
{
	if (expect(sbi(EID_MPXY, MPXY_GET_SHMEM_SIZE), SUCCESS) > sizeof(memory[0]))
		skip("shared memory is more than there is here");
	set_shmem_here(0);
	if (sbi(EID_MPXY, MPXY_READ_ATTRS, VENDOR_CHANNEL, PROTOCOL_ATTRIBUTES, 4).error ||
	    shmem()[2] != IMPLEMENTATION)
		skip("the microcontroller is not ours");
}

static void clear_shmem(void)
{
	if (sbi_probe(EID_MPXY))
		sbi(EID_MPXY, MPXY_SET_SHMEM, ~0ul, ~0ul, 0);
}

static struct sbiret send(uint64_t channel, uint64_t service, const uint32_t *data, size_t words)
{
	memcpy(shmem(), data, words * 4);
	return sbi(EID_MPXY, MPXY_SEND_WITH_RESPONSE, channel, service, words * 4);
}

#define SEND(channel, service, ...) \
	send(channel, service, (const uint32_t[]){ __VA_ARGS__ }, \
	     sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static struct sbiret echo(uint32_t first, size_t words)
{
	uint32_t data[MAX_WORDS];

	for (size_t i = 0; i < words; i++)
		data[i] = first + (uint32_t)i;
	return send(VENDOR_CHANNEL, ECHO, data, words);
}

static void check_echo(uint32_t first, size_t words)
{
	uint64_t length = expect(echo(first, words), SUCCESS);

	check(length == 4 + words * 4 && !shmem()[0], "%lu bytes, status %x", length, shmem()[0]);
	for (size_t i = 0; i < words; i++)
		check(shmem()[1 + i] == first + i, "word %lu is %x", i, shmem()[1 + i]);
	check(shmem()[1 + words] == 0x5a5a5a5a, "more was written");
}

/* ---- What there is ---- */

static void ids(uint64_t variant)
{
	static const uint32_t expected[] = {
		0, 4, CLOCK_CHANNEL, VENDOR_CHANNEL, MSI_CHANNEL, PLAIN_CHANNEL,
	};

	(void)variant;
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), SUCCESS);
	for (size_t i = 0; i < sizeof(expected) / 4; i++)
		check(shmem()[i] == expected[i], "word %lu is %x", i, shmem()[i]);
}

static void id_not_truncated(uint64_t variant)
{
	(void)variant;
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, 1ul << 32 | CLOCK_CHANNEL, 0, 1), NOT_SUPPORTED);
	expect(sbi(EID_MPXY, MPXY_SEND_WITH_RESPONSE, CLOCK_CHANNEL, 1ul << 32 | 2, 0),
	       NOT_SUPPORTED);
}

static void attributes(uint64_t variant)
{
	static const uint32_t expected[] = { CLOCK_GROUP, 0x10000, IMPLEMENTATION, 0x20007 };

	(void)variant;
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, CLOCK_CHANNEL, PROTOCOL_ATTRIBUTES, 4), SUCCESS);
	for (size_t i = 0; i < 4; i++)
		check(shmem()[i] == expected[i], "attribute %lu is %x", i, shmem()[i]);
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, CLOCK_CHANNEL, PROTOCOL_ATTRIBUTES, 5), BAD_RANGE);
	expect(sbi(EID_MPXY, MPXY_READ_ATTRS, CLOCK_CHANNEL, 0, 3), SUCCESS);
	check(!shmem()[0] && shmem()[1] == 0x10000 && shmem()[2] == MAX_WORDS * 4,
	      "protocol %x version %x length %x", shmem()[0], shmem()[1], shmem()[2]);
}

static void attributes_read_only(uint64_t index)
{
	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, CLOCK_CHANNEL, PROTOCOL_ATTRIBUTES + index, 1),
	       BAD_RANGE);
}

static const char *const attribute_names[] = {
	"servicegroup_id",
	"servicegroup_version",
	"implementation_id",
	"implementation_version",
	NULL,
};

static void protected_queues(uint64_t variant)
{
	(void)variant;
	for (unsigned int i = 0; i < 4; i++)
		check(load_traps(QUEUES + i * 0x800, NULL), "queue %u can be read", i);
	expect(sbi(EID_MPXY, MPXY_SET_SHMEM, QUEUES, 0, 0), INVALID_ADDRESS);
	expect(sbi(EID_DBCN, DBCN_READ, 8, QUEUES + 0x2000 - 4, 0), INVALID_PARAM);
}

/* ---- Requests ---- */

static void exchange(uint64_t variant)
{
	static const uint8_t words[] = { 0, 1, MAX_WORDS - 1 };

	memset(shmem(), 0x5a, sizeof(memory[0]));
	check_echo(0x1000, words[variant]);
}

static const char *const size_names[] = { "nothing", "word", "most", NULL };

static void clock_group(uint64_t variant)
{
	uint64_t channel = variant ? PLAIN_CHANNEL : CLOCK_CHANNEL;

	check(expect(SEND(channel, 2), SUCCESS) == 8 && !shmem()[0] && shmem()[1] == 3,
	      "status %x, %u clocks", shmem()[0], shmem()[1]);
	check(expect(SEND(channel, 8, 0), SUCCESS) == 12 && shmem()[1] == 48000000,
	      "status %x, rate %u", shmem()[0], shmem()[1]);
}

static const char *const mailbox_names[] = { "first_mailbox", "second_mailbox", NULL };

static void not_of_group(uint64_t variant)
{
	static const uint64_t services[] = { 0, 9, 256 };

	expect(SEND(CLOCK_CHANNEL, services[variant]), NOT_SUPPORTED);
}

static const char *const service_names[] = { "notification", "next", "256", NULL };

static void not_words(uint64_t variant)
{
	(void)variant;
	expect(sbi(EID_MPXY, MPXY_SEND_WITH_RESPONSE, VENDOR_CHANNEL, ECHO, 3), FAILED);
}

static void many_here(uint64_t arg)
{
	(void)arg;
	set_shmem_here(0);
	memset(shmem(), 0x5a, sizeof(memory[0]));
	for (uint32_t i = 0; i < 20; i++)
		check_echo(self()->index << 16 | i << 8, 3);
	clear_shmem();
}

static void all_at_once(uint64_t variant)
{
	(void)variant;
	on_all_harts(many_here, 0);
}

static void posted(uint64_t variant)
{
	uint32_t before;

	(void)variant;
	expect(SEND(VENDOR_CHANNEL, POSTED_SO_FAR), SUCCESS);
	before = shmem()[1];
	shmem()[0] = 0xcafe;
	check(!expect(sbi(EID_MPXY, MPXY_SEND_WITHOUT_RESPONSE, VENDOR_CHANNEL, ECHO, 4), SUCCESS),
	      "there is a value");
	expect(SEND(VENDOR_CHANNEL, POSTED_SO_FAR), SUCCESS);
	check(shmem()[1] == before + 1 && shmem()[2] == 0xcafe, "%u came, the last with %x",
	      shmem()[1] - before, shmem()[2]);
	check(shmem()[3] == DOORBELL_VALUE, "the doorbell says %x", shmem()[3]);
}

/* ---- What is no answer ---- */

static bool answers_again(uint64_t arg)
{
	return !echo((uint32_t)arg, 1).error && shmem()[1] == arg;
}

static void check_recovery(void)
{
	check(wait_until(answers_again, 0x77, 20000), "no answer any more");
	memset(shmem(), 0x5a, sizeof(memory[0]));
	check_echo(0x78, 2);
}

static void stale_first(uint64_t variant)
{
	(void)variant;
	check(expect(SEND(VENDOR_CHANNEL, STALE_FIRST, 0x33), SUCCESS) == 8 && shmem()[1] == 0x33,
	      "the answer is %x", shmem()[1]);
}

static void no_answer(uint64_t variant)
{
	expect(SEND(VENDOR_CHANNEL, variant ? WRONG_TOKEN : SILENT), TIMEOUT);
	check_recovery();
}

static const char *const no_answer_names[] = { "silent", "wrong_token", NULL };

static void bad_length(uint64_t variant)
{
	static const uint32_t lengths[] = { 0, 6, 64 - 8 + 4, 0xffff, 0xfffc };

	expect(SEND(VENDOR_CHANNEL, CLAIM_LENGTH, lengths[variant]), IO);
	check_recovery();
}

static const char *const length_names[] = {
	"no_status", "no_words", "more_than_slot", "all_ones", "more_than_queue", NULL,
};

static void bad_index(uint64_t variant)
{
	static const uint32_t indices[] = { 30, 0x80000000, 0xffffffff };

	expect(SEND(VENDOR_CHANNEL, BAD_INDEX, indices[variant]), IO);
	check_recovery();
}

static const char *const index_names[] = { "past_last", "bit_31", "all_ones", NULL };

static volatile uint64_t waiting, done;

static void wait_there(uint64_t arg)
{
	(void)arg;
	set_shmem_here(0);
	waiting = 1;
	expect(SEND(VENDOR_CHANNEL, SILENT), TIMEOUT);
	done = 1;
	clear_shmem();
}

/* While one hart waits for an answer, it serves another one's fence. */
static void fence_while_waiting(uint64_t variant)
{
	struct hart *other = another_hart();

	(void)variant;
	waiting = done = 0;
	hart_run(other, wait_there, 0);
	check(wait_for(&waiting, 1, 20000), "the other hart does not begin");
	sleep_ms(100);
	for (unsigned int i = 0; i < 20; i++)
		expect(sbi(EID_RFENCE, RFENCE_SFENCE_VMA, 1, other->id, 0, 0), SUCCESS);
	check(!done, "the fences waited for the message");
	hart_join(other);
}

/* ---- Notifications ---- */

static uint64_t get_notifications(uint64_t channel)
{
	memset(shmem(), 0x5a, sizeof(memory[0]));
	return expect(sbi(EID_MPXY, MPXY_GET_NOTIFICATIONS, channel), SUCCESS);
}

static void count_events(uint64_t channel, uint32_t on)
{
	shmem()[0] = on;
	expect(sbi(EID_MPXY, MPXY_WRITE_ATTRS, channel, EVENTS_STATE_CONTROL, 1), SUCCESS);
}

#define EVENT(id, length) ((id) << 16 | (length))

static void notifications(uint64_t variant)
{
	(void)variant;
	get_notifications(VENDOR_CHANNEL);
	expect(SEND(VENDOR_CHANNEL, NOTIFY, VENDOR_GROUP, EVENT(1, 4), 0x11, EVENT(2, 0)), SUCCESS);
	expect(SEND(VENDOR_CHANNEL, NOTIFY, VENDOR_GROUP, EVENT(3, 4), 0x33), SUCCESS);
	check(get_notifications(VENDOR_CHANNEL) == 20, "not 20 bytes");
	check(shmem()[4] == EVENT(1, 4) && shmem()[5] == 0x11 && shmem()[6] == EVENT(2, 0) &&
		      shmem()[7] == EVENT(3, 4) && shmem()[8] == 0x33 && shmem()[9] == 0x5a5a5a5a,
	      "%x %x %x %x %x %x", shmem()[4], shmem()[5], shmem()[6], shmem()[7], shmem()[8],
	      shmem()[9]);
	check(!get_notifications(VENDOR_CHANNEL), "they are still there");
}

static void other_channels(uint64_t variant)
{
	(void)variant;
	get_notifications(CLOCK_CHANNEL);
	expect(SEND(VENDOR_CHANNEL, NOTIFY, CLOCK_GROUP, EVENT(9, 0)), SUCCESS);
	expect(SEND(VENDOR_CHANNEL, NOTIFY, 0x1234, EVENT(9, 0)), SUCCESS); /* nobody's */
	check(!get_notifications(VENDOR_CHANNEL), "it is not for this channel");
	check(get_notifications(CLOCK_CHANNEL) == 4 && shmem()[4] == EVENT(9, 0), "it is lost");
}

static void events_state(uint64_t variant)
{
	uint64_t bytes;
	uint32_t returned, lost;

	(void)variant;
	count_events(VENDOR_CHANNEL, 1);
	get_notifications(VENDOR_CHANNEL);
	check(!shmem()[0] && !shmem()[1] && !shmem()[2], "%u remain, %u returned, %u lost",
	      shmem()[0], shmem()[1], shmem()[2]);
	for (unsigned int i = 0; i < 20; i++)
		expect(SEND(VENDOR_CHANNEL, NOTIFY, VENDOR_GROUP, EVENT(1, 4), 1, EVENT(2, 4), 2,
			    EVENT(3, 4), 3, EVENT(4, 4), 4),
		       SUCCESS);
	bytes = get_notifications(VENDOR_CHANNEL);
	returned = shmem()[1];
	lost = shmem()[2];
	check(returned && returned * 8 == bytes && returned + lost == 80 && !shmem()[0],
	      "%lu bytes, %u returned, %u lost, %u remain", bytes, returned, lost, shmem()[0]);
	get_notifications(VENDOR_CHANNEL);
	check(!shmem()[1] && !shmem()[2], "%u returned, %u lost again", shmem()[1], shmem()[2]);
	count_events(VENDOR_CHANNEL, 0);
}

static void malformed_event(uint64_t variant)
{
	static const uint32_t lengths[] = { 3, 8, 0xffff, 0xfffc };

	count_events(VENDOR_CHANNEL, 1);
	get_notifications(VENDOR_CHANNEL);
	expect(SEND(VENDOR_CHANNEL, NOTIFY, VENDOR_GROUP, EVENT(1, 0), EVENT(2, lengths[variant]),
		    0x22),
	       SUCCESS);
	check(get_notifications(VENDOR_CHANNEL) == 4 && shmem()[1] == 1 && shmem()[2] == 1,
	      "%u returned, %u lost", shmem()[1], shmem()[2]);
	count_events(VENDOR_CHANNEL, 0);
}

static const char *const event_names[] = {
	"no_words", "past_message", "all_ones", "past_queue", NULL,
};

/* ---- Where the microcontroller may send MSIs ---- */

enum { GET_MSI_ATTRIBUTES = 3, SET_MSI_STATE, GET_MSI_STATE, SET_MSI_TARGET, GET_MSI_TARGET };
#define DENIED_STATUS ((uint32_t)-4)
#define INVALID_ADDRESS_STATUS ((uint32_t)-5)
#define DOORBELL_MSI 1
#define M_MODE_MSI 2

/* Interrupt files of QEMU's virt. */
#define IMSIC_M 0x24000000ul
#define IMSIC_S 0x28000000ul

static uint32_t set_target(uint32_t msi, uint64_t address)
{
	expect(SEND(MSI_CHANNEL, SET_MSI_TARGET, msi, (uint32_t)address, (uint32_t)(address >> 32),
		    5),
	       SUCCESS);
	return shmem()[0];
}

static void msi_target(uint64_t variant)
{
	(void)variant;
	check(!set_target(0, IMSIC_S), "status %x", shmem()[0]);
	check(expect(SEND(MSI_CHANNEL, GET_MSI_TARGET, 0), SUCCESS) == 16 && !shmem()[0] &&
		      shmem()[1] == IMSIC_S && !shmem()[2] && shmem()[3] == 5,
	      "reads back %x %x %x", shmem()[1], shmem()[2], shmem()[3]);
}

static void msi_bad_target(uint64_t variant)
{
	const uint64_t targets[] = {
		machine.firmware, (uintptr_t)memory, QUEUES,
		IMSIC_M,	  IMSIC_S + 2,	     1ul << 32 | IMSIC_S,
	};

	check(set_target(0, targets[variant]) == INVALID_ADDRESS_STATUS, "status %x", shmem()[0]);
}

static const char *const target_names[] = {
	"firmware", "memory", "queue", "m_mode_imsic", "unaligned", "bit_32_set", NULL,
};

static void msi_denied(uint64_t service)
{
	service += GET_MSI_ATTRIBUTES;
	if (service == SET_MSI_TARGET)
		set_target(DOORBELL_MSI, IMSIC_S);
	else if (service == SET_MSI_STATE)
		expect(SEND(MSI_CHANNEL, service, DOORBELL_MSI, 0), SUCCESS);
	else
		expect(SEND(MSI_CHANNEL, service, DOORBELL_MSI), SUCCESS);
	check(shmem()[0] == DENIED_STATUS, "status %x", shmem()[0]);
}

static const char *const msi_service_names[] = {
	"get_attributes", "set_state", "get_state", "set_target", "get_target", NULL,
};

static void msi_of_m_mode(uint64_t variant)
{
	(void)variant;
	check(set_target(M_MODE_MSI, IMSIC_S) == DENIED_STATUS, "target: status %x", shmem()[0]);
	expect(SEND(MSI_CHANNEL, SET_MSI_STATE, M_MODE_MSI, 1), SUCCESS);
	check(shmem()[0] == DENIED_STATUS, "state: status %x", shmem()[0]);
}

/* What is missing must not come from what was in the slot before. */
static void msi_too_short(uint64_t words)
{
	memset(shmem(), 0, 16);
	expect(sbi(EID_MPXY, MPXY_SEND_WITH_RESPONSE, MSI_CHANNEL, SET_MSI_TARGET, words * 4),
	       FAILED);
}

static const char *const words_names[] = { "nothing", "1_word", "2_words", "3_words", NULL };

/* ---- Lives of harts ---- */

static void no_shmem_here(uint64_t arg)
{
	(void)arg;
	expect(sbi(EID_MPXY, MPXY_GET_CHANNEL_IDS, 0), NO_SHMEM);
}

static void restart_forgets(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	on_hart(hart, no_shmem_here, 0);
	on_hart(hart, set_shmem_here, 0);
	check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
	on_hart(hart, no_shmem_here, 0);
}

static const struct test tests[] = {
	{ "get_channel_ids.only_answering", IDS_LAYOUT, ids },
	{ "ids_not_truncated", READ_ERRORS, id_not_truncated },
	{ "attributes", INTEGRATION, attributes },
	{ "attributes.read_only", WRITE_ERRORS, attributes_read_only, attribute_names },
	{ "queues_protected", SHMEM_ERRORS, protected_queues, .flags = HOUSE },
	{ "send_with_response", RESPONSE_ERRORS, exchange, size_names },
	{ "send_with_response.clock", INTEGRATION, clock_group, mailbox_names },
	{ "send_with_response.not_of_group", INTEGRATION, not_of_group, service_names },
	{ "send_with_response.not_words", RESPONSE_ERRORS, not_words, .flags = HOUSE },
	{ "send_with_response.all_harts", RESPONSE_ERRORS, all_at_once, .min_harts = 2 },
	{ "send_without_response", POSTED_ERRORS, posted },
	{ "answer.stale_first", RESPONSE_ERRORS, stale_first },
	{ "answer.timeout", RESPONSE_ERRORS, no_answer, no_answer_names },
	{ "answer.bad_length", RESPONSE_ERRORS, bad_length, length_names },
	{ "answer.bad_index", RESPONSE_ERRORS, bad_index, index_names },
	{ "answer.fence_while_waiting", RESPONSE_ERRORS, fence_while_waiting, .min_harts = 2,
	  .flags = HOUSE },
	{ "get_notifications", NOTIFICATIONS, notifications },
	{ "get_notifications.of_other_channels", NOTIFICATIONS, other_channels },
	{ "get_notifications.events_state", NOTIFICATIONS, events_state },
	{ "get_notifications.malformed", NOTIFICATIONS, malformed_event, event_names },
	{ "msi_target", INTEGRATION, msi_target },
	{ "msi_target.invalid", INTEGRATION, msi_bad_target, target_names, .flags = HOUSE },
	{ "msi_doorbell_denied", INTEGRATION, msi_denied, msi_service_names },
	{ "msi_of_m_mode_denied", INTEGRATION, msi_of_m_mode, .flags = HOUSE },
	{ "msi_request_too_short", INTEGRATION, msi_too_short, words_names, .flags = HOUSE },
	{ "hart_restart_forgets", SHMEM_ERRORS, restart_forgets, .min_harts = 2, .flags = HOUSE },
	{ 0 }
};

const struct suite mpxy_rpmi_suite = {
	"mpxy_rpmi", EID_MPXY, 0, tests, .setup = setup, .cleanup = clear_shmem,
};
