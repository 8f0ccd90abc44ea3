/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queues of an RPMI shared memory transport (RPMI v1.0, chapter "Transport"): rings of slots in
 * memory that two sides write to, one the head and one the tail. What the other side wrote is never
 * trusted, and what this side wrote is never read back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define RPMI_MIN_SLOT 64U
#define RPMI_MAX_SLOT 4096U
#define RPMI_HEADER 8U /* bytes of a slot before the data */

enum rpmi_type {
	RPMI_NORMAL_REQUEST = 0,
	RPMI_POSTED_REQUEST = 1,
	RPMI_ACKNOWLEDGEMENT = 2,
	RPMI_NOTIFICATION = 3,
};

/* The fields of a message's header. */
struct rpmi_header {
	uint16_t group;
	uint8_t service;
	uint8_t type; /* enum rpmi_type; not FLAGS[7:3] */
	uint16_t token;
	uint16_t length; /* of the data, in bytes: a multiple of 4 */
};

struct rpmi_queue {
	uintptr_t base;
	uint32_t slot_size; /* bytes */
	uint32_t slots;	    /* that messages go into; 0: there is no such queue */
	uint32_t index;	    /* of the slot that this side fills, or empties, next */
};

/*
 * A queue in [@base, @base + @size), which this side fills (@fills) or empties. ERR_RPMI_QUEUE: there
 * is no room for a message, or the index that is in memory is not one.
 */
enum err rpmi_queue_open(struct rpmi_queue *queue, uintptr_t base, uint64_t size,
			 uint32_t slot_size, bool fills);

/* Adds a message. ERR_FULL: later perhaps; ERR_RPMI_QUEUE: the other side's index is not one. */
enum err rpmi_queue_put(struct rpmi_queue *queue, const struct rpmi_header *header,
			const void *data);

/*
 * Takes the next message; of its data, what fits into @room bytes. ERR_NOT_FOUND: there is none;
 * ERR_RPMI_QUEUE: the other side's index is not one, or the message's length is impossible: it is
 * gone then.
 */
enum err rpmi_queue_take(struct rpmi_queue *queue, struct rpmi_header *header, void *data,
			 size_t room);
