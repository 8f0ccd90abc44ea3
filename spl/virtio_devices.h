/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtio devices of the machine: behind virtio-mmio windows, then on PCI. */
#pragma once

#include "drivers/virtio/virtio.h"
#include "spl/pci_hosts.h"

struct virtio_slot {
	struct virtio_device device;
	struct pci_slot pci; /* no function: the device is behind a window */
};

void virtio_devices_visit(const struct dt_node *node);
void virtio_devices_forget(void);

/* How many devices of a type there are, VIRTIO_ID_... */
unsigned int virtio_devices_count(uint32_t id);

/* Opens the transport of the @index-th device of a type. What virtio_pci_open() says. */
enum err virtio_devices_open(struct virtio_slot *slot, uint32_t id, unsigned int index);

/* Resets the device and takes the bus from it, whether it was opened or not. */
void virtio_devices_close(struct virtio_slot *slot);
