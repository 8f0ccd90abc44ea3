/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels to send messages over to something that is not a hart, such as a platform microcontroller
 * (SBI v3.0, chapter "Message Proxy Extension"). What messages mean is up to the protocol; who may
 * send them is up to the stage. A driver fills in a struct channel for each one that it finds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* MSG_PROT_ID of channels. */
#define CHANNEL_PROTOCOL_RPMI 0

/* CHANNEL_CAPABILITY */
#define CHANNEL_HAS_EVENTS_STATE 0x04U
#define CHANNEL_HAS_RESPONSE 0x08U
#define CHANNEL_HAS_POSTED 0x10U
#define CHANNEL_HAS_NOTIFICATIONS 0x20U

/* The most data that a message may have, in bytes. */
#define CHANNEL_MAX_DATA 4096U

struct channel;

/* What is known of events besides their data, in events. */
struct channel_events {
	uint32_t remaining; /* that did not fit into what was asked for */
	uint32_t returned;
	uint32_t lost; /* since the last call, for lack of memory */
};

/*
 * @data is private memory of CHANNEL_MAX_DATA bytes, @length at most the channel's max_data. Calls
 * never overlap: the caller has a lock for all channels.
 */
struct channel_driver {
	/*
	 * Sends @data and puts the answer's @answer bytes there. ERR_UNSUPPORTED: the channel has no
	 * such message; ERR_INVALID: it never has this length; ERR_TIMEOUT; any other: what came back
	 * is not an answer.
	 */
	enum err (*exchange)(struct channel *channel, uint32_t message, void *data, size_t length,
			     size_t *answer);

	/* Sends @data, which nobody answers. Errors as above. */
	enum err (*post)(struct channel *channel, uint32_t message, const void *data,
			 size_t length);

	/* Takes as many events as fit into @room bytes of @data; returns their size in bytes. */
	enum err (*take_events)(struct channel *channel, void *data, size_t room, size_t *size,
				struct channel_events *events);
};

struct channel {
	const struct channel_driver *driver;
	uint32_t id; /* what the device tree calls it: riscv,sbi-mpxy-channel-id */
	uint32_t protocol;
	uint32_t protocol_version; /* major << 16 | minor */
	uint32_t max_data;	   /* bytes */
	uint32_t send_timeout_us;
	uint32_t completion_timeout_us; /* of an exchange as a whole */
	uint32_t capability;
	const uint32_t *attributes; /* of the protocol, from attribute 0x80000000 on */
	uint32_t attribute_count;
	uint32_t count_lost; /* EVENTS_STATE_CONTROL: somebody wants to know how many were lost */
};
