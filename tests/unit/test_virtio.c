/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio over MMIO and the virtio disk, against a device that is honest or not. The model finds the rings
 * by itself, from the registers, in the modern and in the legacy way.
 */
/* sources: drivers/virtio/virtio.c drivers/block/virtio_blk.c drivers/block/block.c */
/* sources: lib/meanwhile.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "drivers/block/virtio_blk.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"

static uint32_t model_read(uintptr_t addr, unsigned int width);
static void model_write32(uintptr_t addr, uint32_t value);

#define mmio_read8(addr) ((uint8_t)model_read(addr, 1))
#define mmio_read16(addr) ((uint16_t)model_read(addr, 2))
#define mmio_read32(addr) model_read(addr, 4)
#define mmio_write32(addr, value) model_write32(addr, value)
#include "drivers/virtio/mmio.c"

#define BASE 0x10001000u
#define SECTOR 512u
#define BUFFER_SIZE (4u << 20)

enum lie {
	HONEST,
	NEVER_DONE,
	INDEX_JUMPS,
	ID_TOO_LARGE,
	OTHER_HEAD,
	WRITES_LESS,
	IO_ERROR,
	NO_STATUS,
	NEVER_RESETS,
	FEATURES_REFUSED,
	NO_VERSION_1,
	NO_QUEUE,
	SMALL_QUEUE,
	QUEUE_IN_USE,
	TORN_CONFIG,
};

static struct {
	uint32_t magic, version, id;
	uint64_t capacity, features;
	uint32_t size_max;
	enum lie lie;
	uint64_t now_us;
	uint32_t regs[64];
	uint64_t driver_features;
	uint16_t seen;
	uint32_t requests, longest, torn_reads;
	uint64_t written_sector; /* what was written last, and where */
	uint32_t written_length;
	uint8_t written[8192];
} m;

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static uint8_t content(uint64_t sector, uint32_t i)
{
	return (uint8_t)(sector * 31 + i * 7 + (sector >> 8) + (i >> 8));
}

static uint32_t reg(unsigned int offset)
{
	return m.regs[offset / 4];
}

static uint8_t *pointer(unsigned int low)
{
	return (uint8_t *)(uintptr_t)(reg(low) | (uint64_t)reg(low + 4) << 32);
}

/* 2.7: where the three parts of the queue are. */
static void find_rings(uint8_t **desc, uint8_t **avail, uint8_t **used)
{
	uint32_t size = reg(QUEUE_SIZE);

	if (m.version == 2) {
		assert_int_equal(reg(QUEUE_READY), 1);
		*desc = pointer(QUEUE_DESC_LOW);
		*avail = pointer(QUEUE_DRIVER_LOW);
		*used = pointer(QUEUE_DEVICE_LOW);
		return;
	}
	*desc = (uint8_t *)((uintptr_t)reg(QUEUE_PFN) * reg(GUEST_PAGE_SIZE));
	*avail = *desc + 16 * size;
	*used = (uint8_t *)align_up((uintptr_t)(*avail + 6 + 2 * size), reg(QUEUE_ALIGN));
}

static void fill(uint8_t *data, uint64_t sector, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		data[i] = content(sector + i / SECTOR, i % SECTOR);
}

static void keep(const uint8_t *data, uint64_t sector, uint32_t length)
{
	m.written_sector = sector;
	m.written_length = length;
	memcpy(m.written, data, MIN(length, (uint32_t)sizeof(m.written)));
}

/* Follows the chain from @head; returns how much the driver's memory was written. */
static uint32_t serve(const uint8_t *desc, uint16_t head)
{
	const uint8_t *d = desc + 16 * head;
	const uint8_t *request = (const uint8_t *)(uintptr_t)load_le64(d);
	uint64_t sector;
	uint32_t length;
	bool out;

	assert_int_equal(load_le32(d + 8), 16);
	assert_int_equal(load_le16(d + 12), VIRTQ_DESC_NEXT);
	out = load_le32(request);
	assert_int_equal(load_le32(request), out);
	sector = load_le64(request + 8);
	d = desc + 16 * load_le16(d + 14);
	length = load_le32(d + 8);
	assert_int_equal(load_le16(d + 12), VIRTQ_DESC_NEXT | (out ? 0 : VIRTQ_DESC_WRITE));
	assert_int_equal(length % SECTOR, 0);
	assert_true(length > 0 && sector + length / SECTOR <= m.capacity);
	if (m.driver_features & 2)
		assert_true(length <= m.size_max);
	if (out)
		keep((const uint8_t *)(uintptr_t)load_le64(d), sector, length);
	else
		fill((uint8_t *)(uintptr_t)load_le64(d), sector, length);
	m.longest = MAX(m.longest, length);
	d = desc + 16 * load_le16(d + 14);
	assert_int_equal(load_le32(d + 8), 1);
	assert_int_equal(load_le16(d + 12), VIRTQ_DESC_WRITE);
	if (m.lie != NO_STATUS)
		*(uint8_t *)(uintptr_t)load_le64(d) = m.lie == IO_ERROR;
	return (out ? 0 : length) + 1;
}

