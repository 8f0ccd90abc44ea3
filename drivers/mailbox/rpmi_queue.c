/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of messages in shared memory. All words are little-endian, as the hart is. */
#include "drivers/mailbox/rpmi_queue.h"

#include "lib/bits.h"
#include "lib/riscv/io.h"

#define HEAD_SLOT 0
#define TAIL_SLOT 1
#define FIRST_SLOT 2 /* of the messages */
#define WORD 4U

#define TYPE_MASK 7U

static uintptr_t slot_at(const struct rpmi_queue *queue, uint32_t slot)
{
	return queue->base + (uintptr_t)slot * queue->slot_size;
}

static uint32_t next_index(const struct rpmi_queue *queue)
{
	return queue->index + 1 == queue->slots ? 0 : queue->index + 1;
}

enum err rpmi_queue_open(struct rpmi_queue *queue, uintptr_t base, uint64_t size,
			 uint32_t slot_size, bool fills)
{
	uint64_t slots = size / slot_size;

	/* A ring with one slot is always full. */
	if (slots < FIRST_SLOT + 2 || slots > UINT32_MAX || base % slot_size)
		return ERR_RPMI_QUEUE;
	*queue = (struct rpmi_queue){ base, slot_size, (uint32_t)slots - FIRST_SLOT, 0 };
	queue->index = mmio_read32(slot_at(queue, fills ? TAIL_SLOT : HEAD_SLOT));
	return queue->index < queue->slots ? ERR_OK : ERR_RPMI_QUEUE;
}

/* This side's index is on its way to the other one, with all that was done before. */
static void publish(struct rpmi_queue *queue, uint32_t which)
{
	queue->index = next_index(queue);
	fence_full();
	mmio_write32(slot_at(queue, which), queue->index);
	fence_full();
}

enum err rpmi_queue_put(struct rpmi_queue *queue, const struct rpmi_header *header,
			const void *data)
{
	uint32_t head = mmio_read32(slot_at(queue, HEAD_SLOT));
	uintptr_t slot = slot_at(queue, FIRST_SLOT + queue->index);
	const uint32_t *words = data;

	if (head >= queue->slots)
		return ERR_RPMI_QUEUE;
	if (next_index(queue) == head)
		return ERR_FULL;
	fence_full();
	mmio_write32(slot, header->group | (uint32_t)header->service << 16 |
				   (uint32_t)header->type << 24);
	mmio_write32(slot + WORD, header->length | (uint32_t)header->token << 16);
	for (uint32_t i = 0; i < header->length / WORD; i++)
		mmio_write32(slot + RPMI_HEADER + i * WORD, words[i]);
	publish(queue, TAIL_SLOT);
	return ERR_OK;
}

enum err rpmi_queue_take(struct rpmi_queue *queue, struct rpmi_header *header, void *data,
			 size_t room)
{
	uint32_t tail = mmio_read32(slot_at(queue, TAIL_SLOT)), first, second;
	uintptr_t slot = slot_at(queue, FIRST_SLOT + queue->index);
	uint32_t *words = data;
	bool fits;

	if (tail >= queue->slots)
		return ERR_RPMI_QUEUE;
	if (tail == queue->index)
		return ERR_NOT_FOUND;
	fence_full();
	first = mmio_read32(slot);
	second = mmio_read32(slot + WORD);
	*header = (struct rpmi_header){
		.group = (uint16_t)first,
		.service = (uint8_t)(first >> 16),
		.type = first >> 24 & TYPE_MASK,
		.token = (uint16_t)(second >> 16),
		.length = (uint16_t)second,
	};
	fits = !(header->length % WORD) && header->length <= queue->slot_size - RPMI_HEADER;
	for (uint32_t i = 0; fits && i < MIN((size_t)header->length, room) / WORD; i++)
		words[i] = mmio_read32(slot + RPMI_HEADER + i * WORD);
	publish(queue, HEAD_SLOT);
	return fits ? ERR_OK : ERR_RPMI_QUEUE;
}
