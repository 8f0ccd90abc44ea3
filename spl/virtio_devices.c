/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding virtio devices on either transport. */
#include "spl/virtio_devices.h"

#define MAX_WINDOWS 32

static uintptr_t windows[MAX_WINDOWS];
static unsigned int window_count;

static uint32_t wanted_id; /* of is_wanted() */

void virtio_devices_visit(const struct dt_node *node)
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

void virtio_devices_forget(void)
{
	pci_hosts_forget();
	window_count = 0;
}

/* Opens the @index-th window with such a device behind it; else takes those that there are off @index. */
static bool find_window(struct virtio_device *device, uint32_t id, unsigned int *index)
{
	for (unsigned int i = 0; i < window_count; i++) {
		if (!virtio_mmio_open(device, windows[i]) && device->id == id && !(*index)--)
			return true;
	}
	return false;
}

static bool is_wanted(const struct pci_slot *candidate)
{
	return virtio_pci_id(candidate->host, candidate->function) == wanted_id;
}

unsigned int virtio_devices_count(uint32_t id)
{
	struct virtio_device device;
	unsigned int left = UINT32_MAX;

	find_window(&device, id, &left);
	wanted_id = id;
	return UINT32_MAX - left + pci_hosts_count(is_wanted);
}

enum err virtio_devices_open(struct virtio_slot *slot, uint32_t id, unsigned int index)
{
	enum err err;

	slot->pci.function = NULL;
	if (find_window(&slot->device, id, &index))
		return ERR_OK;
	wanted_id = id;
	err = pci_hosts_find(is_wanted, index, &slot->pci)
		    ? virtio_pci_open(&slot->device, slot->pci.host, slot->pci.function)
		    : ERR_NOT_FOUND;
	if (err)
		slot->device.ops = NULL;
	return err;
}

void virtio_devices_close(struct virtio_slot *slot)
{
	if (slot->device.ops)
		virtio_reset(&slot->device);
	if (slot->pci.function)
		pci_disable(slot->pci.host, slot->pci.function);
}
