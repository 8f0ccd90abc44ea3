/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests and answers, events, and what of it S-mode may do. */
#include "drivers/mailbox/rpmi.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

#define WORD 4U

enum {
	GROUP_BASE = 1,
	GROUP_SYSTEM_MSI = 2,
	GROUP_FIRST_OF_VENDORS = 0x7c00,
};

/* Of the group BASE */
enum {
	GET_IMPLEMENTATION_VERSION = 2,
	GET_IMPLEMENTATION_ID = 3,
	GET_SPEC_VERSION = 4,
	PROBE_SERVICE_GROUP = 6,
	GET_ATTRIBUTES = 7,
};
#define OLDEST_VERSION 0x10000U
#define FLAGS0_M_MODE 0x2U
#define FLAGS0_EVENTS 0x1U

/* Of the group SYSTEM_MSI */
enum {
	GET_MSI_ATTRIBUTES = 3,
	SET_MSI_STATE = 4,
	GET_MSI_STATE = 5,
	SET_MSI_TARGET = 6,
	GET_MSI_TARGET = 7,
};
#define MSI_FLAGS0_PREFERS_M_MODE 0x1U
static const uint8_t msi_request_words[] = {
	[1] = 2, [2] = 0, [3] = 1, [4] = 2, [5] = 1, [6] = 4, [7] = 1
};

/* What STATUS, the first word of an answer, can be. */
#define STATUS_DENIED ((uint32_t)-4)
#define STATUS_INVALID_ADDRESS ((uint32_t)-5)

#define EVENT_LENGTH(header) ((header)&0xffff) /* bytes behind it */

/* ---- Messages ---- */

static void ring(const struct rpmi_mailbox *mailbox)
{
	if (mailbox->regions[RPMI_DOORBELL].size)
		mmio_write32(mailbox->regions[RPMI_DOORBELL].base, mailbox->doorbell_value);
}

static enum err send(const struct rpmi *rpmi, struct rpmi_mailbox *mailbox,
		     const struct rpmi_header *header, const void *data)
{
	uint64_t deadline = deadline_after(mailbox->timeout_us);

	for (;;) {
		bool is_late = deadline_passed(deadline);
		enum err err = rpmi_queue_put(&mailbox->requests, header, data);

		if (!err)
			ring(mailbox);
		if (err != ERR_FULL)
			return err;
		if (is_late)
			return ERR_TIMEOUT;
		rpmi->while_waiting();
	}
}

/* Anything that is not the answer to this request is one to an earlier one, which came too late. */
static bool answers(const struct rpmi_header *answer, const struct rpmi_header *request)
{
	return answer->type == RPMI_ACKNOWLEDGEMENT && answer->token == request->token &&
	       answer->group == request->group && answer->service == request->service;
}

static enum err receive(const struct rpmi *rpmi, struct rpmi_mailbox *mailbox,
			const struct rpmi_header *request, void *data, size_t room, size_t *length)
{
	uint64_t deadline = deadline_after(mailbox->timeout_us);

	for (;;) {
		bool is_late = deadline_passed(deadline);
		struct rpmi_header answer = { 0 };
		enum err err = rpmi_queue_take(&mailbox->answers, &answer, data, room);

		if (!err && answers(&answer, request)) {
			if (answer.length < WORD)
				return ERR_RPMI_QUEUE;
			*length = MIN((size_t)answer.length, room);
			return ERR_OK;
		}
		if (err && err != ERR_NOT_FOUND)
			return err;
		if (is_late)
			return ERR_TIMEOUT;
		rpmi->while_waiting();
	}
}

static enum err exchange(const struct rpmi *rpmi, struct rpmi_mailbox *mailbox, uint16_t group,
			 uint8_t service, void *data, size_t length, size_t room, size_t *answer)
{
	const struct rpmi_header request = {
		.group = group,
		.service = service,
		.type = RPMI_NORMAL_REQUEST,
		.token = ++mailbox->token,
		.length = (uint16_t)length,
	};
	enum err err = send(rpmi, mailbox, &request, data);

	return err ? err : receive(rpmi, mailbox, &request, data, room, answer);
}

