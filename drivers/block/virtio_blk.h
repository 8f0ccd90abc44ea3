/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtio block device (Virtio 1.2, section 5.2). */
#pragma once

#include "drivers/block/block.h"
#include "drivers/virtio/virtio.h"

struct virtio_blk {
	struct virtqueue_memory memory; /* first: nothing is aligned as much */
	struct block_device block;	/* to read and write the disk by, once it is open */
	struct virtio_device *device;
	struct virtqueue queue;
	uint32_t max_request; /* bytes */
	enum err failure;     /* why the device was stopped */
	struct {
		uint32_t type;
		uint32_t reserved;
		uint64_t sector;
	} request;
	uint8_t status;
};

/*
 * Starts the block device @dev, an opened transport. The device reads and writes @blk from here on; both
 * must stay. ERR_NOT_FOUND when it is no block device, ERR_VIRTIO_...
 */
enum err virtio_blk_open(struct virtio_blk *blk, struct virtio_device *dev);

/* Stops the device, so that it writes to no memory any more. */
enum err virtio_blk_close(struct virtio_blk *blk);
