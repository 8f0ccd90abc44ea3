/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtio block device, read only (Virtio 1.2, section 5.2). */
#pragma once

#include "drivers/block/block.h"
#include "drivers/virtio/virtio.h"

struct virtio_blk {
	struct virtqueue_memory memory; /* first: it is the most aligned */
	struct block_device block;	/* to read the disk by, once it is open */
	struct virtio_device *device;
	struct virtqueue queue;
	struct {
		uint32_t type;
		uint32_t reserved;
		uint64_t sector;
	} request;
	uint8_t status;
};

/*
 * Starts the block device @dev (an opened transport, id VIRTIO_ID_BLOCK). @blk is read and written by
 * the device from here on. ERR_VIRTIO_...
 */
enum err virtio_blk_open(struct virtio_blk *blk, struct virtio_device *dev);

/* Stops the device, so that nothing is written to memory any more. */
enum err virtio_blk_close(struct virtio_blk *blk);