/* Requests of the firmware's own, which have at most a word: word 1 of the answer. */
static enum err ask(const struct rpmi *rpmi, struct rpmi_mailbox *mailbox, uint16_t group,
		    uint8_t service, const uint32_t *argument, uint32_t *value)
{
	uint32_t words[2] = { argument ? *argument : 0, 0 };
	size_t answer = 0;
	enum err err = exchange(rpmi, mailbox, group, service, words, argument ? WORD : 0,
				sizeof(words), &answer);

	if (err)
		return err;
	if (words[0] || answer < sizeof(words))
		return ERR_RPMI_STATUS;
	*value = words[1];
	return ERR_OK;
}

/* ---- Events ---- */

static void keep_event(struct rpmi_channel *channel, const uint32_t *event, uint32_t words)
{
	if (words > RPMI_EVENT_WORDS - channel->event_words) {
		channel->lost += channel->channel.count_lost;
		return;
	}
	memcpy(channel->events + channel->event_words, event, words * WORD);
	channel->event_words += words;
}

static uint32_t event_words(uint32_t header)
{
	return 1 + EVENT_LENGTH(header) / WORD;
}

/* A notification is a row of events. From the first one that is malformed on, all are lost. */
static void keep_events(struct rpmi_channel *channel, const uint32_t *data, uint32_t words)
{
	while (words) {
		uint32_t size = event_words(*data);

		if (EVENT_LENGTH(*data) % WORD || size > words) {
			channel->lost += channel->channel.count_lost;
			return;
		}
		keep_event(channel, data, size);
		data += size;
		words -= size;
	}
}

/* Notifications of all channels come in one queue. @data has room for a message. */
static enum err sort_notifications(struct rpmi *rpmi, struct rpmi_mailbox *mailbox, void *data)
{
	for (uint32_t i = 0; i < mailbox->events.slots; i++) {
		struct rpmi_header header = { 0 };
		enum err err = rpmi_queue_take(&mailbox->events, &header, data, CHANNEL_MAX_DATA);

		if (err)
			return err == ERR_NOT_FOUND ? ERR_OK : err;
		for (unsigned int j = 0; j < rpmi->channel_count; j++) {
			struct rpmi_channel *channel = &rpmi->channels[j];

			if (channel->mailbox == mailbox && channel->group == header.group &&
			    header.type == RPMI_NOTIFICATION)
				keep_events(channel, data, header.length / WORD);
		}
	}
	return ERR_OK;
}

static enum err take_events(struct channel *generic, void *data, size_t room, size_t *size,
			    struct channel_events *events)
{
	struct rpmi_channel *channel = (struct rpmi_channel *)generic;
	enum err err = sort_notifications(channel->rpmi, channel->mailbox, data);
	uint32_t taken = 0, at = 0;

	*events = (struct channel_events){ 0 };
	/* What was kept before is still there when the microcontroller is not any more. */
	if (err && !channel->event_words)
		return err;
	for (; at < channel->event_words; at += event_words(channel->events[at])) {
		uint32_t end = at + event_words(channel->events[at]);

		if (!events->remaining && end * WORD <= room) {
			taken = end;
			events->returned++;
		} else {
			events->remaining++;
		}
	}
	memcpy(data, channel->events, taken * WORD);
	channel->event_words -= taken;
	memmove(channel->events, channel->events + taken, channel->event_words * WORD);
	events->lost = channel->lost;
	channel->lost = 0;
	*size = taken * WORD;
	return ERR_OK;
}

/* ---- What S-mode may send ---- */

static bool is_service(const struct rpmi_channel *channel, uint32_t message)
{
	return message && message <= channel->services;
}

/*
 * STATUS of a request about an MSI that the microcontroller must not get, or 0: it sends what it is
 * told where it is told, and neither PMP nor IOPMP need be in its way.
 */
static uint32_t judge_msi(struct rpmi_channel *channel, uint32_t service, const uint32_t *data,
			  size_t length, enum err *err)
{
	uint32_t flags = 0;

	/* What is missing would be there from an earlier message. */
	if (length != msi_request_words[service] * WORD) {
		*err = ERR_INVALID;
		return 0;
	}
	if (service < GET_MSI_ATTRIBUTES)
		return 0;
	if (data[0] == channel->mailbox->doorbell_msi)
		return STATUS_DENIED;
	if (service != SET_MSI_STATE && service != SET_MSI_TARGET)
		return 0;
	*err = ask(channel->rpmi, channel->mailbox, GROUP_SYSTEM_MSI, GET_MSI_ATTRIBUTES, data,
		   &flags);
	if (flags & MSI_FLAGS0_PREFERS_M_MODE)
		return STATUS_DENIED;
	if (service == SET_MSI_TARGET &&
	    !channel->rpmi->is_msi_target(data[1] | (uint64_t)data[2] << 32))
		return STATUS_INVALID_ADDRESS;
	return 0;
}

