/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio over PCI (Virtio 1.2, section 4.1), the modern interface: structures in BARs, found through
 * vendor capabilities. A transitional device has them too; one that is legacy only has not.
 */
#include "drivers/virtio/virtio.h"

#include "lib/bits.h"
#include "lib/riscv/io.h"

#define VENDOR 0x1af4
#define DEVICE_TRANSITIONAL 0x1000
#define DEVICE_MODERN 0x1040
#define DEVICE_LAST 0x107f
#define CFG_SUBSYSTEM 0x2c

/* The capability (4.1.4) */
#define CAP_VENDOR 0x09
#define CAP_TYPE(word) ((word) >> 24)
#define CAP_LENGTH(word) ((word) >> 16 & 0xff)
#define CAP_BAR 0x4
#define CAP_OFFSET 0x8
#define CAP_SIZE 0xc
#define CAP_NOTIFY_MULTIPLIER 0x10
#define CAP_LENGTH_MIN 16
#define CAP_LENGTH_NOTIFY 20

#define TYPE_COMMON 1
#define TYPE_NOTIFY 2
#define TYPE_DEVICE 4

/* The common structure (4.1.4.3) */
#define DEVICE_FEATURES_SEL 0x00
#define DEVICE_FEATURES 0x04
#define DRIVER_FEATURES_SEL 0x08
#define DRIVER_FEATURES 0x0c
#define STATUS 0x14
#define CONFIG_GENERATION 0x15
#define QUEUE_SEL 0x16
#define QUEUE_SIZE 0x18
#define QUEUE_ENABLE 0x1c
#define QUEUE_NOTIFY_OFF 0x1e
#define QUEUE_DESC 0x20
#define QUEUE_DRIVER 0x28
#define QUEUE_DEVICE 0x30
#define COMMON_SIZE 0x38

static uint64_t pci_features(const struct virtio_device *dev)
{
	uint64_t high;

	mmio_write32(dev->base + DEVICE_FEATURES_SEL, 1);
	high = mmio_read32(dev->base + DEVICE_FEATURES);
	mmio_write32(dev->base + DEVICE_FEATURES_SEL, 0);
	return high << 32 | mmio_read32(dev->base + DEVICE_FEATURES);
}

static void pci_set_features(const struct virtio_device *dev, uint64_t features)
{
	mmio_write32(dev->base + DRIVER_FEATURES_SEL, 1);
	mmio_write32(dev->base + DRIVER_FEATURES, (uint32_t)(features >> 32));
	mmio_write32(dev->base + DRIVER_FEATURES_SEL, 0);
	mmio_write32(dev->base + DRIVER_FEATURES, (uint32_t)features);
}

static uint8_t pci_status(const struct virtio_device *dev)
{
	return mmio_read8(dev->base + STATUS);
}

static void pci_set_status(const struct virtio_device *dev, uint8_t status)
{
	mmio_write8(dev->base + STATUS, status);
}

static uint32_t pci_config(const struct virtio_device *dev, uint32_t offset, unsigned int size)
{
	uintptr_t addr = dev->config.base + offset;

	if (!range_inside(offset, size, 0, dev->config.size))
		return 0;
	switch (size) {
	case 1:
		return mmio_read8(addr);
	case 2:
		return mmio_read16(addr);
	default:
		return mmio_read32(addr);
	}
}

static uint32_t pci_config_generation(const struct virtio_device *dev)
{
	return mmio_read8(dev->base + CONFIG_GENERATION);
}

static uint32_t pci_queue_max(const struct virtio_device *dev, uint16_t index)
{
	mmio_write16(dev->base + QUEUE_SEL, index);
	if (mmio_read16(dev->base + QUEUE_ENABLE))
		return 0;
	return mmio_read16(dev->base + QUEUE_SIZE);
}

static void write_address(uintptr_t low, const void *memory)
{
	mmio_write32(low, (uint32_t)(uintptr_t)memory);
	mmio_write32(low + 4, (uint32_t)((uint64_t)(uintptr_t)memory >> 32));
}

static enum err pci_queue_enable(const struct virtio_device *dev, struct virtqueue *queue)
{
	uint64_t offset;

