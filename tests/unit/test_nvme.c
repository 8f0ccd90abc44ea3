/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NVMe against a controller that is honest or not. The model follows the queues and PRP entries by
 * itself, from what the registers say.
 */
/* sources: drivers/block/block.c lib/meanwhile.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"

static uint32_t model_read(uintptr_t addr);
static void model_write(uintptr_t addr, uint32_t value);

#define mmio_read32(addr) model_read(addr)
#define mmio_write32(addr, value) model_write(addr, value)
#include "drivers/block/nvme.c"

#define BASE 0x40000000u
#define BUFFER_SIZE (3u << 20)
#define SMALL_DISK 8000u

enum lie {
	HONEST,
	NEVER_READY,
	NEVER_STOPS,
	FATAL,
	NEVER_DONE,
	OTHER_ID,
	REFUSES_LIST,  /* a controller of version 1.0 */
	REFUSES_READS, /* and writes */
	FAILS_TWICE,
	FAILS,
};

static struct {
	uint32_t cap_low, cap_high;
	uint32_t regs[16];
	enum lie lie;
	uint64_t now_us;
	uint8_t mdts, shift;
	uint16_t metadata;
	uint64_t blocks;
	uint32_t nsids[16];
	uint64_t io_submissions, io_completions;
	uint16_t heads[2], tails[2];
	unsigned int completed[2];
	unsigned int reads, writes, failures;
	uint32_t longest;
	uint64_t written_lba;
	uint32_t written_size;
	uint8_t written[1 << 20]; /* by the last write */
} m;

static struct nvme *nvme;
static uint8_t *buffer;

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static uint8_t content(uint64_t lba, uint32_t i)
{
	return (uint8_t)(lba * 31 + i * 7 + (lba >> 8) + (i >> 8));
}

static uint64_t reg64(unsigned int reg)
{
	return m.regs[reg / 4] | (uint64_t)m.regs[reg / 4 + 1] << 32;
}

static uint32_t model_read(uintptr_t addr)
{
	switch (addr - BASE) {
	case CAP:
		return m.cap_low;
	case CAP + 4:
		return m.cap_high;
	case CSTS:
		if (m.lie == NEVER_STOPS)
			return CSTS_READY;
		if (m.lie == FATAL)
			return CSTS_FATAL;
		return m.regs[CC / 4] & CC_ENABLE && m.lie != NEVER_READY;
	default:
		fail();
		return 0;
	}
}

/* Where byte @at of the data is: each page has an entry, those from the third on in a list. */
static uint8_t *data(const struct nvme_command *command, uint32_t at, uint32_t length)
{
	uint64_t first = NVME_PAGE - command->prp1 % NVME_PAGE;
	const uint64_t *list = (const uint64_t *)(uintptr_t)command->prp2;
	uint64_t page;

	if (at < first)
		return (uint8_t *)(uintptr_t)command->prp1 + at;
	page = (at - first) / NVME_PAGE;
	if (length <= first + NVME_PAGE) {
		assert_int_equal(command->prp2 % NVME_PAGE, 0);
		return (uint8_t *)(uintptr_t)command->prp2 + (at - first);
	}
	assert_true(page < NVME_PAGE / 8);
	assert_int_equal(list[page] % NVME_PAGE, 0);
	return (uint8_t *)(uintptr_t)list[page] + (at - first) % NVME_PAGE;
}

static uint32_t io_command(const struct nvme_command *command)
{
	bool writes = (command->opcode_id & 0xff) == 1;
	uint64_t lba = command->argument[0] | (uint64_t)command->argument[1] << 32;
	uint32_t count = (command->argument[2] & 0xffff) + 1, length = count << m.shift;

	assert_true(writes || (command->opcode_id & 0xff) == 2);
	assert_int_equal(command->argument[2] >> 16, writes ? 0x4000 : 0); /* into lasting memory */
	assert_int_equal(command->prp1 % 4, 0);
	assert_int_equal(command->nsid, m.nsids[0]);
	assert_true(lba + count <= m.blocks);
	assert_true(!m.mdts || length <= 4096u << m.mdts);
	*(writes ? &m.writes : &m.reads) += 1;
	m.longest = MAX(m.longest, length);
	if (m.lie == REFUSES_READS)
		return STATUS_DO_NOT_RETRY | 1 << 17;
	if (m.lie == FAILS || (m.lie == FAILS_TWICE && m.failures++ < 2))
		return 0x281 << 17;
	if (writes) {
		m.written_lba = lba;
		m.written_size = length;
		for (uint32_t i = 0; i < length; i++)
			m.written[i] = *data(command, i, length);
		return 0;
	}
	for (uint32_t i = 0; i < length; i++)
		*data(command, i, length) =
			content(lba + (i >> m.shift), i & ((1u << m.shift) - 1));
	return 0;
}

