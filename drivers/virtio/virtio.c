/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio on any transport: initialization and split virtqueues (Virtio 1.2, 2.7 and 3.1). */
#include "drivers/virtio/virtio.h"

#include "lib/clock.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8

#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

#define RESET_TIMEOUT_US 1000000
#define CONFIG_TRIES 8

enum err virtio_reset(const struct virtio_device *dev)
{
	uint64_t deadline = deadline_after(RESET_TIMEOUT_US);

	dev->ops->set_status(dev, 0);
	do {
		if (!dev->ops->status(dev))
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return ERR_VIRTIO_RESET;
}

static void add_status(const struct virtio_device *dev, uint8_t bits)
{
	dev->ops->set_status(dev, dev->ops->status(dev) | bits);
}

enum err virtio_negotiate(struct virtio_device *dev, uint64_t wanted)
{
	enum err err = virtio_reset(dev);

	if (err)
		return err;
	add_status(dev, STATUS_ACKNOWLEDGE);
	add_status(dev, STATUS_DRIVER);
	if (!dev->legacy)
		wanted |= VIRTIO_F_VERSION_1;
	dev->features = dev->ops->features(dev) & wanted;
	dev->ops->set_features(dev, dev->features);
	if (dev->legacy)
		return ERR_OK;
	add_status(dev, STATUS_FEATURES_OK);
	if (dev->features & VIRTIO_F_VERSION_1 && dev->ops->status(dev) & STATUS_FEATURES_OK)
		return ERR_OK;
	return ERR_VIRTIO_FEATURES;
}

enum err virtqueue_open(const struct virtio_device *dev, struct virtqueue *queue,
			struct virtqueue_memory *memory, uint16_t index)
{
	if (dev->ops->queue_max(dev, index) < VIRTQUEUE_SIZE)
		return ERR_VIRTIO_QUEUE;
	memset(memory, 0, sizeof(*memory));
	memory->avail.flags = AVAIL_NO_INTERRUPT;
	*queue = (struct virtqueue){ .memory = memory, .index = index };
	fence_before_io();
	return dev->ops->queue_enable(dev, queue);
}

void virtio_start(const struct virtio_device *dev)
{
	add_status(dev, STATUS_DRIVER_OK);
}

uint64_t virtio_config(const struct virtio_device *dev, uint32_t offset, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < CONFIG_TRIES; i++) {
		uint32_t before = dev->ops->config_generation(dev);

		value = dev->ops->config(dev, offset, size < 4 ? size : 4);
		if (size == 8)
			value |= (uint64_t)dev->ops->config(dev, offset + 4, 4) << 32;
		if (dev->ops->config_generation(dev) == before)
			break;
	}
	return value;
}

void virtqueue_add(const struct virtqueue *queue, uint16_t head)
{
	struct virtq_avail *avail = &queue->memory->avail;

	avail->ring[avail->idx % VIRTQUEUE_SIZE] = head;
	__atomic_store_n(&avail->idx, (uint16_t)(avail->idx + 1), __ATOMIC_RELEASE);
}

void virtqueue_submit(const struct virtio_device *dev, const struct virtqueue *queue, uint16_t head)
{
	virtqueue_add(queue, head);
	/* The entry, and only then whether the device still has to be told of it (2.7.13.4). */
	fence_full();
	if (!(*(const volatile uint16_t *)&queue->memory->used.flags & USED_NO_NOTIFY))
		dev->ops->notify(queue);
}

enum err virtqueue_poll(struct virtqueue *queue, bool *done, uint16_t *head, uint32_t *written)
{
	const struct virtq_used *used = &queue->memory->used;
	uint16_t ready =
		(uint16_t)(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE) - queue->last_used);
	uint32_t id;

	*done = ready;
	if (!ready)
		return ERR_OK;
	id = *(const volatile uint32_t *)&used->ring[queue->last_used % VIRTQUEUE_SIZE].id;
	*written = *(const volatile uint32_t *)&used->ring[queue->last_used % VIRTQUEUE_SIZE].len;
	if (ready > VIRTQUEUE_SIZE || id >= VIRTQUEUE_SIZE)
		return ERR_VIRTIO_RING;
	*head = (uint16_t)id;
	queue->last_used++;
	return ERR_OK;
}
