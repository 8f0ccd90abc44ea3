/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RPMI: queues, requests, events, and the device tree. The platform microcontroller is a function
 * that is called while the driver waits for it, as hostile as the test wants it.
 */
/* sources: drivers/mailbox/rpmi.c drivers/mailbox/rpmi_queue.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/mailbox/rpmi.h"
#include "lib/clock.h"
#include "tests/unit/dtb.h"

#define SLOT 64
#define SLOTS 4 /* of messages */
#define SLOT_WORDS (SLOT / 4)
#define QUEUE_SIZE ((SLOTS + 2) * SLOT)
#define MAX_DATA (SLOT - 8)
#define NO_ANSWER 0xffffffff

static uint32_t queues[4][SLOTS + 2][SLOT_WORDS] __attribute__((aligned(SLOT)));
static uint32_t doorbell;
static uint64_t now;

static struct rpmi rpmi;
static struct rpmi_channel *clock_channel, *vendor, *msi;
static uint32_t data[CHANNEL_MAX_DATA / 4];

uint64_t clock_us(void)
{
	return now++;
}

/* ---- The microcontroller ---- */

static struct {
	uint32_t requests;   /* that came */
	uint32_t words[16];  /* of the last one, with its header */
	uint32_t version;    /* of everything */
	uint32_t flags;	     /* of BASE_GET_ATTRIBUTES */
	uint32_t xor_first;  /* makes another message of an answer */
	uint32_t xor_second; /* another token or length */
	uint32_t msi_flags;  /* of all MSIs */
	uint32_t status;
	bool is_silent;
	bool is_bad_once; /* a wrong answer comes before the right one */
	uint32_t answer_words;
} puc;

static void put(unsigned int queue, uint32_t first, uint32_t second, const uint32_t *words,
		uint32_t count)
{
	uint32_t tail = queues[queue][1][0] % SLOTS;

	queues[queue][2 + tail][0] = first;
	queues[queue][2 + tail][1] = second;
	memcpy(&queues[queue][2 + tail][2], words, (size_t)count * 4);
	queues[queue][1][0] = (tail + 1) % SLOTS;
}

static void serve(void)
{
	uint32_t answer[SLOT_WORDS - 2] = { puc.status, puc.version };
	uint32_t head = queues[0][0][0], *request = queues[0][2 + head];
	uint32_t count = puc.answer_words ? puc.answer_words : 2, first, second;

	if (puc.is_silent || head == queues[0][1][0])
		return;
	memcpy(puc.words, request, sizeof(puc.words));
	puc.requests++;
	queues[0][0][0] = (head + 1) % SLOTS;
	if (request[0] >> 24 == RPMI_POSTED_REQUEST)
		return;
	if ((request[0] & 0xffffff) == 0x070001)
		answer[1] = puc.flags;
	if ((request[0] & 0xffffff) == 0x030002)
		answer[1] = puc.msi_flags;
	first = (request[0] & 0xffffff) | RPMI_ACKNOWLEDGEMENT << 24;
	second = (request[1] & 0xffff0000) | count * 4;
	put(1, first ^ puc.xor_first, second ^ puc.xor_second, answer, count);
	if (puc.is_bad_once)
		put(1, first, second, answer, count);
}

static bool is_target(uint64_t address)
{
	return address == 0x128000000;
}

/* ---- Its device tree ---- */

static enum err visit(const struct dt_node *node, void *context)
{
	rpmi_visit(context, node);
	return ERR_OK;
}

#define CELLS_OF(x) (uint32_t)((uint64_t)(uintptr_t)(x) >> 32), (uint32_t)(uintptr_t)(x)

static void mailbox_node(uint32_t phandle, uint32_t slot, uint32_t queue_size)
{
	static const char names[] = "a2p-req\0p2a-ack\0p2a-req\0a2p-ack\0a2p-doorbell";

	DTB_NODE("mailbox");
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("reg", CELLS_OF(queues[0]), 0, queue_size, CELLS_OF(queues[1]), 0, queue_size,
		  CELLS_OF(queues[2]), 0, queue_size, CELLS_OF(queues[3]), 0, queue_size,
		  CELLS_OF(&doorbell), 0, 4);
	assert_int_equal(fdt_property(dtb, "reg-names", names, sizeof(names)), 0);
	DTB_CELLS("riscv,slot-size", slot);
	DTB_CELLS("riscv,a2p-doorbell-value", 0xd00d);
	DTB_CELLS("riscv,p2a-doorbell-sysmsi-index", 1);
	DTB_CELLS("hartline,timeout-us", 1000);
	DTB_CELLS("phandle", phandle);
	DTB_END();
}

