/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio block device (Virtio 1.2, section 5.2): one request at a time, of a header, the data and a
 * status, in the first three descriptors. VIRTIO_BLK_F_FLUSH is not asked for: so what was written
 * is in lasting memory when the request is done (5.2.6.2).
 */
#include "drivers/block/virtio_blk.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"

#define SECTOR_SIZE 512
#define MAX_REQUEST 0x100000
#define REQUEST_TIMEOUT_US 5000000

#define BLK_F_SIZE_MAX (1ull << 1)
#define BLK_F_RO (1ull << 5)

#define CONFIG_CAPACITY 0
#define CONFIG_SIZE_MAX 8

#define REQUEST_IN 0
#define REQUEST_OUT 1
#define STATUS_OK 0
#define STATUS_UNWRITTEN 0xff

/* @expected: the bytes that the device writes. */
static enum err wait_done(struct virtio_blk *blk, uint32_t expected)
{
	uint64_t deadline = deadline_after(REQUEST_TIMEOUT_US);
	uint32_t written = 0;
	uint16_t head = 0;
	bool done;

	do {
		enum err err = virtqueue_poll(&blk->queue, &done, &head, &written);

		if (err)
			return err;
		if (done)
			break;
		cpu_relax();
	} while (!deadline_passed(deadline));
	if (!done)
		return ERR_VIRTIO_TIMEOUT;
	/* Legacy devices may count wrong (2.7.8.3). */
	if (head != 0 || (written != expected && !blk->device->legacy))
		return ERR_VIRTIO_RING;
	return ERR_OK;
}

static enum err transfer(struct virtio_blk *blk, uint32_t type, uint64_t sector, uintptr_t buffer,
			 uint32_t length)
{
	struct virtq_desc *desc = blk->queue.memory->desc;
	enum err err;

	blk->request.type = type;
	blk->request.sector = sector;
	blk->status = STATUS_UNWRITTEN;
	desc[0] = (struct virtq_desc){ .addr = (uintptr_t)&blk->request,
				       .len = sizeof(blk->request),
				       .flags = VIRTQ_DESC_NEXT,
				       .next = 1 };
	desc[1] = (struct virtq_desc){ .addr = buffer,
				       .len = length,
				       .flags = VIRTQ_DESC_NEXT |
						(type == REQUEST_IN ? VIRTQ_DESC_WRITE : 0),
				       .next = 2 };
	desc[2] = (struct virtq_desc){ .addr = (uintptr_t)&blk->status,
				       .len = sizeof(blk->status),
				       .flags = VIRTQ_DESC_WRITE };
	virtqueue_submit(blk->device, &blk->queue, 0);
	meanwhile_run();
	err = wait_done(blk, (type == REQUEST_IN ? length : 0) + sizeof(blk->status));
	if (err) {
		/* It might still write to the buffer. */
		virtio_reset(blk->device);
		blk->failure = err;
		return err;
	}
	return *(volatile uint8_t *)&blk->status == STATUS_OK ? ERR_OK : ERR_VIRTIO_BLK_IO;
}

static enum err transfer_all(struct virtio_blk *blk, uint32_t type, uint64_t lba, uint32_t count,
			     uintptr_t buffer)
{
	uint64_t left = (uint64_t)count * SECTOR_SIZE;
	enum err err = blk->failure;

	while (!err && left) {
		uint32_t length = (uint32_t)MIN(left, (uint64_t)blk->max_request);

		err = transfer(blk, type, lba, buffer, length);
		buffer += length;
		lba += length / SECTOR_SIZE;
		left -= length;
	}
	return err;
}

static enum err virtio_blk_read(struct block_device *block, uint64_t lba, uint32_t count,
				void *buffer)
{
	return transfer_all(block->driver, REQUEST_IN, lba, count, (uintptr_t)buffer);
}

static enum err virtio_blk_write(struct block_device *block, uint64_t lba, uint32_t count,
				 const void *buffer)
{
	const struct virtio_blk *blk = block->driver;

	if (blk->device->features & BLK_F_RO)
		return ERR_BLOCK_READ_ONLY;
	return transfer_all(block->driver, REQUEST_OUT, lba, count, (uintptr_t)buffer);
}

enum err virtio_blk_open(struct virtio_blk *blk, struct virtio_device *dev)
{
	static const struct block_ops ops = { .read = virtio_blk_read,
					      .write = BLOCK_WRITE(virtio_blk_write) };
	enum err err;

	if (dev->id != VIRTIO_ID_BLOCK)
		return ERR_NOT_FOUND;
	err = virtio_negotiate(dev, BLK_F_SIZE_MAX | BLK_F_RO);
	if (err)
		return err;
	blk->device = dev;
	blk->failure = ERR_OK;
	blk->request.reserved = 0;
	blk->max_request = MAX_REQUEST;
	blk->block = (struct block_device){
		.ops = &ops,
		.driver = blk,
		.name = "virtio-blk",
		.block_size = SECTOR_SIZE,
		.block_count = virtio_config(dev, CONFIG_CAPACITY, 8),
	};
	if (dev->features & BLK_F_SIZE_MAX)
		blk->max_request =
			MIN(blk->max_request, (uint32_t)virtio_config(dev, CONFIG_SIZE_MAX, 4));
	blk->max_request = (uint32_t)align_down(blk->max_request, SECTOR_SIZE);
	if (!blk->block.block_count || !blk->max_request)
		return ERR_VIRTIO_BLK_SIZE;
	err = virtqueue_open(dev, &blk->queue, &blk->memory, 0);
	if (!err)
		virtio_start(dev);
	return err;
}

enum err virtio_blk_close(struct virtio_blk *blk)
{
	return virtio_reset(blk->device);
}
