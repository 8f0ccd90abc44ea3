/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to come out of a network controller's model through drivers/net/nic.c. After cmocka.h. */
#pragma once

#include "drivers/net/nic.h"

static const uint8_t model_mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

/* The next frame is of @length bytes, in receive buffer @slot, which stays with us. */
static inline void expect_frame(struct nic *nic, unsigned int slot, uint32_t length)
{
	unsigned int its_slot;
	uint8_t *frame;
	uint32_t its_length;

	assert_int_equal(nic_receive(nic, &its_slot, &frame, &its_length), ERR_OK);
	assert_non_null(frame);
	assert_int_equal(its_slot, slot);
	assert_int_equal(its_length, length);
	assert_ptr_equal(frame, nic->buffers->rx[slot] + NIC_FRAME_OFFSET);
}

/* There is no frame, for the reason @err, if any. */
static inline void expect_no_frame(struct nic *nic, enum err err)
{
	unsigned int slot;
	uint8_t *frame;
	uint32_t length;

	assert_int_equal(nic_receive(nic, &slot, &frame, &length), err);
	assert_null(frame);
}

/* A buffer to send from is there; its number. */
static inline unsigned int expect_send_buffer(struct nic *nic, uint8_t **frame)
{
	unsigned int slot;

	assert_int_equal(nic_send_buffer(nic, &slot, frame), ERR_OK);
	assert_ptr_equal(*frame, nic->buffers->tx[slot] + NIC_FRAME_OFFSET);
	return slot;
}

static inline void expect_no_send_buffer(struct nic *nic, enum err err)
{
	unsigned int slot;
	uint8_t *frame;

	assert_int_equal(nic_send_buffer(nic, &slot, &frame), err);
}