static void channel_node(const char *compatible, uint32_t phandle, uint32_t group, uint32_t id)
{
	DTB_NODE("service");
	DTB_STRING("compatible", compatible);
	DTB_CELLS("mboxes", phandle, group);
	DTB_CELLS("riscv,sbi-mpxy-channel-id", id);
	DTB_END();
}

static void begin(void)
{
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
}

static void find(void)
{
	struct dt dt;

	dtb_finish();
	memset(&rpmi, 0, sizeof(rpmi));
	rpmi.while_waiting = serve;
	rpmi.is_msi_target = is_target;
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &rpmi), ERR_OK);
	rpmi_resolve(&rpmi);
}

static int find_usual(void **state)
{
	(void)state;
	memset(&puc, 0, sizeof(puc));
	memset(queues, 0, sizeof(queues));
	memset(data, 0, sizeof(data));
	doorbell = 0;
	puc.version = 0x10000;
	puc.flags = 3;
	begin();
	channel_node("riscv,rpmi-mpxy-clock", 5, 8, 100);
	mailbox_node(5, SLOT, QUEUE_SIZE);
	channel_node("hartline,rpmi-mpxy", 5, 0x8000, 101);
	channel_node("riscv,rpmi-mpxy-system-msi", 5, 2, 102);
	find();
	assert_int_equal(rpmi.channel_count, 3);
	clock_channel = &rpmi.channels[0];
	vendor = &rpmi.channels[1];
	msi = &rpmi.channels[2];
	return 0;
}

static int start_usual(void **state)
{
	find_usual(state);
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_OK);
	for (unsigned int i = 0; i < rpmi.channel_count; i++)
		assert_int_equal(rpmi_start_channel(&rpmi.channels[i]), ERR_OK);
	puc.requests = 0;
	return 0;
}

static void unusable_channels(void **state)
{
	(void)state;
	begin();
	mailbox_node(5, SLOT, QUEUE_SIZE);
	channel_node("riscv,rpmi-mpxy-clock", 5, 7, 1); /* another group's name */
	channel_node("riscv,rpmi-mpxy-base", 5, 1, 1);	/* not for S-mode */
	channel_node("riscv,rpmi-mpxy-clock", 6, 8, 1); /* no such mailbox */
	channel_node("hartline,rpmi-mpxy", 5, 3, 1);	/* not a vendor's */
	channel_node("hartline,rpmi-mpxy", 5, 0x7bff, 1);
	channel_node("hartline,rpmi-mpxy", 5, 0x10000, 1);
	channel_node("riscv,rpmi-mpxy-voltage", 5, 0x10007, 1); /* not truncated */
	find();
	assert_int_equal(rpmi.channel_count, 0);
	assert_false(rpmi.mailboxes[0].is_used);
	assert_false(rpmi_overlaps(&rpmi, (uintptr_t)queues, 1));

	begin();
	mailbox_node(5, SLOT, QUEUE_SIZE);
	channel_node("riscv,rpmi-mpxy-clock", 5, 8, 1);
	channel_node("riscv,rpmi-mpxy-voltage", 5, 7, 1); /* the first one has the id */
	DTB_NODE("service");
	DTB_STRING("compatible", "riscv,rpmi-mpxy-mm");
	DTB_CELLS("mboxes", 5);
	DTB_CELLS("riscv,sbi-mpxy-channel-id", 2);
	DTB_END();
	DTB_NODE("service");
	DTB_STRING("compatible", "riscv,rpmi-mpxy-mm");
	DTB_CELLS("mboxes", 5, 11);
	DTB_END();
	DTB_NODE("service");
	DTB_STRING("compatible", "riscv,rpmi-mpxy-mm");
	DTB_STRING("status", "disabled");
	DTB_CELLS("mboxes", 5, 11);
	DTB_CELLS("riscv,sbi-mpxy-channel-id", 3);
	DTB_END();
	channel_node("some,thing", 5, 8, 4);
	find();
	assert_int_equal(rpmi.channel_count, 1);
	assert_int_equal(rpmi.channels[0].group, 8);
}

