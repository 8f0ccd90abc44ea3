/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio devices and their split virtqueues (Virtio 1.2, sections 2 and 3; legacy interface where
 * marked). Transports fill in virtio_ops; device drivers see only what is here. The device is not
 * trusted: whatever it writes into a ring is checked before use.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define VIRTIO_ID_NET	1
#define VIRTIO_ID_BLOCK 2

#define VIRTIO_F_VERSION_1 32

/* Entries of a queue; the device may allow fewer. A power of 2. */
#define VIRTQUEUE_SIZE	16
#define VIRTQUEUE_ALIGN 4096

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct virtq_used_elem {
	uint32_t id;
	uint32_t len;
};

/* Rings in the layout that the legacy interface prescribes; it suits the modern one as well. */
struct virtqueue_memory {
	struct virtq_desc desc[VIRTQUEUE_SIZE];
	struct {
		uint16_t flags;
		uint16_t idx;
		uint16_t ring[VIRTQUEUE_SIZE];
		uint16_t used_event;
	} avail;
	struct {
		uint16_t flags;
		uint16_t idx;
		struct virtq_used_elem ring[VIRTQUEUE_SIZE];
		uint16_t avail_event;
	} used __attribute__((aligned(256)));
} __attribute__((aligned(VIRTQUEUE_ALIGN)));

struct virtqueue {
	struct virtqueue_memory *memory;
	uint16_t index;	    /* which queue of the device */
	uint16_t size;	    /* entries in use */
	uint16_t last_used; /* how far the used ring was read */
};

struct virtio_device;

struct virtio_ops {
	uint64_t (*features)(struct virtio_device *dev);
	void (*set_features)(struct virtio_device *dev, uint64_t features);
	uint8_t (*status)(struct virtio_device *dev);
	void (*set_status)(struct virtio_device *dev, uint8_t status);
	uint8_t (*config)(struct virtio_device *dev, uint32_t offset);
	/* Changes whenever the configuration does; 0 when the transport has none. */
	uint32_t (*config_generation)(struct virtio_device *dev);
	/* Entries that queue @index may have; 0 when there is no such queue. */
	uint16_t (*queue_max)(struct virtio_device *dev, uint16_t index);
	enum err (*queue_enable)(struct virtio_device *dev, const struct virtqueue *queue);
	void (*notify)(struct virtio_device *dev, const struct virtqueue *queue);
};

struct virtio_device {
	const struct virtio_ops *ops;
	uintptr_t base;
	uint32_t id; /* VIRTIO_ID_... */
	bool legacy;
	uint64_t features; /* as negotiated */
};

/*
 * Looks at a virtio-mmio window, compatible "virtio,mmio" (4.2; legacy 4.2.4), modern or legacy.
 * ERR_NOT_FOUND: no device behind it. ERR_VIRTIO_TRANSPORT: not virtio, or of an unknown version.
 */
enum err virtio_mmio_open(struct virtio_device *dev, uintptr_t base);

/* Resets the device and waits until it is; it writes to no memory after that. */
enum err virtio_reset(struct virtio_device *dev);

/*
 * Resets the device and negotiates: @wanted of what it offers (3.1.1, steps 1-6). Then come its
 * queues, then virtio_start().
 */
enum err virtio_negotiate(struct virtio_device *dev, uint64_t wanted);
enum err virtio_queue_open(struct virtio_device *dev, struct virtqueue *queue,
			   struct virtqueue_memory *memory, uint16_t index);
void virtio_start(struct virtio_device *dev);

/* A field of the configuration space, little-endian, read unbroken (2.5.1). */
uint64_t virtio_config(struct virtio_device *dev, uint32_t offset, unsigned int size);

/* Hands the chain of descriptors that begins at @head to the device and rings. */
void virtqueue_submit(struct virtio_device *dev, struct virtqueue *queue, uint16_t head);

/*
 * Takes one chain that the device is done with; false: none yet. ERR_VIRTIO_RING when the ring makes
 * no sense: the device must be reset.
 */
enum err virtqueue_poll(struct virtqueue *queue, bool *done, uint16_t *head, uint32_t *written);