static enum err channel_exchange(struct channel *generic, uint32_t message, void *data,
				 size_t length, size_t *answer)
{
	struct rpmi_channel *channel = (struct rpmi_channel *)generic;
	uint32_t status = 0;
	enum err err = ERR_OK;

	if (!is_service(channel, message))
		return ERR_UNSUPPORTED;
	if (length % WORD)
		return ERR_INVALID;
	if (channel->group == GROUP_SYSTEM_MSI)
		status = judge_msi(channel, message, data, length, &err);
	if (status) {
		memcpy(data, &status, WORD);
		*answer = WORD;
		return ERR_OK;
	}
	/* What it says to an MSI that it does not have is the answer. */
	if (err && err != ERR_RPMI_STATUS)
		return err;
	return exchange(channel->rpmi, channel->mailbox, channel->group, (uint8_t)message, data,
			length, generic->max_data, answer);
}

static enum err channel_post(struct channel *generic, uint32_t message, const void *data,
			     size_t length)
{
	struct rpmi_channel *channel = (struct rpmi_channel *)generic;
	struct rpmi_mailbox *mailbox = channel->mailbox;
	const struct rpmi_header header = {
		.group = channel->group,
		.service = (uint8_t)message,
		.type = RPMI_POSTED_REQUEST,
		.token = ++mailbox->token,
		.length = (uint16_t)length,
	};

	if (!is_service(channel, message))
		return ERR_UNSUPPORTED;
	return length % WORD ? ERR_INVALID : send(channel->rpmi, mailbox, &header, data);
}

static const struct channel_driver driver = {
	.exchange = channel_exchange,
	.post = channel_post,
	.take_events = take_events,
};

/* ---- The device tree ---- */

#define DEFAULT_TIMEOUT_US 20000
#define MAX_TIMEOUT_US 10000000
#define NO_MSI (~0U)
#define ALL_SERVICES 255

/*
 * The groups that S-mode may use by a proxy; BASE and CPPC are not among them. None of their services
 * goes without an answer.
 */
static const struct {
	const char *name; /* behind "riscv,rpmi-mpxy-" */
	uint8_t id;
	uint8_t services;
} groups[] = {
	{ "system-msi", GROUP_SYSTEM_MSI, 7 },
	{ "voltage", 7, 8 },
	{ "clock", 8, 8 },
	{ "device-power", 9, 5 },
	{ "performance", 10, 10 },
	{ "mm", 11, 3 },
	{ "logging", 14, 2 },
};

static uint8_t services_of(const char *name, uint32_t group)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (groups[i].id == group && !strcmp(groups[i].name, name))
			return groups[i].services;
	}
	return 0;
}

static void visit_channel(struct rpmi *rpmi, const struct dt_node *node, const char *group)
{
	struct rpmi_channel channel = { 0 };
	uint32_t length = 0, id;
	const uint8_t *mbox = dt_prop(node, "mboxes", &length);

	if (length != 2 * WORD ||
	    !dt_prop_u32(node, "riscv,sbi-mpxy-channel-id", &channel.channel.id))
		return;
	for (unsigned int i = 0; i < rpmi->channel_count; i++) {
		if (rpmi->channels[i].channel.id == channel.channel.id)
			return;
	}
	id = load_be32(mbox + WORD);
	channel.mailbox_phandle = load_be32(mbox);
	channel.group = (uint16_t)id;
	if (group)
		channel.services = services_of(group, id);
	else if (id >= GROUP_FIRST_OF_VENDORS && id <= UINT16_MAX)
		channel.services = ALL_SERVICES;
	if (!channel.services)
		return;
	if (rpmi->channel_count == RPMI_MAX_CHANNELS)
		rpmi->too_many = true;
	else
		rpmi->channels[rpmi->channel_count++] = channel;
}

static const char *const region_names[RPMI_REGIONS] = { "a2p-req", "p2a-ack", "p2a-req", "a2p-ack",
							"a2p-doorbell" };