static void unusable_mailboxes(void **state)
{
	static const uint32_t slots[] = { 0, 32, 63, 96, 8192, 0x80000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		begin();
		mailbox_node(5, slots[i], QUEUE_SIZE);
		find();
		assert_int_equal(rpmi.mailbox_count, 0);
	}
	begin();
	DTB_NODE("mailbox"); /* without queues */
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("riscv,slot-size", SLOT);
	DTB_CELLS("phandle", 5);
	DTB_END();
	DTB_NODE("mailbox"); /* more names than regions */
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("riscv,slot-size", SLOT);
	DTB_CELLS("reg", 0, 0x1000, 0, 0x1000);
	assert_int_equal(fdt_property(dtb, "reg-names", "a2p-req\0p2a-ack", 16), 0);
	DTB_CELLS("phandle", 6);
	DTB_END();
	DTB_NODE("mailbox"); /* a request queue alone */
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("riscv,slot-size", SLOT);
	DTB_CELLS("reg", 0, 0x1000, 0, 0x1000, 0, 0x2000, 0, 0x1000);
	assert_int_equal(fdt_property(dtb, "reg-names", "a2p-req\0something", 18), 0);
	DTB_CELLS("phandle", 7);
	DTB_END();
	DTB_NODE("mailbox"); /* the last name does not end */
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("riscv,slot-size", SLOT);
	DTB_CELLS("reg", 0, 0x1000, 0, 0x1000, 0, 0x2000, 0, 0x1000);
	assert_int_equal(fdt_property(dtb, "reg-names", "a2p-req\0p2a-ack", 15), 0);
	DTB_CELLS("phandle", 8);
	DTB_END();
	find();
	assert_int_equal(rpmi.mailbox_count, 0);
}

static void too_many(void **state)
{
	(void)state;
	begin();
	for (uint32_t i = 0; i <= RPMI_MAX_MAILBOXES; i++)
		mailbox_node(5 + i, SLOT, QUEUE_SIZE);
	find();
	assert_int_equal(rpmi.mailbox_count, RPMI_MAX_MAILBOXES);
	assert_true(rpmi.too_many);
	begin();
	mailbox_node(5, SLOT, QUEUE_SIZE);
	for (uint32_t i = 0; i <= RPMI_MAX_CHANNELS; i++)
		channel_node("hartline,rpmi-mpxy", 5, 0x8000 + i, i);
	find();
	assert_int_equal(rpmi.channel_count, RPMI_MAX_CHANNELS);
	assert_true(rpmi.too_many);
}

static void protected_memory(void **state)
{
	(void)state;
	assert_true(rpmi_overlaps(&rpmi, (uintptr_t)queues, 1));
	assert_true(rpmi_overlaps(&rpmi, (uintptr_t)&queues[3][SLOTS + 1][SLOT_WORDS - 1], 1));
	assert_true(rpmi_overlaps(&rpmi, (uintptr_t)&doorbell, 1));
	assert_true(rpmi_overlaps(&rpmi, 0, UINT64_MAX));
	assert_false(rpmi_overlaps(&rpmi, (uintptr_t)queues - 1, 1));
}

/* ---- The first words ---- */

static void what_is_found_out(void **state)
{
	const struct channel *channel = &clock_channel->channel;

	(void)state;
	assert_int_equal(channel->id, 100);
	assert_int_equal(channel->protocol, CHANNEL_PROTOCOL_RPMI);
	assert_int_equal(channel->protocol_version, 0x10000);
	assert_int_equal(channel->max_data, MAX_DATA);
	assert_int_equal(channel->send_timeout_us, 1000);
	assert_int_equal(channel->completion_timeout_us, 2000);
	assert_int_equal(channel->capability, 0x2c);
	assert_int_equal(vendor->channel.capability, 0x3c);
	assert_int_equal(channel->attribute_count, 4);
	assert_int_equal(channel->attributes[RPMI_GROUP_ID], 8);
	assert_int_equal(channel->attributes[RPMI_GROUP_VERSION], 0x10000);
	assert_int_equal(doorbell, 0xd00d);
}

static void no_start(void **state)
{
	struct rpmi_mailbox *mailbox = &rpmi.mailboxes[0];

	puc.is_silent = true;
	now = 0;
	assert_int_equal(rpmi_start(&rpmi, mailbox), ERR_TIMEOUT);
	assert_in_range(now, 1000, 2000);
	find_usual(state);
	puc.flags = 1; /* S-mode's */
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_RPMI_CONTEXT);
	find_usual(state);
	puc.version = 0xffff;
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_RPMI_CONTEXT);
	find_usual(state);
	puc.status = (uint32_t)-2;
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_RPMI_STATUS);
	find_usual(state);
	puc.answer_words = 1;
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_RPMI_STATUS);
	find_usual(state);
	queues[1][0][0] = SLOTS; /* a head that was left behind */
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_RPMI_QUEUE);
	assert_false(rpmi.mailboxes[0].is_up);
	find_usual(state);
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_OK);
	puc.version = 0;
	assert_int_equal(rpmi_start_channel(clock_channel), ERR_RPMI_GROUP);
	puc.is_silent = true;
	assert_int_equal(rpmi_start_channel(clock_channel), ERR_TIMEOUT);
	assert_null(clock_channel->channel.driver);
}

