/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio network devices. */
#include "drivers/net/virtio_net.h"
#include "spl/nic_source.h"
#include "spl/virtio_devices.h"

static struct virtio_slot slot;
static struct virtio_net net;

static unsigned int count(void)
{
	return virtio_devices_count(VIRTIO_ID_NET);
}

static enum err open(unsigned int index, struct nic_buffers *buffers, struct nic **nic)
{
	enum err err = virtio_devices_open(&slot, VIRTIO_ID_NET, index);

	*nic = &net.nic;
	return err ? err : virtio_net_open(&net, &slot.device, buffers);
}

static void close(void)
{
	virtio_devices_close(&slot);
}

const struct nic_source nic_virtio = {
	.visit = virtio_devices_visit,
	.forget = virtio_devices_forget,
	.count = count,
	.open = open,
	.close = close,
};