/* Entry @index of reg, by its name; what has an unknown one is not used. */
static bool read_region(struct rpmi_mailbox *mailbox, const struct dt_node *node,
			unsigned int index, const char *name)
{
	for (unsigned int i = 0; i < RPMI_REGIONS; i++) {
		struct memory_range *region = &mailbox->regions[i];

		if (!strcmp(name, region_names[i]))
			return !dt_reg(node, index, &region->base, &region->size);
	}
	return true;
}

static bool read_regions(struct rpmi_mailbox *mailbox, const struct dt_node *node)
{
	uint32_t length = 0;
	const char *name = dt_prop(node, "reg-names", &length), *end = name + length;

	if (!length || end[-1])
		return false;
	for (unsigned int i = 0; name < end; i++, name += strlen(name) + 1) {
		if (!read_region(mailbox, node, i, name))
			return false;
	}
	if (mailbox->regions[RPMI_DOORBELL].size < WORD ||
	    mailbox->regions[RPMI_DOORBELL].base % WORD)
		mailbox->regions[RPMI_DOORBELL].size = 0;
	return mailbox->regions[RPMI_A2P_REQ].size && mailbox->regions[RPMI_P2A_ACK].size;
}

static void visit_mailbox(struct rpmi *rpmi, const struct dt_node *node)
{
	struct rpmi_mailbox mailbox = {
		.phandle = dt_phandle(node),
		.node = node->offset,
		.doorbell_value = 1,
		.doorbell_msi = NO_MSI,
		.timeout_us = DEFAULT_TIMEOUT_US,
	};

	if (!dt_prop_u32(node, "riscv,slot-size", &mailbox.slot_size) ||
	    !is_power_of_2(mailbox.slot_size) || mailbox.slot_size < RPMI_MIN_SLOT ||
	    mailbox.slot_size > RPMI_MAX_SLOT || !mailbox.phandle || !read_regions(&mailbox, node))
		return;
	dt_prop_u32(node, "riscv,a2p-doorbell-value", &mailbox.doorbell_value);
	dt_prop_u32(node, "riscv,p2a-doorbell-sysmsi-index", &mailbox.doorbell_msi);
	dt_prop_u32(node, "hartline,timeout-us", &mailbox.timeout_us);
	mailbox.timeout_us = MIN(mailbox.timeout_us, (uint32_t)MAX_TIMEOUT_US);
	if (rpmi->mailbox_count == RPMI_MAX_MAILBOXES)
		rpmi->too_many = true;
	else
		rpmi->mailboxes[rpmi->mailbox_count++] = mailbox;
}

#define CHANNEL_PREFIX "riscv,rpmi-mpxy-"

static __attribute__((noinline)) void visit_rpmi(struct rpmi *rpmi, const struct dt_node *node)
{
	const char *compatible = dt_prop_string(node, "compatible");

	if (!compatible || !dt_is_enabled(node))
		return;
	if (!strcmp(compatible, "riscv,rpmi-shmem-mbox"))
		visit_mailbox(rpmi, node);
	else if (!strcmp(compatible, "hartline,rpmi-mpxy"))
		visit_channel(rpmi, node, NULL);
	else if (!strncmp(compatible, CHANNEL_PREFIX, strlen(CHANNEL_PREFIX)))
		visit_channel(rpmi, node, compatible + strlen(CHANNEL_PREFIX));
}

/* Hardly a node is one of these: most are dismissed by a few characters. */
void rpmi_visit(struct rpmi *rpmi, const struct dt_node *node)
{
	static const char ours[] = "hartline,rpmi", all[] = "riscv,rpmi";
	uint32_t length = 0;
	const char *compatible = dt_prop(node, "compatible", &length);

	if (length > sizeof(ours) && (!memcmp(compatible, all, sizeof(all) - 1) ||
				      !memcmp(compatible, ours, sizeof(ours) - 1)))
		visit_rpmi(rpmi, node);
}

static struct rpmi_mailbox *mailbox_of(struct rpmi *rpmi, uint32_t phandle)
{
	for (unsigned int i = 0; i < rpmi->mailbox_count; i++) {
		if (rpmi->mailboxes[i].phandle == phandle)
			return &rpmi->mailboxes[i];
	}
	return NULL;
}

void rpmi_resolve(struct rpmi *rpmi)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < rpmi->channel_count; i++) {
		struct rpmi_channel *channel = &rpmi->channels[i];
		struct rpmi_mailbox *mailbox = mailbox_of(rpmi, channel->mailbox_phandle);

		if (!mailbox)
			continue;
		mailbox->is_used = true;
		channel->mailbox = mailbox;
		channel->rpmi = rpmi;
		rpmi->channels[kept++] = *channel;
	}
	rpmi->channel_count = kept;
}