static void no_notifications(void **state)
{
	find_usual(state);
	puc.flags = 2;
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_OK);
	assert_int_equal(rpmi_start_channel(clock_channel), ERR_OK);
	assert_int_equal(clock_channel->channel.capability, CHANNEL_HAS_RESPONSE);
	find_usual(state);
	rpmi.mailboxes[0].regions[RPMI_P2A_REQ].size = 0;
	assert_int_equal(rpmi_start(&rpmi, &rpmi.mailboxes[0]), ERR_OK);
	assert_false(rpmi.mailboxes[0].has_events);
}

/* ---- Queues ---- */

static void small_queues(void **state)
{
	struct rpmi_queue queue;
	uintptr_t base = (uintptr_t)queues[0];

	find_usual(state);
	for (uint64_t slots = 0; slots < 4; slots++)
		assert_int_equal(rpmi_queue_open(&queue, base, slots * SLOT, SLOT, true),
				 ERR_RPMI_QUEUE);
	assert_int_equal(rpmi_queue_open(&queue, base, 4 * SLOT, SLOT, true), ERR_OK);
	assert_int_equal(queue.slots, 2);
	assert_int_equal(rpmi_queue_open(&queue, base + 4, 4 * SLOT, SLOT, true), ERR_RPMI_QUEUE);
	assert_int_equal(rpmi_queue_open(&queue, base, UINT64_MAX, SLOT, true), ERR_RPMI_QUEUE);
	/* What was under way when the firmware starts is found again. */
	queues[0][1][0] = 1;
	queues[0][0][0] = SLOTS - 1;
	assert_int_equal(rpmi_queue_open(&queue, base, QUEUE_SIZE, SLOT, true), ERR_OK);
	assert_int_equal(queue.index, 1);
	assert_int_equal(rpmi_queue_open(&queue, base, QUEUE_SIZE, SLOT, false), ERR_OK);
	assert_int_equal(queue.index, SLOTS - 1);
}

static void full_queue(void **state)
{
	struct rpmi_queue *queue = &rpmi.mailboxes[0].requests;
	const struct rpmi_header header = { .group = 8, .service = 2, .length = 4 };

	(void)state;
	for (unsigned int i = 0; i < SLOTS - 1; i++)
		assert_int_equal(rpmi_queue_put(queue, &header, data), ERR_OK);
	assert_int_equal(rpmi_queue_put(queue, &header, data), ERR_FULL);
	puc.is_silent = true;
	now = 0;
	assert_int_equal(clock_channel->channel.driver->post(&clock_channel->channel, 2, data, 0),
			 ERR_TIMEOUT);
	assert_in_range(now, 1000, 2000);
	queues[0][0][0] = SLOTS;
	assert_int_equal(rpmi_queue_put(queue, &header, data), ERR_RPMI_QUEUE);
	queues[0][0][0] = UINT32_MAX;
	assert_int_equal(rpmi_queue_put(queue, &header, data), ERR_RPMI_QUEUE);
}

/* ---- Requests ---- */

static enum err send_to(struct rpmi_channel *channel, uint32_t message, size_t length)
{
	size_t answer = NO_ANSWER;
	enum err err = channel->channel.driver->exchange(&channel->channel, message, data, length,
							 &answer);

	assert_true(err ? answer == NO_ANSWER : answer >= 4 && answer <= MAX_DATA);
	return err;
}

static void many_requests(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 70000; i++) { /* tokens wrap */
		data[0] = i;
		assert_int_equal(send_to(vendor, 200, 8), ERR_OK);
		assert_int_equal(puc.words[0], 200 << 16 | 0x8000);
		assert_int_equal(puc.words[1] & 0xffff, 8);
		assert_int_equal(puc.words[2], i);
		assert_int_equal(data[1], 0x10000);
	}
	assert_int_equal(puc.requests, 70000);
}

