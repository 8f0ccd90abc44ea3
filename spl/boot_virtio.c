/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "virtio": virtio block devices behind virtio-mmio windows, then those on PCI. */
#include <limits.h>

#include "drivers/block/virtio_blk.h"
#include "drivers/virtio/virtio.h"
#include "lib/bits.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/pci_hosts.h"

#define MAX_WINDOWS 32

static uintptr_t windows[MAX_WINDOWS];
static unsigned int window_count;

static struct virtio_device device;
static struct virtio_blk blk;
static struct disk disk;
static struct pci_slot slot; /* no function: the device is behind a window */

static void visit(const struct dt_node *node)
{
	uint64_t base, size;

	pci_hosts_visit(node);
	if (window_count == MAX_WINDOWS || !dt_is_compatible(node, "virtio,mmio") ||
	    dt_reg(node, 0, &base, &size))
		return;
	for (unsigned int i = 0; i < window_count; i++) {
		if (windows[i] == base)
			return;
	}
	windows[window_count++] = base;
}

static void forget(void)
{
	pci_hosts_forget();
	window_count = 0;
}

/* Opens the @index-th window with a disk behind it; else takes those that there are off @index. */
static bool find_window(unsigned int *index)
{
	for (unsigned int i = 0; i < window_count; i++) {
		if (!virtio_mmio_open(&device, windows[i]) && device.id == VIRTIO_ID_BLOCK &&
		    !(*index)--)
			return true;
	}
	return false;
}

static bool is_disk(const struct pci_slot *candidate)
{
	return virtio_pci_id(candidate->host, candidate->function) == VIRTIO_ID_BLOCK;
}

static unsigned int count(void)
{
	unsigned int left = UINT_MAX;

	find_window(&left);
	return UINT_MAX - left + pci_hosts_count(is_disk);
}

static enum err open_transport(unsigned int index)
{
	slot.function = NULL;
	if (find_window(&index))
		return ERR_OK;
	pci_hosts_find(is_disk, index, &slot);
	return virtio_pci_open(&device, slot.host, slot.function);
}

static enum err open(unsigned int index, struct source **source)
{
	enum err err = open_transport(index);

	if (err)
		device.ops = NULL;
	else
		err = virtio_blk_open(&blk, &device);
	if (!err)
		err = disk_open(&disk, &blk.block, source);
	return err;
}

static void close(void)
{
	if (device.ops)
		virtio_reset(&device);
	if (slot.function)
		pci_disable(slot.host, slot.function);
}

const struct boot_source boot_virtio = {
	.name = "virtio",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
