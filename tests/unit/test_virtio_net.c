/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtio network device, honest and not: what it may put into its rings, and what becomes of it. */
/* sources: drivers/net/nic.c drivers/net/virtio_net.c drivers/virtio/virtio.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/net/virtio_net.h"
#include "lib/clock.h"
#include "tests/unit/nic_model.h"

#define F_MAC (1ull << 5)
#define HEADER 12
#define RX 0
#define TX 1

static struct {
	uint64_t now_us, offered, agreed;
	uint8_t status;
	unsigned int notified[2];
	uint16_t told[2]; /* how far the rings were when it was notified */
} m;

static struct virtio_net *net;
static struct nic_buffers *buffers;

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static uint64_t features(const struct virtio_device *dev)
{
	(void)dev;
	return m.offered;
}

static void set_features(const struct virtio_device *dev, uint64_t agreed)
{
	(void)dev;
	m.agreed = agreed;
}

static uint8_t status(const struct virtio_device *dev)
{
	(void)dev;
	return m.status;
}

static void set_status(const struct virtio_device *dev, uint8_t value)
{
	(void)dev;
	m.status = value;
}

/* The address. */
static uint32_t config(const struct virtio_device *dev, uint32_t offset, unsigned int size)
{
	(void)dev;
	assert_int_equal(size, 1);
	assert_true(offset < sizeof(model_mac));
	return model_mac[offset];
}

static uint32_t config_generation(const struct virtio_device *dev)
{
	(void)dev;
	return 0;
}

static uint32_t queue_max(const struct virtio_device *dev, uint16_t index)
{
	(void)dev;
	return index <= TX ? 256 : 0;
}

static enum err queue_enable(const struct virtio_device *dev, struct virtqueue *queue)
{
	(void)dev;
	(void)queue;
	return ERR_OK;
}

static void notify(const struct virtqueue *queue)
{
	m.notified[queue->index]++;
	m.told[queue->index] = queue->memory->avail.idx;
}

static const struct virtio_ops device_ops = {
	.features = features,
	.set_features = set_features,
	.status = status,
	.set_status = set_status,
	.config = config,
	.config_generation = config_generation,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.notify = notify,
};

static struct virtio_device device;

/* The device says that it is done with chain @id, of which it has written @length bytes. */
static void use(struct virtqueue_memory *queue, uint32_t id, uint32_t length)
{
	uint16_t at = queue->used.idx % VIRTQUEUE_SIZE;

	queue->used.ring[at].id = id;
	queue->used.ring[at].len = length;
	queue->used.idx++;
}

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.offered = F_MAC | VIRTIO_F_VERSION_1;
	device = (struct virtio_device){ .ops = &device_ops, .id = VIRTIO_ID_NET };
	net = aligned_alloc(VIRTQUEUE_ALIGN, (sizeof(*net) + VIRTQUEUE_ALIGN - 1) /
						     VIRTQUEUE_ALIGN * VIRTQUEUE_ALIGN);
	buffers = aligned_alloc(64, sizeof(*buffers));
	memset(net, 0, sizeof(*net));
	return virtio_net_open(net, &device, buffers);
}

static int teardown(void **state)
{
	(void)state;
	free(net);
	free(buffers);
	return 0;
}

static void gives_all_its_buffers(void **state)
{
	(void)state;
	assert_memory_equal(net->nic.mac, model_mac, sizeof(model_mac));
	assert_int_equal(net->rx_memory.avail.idx, NIC_RX_COUNT);
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++) {
		const struct virtq_desc *desc = &net->rx_memory.desc[i];

		assert_int_equal(desc->flags, VIRTQ_DESC_WRITE);
		assert_ptr_equal(desc->addr, buffers->rx[i] + NIC_FRAME_OFFSET - HEADER);
		assert_ptr_equal(desc->addr + desc->len, buffers->rx[i] + NIC_BUFFER_SIZE);
	}
}

static void receives_in_any_order(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3 * NIC_RX_COUNT; i++) {
		uint32_t id = i * 5 % NIC_RX_COUNT;

		use(&net->rx_memory, id, HEADER + 60 + i);
		expect_frame(&net->nic, id, 60 + i);
		nic_release(&net->nic, id);
		assert_int_equal(net->rx_memory.avail.idx, NIC_RX_COUNT + i + 1);
	}
	expect_no_frame(&net->nic, ERR_OK);
}