static void refused_requests(void **state)
{
	(void)state;
	assert_int_equal(send_to(clock_channel, 0, 0), ERR_UNSUPPORTED);
	assert_int_equal(send_to(clock_channel, 9, 0), ERR_UNSUPPORTED);
	assert_int_equal(send_to(clock_channel, 256 + 2, 0), ERR_UNSUPPORTED);
	assert_int_equal(send_to(vendor, 256, 0), ERR_UNSUPPORTED);
	assert_int_equal(send_to(clock_channel, 2, 3), ERR_INVALID);
	assert_int_equal(vendor->channel.driver->post(&vendor->channel, 0, data, 0),
			 ERR_UNSUPPORTED);
	assert_int_equal(vendor->channel.driver->post(&vendor->channel, 2, data, 2), ERR_INVALID);
	assert_int_equal(puc.requests, 0);
	data[0] = 77;
	assert_int_equal(vendor->channel.driver->post(&vendor->channel, 2, data, 4), ERR_OK);
	serve();
	assert_int_equal(puc.words[0], 1 << 24 | 2 << 16 | 0x8000);
	assert_int_equal(puc.words[2], 77);
}

static void wrong_answers(void **state)
{
	static const uint32_t firsts[] = { 1, 0x8000, 0x10000, 0x1000000, 0x2000000 };
	static const uint32_t tokens[] = { 0x10000, 0x80000000 };

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		puc.xor_first = i < 5 ? firsts[i] : 0;
		puc.xor_second = i < 5 ? 0 : tokens[i - 5];
		puc.is_bad_once = false;
		now = 0;
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_TIMEOUT);
		assert_in_range(now, 1000, 4000);
		puc.is_bad_once = true;
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_OK);
	}
}

static void wrong_lengths(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 7, MAX_DATA + 4, 0xfffc, 0xffff };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		puc.xor_second = lengths[i] ^ 8;
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_RPMI_QUEUE);
		puc.xor_second = 0;
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_OK);
	}
}

static void wrong_index(void **state)
{
	static const uint32_t tails[] = { SLOTS, 0x80000000, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		uint32_t right = queues[1][1][0];

		queues[1][1][0] = tails[i];
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_RPMI_QUEUE);
		/* The request is answered later, when nobody waits for it any more. */
		queues[1][1][0] = right;
		serve();
		assert_int_equal(send_to(clock_channel, 2, 0), ERR_OK);
	}
}

/* ---- Events ---- */

static struct channel_events events;

static size_t take(struct rpmi_channel *channel, size_t room)
{
	size_t size = 0;

	memset(data, 0x5a, sizeof(data));
	assert_int_equal(channel->channel.driver->take_events(&channel->channel, data, room, &size,
							      &events),
			 ERR_OK);
	return size;
}

