/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio network devices behind virtio-mmio windows. */
#include "drivers/net/virtio_net.h"
#include "lib/bits.h"
#include "spl/nic_source.h"

#define MAX_WINDOWS 32

static uintptr_t windows[MAX_WINDOWS];
static unsigned int window_count;

static struct virtio_device device;
static struct virtio_net net;
static bool started;

static void visit(const struct dt_node *node)
{
	uint64_t base, size;

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
	window_count = 0;
}

/* The @index-th window with a controller behind it is then open; @index: how many there are. */
static unsigned int find(unsigned int index)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < window_count; i++) {
		if (virtio_mmio_open(&device, windows[i]) || device.id != VIRTIO_ID_NET)
			continue;
		if (found == index)
			break;
		found++;
	}
	return found;
}

static unsigned int count(void)
{
	return find(MAX_WINDOWS);
}

static enum err open(unsigned int index, struct nic_buffers *buffers, struct nic **nic)
{
	find(index);
	started = true;
	*nic = &net.nic;
	return virtio_net_open(&net, &device, buffers);
}

static void close(void)
{
	if (started)
		virtio_reset(&device);
	started = false;
}

const struct nic_source nic_virtio = {
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
