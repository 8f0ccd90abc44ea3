/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "virtio": virtio block devices. */
#include "drivers/block/virtio_blk.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/virtio_devices.h"

static struct virtio_slot slot;
static struct virtio_blk blk;
static struct disk disk;

static unsigned int count(void)
{
	return virtio_devices_count(VIRTIO_ID_BLOCK);
}

static enum err open(unsigned int index, struct source **source)
{
	enum err err = virtio_devices_open(&slot, VIRTIO_ID_BLOCK, index);

	if (!err)
		err = virtio_blk_open(&blk, &slot.device);
	return err ? err : disk_open(&disk, &blk.block, source);
}

static void close(void)
{
	virtio_devices_close(&slot);
}

const struct boot_source boot_virtio = {
	.name = "virtio",
	.visit = virtio_devices_visit,
	.forget = virtio_devices_forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