static void notify(void)
{
	uint8_t *desc, *avail, *used;
	uint16_t size = (uint16_t)reg(QUEUE_SIZE);

	assert_int_equal(reg(STATUS), m.version == 2 ? 15 : 7);
	find_rings(&desc, &avail, &used);
	assert_int_equal(load_le16(avail), 1); /* no interrupts */
	while (m.lie != NEVER_DONE && m.seen != load_le16(avail + 2)) {
		uint16_t head = load_le16(avail + 4 + 2 * (m.seen % size));
		uint32_t written = serve(desc, head);
		uint32_t id = m.lie == ID_TOO_LARGE ? size : m.lie == OTHER_HEAD ? 1 : head;
		uint16_t idx = (uint16_t)(m.seen + 1);

		written -= m.lie == WRITES_LESS;
		m.requests++;
		memcpy(used + 4 + 8 * (m.seen % size), &id, 4);
		memcpy(used + 8 + 8 * (m.seen % size), &written, 4);
		m.seen = idx;
		idx = m.lie == INDEX_JUMPS ? idx + size : idx;
		memcpy(used + 2, &idx, 2);
	}
}

static uint32_t model_read(uintptr_t addr, unsigned int width)
{
	unsigned int offset = (unsigned int)(addr - BASE);
	uint8_t config[60] = { 0 };
	uint32_t value = 0;

	if (offset >= CONFIG) {
		memcpy(config, &m.capacity, 8);
		memcpy(config + 8, &m.size_max, 4);
		/* Only half of the new value is there when the first half is read. */
		if (m.lie == TORN_CONFIG && offset == CONFIG && m.torn_reads++ == 0)
			m.regs[CONFIG_GENERATION / 4]++, config[0] = 0xaa;
		memcpy(&value, config + offset - CONFIG, width);
		return value;
	}
	assert_int_equal(width, 4);
	switch (offset) {
	case MAGIC:
		return m.magic;
	case VERSION:
		return m.version;
	case DEVICE_ID:
		return m.id;
	case DEVICE_FEATURES:
		return (uint32_t)(m.features >> (reg(DEVICE_FEATURES_SEL) ? 32 : 0));
	case QUEUE_SIZE_MAX:
		if (m.lie == NO_QUEUE || reg(QUEUE_SEL))
			return 0;
		return m.lie == SMALL_QUEUE ? VIRTQUEUE_SIZE - 1 : VIRTQUEUE_SIZE;
	case QUEUE_READY:
	case QUEUE_PFN:
		assert_int_equal(offset == QUEUE_PFN, m.version == 1);
		return m.lie == QUEUE_IN_USE ? 1 : reg(offset);
	case STATUS:
		if (m.lie == NEVER_RESETS)
			return 1;
		return reg(STATUS) & ~(m.lie == FEATURES_REFUSED ? 8u : 0);
	default:
		return reg(offset);
	}
}

static void model_write32(uintptr_t addr, uint32_t value)
{
	unsigned int offset = (unsigned int)(addr - BASE);

	assert_true(offset < CONFIG);
	if (offset == STATUS && !value) {
		memset(m.regs, 0, sizeof(m.regs));
		m.seen = 0;
		return;
	}
	m.regs[offset / 4] = value;
	if (offset == DRIVER_FEATURES) {
		if (reg(DRIVER_FEATURES_SEL))
			m.driver_features = (uint32_t)m.driver_features | (uint64_t)value << 32;
		else
			m.driver_features = (m.driver_features & ~0xffffffffull) | value;
		assert_int_equal(m.driver_features & ~m.features, 0);
	}
	if (offset == QUEUE_NOTIFY)
		notify();
}

static struct virtio_device dev;
static struct virtio_blk *blk;
static uint8_t *buffer;

static void make_device(uint32_t version)
{
	memset(&m, 0, sizeof(m));
	m.magic = 0x74726976;
	m.version = version;
	m.id = VIRTIO_ID_BLOCK;
	m.capacity = 20000;
	m.features = (version == 2 ? VIRTIO_F_VERSION_1 : 0) | 0x30000044;
	memset(buffer, 0, BUFFER_SIZE);
}

