/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio devices and their split virtqueues (Virtio 1.2, chapters 2 and 3, with the legacy interface).
 * Transports fill in virtio_ops; device drivers see only what is here. The device is not trusted:
 * whatever it writes into a ring is checked before use. Little-endian harts only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/pci/pci.h"
#include "lib/err.h"

#define VIRTIO_ID_NET 1
#define VIRTIO_ID_BLOCK 2

#define VIRTIO_F_VERSION_1 (1ull << 32)

/* Entries of a queue; a device that allows fewer is refused. */
#define VIRTQUEUE_SIZE 64
/* Where the used ring begins, and the whole queue, as the legacy interface wants it. */
#define VIRTQUEUE_USED_ALIGN 256
#define VIRTQUEUE_ALIGN 4096

#define VIRTQ_DESC_NEXT 1
#define VIRTQ_DESC_WRITE 2

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct virtq_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[VIRTQUEUE_SIZE];
	uint16_t used_event;
};

struct virtq_used {
	uint16_t flags;
	uint16_t idx;
	struct {
		uint32_t id;
		uint32_t len;
	} ring[VIRTQUEUE_SIZE];
	uint16_t avail_event;
};

/* What the device reads and writes, in the layout of the legacy interface (2.7.2). */
struct virtqueue_memory {
	struct virtq_desc desc[VIRTQUEUE_SIZE];
	struct virtq_avail avail;
	struct virtq_used used __attribute__((aligned(VIRTQUEUE_USED_ALIGN)));
} __attribute__((aligned(VIRTQUEUE_ALIGN)));

struct virtqueue {
	struct virtqueue_memory *memory;
	uint16_t index;	    /* which queue of the device */
	uint16_t last_used; /* how far the used ring was read */
	uintptr_t doorbell; /* the transport's: where to notify */
};

struct virtio_device;

struct virtio_ops {
	uint64_t (*features)(const struct virtio_device *dev);
	void (*set_features)(const struct virtio_device *dev, uint64_t features);
	uint8_t (*status)(const struct virtio_device *dev);
	void (*set_status)(const struct virtio_device *dev, uint8_t status);
	/* A field of 1, 2 or 4 bytes of the configuration space. */
	uint32_t (*config)(const struct virtio_device *dev, uint32_t offset, unsigned int size);
	/* Changes whenever the configuration does. */
	uint32_t (*config_generation)(const struct virtio_device *dev);
	/* Entries that queue @index may have; 0 when there is no such queue, or it is in use. */
	uint32_t (*queue_max)(const struct virtio_device *dev, uint16_t index);
	/* Gives the device queue->memory, and sets queue->doorbell. ERR_VIRTIO_QUEUE. */
	enum err (*queue_enable)(const struct virtio_device *dev, struct virtqueue *queue);
	void (*notify)(const struct virtqueue *queue);
};

struct virtio_window {
	uintptr_t base;
	uint64_t size; /* 0: there is none */
};

struct virtio_device {
	const struct virtio_ops *ops;
	uintptr_t base;
	uint32_t id; /* VIRTIO_ID_... */
	bool legacy;
	uint64_t features; /* as negotiated */

	/* PCI: beside the common structure at @base */
	struct virtio_window config;
	struct virtio_window notify;
	uint32_t notify_multiplier;
};

/*
 * Looks at a virtio-mmio window, compatible "virtio,mmio" (4.2), modern or legacy. ERR_NOT_FOUND: no
 * device behind it. ERR_VIRTIO_TRANSPORT: not virtio, or of an unknown version.
 */
enum err virtio_mmio_open(struct virtio_device *dev, uintptr_t base);

/*
 * The type of a PCI function, VIRTIO_ID_..., without touching the device; 0: it is no virtio device.
 */
uint32_t virtio_pci_id(const struct pci_host *host, const struct pci_function *function);

/*
 * Opens a virtio device on PCI (4.1), modern or transitional, and lets it master the bus until the
 * caller's pci_disable(), before which comes virtio_reset(). ERR_NOT_FOUND: it is no virtio device.
 * ERR_VIRTIO_TRANSPORT: its structures are not there or not in its BARs, or it is legacy only.
 */
enum err virtio_pci_open(struct virtio_device *dev, const struct pci_host *host,
			 const struct pci_function *function);

/* Resets the device and waits until it is; it writes to no memory after that. ERR_VIRTIO_RESET. */
enum err virtio_reset(const struct virtio_device *dev);

/*
 * Resets the device and agrees on those of @wanted that it offers (3.1.1, steps 1 to 6). Then come its
 * queues, then virtio_start(). ERR_VIRTIO_RESET, ERR_VIRTIO_FEATURES.
 */
enum err virtio_negotiate(struct virtio_device *dev, uint64_t wanted);

/* Sets up queue @index in @memory, empty, without interrupts. ERR_VIRTIO_QUEUE. */
enum err virtqueue_open(const struct virtio_device *dev, struct virtqueue *queue,
			struct virtqueue_memory *memory, uint16_t index);

void virtio_start(const struct virtio_device *dev);

/* A field of 1, 2, 4 or 8 bytes of the configuration space, not torn by a change (2.5.1). */
uint64_t virtio_config(const struct virtio_device *dev, uint32_t offset, unsigned int size);

/*
 * Hands the chain of descriptors that begins at @head to the device, which learns of it when it looks, or
 * is told of another.
 */
void virtqueue_add(const struct virtqueue *queue, uint16_t head);

/* The same, and tells the device (2.7.13.4). */
void virtqueue_submit(const struct virtio_device *dev, const struct virtqueue *queue,
		      uint16_t head);

/*
 * Takes one chain that the device is done with: its @head, and the bytes that the device says it
 * @written. @done is false when there is none. ERR_VIRTIO_RING: what the ring says cannot be, the device
 * has to be reset.
 */
enum err virtqueue_poll(struct virtqueue *queue, bool *done, uint16_t *head, uint32_t *written);
