/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio over MMIO (Virtio 1.2, section 4.2): version 2, and 1, which is the legacy interface. */
#include "drivers/virtio/virtio.h"

#include "lib/riscv/io.h"

#define MAGIC 0x000
#define VERSION 0x004
#define DEVICE_ID 0x008
#define DEVICE_FEATURES 0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SEL 0x024
#define GUEST_PAGE_SIZE 0x028 /* legacy */
#define QUEUE_SEL 0x030
#define QUEUE_SIZE_MAX 0x034
#define QUEUE_SIZE 0x038
#define QUEUE_ALIGN 0x03c /* legacy */
#define QUEUE_PFN 0x040	  /* legacy */
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define STATUS 0x070
#define QUEUE_DESC_LOW 0x080
#define QUEUE_DRIVER_LOW 0x090
#define QUEUE_DEVICE_LOW 0x0a0
#define CONFIG_GENERATION 0x0fc
#define CONFIG 0x100

#define MAGIC_VALUE 0x74726976
#define VERSION_LEGACY 1
#define VERSION_MODERN 2

static uint64_t mmio_features(const struct virtio_device *dev)
{
	uint64_t features;

	mmio_write32(dev->base + DEVICE_FEATURES_SEL, 1);
	features = dev->legacy ? 0 : (uint64_t)mmio_read32(dev->base + DEVICE_FEATURES) << 32;
	mmio_write32(dev->base + DEVICE_FEATURES_SEL, 0);
	return features | mmio_read32(dev->base + DEVICE_FEATURES);
}

static void mmio_set_features(const struct virtio_device *dev, uint64_t features)
{
	mmio_write32(dev->base + DRIVER_FEATURES_SEL, 1);
	if (!dev->legacy)
		mmio_write32(dev->base + DRIVER_FEATURES, (uint32_t)(features >> 32));
	mmio_write32(dev->base + DRIVER_FEATURES_SEL, 0);
	mmio_write32(dev->base + DRIVER_FEATURES, (uint32_t)features);
}

static uint8_t mmio_status(const struct virtio_device *dev)
{
	return (uint8_t)mmio_read32(dev->base + STATUS);
}

static void mmio_set_status(const struct virtio_device *dev, uint8_t status)
{
	mmio_write32(dev->base + STATUS, status);
}

static uint32_t mmio_config(const struct virtio_device *dev, uint32_t offset, unsigned int size)
{
	uintptr_t addr = dev->base + CONFIG + offset;

	switch (size) {
	case 1:
		return mmio_read8(addr);
	case 2:
		return mmio_read16(addr);
	default:
		return mmio_read32(addr);
	}
}

static uint32_t mmio_config_generation(const struct virtio_device *dev)
{
	return dev->legacy ? 0 : mmio_read32(dev->base + CONFIG_GENERATION);
}

static uint32_t mmio_queue_max(const struct virtio_device *dev, uint16_t index)
{
	mmio_write32(dev->base + QUEUE_SEL, index);
	if (mmio_read32(dev->base + (dev->legacy ? QUEUE_PFN : QUEUE_READY)))
		return 0;
	return mmio_read32(dev->base + QUEUE_SIZE_MAX);
}

static void write_address(uintptr_t low, const void *memory)
{
	mmio_write32(low, (uint32_t)(uintptr_t)memory);
	mmio_write32(low + 4, (uint32_t)((uint64_t)(uintptr_t)memory >> 32));
}

static enum err mmio_queue_enable(const struct virtio_device *dev, struct virtqueue *queue)
{
	queue->doorbell = dev->base + QUEUE_NOTIFY;
	mmio_write32(dev->base + QUEUE_SEL, queue->index);
	mmio_write32(dev->base + QUEUE_SIZE, VIRTQUEUE_SIZE);
	if (dev->legacy) {
		mmio_write32(dev->base + GUEST_PAGE_SIZE, VIRTQUEUE_ALIGN);
		mmio_write32(dev->base + QUEUE_ALIGN, VIRTQUEUE_USED_ALIGN);
		mmio_write32(dev->base + QUEUE_PFN,
			     (uint32_t)((uintptr_t)queue->memory / VIRTQUEUE_ALIGN));
		return ERR_OK;
	}
	write_address(dev->base + QUEUE_DESC_LOW, queue->memory->desc);
	write_address(dev->base + QUEUE_DRIVER_LOW, &queue->memory->avail);
	write_address(dev->base + QUEUE_DEVICE_LOW, &queue->memory->used);
	mmio_write32(dev->base + QUEUE_READY, 1);
	return ERR_OK;
}

static void mmio_notify(const struct virtqueue *queue)
{
	mmio_write32(queue->doorbell, queue->index);
}

static const struct virtio_ops mmio_ops = {
	.features = mmio_features,
	.set_features = mmio_set_features,
	.status = mmio_status,
	.set_status = mmio_set_status,
	.config = mmio_config,
	.config_generation = mmio_config_generation,
	.queue_max = mmio_queue_max,
	.queue_enable = mmio_queue_enable,
	.notify = mmio_notify,
};

enum err virtio_mmio_open(struct virtio_device *dev, uintptr_t base)
{
	uint32_t version = mmio_read32(base + VERSION);

	*dev = (struct virtio_device){ .ops = &mmio_ops, .base = base };
	if (mmio_read32(base + MAGIC) != MAGIC_VALUE ||
	    (version != VERSION_LEGACY && version != VERSION_MODERN))
		return ERR_VIRTIO_TRANSPORT;
	dev->legacy = version == VERSION_LEGACY;
	dev->id = mmio_read32(base + DEVICE_ID);
	return dev->id ? ERR_OK : ERR_NOT_FOUND;
}