static int map_memory(void **state)
{
	(void)state;
	/* A page frame number has 32 bits, enough for 44 bits of address. */
	blk = mmap(NULL, align_up(sizeof(*blk), 4096), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	buffer =
		mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true((void *)blk != MAP_FAILED && buffer != MAP_FAILED);
	return 0;
}

static void open_disk(void)
{
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_OK);
	assert_int_equal(virtio_blk_open(blk, &dev), ERR_OK);
	assert_int_equal(blk->block.block_count, m.capacity);
}

static void assert_reads(uint64_t lba, uint32_t count)
{
	assert_int_equal(block_read(&blk->block, lba, count, buffer), ERR_OK);
	for (uint32_t i = 0; i < count * SECTOR; i++) {
		if (buffer[i] != content(lba + i / SECTOR, i % SECTOR))
			fail_msg("byte %u of sector %llu", i % SECTOR,
				 (unsigned long long)(lba + i / SECTOR));
	}
}

static void reads_a_disk(void **state)
{
	(void)state;
	for (uint32_t version = 1; version <= 2; version++) {
		make_device(version);
		open_disk();
		assert_int_equal(dev.legacy, version == 1);
		assert_int_equal(m.driver_features, version == 1 ? 0 : VIRTIO_F_VERSION_1);
		assert_reads(0, 1);
		assert_reads(3, 8000);
		assert_int_equal(m.requests, 1 + 4);
		assert_int_equal(m.longest, 1u << 20);
		for (uint32_t i = 0; i < 100000; i += 997)
			assert_reads(i % 19000, 2);
		assert_reads(m.capacity - 3, 3);
		assert_int_equal(block_read(&blk->block, m.capacity - 3, 4, buffer),
				 ERR_BLOCK_RANGE);
		assert_int_equal(virtio_blk_close(blk), ERR_OK);
		assert_int_equal(reg(STATUS), 0);
	}
}

static void writes_a_disk(void **state)
{
	static uint8_t data[2 * SECTOR];

	(void)state;
	memset(data, 0x5a, sizeof(data));
	for (uint32_t version = 1; version <= 2; version++) {
		make_device(version);
		open_disk();
		assert_int_equal(block_write(&blk->block, 19998, 2, data), ERR_OK);
		assert_int_equal(m.written_sector, 19998);
		assert_int_equal(m.written_length, sizeof(data));
		assert_memory_equal(m.written, data, sizeof(data));
		assert_int_equal(block_write(&blk->block, 19999, 2, data), ERR_BLOCK_RANGE);
		assert_int_equal(block_write(&blk->block, 3, 8000, buffer), ERR_OK);
		assert_int_equal(m.requests, 1 + 4);
		m.lie = IO_ERROR;
		assert_int_equal(block_write(&blk->block, 3, 1, data), ERR_VIRTIO_BLK_IO);
		m.lie = WRITES_LESS;
		assert_int_equal(block_write(&blk->block, 3, 1, data),
				 version == 2 ? ERR_VIRTIO_RING : ERR_OK);
	}
}

static void does_not_write_a_read_only_disk(void **state)
{
	(void)state;
	make_device(2);
	m.features |= 1u << 5;
	open_disk();
	assert_int_equal(block_write(&blk->block, 3, 1, buffer), ERR_BLOCK_READ_ONLY);
	assert_int_equal(m.requests, 0);
	assert_reads(3, 1);
}

static void reads_a_large_disk_into_high_memory(void **state)
{
	static struct virtio_blk high_blk;
	struct virtio_blk *low_blk = blk;

	(void)state;
	assert_true((uintptr_t)&high_blk >> 32);
	blk = &high_blk;
	make_device(2);
	m.capacity = 0x300000005;
	open_disk();
	assert_reads(0x300000000, 5);
	blk = low_blk;
}

static void wraps_around_its_ring(void **state)
{
	(void)state;
	make_device(2);
	open_disk();
	for (uint32_t i = 0; i < 70000; i++)
		assert_int_equal(block_read(&blk->block, i % 20000, 1, buffer), ERR_OK);
	assert_reads(77, 7);
}

static void respects_the_largest_segment(void **state)
{
	(void)state;
	make_device(2);
	m.features |= 2;
	m.size_max = 5000;
	open_disk();
	assert_reads(0, 100);
	assert_int_equal(m.longest, 4608);
	m.size_max = 511;
	assert_int_equal(virtio_blk_open(blk, &dev), ERR_VIRTIO_BLK_SIZE);
	m.size_max = 0;
	assert_int_equal(virtio_blk_open(blk, &dev), ERR_VIRTIO_BLK_SIZE);
}

