/* SPDX-License-Identifier: BSD-2-Clause */
/* Channel attributes. No driver has MSIs or software events to indicate notifications with. */
#include "sbi/mpxy_policy.h"

#include "sbi/ecall.h"

static bool is_protocol(unsigned long attribute)
{
	return attribute & MPXY_PROTOCOL_ATTRIBUTES;
}

long mpxy_check_range(const struct channel *channel, unsigned long base, unsigned long count)
{
	unsigned long first = (uint32_t)base, end = MPXY_STANDARD_ATTRIBUTES;

	if (!is_u32(base) || !count || count > MPXY_SHMEM_SIZE / sizeof(uint32_t))
		return SBI_ERR_INVALID_PARAM;
	if (is_protocol(first))
		end = MPXY_PROTOCOL_ATTRIBUTES + (unsigned long)channel->attribute_count;
	return first + count <= end ? SBI_SUCCESS : SBI_ERR_BAD_RANGE;
}

uint32_t mpxy_read(const struct channel *channel, uint32_t attribute)
{
	if (is_protocol(attribute))
		return channel->attributes[attribute - MPXY_PROTOCOL_ATTRIBUTES];
	switch (attribute) {
	case MPXY_MSG_PROT_ID:
		return channel->protocol;
	case MPXY_MSG_PROT_VERSION:
		return channel->protocol_version;
	case MPXY_MSG_DATA_MAX_LEN:
		return channel->max_data;
	case MPXY_MSG_SEND_TIMEOUT:
		return channel->send_timeout_us;
	case MPXY_MSG_COMPLETION_TIMEOUT:
		return channel->completion_timeout_us;
	case MPXY_CHANNEL_CAPABILITY:
		return channel->capability;
	case MPXY_EVENTS_STATE_CONTROL:
		return channel->count_lost;
	default:
		return 0; /* there are no MSIs and no software event */
	}
}

static long check_write(uint32_t attribute, uint32_t value)
{
	if (attribute < MPXY_MSI_CONTROL || is_protocol(attribute))
		return SBI_ERR_BAD_RANGE;
	return attribute == MPXY_EVENTS_STATE_CONTROL && value > 1 ? SBI_ERR_FAILED : SBI_SUCCESS;
}

long mpxy_write(struct channel *channel, uint32_t base, const uint32_t *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		long error = check_write(base + i, values[i]);

		if (error)
			return error;
	}
	/* The others ignore what is written. */
	if (base + count > MPXY_EVENTS_STATE_CONTROL &&
	    channel->capability & CHANNEL_HAS_EVENTS_STATE)
		channel->count_lost = values[MPXY_EVENTS_STATE_CONTROL - base];
	return SBI_SUCCESS;
}

long mpxy_check_length(const struct channel *channel, unsigned long length)
{
	return length > channel->max_data ? SBI_ERR_INVALID_PARAM : SBI_SUCCESS;
}

long mpxy_error(enum err err)
{
	switch (err) {
	case ERR_OK:
		return SBI_SUCCESS;
	case ERR_UNSUPPORTED:
		return SBI_ERR_NOT_SUPPORTED;
	case ERR_INVALID:
		return SBI_ERR_FAILED;
	case ERR_TIMEOUT:
		return SBI_ERR_TIMEOUT;
	default:
		return SBI_ERR_IO;
	}
}