static uint32_t identify_command(const struct nvme_command *command)
{
	uint8_t *page = (uint8_t *)(uintptr_t)command->prp1;
	uint32_t format = (uint32_t)m.shift << 16 | m.metadata;

	assert_int_equal(command->prp1 % NVME_PAGE, 0);
	memset(page, 0, NVME_PAGE);
	switch (command->argument[0]) {
	case 0:
		assert_int_equal(command->nsid, m.nsids[0]);
		memcpy(page, &m.blocks, 8);
		page[25] = 20;
		page[26] = 0x23; /* format 19 */
		memcpy(page + 128 + 4 * 19, &format, 4);
		return 0;
	case 1:
		page[77] = m.mdts;
		return 0;
	default:
		if (m.lie == REFUSES_LIST)
			return 2 << 17;
		memcpy(page, m.nsids, sizeof(m.nsids));
		return 0;
	}
}

static uint32_t admin_command(const struct nvme_command *command)
{
	switch (command->opcode_id & 0xff) {
	case 6:
		return identify_command(command);
	case 5:
		assert_int_equal(command->argument[0], 1 << 16 | 1);
		assert_int_equal(command->argument[1], 1);
		m.io_completions = command->prp1;
		return 0;
	case 1:
		assert_int_equal(command->argument[0], 1 << 16 | 1);
		assert_int_equal(command->argument[1], 1 << 16 | 1);
		assert_true(m.io_completions);
		m.io_submissions = command->prp1;
		return 0;
	default:
		return 1 << 17;
	}
}

static void submitted(unsigned int queue, uint32_t tail)
{
	uint64_t entries = queue ? m.io_submissions : reg64(ASQ);
	struct nvme_completion *completions =
		(void *)(uintptr_t)(queue ? m.io_completions : reg64(ACQ));
	const struct nvme_command *command =
		(struct nvme_command *)(uintptr_t)entries + m.tails[queue];
	uint32_t status, phase = !(m.completed[queue] / 2 % 2) << 16;

	assert_int_equal(m.regs[AQA / 4], 0x10001);
	assert_int_equal(m.regs[CC / 4], 0x460001);
	assert_int_equal(entries % NVME_PAGE | (uintptr_t)completions % NVME_PAGE, 0);
	assert_int_equal(tail, !m.tails[queue]);
	assert_int_equal(m.completed[queue] % 2, m.heads[queue]); /* there is room for it */
	status = queue ? io_command(command) : admin_command(command);
	m.tails[queue] = (uint16_t)tail;
	if (m.lie == NEVER_DONE)
		return;
	completions[m.completed[queue]++ % 2].id_phase_status =
		((command->opcode_id >> 16) + (m.lie == OTHER_ID)) | phase | status;
}

static void model_write(uintptr_t addr, uint32_t value)
{
	unsigned int reg = (unsigned int)(addr - BASE), stride = 4u << (m.cap_high & 0xf);

	if (reg < sizeof(m.regs)) {
		m.regs[reg / 4] = value;
		if (reg == CC && !value) {
			memset(m.heads, 0, sizeof(m.heads));
			memset(m.tails, 0, sizeof(m.tails));
			memset(m.completed, 0, sizeof(m.completed));
		}
		return;
	}
	reg -= DOORBELLS;
	assert_true(reg % stride == 0 && reg / stride < 4);
	if (reg / stride % 2)
		m.heads[reg / stride / 2] = (uint16_t)value;
	else
		submitted(reg / stride / 2, value);
}

static int controller(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.cap_low = 0x0f0107ff;
	m.cap_high = 0x20;
	m.shift = 9;
	m.mdts = 7;
	m.blocks = SMALL_DISK;
	m.nsids[0] = 1;
	if (!nvme) {
		nvme = aligned_alloc(NVME_PAGE, align_up(sizeof(*nvme), NVME_PAGE));
		buffer = aligned_alloc(NVME_PAGE, BUFFER_SIZE);
	}
	return 0;
}

static enum err open_disk(void)
{
	enum err err = nvme_open(nvme, BASE);

	return err ? err : nvme_select(nvme, 0);
}

static void assert_reads(uint64_t lba, uint32_t count, uint32_t skew)
{
	memset(buffer, 0, BUFFER_SIZE);
	assert_int_equal(block_read(&nvme->block, lba, count, buffer + skew), ERR_OK);
	for (uint32_t i = 0; i < count << m.shift; i++) {
		if (buffer[skew + i] != content(lba + (i >> m.shift), i & ((1u << m.shift) - 1)))
			fail_msg("byte %u from block %llu", i, (unsigned long long)lba);
	}
	assert_int_equal(buffer[skew + (count << m.shift)], 0);
}