static void tells_what_is_not_a_disk(void **state)
{
	(void)state;
	make_device(2);
	m.id = 0;
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_NOT_FOUND);
	m.magic = 0;
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_VIRTIO_TRANSPORT);
	make_device(3);
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_VIRTIO_TRANSPORT);
	make_device(2);
	m.id = VIRTIO_ID_NET;
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_OK);
	assert_int_equal(virtio_blk_open(blk, &dev), ERR_NOT_FOUND);
	make_device(2);
	m.capacity = 0;
	assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_OK);
	assert_int_equal(virtio_blk_open(blk, &dev), ERR_VIRTIO_BLK_SIZE);
}

static void refuses_a_device_that_does_not_start(void **state)
{
	static const struct {
		enum lie lie;
		enum err err;
	} lies[] = {
		{ NEVER_RESETS, ERR_VIRTIO_RESET },    { FEATURES_REFUSED, ERR_VIRTIO_FEATURES },
		{ NO_VERSION_1, ERR_VIRTIO_FEATURES }, { NO_QUEUE, ERR_VIRTIO_QUEUE },
		{ SMALL_QUEUE, ERR_VIRTIO_QUEUE },     { QUEUE_IN_USE, ERR_VIRTIO_QUEUE },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(lies); i++) {
		uint64_t start;

		make_device(2);
		m.lie = lies[i].lie;
		if (m.lie == NO_VERSION_1)
			m.features &= ~VIRTIO_F_VERSION_1;
		assert_int_equal(virtio_mmio_open(&dev, BASE), ERR_OK);
		start = m.now_us;
		assert_int_equal(virtio_blk_open(blk, &dev), lies[i].err);
		assert_in_range(m.now_us - start, 0, 1100000);
	}
}

static void stops_a_device_that_lies(void **state)
{
	static const struct {
		enum lie lie;
		enum err err;
		bool stopped;
	} lies[] = {
		{ NEVER_DONE, ERR_VIRTIO_TIMEOUT, true }, { INDEX_JUMPS, ERR_VIRTIO_RING, true },
		{ ID_TOO_LARGE, ERR_VIRTIO_RING, true },  { OTHER_HEAD, ERR_VIRTIO_RING, true },
		{ WRITES_LESS, ERR_VIRTIO_RING, true },	  { IO_ERROR, ERR_VIRTIO_BLK_IO, false },
		{ NO_STATUS, ERR_VIRTIO_BLK_IO, false },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(lies); i++) {
		uint64_t start;

		make_device(2);
		open_disk();
		assert_reads(4, 4);
		m.lie = lies[i].lie;
		start = m.now_us;
		assert_int_equal(block_read(&blk->block, 4, 4000, buffer), lies[i].err);
		assert_in_range(m.now_us - start, 0, 5100000);
		m.lie = HONEST;
		assert_int_equal(reg(STATUS), lies[i].stopped ? 0 : 15);
		if (lies[i].stopped)
			assert_int_equal(block_read(&blk->block, 4, 4, buffer), lies[i].err);
		else
			assert_reads(4, 4);
		open_disk();
		assert_reads(4, 4);
	}
}

struct seen {
	unsigned int requests; /* that the device has got */
	unsigned int taken;    /* whose end the driver has seen */
};

static void work_long(void *context)
{
	*(struct seen *)context = (struct seen){ m.requests, blk->queue.last_used };
	m.now_us += 10000000;
}

/* Between the start of a request and the look for its end; the time for it begins after that. */
static void lets_others_work_while_the_device_does(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	make_device(2);
	open_disk();
	assert_reads(1, 1);
	meanwhile(work_long, &seen);
	assert_reads(3, 8000);
	assert_int_equal(seen.requests, 2);
	assert_int_equal(seen.taken, 1);
	assert_int_equal(blk->queue.last_used, 5);

	m.lie = NEVER_DONE;
	meanwhile(work_long, &seen);
	assert_int_equal(block_read(&blk->block, 4, 4, buffer), ERR_VIRTIO_TIMEOUT);
	assert_int_equal(seen.taken, 5);
	assert_int_equal(reg(STATUS), 0);
}

static void reads_configuration_in_one_piece(void **state)
{
	(void)state;
	make_device(2);
	m.lie = TORN_CONFIG;
	open_disk();
	assert_int_equal(m.torn_reads, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_disk),
		cmocka_unit_test(writes_a_disk),
		cmocka_unit_test(does_not_write_a_read_only_disk),
		cmocka_unit_test(reads_a_large_disk_into_high_memory),
		cmocka_unit_test(wraps_around_its_ring),
		cmocka_unit_test(respects_the_largest_segment),
		cmocka_unit_test(tells_what_is_not_a_disk),
		cmocka_unit_test(refuses_a_device_that_does_not_start),
		cmocka_unit_test(stops_a_device_that_lies),
		cmocka_unit_test(lets_others_work_while_the_device_does),
		cmocka_unit_test(reads_configuration_in_one_piece),
	};

	return cmocka_run_group_tests(tests, map_memory, NULL);
}