	mmio_write16(dev->base + QUEUE_SEL, queue->index);
	offset = (uint64_t)mmio_read16(dev->base + QUEUE_NOTIFY_OFF) * dev->notify_multiplier;
	if (!range_inside(offset, sizeof(uint16_t), 0, dev->notify.size))
		return ERR_VIRTIO_QUEUE;
	queue->doorbell = dev->notify.base + offset;
	mmio_write16(dev->base + QUEUE_SIZE, VIRTQUEUE_SIZE);
	write_address(dev->base + QUEUE_DESC, queue->memory->desc);
	write_address(dev->base + QUEUE_DRIVER, &queue->memory->avail);
	write_address(dev->base + QUEUE_DEVICE, &queue->memory->used);
	mmio_write16(dev->base + QUEUE_ENABLE, 1);
	return ERR_OK;
}

static void pci_notify(const struct virtqueue *queue)
{
	mmio_write16(queue->doorbell, queue->index);
}

static const struct virtio_ops pci_ops = {
	.features = pci_features,
	.set_features = pci_set_features,
	.status = pci_status,
	.set_status = pci_set_status,
	.config = pci_config,
	.config_generation = pci_config_generation,
	.queue_max = pci_queue_max,
	.queue_enable = pci_queue_enable,
	.notify = pci_notify,
};

uint32_t virtio_pci_id(const struct pci_host *host, const struct pci_function *function)
{
	if (function->vendor != VENDOR || function->device < DEVICE_TRANSITIONAL ||
	    function->device > DEVICE_LAST)
		return 0;
	if (function->device >= DEVICE_MODERN)
		return function->device - DEVICE_MODERN;
	return pci_read(host, function, CFG_SUBSYSTEM) >> 16;
}

/* The window that a capability describes; size 0 when it is not all in a BAR that has an address. */
static struct virtio_window window_of(const struct pci_host *host,
				      const struct pci_function *function, unsigned int cap)
{
	uint32_t offset = pci_read(host, function, cap + CAP_OFFSET);
	uint32_t size = pci_read(host, function, cap + CAP_SIZE);
	uint64_t base, bar_size;

	if (offset % 4 ||
	    pci_bar(host, function, pci_read(host, function, cap + CAP_BAR) & 0xff, &base,
		    &bar_size) ||
	    !range_inside(offset, size, 0, bar_size))
		return (struct virtio_window){ 0 };
	return (struct virtio_window){ base + offset, size };
}

/* The first usable structure of each type counts (4.1.4.1). */
static void take_capability(struct virtio_device *dev, const struct pci_host *host,
			    const struct pci_function *function, unsigned int cap)
{
	uint32_t head = pci_read(host, function, cap);
	struct virtio_window window;

	if (CAP_LENGTH(head) < CAP_LENGTH_MIN)
		return;
	window = window_of(host, function, cap);
	switch (CAP_TYPE(head)) {
	case TYPE_COMMON:
		if (!dev->base && window.size >= COMMON_SIZE)
			dev->base = window.base;
		break;
	case TYPE_NOTIFY:
		if (dev->notify.size || CAP_LENGTH(head) < CAP_LENGTH_NOTIFY)
			break;
		dev->notify = window;
		dev->notify_multiplier = pci_read(host, function, cap + CAP_NOTIFY_MULTIPLIER);
		break;
	case TYPE_DEVICE:
		if (!dev->config.size)
			dev->config = window;
		break;
	default:
		break;
	}
}

enum err virtio_pci_open(struct virtio_device *dev, const struct pci_host *host,
			 const struct pci_function *function)
{
	unsigned int cap;

	*dev = (struct virtio_device){ .ops = &pci_ops, .id = virtio_pci_id(host, function) };
	if (!dev->id)
		return ERR_NOT_FOUND;
	for (unsigned int i = 0; (cap = pci_capability(host, function, CAP_VENDOR, i)); i++)
		take_capability(dev, host, function, cap);
	if (!dev->base || !dev->notify.size)
		return ERR_VIRTIO_TRANSPORT;
	pci_enable(host, function);
	return ERR_OK;
}