bool rpmi_overlaps_any(const struct rpmi *rpmi, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < rpmi->mailbox_count; i++) {
		const struct rpmi_mailbox *mailbox = &rpmi->mailboxes[i];

		for (unsigned int j = 0; mailbox->is_used && j < RPMI_REGIONS; j++) {
			const struct memory_range *region = &mailbox->regions[j];

			if (ranges_overlap(base, size, region->base, region->size))
				return true;
		}
	}
	return false;
}

/* ---- Getting to know each other ---- */

static enum err open_queues(struct rpmi_mailbox *mailbox)
{
	const struct {
		struct rpmi_queue *queue;
		enum rpmi_region region;
		bool fills;
	} queues[] = {
		{ &mailbox->requests, RPMI_A2P_REQ, true },
		{ &mailbox->answers, RPMI_P2A_ACK, false },
		{ &mailbox->events, RPMI_P2A_REQ, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(queues); i++) {
		const struct memory_range *region = &mailbox->regions[queues[i].region];
		enum err err = ERR_OK;

		if (region->size)
			err = rpmi_queue_open(queues[i].queue, region->base, region->size,
					      mailbox->slot_size, queues[i].fills);
		if (err)
			return err;
	}
	return ERR_OK;
}

enum err rpmi_start(struct rpmi *rpmi, struct rpmi_mailbox *mailbox)
{
	const struct {
		uint8_t service;
		uint32_t *value;
	} questions[] = {
		{ GET_SPEC_VERSION, &mailbox->spec_version },
		{ GET_IMPLEMENTATION_ID, &mailbox->implementation_id },
		{ GET_IMPLEMENTATION_VERSION, &mailbox->implementation_version },
	};
	uint32_t flags = 0;
	enum err err = open_queues(mailbox);

	/* Answers to somebody before us may come yet; theirs will hardly be the same tokens. */
	mailbox->token = (uint16_t)clock_us();
	if (!err)
		err = ask(rpmi, mailbox, GROUP_BASE, GET_ATTRIBUTES, NULL, &flags);
	for (size_t i = 0; !err && i < ARRAY_SIZE(questions); i++)
		err = ask(rpmi, mailbox, GROUP_BASE, questions[i].service, NULL,
			  questions[i].value);
	if (err)
		return err;
	if (mailbox->spec_version < OLDEST_VERSION || !(flags & FLAGS0_M_MODE))
		return ERR_RPMI_CONTEXT;
	mailbox->has_events = flags & FLAGS0_EVENTS && mailbox->events.slots;
	mailbox->is_up = true;
	return ERR_OK;
}

enum err rpmi_start_channel(struct rpmi_channel *channel)
{
	const struct rpmi_mailbox *mailbox = channel->mailbox;
	struct channel *generic = &channel->channel;
	uint32_t group = channel->group, version = 0;
	enum err err = ask(channel->rpmi, channel->mailbox, GROUP_BASE, PROBE_SERVICE_GROUP, &group,
			   &version);

	if (err)
		return err;
	if (!version)
		return ERR_RPMI_GROUP;
	generic->driver = &driver;
	generic->protocol = CHANNEL_PROTOCOL_RPMI;
	generic->protocol_version = mailbox->spec_version;
	generic->max_data = mailbox->slot_size - RPMI_HEADER;
	generic->send_timeout_us = mailbox->timeout_us;
	generic->completion_timeout_us = 2 * mailbox->timeout_us;
	generic->capability = CHANNEL_HAS_RESPONSE;
	if (channel->services == ALL_SERVICES)
		generic->capability |= CHANNEL_HAS_POSTED;
	if (mailbox->has_events)
		generic->capability |= CHANNEL_HAS_NOTIFICATIONS | CHANNEL_HAS_EVENTS_STATE;
	channel->attributes[RPMI_GROUP_ID] = channel->group;
	channel->attributes[RPMI_GROUP_VERSION] = version;
	channel->attributes[RPMI_IMPLEMENTATION_ID] = mailbox->implementation_id;
	channel->attributes[RPMI_IMPLEMENTATION_VERSION] = mailbox->implementation_version;
	generic->attributes = channel->attributes;
	generic->attribute_count = RPMI_ATTRIBUTES;
	return ERR_OK;
}