static void reads_a_namespace(void **state)
{
	static const uint32_t counts[] = { 1,  2,  7,	8,    9,    15,	  16,
					   17, 24, 100, 1000, 2047, 2048, 5000 };
	static const uint32_t skews[] = { 0, 4, 8, 512, 2048, 4092, 1, 3 };

	(void)state;
	for (uint32_t stride = 0; stride < 3; stride++) {
		m.cap_high = 0x20 | stride;
		assert_int_equal(open_disk(), ERR_OK);
		assert_int_equal(nvme->block.block_size, 512);
		assert_int_equal(nvme->block.block_count, m.blocks);
		for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
			for (unsigned int k = 0; k < ARRAY_SIZE(skews); k++)
				assert_reads(i, counts[i], skews[k]);
		}
	}
	assert_int_equal(m.longest, 128 * 4096);
	assert_reads(m.blocks - 3, 3, 0);
	assert_int_equal(block_read(&nvme->block, m.blocks - 3, 4, buffer), ERR_BLOCK_RANGE);
	assert_int_equal(nvme_close(nvme), ERR_OK);
	assert_int_equal(m.regs[CC / 4], 0);
}

static void assert_writes(uint64_t lba, uint32_t count, uint32_t skew)
{
	for (uint32_t i = 0; i < count * 512; i++)
		buffer[skew + i] = (uint8_t)(i * 13 + lba);
	assert_int_equal(block_write(&nvme->block, lba, count, buffer + skew), ERR_OK);
	assert_memory_equal(m.written, buffer + skew + count * 512 - m.written_size,
			    m.written_size);
	assert_int_equal(m.written_lba + m.written_size / 512, lba + count);
}

static void writes_a_namespace(void **state)
{
	(void)state;
	assert_int_equal(open_disk(), ERR_OK);
	assert_writes(3, 1, 0);
	assert_writes(100, 24, 512);
	assert_writes(7, 1024, 0);
	assert_int_equal(m.writes, 3);
	assert_writes(7, 1025, 0); /* one command does not do */
	assert_writes(9, 2, 1);	   /* nor does DMA from here */
	assert_int_equal(m.writes, 7);
	assert_int_equal(m.reads, 0);
	assert_int_equal(block_write(&nvme->block, m.blocks - 3, 4, buffer), ERR_BLOCK_RANGE);
	m.lie = FAILS_TWICE;
	assert_writes(3, 1, 0);
	m.lie = FAILS;
	assert_int_equal(block_write(&nvme->block, 3, 1, buffer), ERR_NVME_WRITE);
	m.lie = REFUSES_READS;
	assert_int_equal(block_write(&nvme->block, 3, 1, buffer), ERR_NVME_REFUSED);
}

static void asks_for_no_more_than_allowed(void **state)
{
	(void)state;
	m.mdts = 0;
	assert_int_equal(open_disk(), ERR_OK);
	assert_reads(0, 5000, 4);
	assert_int_equal(m.longest, 1 << 20);
	m.mdts = 1;
	m.longest = 0;
	assert_int_equal(open_disk(), ERR_OK);
	assert_reads(0, 5000, 4);
	assert_int_equal(m.longest, 8192);
	m.mdts = 200;
	assert_int_equal(open_disk(), ERR_OK);
	assert_int_equal(nvme->max_request, 1 << 20);
}

static void reads_large_blocks_of_a_large_namespace(void **state)
{
	(void)state;
	m.shift = 12;
	m.blocks = 0x300000005;
	m.nsids[0] = 77;
	assert_int_equal(open_disk(), ERR_OK);
	assert_int_equal(nvme->block.block_size, 4096);
	assert_reads(0x300000000, 5, 0);
	assert_reads(0x300000000, 5, 2);
}

static void finds_all_namespaces(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		m.nsids[i] = 3 * i + 2;
	assert_int_equal(open_disk(), ERR_OK);
	assert_int_equal(nvme->namespace_count, 8);
	assert_int_equal(nvme->namespaces[7], 23);
	assert_int_equal(nvme_select(nvme, 8), ERR_NOT_FOUND);
	m.lie = REFUSES_LIST;
	m.nsids[0] = 1;
	assert_int_equal(open_disk(), ERR_OK);
	assert_reads(4, 4, 0);
	m.lie = HONEST;
	m.nsids[0] = 0;
	assert_int_equal(open_disk(), ERR_NOT_FOUND);
}