#define NOTIFY(group, ...) \
	put(2, RPMI_NOTIFICATION << 24 | (group), sizeof((const uint32_t[]){ __VA_ARGS__ }), \
	    (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void events_of_channels(void **state)
{
	(void)state;
	assert_int_equal(take(vendor, 4080), 0);
	NOTIFY(0x8000, 0x10004, 0xaa, 0x20000);
	NOTIFY(8, 0x30000);
	NOTIFY(9, 0x40000);
	assert_int_equal(take(vendor, 4080), 12);
	assert_int_equal(data[0], 0x10004);
	assert_int_equal(data[1], 0xaa);
	assert_int_equal(data[2], 0x20000);
	assert_int_equal(events.returned, 2);
	assert_int_equal(take(vendor, 4080), 0);
	assert_int_equal(events.returned, 0);
	assert_int_equal(take(clock_channel, 4080), 4);
	assert_int_equal(data[0], 0x30000);
	/* What is not a notification is nobody's. */
	put(2, 8, 4, (const uint32_t[]){ 0x10000 }, 1);
	assert_int_equal(take(clock_channel, 4080), 0);
}

static void events_that_do_not_fit(void **state)
{
	(void)state;
	NOTIFY(8, 0x10004, 1, 0x20004, 2, 0x30000);
	assert_int_equal(take(clock_channel, 15), 8);
	assert_int_equal(events.returned, 1);
	assert_int_equal(events.remaining, 2);
	assert_int_equal(take(clock_channel, 3), 0);
	assert_int_equal(events.remaining, 2);
	assert_int_equal(take(clock_channel, 4080), 12);
	assert_int_equal(data[0], 0x20004);
	assert_int_equal(data[2], 0x30000);
	assert_int_equal(events.remaining, 0);
}

static void events_that_are_lost(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 2; round++) {
		clock_channel->channel.count_lost = round;
		for (uint32_t i = 0; i < RPMI_EVENT_WORDS / 8 + 1; i++) {
			NOTIFY(8, 0x1000c, i, i, i, 0x2000c, i, i, i);
			/* Another channel empties the queue. */
			assert_int_equal(take(vendor, 4080), 0);
		}
		assert_int_equal(take(clock_channel, 4080), RPMI_EVENT_WORDS * 4);
		assert_int_equal(events.returned, RPMI_EVENT_WORDS / 4);
		assert_int_equal(events.lost, round ? 2 : 0);
	}
	NOTIFY(8, 0x10000, 0x20003, 0x30000);
	NOTIFY(8, 0x10008, 1);
	assert_int_equal(take(clock_channel, 4080), 4);
	assert_int_equal(events.lost, 2);
	assert_int_equal(take(clock_channel, 4080), 0);
	assert_int_equal(events.lost, 0);
}

static void events_queue_is_nonsense(void **state)
{
	size_t size;

	(void)state;
	queues[2][1][0] = SLOTS;
	assert_int_equal(clock_channel->channel.driver->take_events(&clock_channel->channel, data,
								    4080, &size, &events),
			 ERR_RPMI_QUEUE);
	queues[2][1][0] = 0;
	NOTIFY(8, 0x10000);
	assert_int_equal(take(vendor, 4080), 0);
	queues[2][1][0] = SLOTS;
	assert_int_equal(take(clock_channel, 4080), 4);
}

/* ---- System MSIs ---- */

static uint32_t msi_status(uint32_t service, uint32_t index, uint64_t address)
{
	static const uint8_t words[] = { 0, 2, 0, 1, 2, 1, 4, 1 };

	data[0] = index;
	data[1] = (uint32_t)address;
	data[2] = (uint32_t)(address >> 32);
	data[3] = 5;
	assert_int_equal(send_to(msi, service, words[service] * 4), ERR_OK);
	return data[0];
}

static void msis(void **state)
{
	(void)state;
	assert_int_equal(msi_status(6, 0, 0x128000000), 0);
	assert_int_equal(puc.words[0], 6 << 16 | 2);
	assert_int_equal(puc.words[3], 0x28000000);
	puc.requests = 0;
	assert_int_equal(msi_status(6, 0, 0x28000000), (uint32_t)-5);
	assert_int_equal(puc.words[0], 3 << 16 | 2); /* it was asked whose it is, no more */
	assert_int_equal(puc.requests, 1);
	puc.msi_flags = 1;
	assert_int_equal(msi_status(6, 0, 0x128000000), (uint32_t)-4);
	assert_int_equal(msi_status(4, 0, 1), (uint32_t)-4);
	assert_int_equal(msi_status(5, 0, 0), 0);
	puc.requests = 0;
	for (uint32_t service = 3; service <= 7; service++)
		assert_int_equal(msi_status(service, 1, 0x128000000), (uint32_t)-4);
	assert_int_equal(puc.requests, 0);
	/* Of an MSI that it does not have it says so itself. */
	puc.status = (uint32_t)-3;
	assert_int_equal(msi_status(4, 9, 1), (uint32_t)-3);
	puc.is_silent = true;
	data[0] = 0;
	assert_int_equal(send_to(msi, 4, 8), ERR_TIMEOUT);
}

static void msi_lengths(void **state)
{
	static const uint8_t words[] = { 0, 2, 0, 1, 2, 1, 4, 1 };

	(void)state;
	for (uint32_t service = 1; service <= 7; service++) {
		for (uint32_t count = 0; count < MAX_DATA / 4; count++) {
			if (count != words[service])
				assert_int_equal(send_to(msi, service, count * 4), ERR_INVALID);
		}
	}
	assert_int_equal(puc.requests, 0);
	assert_int_equal(send_to(msi, 2, 0), ERR_OK);
}

#define started(test) cmocka_unit_test_setup(test, start_usual)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unusable_channels),
		cmocka_unit_test(unusable_mailboxes),
		cmocka_unit_test(too_many),
		started(protected_memory),
		started(what_is_found_out),
		cmocka_unit_test_setup(no_start, find_usual),
		cmocka_unit_test(no_notifications),
		cmocka_unit_test(small_queues),
		started(full_queue),
		started(many_requests),
		started(refused_requests),
		started(wrong_answers),
		started(wrong_lengths),
		started(wrong_index),
		started(events_of_channels),
		started(events_that_do_not_fit),
		started(events_that_are_lost),
		started(events_queue_is_nonsense),
		started(msis),
		started(msi_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
