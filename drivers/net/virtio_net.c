/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio network devices (Virtio 1.2, section 5.1): one queue each way, no offloads. Descriptor n
 * of a queue is buffer n for good.
 */
#include "drivers/net/virtio_net.h"

#include "lib/bits.h"
#include "lib/string.h"

#define NET_F_MAC (1ull << 5)
#define NET_F_STATUS (1ull << 16)
/* Legacy devices that lack it want the header in a descriptor of its own. */
#define F_ANY_LAYOUT (1ull << 27)

#define CONFIG_MAC 0
#define CONFIG_STATUS 6
#define STATUS_LINK_UP 1

/* struct virtio_net_hdr; the legacy interface's ends before num_buffers. */
#define HEADER_SIZE 12
#define HEADER_SIZE_LEGACY 10

#define RX_QUEUE 0
#define TX_QUEUE 1

/* The device is told of every so many receive buffers, of the last one in any case. */
#define RX_TOLD 8

_Static_assert(NIC_RX_COUNT <= VIRTQUEUE_SIZE && NIC_TX_COUNT <= VIRTQUEUE_SIZE,
	       "a descriptor for each buffer");
_Static_assert(NIC_RX_COUNT % RX_TOLD == 0, "the last one");
_Static_assert(HEADER_SIZE <= NIC_FRAME_OFFSET, "the header goes before the frame");

static struct virtio_net *net_of(struct nic *nic)
{
	return (struct virtio_net *)((char *)nic - offsetof(struct virtio_net, nic));
}

static enum err virtio_net_link(struct nic *nic, bool *up)
{
	const struct virtio_device *dev = net_of(nic)->device;

	*up = !(dev->features & NET_F_STATUS) ||
	      virtio_config(dev, CONFIG_STATUS, 2) & STATUS_LINK_UP;
	return ERR_OK;
}

static enum err virtio_net_receive(struct nic *nic, unsigned int *slot, uint32_t *length)
{
	struct virtio_net *net = net_of(nic);
	uint32_t written;
	uint16_t head;
	bool done;
	enum err err = virtqueue_poll(&net->rx, &done, &head, &written);

	*length = 0;
	if (err || !done)
		return err;
	if (written <= net->header_size)
		return ERR_VIRTIO_RING;
	*slot = head;
	*length = written - net->header_size;
	return ERR_OK;
}

static void virtio_net_release(struct nic *nic, unsigned int slot)
{
	const struct virtio_net *net = net_of(nic);

	/* A device that has used all it knew of has used one whose return it is told of. */
	if ((slot + 1) % RX_TOLD)
		virtqueue_add(&net->rx, (uint16_t)slot);
	else
		virtqueue_submit(net->device, &net->rx, (uint16_t)slot);
}

static enum err virtio_net_find_free(struct nic *nic, unsigned int *slot)
{
	struct virtio_net *net = net_of(nic);
	uint32_t written;
	uint16_t head;
	bool done;
	enum err err;

	/* One is sent after each look: one found is enough. */
	err = virtqueue_poll(&net->tx, &done, &head, &written);
	if (err)
		return err;
	if (done) {
		if (head >= NIC_TX_COUNT || net->tx_free & BIT(head))
			return ERR_VIRTIO_RING;
		net->tx_free |= 1u << head;
	}
	*slot = net->tx_free ? lowest_bit(net->tx_free) : NIC_TX_COUNT;
	return ERR_OK;
}

static void virtio_net_send(struct nic *nic, unsigned int slot, uint32_t length)
{
	struct virtio_net *net = net_of(nic);

	net->tx_free &= ~(1u << slot);
	net->tx_memory.desc[slot].len = net->header_size + length;
	virtqueue_submit(net->device, &net->tx, (uint16_t)slot);
}

static void virtio_net_stop(struct nic *nic)
{
	virtio_reset(net_of(nic)->device);
}

static const struct nic_ops ops = {
	.link = virtio_net_link,
	.receive = virtio_net_receive,
	.release = virtio_net_release,
	.find_free = virtio_net_find_free,
	.send = virtio_net_send,
	.stop = virtio_net_stop,
};

/* All receive buffers are the device's, all send buffers are ours, with a header of zeros: no offloads. */
static void fill_rings(struct virtio_net *net)
{
	struct nic_buffers *buffers = net->nic.buffers;
	uint32_t skip = NIC_FRAME_OFFSET - net->header_size;

	for (uint16_t i = 0; i < NIC_TX_COUNT; i++) {
		memset(buffers->tx[i], 0, NIC_FRAME_OFFSET);
		net->tx_memory.desc[i].addr = (uintptr_t)buffers->tx[i] + skip;
	}
	net->tx_free = BIT(NIC_TX_COUNT) - 1;
	for (uint16_t i = 0; i < NIC_RX_COUNT; i++) {
		net->rx_memory.desc[i] = (struct virtq_desc){
			.addr = (uintptr_t)buffers->rx[i] + skip,
			.len = NIC_BUFFER_SIZE - skip,
			.flags = VIRTQ_DESC_WRITE,
		};
		virtio_net_release(&net->nic, i);
	}
}

enum err virtio_net_open(struct virtio_net *net, struct virtio_device *dev,
			 struct nic_buffers *buffers)
{
	enum err err;

	if (dev->id != VIRTIO_ID_NET)
		return ERR_NOT_FOUND;
	net->device = dev;
	net->nic = (struct nic){ .ops = &ops, .name = "virtio-net", .buffers = buffers };
	net->header_size = dev->legacy ? HEADER_SIZE_LEGACY : HEADER_SIZE;
	err = virtio_negotiate(dev, NET_F_MAC | NET_F_STATUS | (dev->legacy ? F_ANY_LAYOUT : 0));
	if (!err && dev->legacy && !(dev->features & F_ANY_LAYOUT))
		err = ERR_VIRTIO_FEATURES;
	if (!err)
		err = virtqueue_open(dev, &net->rx, &net->rx_memory, RX_QUEUE);
	if (!err)
		err = virtqueue_open(dev, &net->tx, &net->tx_memory, TX_QUEUE);
	if (err)
		return err;
	for (unsigned int i = 0; dev->features & NET_F_MAC && i < sizeof(net->nic.mac); i++)
		net->nic.mac[i] = (uint8_t)virtio_config(dev, CONFIG_MAC + i, 1);
	virtio_start(dev);
	fill_rings(net);
	return ERR_OK;
}
