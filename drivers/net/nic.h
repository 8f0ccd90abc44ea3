/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet controllers, as the network stack sees them: frames out of and into buffers that the device
 * reads and writes by DMA, without interrupts. All boards here are cache-coherent for DMA; the rings
 * need fences only.
 *
 * The device is not trusted: nic_receive() checks what it says of a frame before anybody looks at it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define NIC_RX_COUNT 64 /* a window of TFTP and what else comes meanwhile */
#define NIC_TX_COUNT 8
#define NIC_BUFFER_SIZE 2048
/* Where frames are in their buffers: UDP data, 42 bytes into a frame, is on 4, TFTP's on 8. */
#define NIC_FRAME_OFFSET 18
/* What ARP and UDP need at least: lwIP looks at the first header before it knows that it is there. */
#define NIC_FRAME_MIN 42
#define NIC_FRAME_MAX 1514
/* What a device may write into a receive buffer, from NIC_FRAME_OFFSET on. */
#define NIC_FRAME_ROOM (NIC_BUFFER_SIZE - NIC_FRAME_OFFSET)

#define NIC_LINK_TIMEOUT_US 5000000 /* auto-negotiation takes up to 3 s */

/* Of whichever controller is open: there is one at a time. */
struct nic_buffers {
	uint8_t rx[NIC_RX_COUNT][NIC_BUFFER_SIZE] __attribute__((aligned(64)));
	uint8_t tx[NIC_TX_COUNT][NIC_BUFFER_SIZE] __attribute__((aligned(64)));
};

struct nic;

struct nic_ops {
	/* Makes the device listen to nic->mac. May be absent: it knows no other. */
	void (*set_address)(struct nic *nic);
	/* Whether there is a link; where the controller has to be told its speed, it is. */
	enum err (*link)(struct nic *nic, bool *up);
	/*
	 * Takes the next frame that was received: @length bytes in buffers->rx[@slot], from
	 * NIC_FRAME_OFFSET on. Length 0: there is none. The numbers are the device's.
	 */
	enum err (*receive)(struct nic *nic, unsigned int *slot, uint32_t *length);
	/* Gives a buffer back to the device, in the order in which they were received. */
	void (*release)(struct nic *nic, unsigned int slot);
	/* Finds a buffer of buffers->tx that is free; NIC_TX_COUNT: none is. */
	enum err (*find_free)(struct nic *nic, unsigned int *slot);
	/* Sends @length bytes of buffers->tx[@slot], from NIC_FRAME_OFFSET on. */
	void (*send)(struct nic *nic, unsigned int slot, uint32_t length);
	/* Stops the device, so that it writes to no memory any more. */
	void (*stop)(struct nic *nic);
};

struct nic {
	const struct nic_ops *ops;
	const char *name;
	struct nic_buffers *buffers;
	uint8_t mac[6];
	uint64_t received; /* bit n: rx[n] is with us */
	uint32_t speed;	   /* Mbit/s of the link; 0: the controller does not say */
};

/* Waits for a link. ERR_NIC_NO_LINK after @timeout_us, or the device's error. */
enum err nic_wait_link(struct nic *nic, uint32_t timeout_us);

/*
 * The next frame, of NIC_FRAME_MIN to NIC_FRAME_MAX bytes, and which buffer to nic_release(); *@frame is
 * NULL when there is none among the next NIC_RX_COUNT. ERR_NIC_RING: what the device says cannot be.
 */
enum err nic_receive(struct nic *nic, unsigned int *slot, uint8_t **frame, uint32_t *length);
void nic_release(struct nic *nic, unsigned int slot);

/*
 * A buffer for a frame to send, at most NIC_FRAME_MAX bytes; then nic_send() of the same @slot.
 * ERR_NIC_SEND: the device does not send what it has got.
 */
enum err nic_send_buffer(struct nic *nic, unsigned int *slot, uint8_t **frame);
void nic_send(struct nic *nic, unsigned int slot, uint32_t length);

/* @mac can be a station's: neither a group nor zero. */
bool mac_is_valid(const uint8_t mac[6]);
