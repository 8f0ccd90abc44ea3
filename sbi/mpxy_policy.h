/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What S-mode may know and change of message channels (SBI v3.0, chapter "Message Proxy Extension"):
 * pure policy. Who moves the messages is sbi/ext/mpxy.c.
 */
#pragma once

#include "drivers/mailbox/channel.h"

/* Of each hart; not less than the data of any message, and a multiple of 4096. */
#define MPXY_SHMEM_SIZE 4096U

/* The layout of notifications in shared memory. */
#define MPXY_EVENTS_OFFSET 16U
_Static_assert(CHANNEL_MAX_DATA <= MPXY_SHMEM_SIZE, "every message fits");

/* Standard attributes */
enum mpxy_attribute {
	MPXY_MSG_PROT_ID,
	MPXY_MSG_PROT_VERSION,
	MPXY_MSG_DATA_MAX_LEN,
	MPXY_MSG_SEND_TIMEOUT,
	MPXY_MSG_COMPLETION_TIMEOUT,
	MPXY_CHANNEL_CAPABILITY,
	MPXY_SSE_EVENT_ID,
	MPXY_MSI_CONTROL,
	MPXY_MSI_ADDR_LOW,
	MPXY_MSI_ADDR_HIGH,
	MPXY_MSI_DATA,
	MPXY_EVENTS_STATE_CONTROL,
	MPXY_STANDARD_ATTRIBUTES
};
#define MPXY_PROTOCOL_ATTRIBUTES 0x80000000U

/*
 * Judges the parameters base_attribute_id and attribute_count, whole registers: an SBI error. What it
 * lets pass is at most MPXY_STANDARD_ATTRIBUTES or channel->attribute_count attributes of one kind.
 */
long mpxy_check_range(const struct channel *channel, unsigned long base, unsigned long count);

/* An attribute of a range that mpxy_check_range() has let pass. */
uint32_t mpxy_read(const struct channel *channel, uint32_t attribute);

/*
 * Writes @count attributes from @base on, which mpxy_check_range() has let pass: all or none. An SBI
 * error.
 */
long mpxy_write(struct channel *channel, uint32_t base, const uint32_t *values, uint32_t count);

/* Judges message_data_len, a whole register. */
long mpxy_check_length(const struct channel *channel, unsigned long length);

/* What the SBI calls the driver's error. */
long mpxy_error(enum err err);