static void drops_what_is_no_frame(void **state)
{
	(void)state;
	use(&net->rx_memory, 0, HEADER + NIC_FRAME_MIN - 1);
	use(&net->rx_memory, 1, HEADER + NIC_FRAME_MAX + 1);
	use(&net->rx_memory, 2, HEADER + NIC_FRAME_MAX);
	expect_frame(&net->nic, 2, NIC_FRAME_MAX);
}

/* What a device says, and what is to come of it. */
static void believes_no_ring(void **state)
{
	static const struct {
		uint32_t id, length;
		enum err err;
	} lies[] = {
		{ 0, 0, ERR_VIRTIO_RING },
		{ 0, HEADER, ERR_VIRTIO_RING },
		{ 0, HEADER - 1, ERR_VIRTIO_RING },
		{ 0, HEADER + NIC_FRAME_ROOM + 1, ERR_NIC_RING },
		{ 0, UINT32_MAX, ERR_NIC_RING },
		{ VIRTQUEUE_SIZE, HEADER + 60, ERR_VIRTIO_RING },
		{ UINT32_MAX, HEADER + 60, ERR_VIRTIO_RING },
	};
	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		use(&net->rx_memory, lies[i].id, lies[i].length);
		expect_no_frame(&net->nic, lies[i].err);
	}
}

static void takes_no_buffer_twice(void **state)
{
	(void)state;
	use(&net->rx_memory, 7, HEADER + 60);
	use(&net->rx_memory, 7, HEADER + 60);
	expect_frame(&net->nic, 7, 60);
	expect_no_frame(&net->nic, ERR_NIC_RING);
}

/* One that looks at the ring only when it is told. */
static void lets_no_device_starve(void **state)
{
	const uint16_t *ring = net->rx_memory.avail.ring;
	uint16_t taken = 0, used = 0;

	(void)state;
	for (unsigned int round = 0; round < 2000; round++) {
		unsigned int most = 1 + round * 7 % NIC_RX_COUNT;

		assert_int_not_equal(used, m.told[RX]);
		for (; most && used != m.told[RX]; most--, used++)
			use(&net->rx_memory, ring[used % VIRTQUEUE_SIZE], HEADER + 60);
		for (; taken != used; taken++) {
			unsigned int slot = ring[taken % VIRTQUEUE_SIZE];

			expect_frame(&net->nic, slot, 60);
			nic_release(&net->nic, slot);
		}
	}
	assert_true(m.notified[RX] < taken / 4);
}

static void takes_no_ring_that_jumps(void **state)
{
	(void)state;
	net->rx_memory.used.idx = VIRTQUEUE_SIZE + 1;
	expect_no_frame(&net->nic, ERR_VIRTIO_RING);
}

static void sends_until_all_is_under_way(void **state)
{
	uint8_t *frame;

	(void)state;
	for (unsigned int i = 0; i < NIC_TX_COUNT; i++) {
		unsigned int slot = expect_send_buffer(&net->nic, &frame);

		nic_send(&net->nic, slot, 60 + i);
		assert_int_equal(net->tx_memory.desc[slot].len, HEADER + 60 + i);
	}
	assert_int_equal(m.notified[TX], NIC_TX_COUNT);
	expect_no_send_buffer(&net->nic, ERR_NIC_SEND);
	use(&net->tx_memory, 5, 0);
	assert_int_equal(expect_send_buffer(&net->nic, &frame), 5);
}

static void believes_nothing_that_was_not_sent(void **state)
{
	use(&net->tx_memory, 0, 0);
	expect_no_send_buffer(&net->nic, ERR_VIRTIO_RING);
	teardown(state);
	assert_int_equal(setup(state), 0);
	use(&net->tx_memory, NIC_TX_COUNT, 0);
	expect_no_send_buffer(&net->nic, ERR_VIRTIO_RING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_all_its_buffers, setup, teardown),
		cmocka_unit_test_setup_teardown(receives_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(drops_what_is_no_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(believes_no_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_no_buffer_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(lets_no_device_starve, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_no_ring_that_jumps, setup, teardown),
		cmocka_unit_test_setup_teardown(sends_until_all_is_under_way, setup, teardown),
		cmocka_unit_test_setup_teardown(believes_nothing_that_was_not_sent, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