static void refuses_what_it_cannot_read(void **state)
{
	(void)state;
	m.metadata = 8;
	assert_int_equal(open_disk(), ERR_NVME_FORMAT);
	m.metadata = 0;
	m.shift = 8;
	assert_int_equal(open_disk(), ERR_NVME_FORMAT);
	m.shift = 13;
	assert_int_equal(open_disk(), ERR_NVME_FORMAT);
	m.shift = 9;
	m.blocks = 0;
	assert_int_equal(open_disk(), ERR_NVME_FORMAT);
	m.cap_high = 0x20 | 1 << 16;
	assert_int_equal(open_disk(), ERR_NVME_CAPABILITIES);
	m.cap_high = 0;
	assert_int_equal(open_disk(), ERR_NVME_CAPABILITIES);
	m.cap_high = 0x20;
	m.cap_low = 0x0f010000;
	assert_int_equal(open_disk(), ERR_NVME_CAPABILITIES);
}

static void retries_what_may_succeed(void **state)
{
	(void)state;
	assert_int_equal(open_disk(), ERR_OK);
	m.lie = FAILS_TWICE;
	assert_reads(4, 4, 0);
	assert_int_equal(m.reads, 3);
	m.lie = FAILS;
	assert_int_equal(block_read(&nvme->block, 4, 4, buffer), ERR_NVME_READ);
	assert_int_equal(m.reads, 6);
	m.lie = REFUSES_READS;
	assert_int_equal(block_read(&nvme->block, 4, 4, buffer), ERR_NVME_REFUSED);
	assert_int_equal(m.reads, 7);
	m.lie = HONEST;
	assert_reads(4, 4, 0);
}

static void stops_a_controller_that_lies(void **state)
{
	static const struct {
		enum lie lie;
		enum err err;
	} lies[] = { { NEVER_DONE, ERR_NVME_TIMEOUT }, { OTHER_ID, ERR_NVME_COMPLETION } };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(lies); i++) {
		uint64_t start;

		m.lie = HONEST;
		assert_int_equal(open_disk(), ERR_OK);
		m.lie = lies[i].lie;
		start = m.now_us;
		assert_int_equal(block_read(&nvme->block, 4, 4, buffer), lies[i].err);
		assert_in_range(m.now_us - start, 0, 5100000);
		assert_int_equal(m.regs[CC / 4], 0);
		m.lie = HONEST;
		assert_int_equal(block_read(&nvme->block, 4, 4, buffer), lies[i].err);
	}
}

struct seen {
	unsigned int reads; /* that the controller has got */
	uint16_t freed;	    /* the doorbell of completions */
};

static void work_long(void *context)
{
	*(struct seen *)context = (struct seen){ m.reads, m.heads[1] };
	m.now_us += 10000000;
}

/* Between the start of a command and the look for its end; the time for it begins after that. */
static void lets_others_work_while_the_controller_does(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(open_disk(), ERR_OK);
	meanwhile(work_long, &seen);
	assert_reads(3, 1, 0);
	assert_int_equal(seen.reads, 1);
	assert_int_equal(seen.freed, 0);
	assert_int_equal(m.heads[1], 1);

	m.lie = NEVER_DONE;
	meanwhile(work_long, &seen);
	assert_int_equal(block_read(&nvme->block, 4, 4, buffer), ERR_NVME_TIMEOUT);
	assert_int_equal(seen.reads, 2);
	assert_int_equal(m.regs[CC / 4], 0);
}

static void waits_as_long_as_the_controller_says(void **state)
{
	uint64_t start;

	(void)state;
	m.lie = NEVER_READY;
	start = m.now_us;
	assert_int_equal(open_disk(), ERR_NVME_READY);
	assert_in_range(m.now_us - start, 8000000, 8100000);
	m.cap_low = 0xff0107ff;
	start = m.now_us;
	assert_int_equal(open_disk(), ERR_NVME_READY);
	assert_in_range(m.now_us - start, 30000000, 30100000);
	m.lie = NEVER_STOPS;
	assert_int_equal(open_disk(), ERR_NVME_READY);
	m.lie = FATAL;
	assert_int_equal(open_disk(), ERR_NVME_FATAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_a_namespace, controller),
		cmocka_unit_test_setup(writes_a_namespace, controller),
		cmocka_unit_test_setup(asks_for_no_more_than_allowed, controller),
		cmocka_unit_test_setup(reads_large_blocks_of_a_large_namespace, controller),
		cmocka_unit_test_setup(finds_all_namespaces, controller),
		cmocka_unit_test_setup(refuses_what_it_cannot_read, controller),
		cmocka_unit_test_setup(retries_what_may_succeed, controller),
		cmocka_unit_test_setup(stops_a_controller_that_lies, controller),
		cmocka_unit_test_setup(lets_others_work_while_the_controller_does, controller),
		cmocka_unit_test_setup(waits_as_long_as_the_controller_says, controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
