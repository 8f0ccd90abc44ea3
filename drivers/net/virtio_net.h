/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtio network device (Virtio 1.2, section 5.1). */
#pragma once

#include "drivers/net/nic.h"
#include "drivers/virtio/virtio.h"

struct virtio_net {
	struct virtqueue_memory rx_memory; /* first: nothing is aligned as much */
	struct virtqueue_memory tx_memory;
	struct nic nic;
	struct virtio_device *device;
	struct virtqueue rx;
	struct virtqueue tx;
	uint32_t header_size;
	unsigned int tx_free; /* bit n: buffers->tx[n] is ours */
};

/*
 * Starts the network device @dev, an opened transport; @net->nic then uses @buffers. Both must stay
 * until nic.ops->stop(). Its address is zero when the device has none. ERR_NOT_FOUND when it is no
 * network device, ERR_VIRTIO_...
 */
enum err virtio_net_open(struct virtio_net *net, struct virtio_device *dev,
			 struct nic_buffers *buffers);
