/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NVMe over PCIe (NVM Express Base Specification 2.0, NVMe over PCIe Transport 1.0, NVM Command Set 1.0).
 * The device is not trusted: what it says about itself is checked, and a controller that answers
 * nonsense or not at all is stopped.
 */
#include "drivers/block/nvme.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

/* Controller registers (Base 3.1.3) */
#define CAP 0x00
#define CC 0x14
#define CSTS 0x1c
#define AQA 0x24
#define ASQ 0x28
#define ACQ 0x30
#define DOORBELLS 0x1000

#define CAP_ENTRIES_LESS_1(low) ((low)&0xffff)
#define CAP_TIMEOUT(low) ((low) >> 24) /* in units of 500 ms */
#define CAP_STRIDE(high) ((high)&0xf)
#define CAP_HAS_NVM(high) ((high) >> 5 & 1)
#define CAP_PAGE_MIN(high) ((high) >> 16 & 0xf) /* 4 KiB << n */

#define CC_ENABLE (1u << 0)
#define CC_ENTRY_SIZES (6u << 16 | 4u << 20) /* 64 and 16 bytes */
#define CSTS_READY (1u << 0)
#define CSTS_FATAL (1u << 1)

#define ADMIN_CREATE_SUBMISSIONS 0x01
#define ADMIN_CREATE_COMPLETIONS 0x05
#define ADMIN_IDENTIFY 0x06
#define IO_WRITE 0x01
#define IO_READ 0x02
#define IO_FORCE_UNIT_ACCESS (1u << 30) /* done means: in lasting memory */

#define IDENTIFY_NAMESPACE 0
#define IDENTIFY_CONTROLLER 1
#define IDENTIFY_ACTIVE_NAMESPACES 2
#define CONTROLLER_MDTS 77
#define NAMESPACE_SIZE 0
#define NAMESPACE_NLBAF 25
#define NAMESPACE_FLBAS 26
#define NAMESPACE_LBAF(n) (128 + 4 * (n))
#define LBAF_METADATA(format) ((format)&0xffff)
#define LBAF_SHIFT(format) ((format) >> 16 & 0xff)

#define QUEUE_CONTIGUOUS 1

#define STATUS_PHASE (1u << 16)
#define STATUS(word) ((word) >> 17 & 0x7ff)
#define STATUS_DO_NOT_RETRY (1u << 31)
#define COMMAND_ID(word) ((word)&0xffff)

#define IO_QUEUE 1
#define START_TIMEOUT_MAX_US 30000000u
#define COMMAND_TIMEOUT_US 5000000
#define MAX_REQUEST 0x100000
#define MAX_FAILURES 3

static uint32_t reg_read(const struct nvme *nvme, unsigned int reg)
{
	return mmio_read32(nvme->base + reg);
}

static void reg_write64(const struct nvme *nvme, unsigned int reg, uint64_t value)
{
	mmio_write32(nvme->base + reg, (uint32_t)value);
	mmio_write32(nvme->base + reg + 4, (uint32_t)(value >> 32));
}

static enum err wait_ready(const struct nvme *nvme, uint32_t ready)
{
	uint64_t deadline = deadline_after(nvme->timeout_us);

	do {
		uint32_t status = reg_read(nvme, CSTS);

		if ((status & CSTS_READY) == ready)
			return ERR_OK;
		if (ready && status & CSTS_FATAL)
			return ERR_NVME_FATAL;
	} while (!deadline_passed(deadline));
	return ERR_NVME_READY;
}

enum err nvme_close(struct nvme *nvme)
{
	mmio_write32(nvme->base + CC, 0);
	return wait_ready(nvme, 0);
}

static void queue_init(struct nvme *nvme, struct nvme_queue *queue, unsigned int number)
{
	*queue = (struct nvme_queue){
		.memory = &nvme->memory.queue[number],
		.doorbells = nvme->base + DOORBELLS + 2 * number * nvme->stride,
		.phase = true,
	};
	memset(queue->memory, 0, sizeof(*queue->memory));
}

/* Waits for the one completion there can be, and frees its entry. */
static enum err wait_completion(struct nvme *nvme, struct nvme_queue *queue, uint32_t *status)
{
	const volatile uint32_t *word = &queue->memory->completions[queue->at].id_phase_status;
	uint64_t deadline = deadline_after(COMMAND_TIMEOUT_US);

	while (!(*word & STATUS_PHASE) == queue->phase) {
		if (deadline_passed(deadline))
			return ERR_NVME_TIMEOUT;
		cpu_relax();
	}
	fence_after_io();
	*status = *word;
	if (COMMAND_ID(*status) != nvme->id)
		return ERR_NVME_COMPLETION;
	queue->at = !queue->at;
	queue->phase = queue->phase != !queue->at;
	mmio_write32(queue->doorbells + nvme->stride, queue->at);
	return ERR_OK;
}

/* Stops the controller when it does not answer as it should: it might still write to memory. */
static enum err execute(struct nvme *nvme, struct nvme_queue *queue,
			const struct nvme_command *command, enum err refused)
{
	struct nvme_command *entry = &queue->memory->submissions[queue->at];
	uint32_t status = 0;
	enum err err;

	if (nvme->failure)
		return nvme->failure;
	*entry = *command;
	entry->opcode_id |= (uint32_t)++nvme->id << 16;
	fence_before_io();
	mmio_write32(queue->doorbells, !queue->at);
	meanwhile_run();
	err = wait_completion(nvme, queue, &status);
	if (err) {
		nvme_close(nvme);
		nvme->failure = err;
		return err;
	}
	if (!STATUS(status))
		return ERR_OK;
	return status & STATUS_DO_NOT_RETRY ? ERR_NVME_REFUSED : refused;
}

static enum err identify(struct nvme *nvme, uint32_t what, uint32_t nsid)
{
	const struct nvme_command command = {
		.opcode_id = ADMIN_IDENTIFY,
		.nsid = nsid,
		.prp1 = (uintptr_t)nvme->memory.page,
		.argument = { what },
	};

	return execute(nvme, &nvme->admin, &command, ERR_NVME_REFUSED);
}

static enum err create_queue(struct nvme *nvme, uint32_t opcode, const void *entries,
			     uint32_t flags)
{
	const struct nvme_command command = {
		.opcode_id = opcode,
		.prp1 = (uintptr_t)entries,
		.argument = { (NVME_QUEUE_ENTRIES - 1) << 16 | IO_QUEUE, flags | QUEUE_CONTIGUOUS },
	};

	return execute(nvme, &nvme->admin, &command, ERR_NVME_REFUSED);
}

static enum err read_capabilities(struct nvme *nvme)
{
	uint32_t low = reg_read(nvme, CAP), high = reg_read(nvme, CAP + 4);

	if (CAP_ENTRIES_LESS_1(low) < NVME_QUEUE_ENTRIES - 1 || CAP_PAGE_MIN(high) ||
	    !CAP_HAS_NVM(high))
		return ERR_NVME_CAPABILITIES;
	nvme->stride = 4u << CAP_STRIDE(high);
	nvme->timeout_us = MIN((CAP_TIMEOUT(low) + 1) * 500000, START_TIMEOUT_MAX_US);
	return ERR_OK;
}

static enum err start(struct nvme *nvme)
{
	enum err err = nvme_close(nvme);

	if (err)
		return err;
	queue_init(nvme, &nvme->admin, 0);
	queue_init(nvme, &nvme->io, IO_QUEUE);
	mmio_write32(nvme->base + AQA, (NVME_QUEUE_ENTRIES - 1) << 16 | (NVME_QUEUE_ENTRIES - 1));
	reg_write64(nvme, ASQ, (uintptr_t)nvme->admin.memory->submissions);
	reg_write64(nvme, ACQ, (uintptr_t)nvme->admin.memory->completions);
	mmio_write32(nvme->base + CC, CC_ENTRY_SIZES | CC_ENABLE);
	return wait_ready(nvme, CSTS_READY);
}

/* Controllers before 1.1 have no list, and their namespaces are numbered through. */
static enum err find_namespaces(struct nvme *nvme)
{
	enum err err = identify(nvme, IDENTIFY_ACTIVE_NAMESPACES, 0);
	uint32_t nsid;

	if (err == ERR_NVME_REFUSED) {
		nvme->namespaces[nvme->namespace_count++] = 1;
		return ERR_OK;
	}
	while (!err && nvme->namespace_count < NVME_NAMESPACES_MAX &&
	       (nsid = load_le32(nvme->memory.page + 4 * nvme->namespace_count)))
		nvme->namespaces[nvme->namespace_count++] = nsid;
	return err;
}

enum err nvme_open(struct nvme *nvme, uintptr_t base)
{
	uint8_t shift;
	enum err err;

	memset(nvme, 0, sizeof(*nvme));
	nvme->base = base;
	err = read_capabilities(nvme);
	if (!err)
		err = start(nvme);
	if (!err)
		err = identify(nvme, IDENTIFY_CONTROLLER, 0);
	if (err)
		return err;
	shift = nvme->memory.page[CONTROLLER_MDTS];
	nvme->max_request = MAX_REQUEST;
	if (shift && shift < 8)
		nvme->max_request = NVME_PAGE << shift;
	err = find_namespaces(nvme);
	if (!err)
		err = create_queue(nvme, ADMIN_CREATE_COMPLETIONS, nvme->io.memory->completions, 0);
	if (!err)
		err = create_queue(nvme, ADMIN_CREATE_SUBMISSIONS, nvme->io.memory->submissions,
				   IO_QUEUE << 16);
	return err;
}

/* Page by page; only the first may begin anywhere (Base 4.1.1). */
static void set_pages(struct nvme *nvme, struct nvme_command *command, uint64_t address,
		      uint32_t length)
{
	uint64_t page = align_down(address, NVME_PAGE) + NVME_PAGE;
	uint64_t end = address + length;
	uint64_t *entry = nvme->memory.prp_list;

	command->prp1 = address;
	if (page >= end)
		return;
	if (page + NVME_PAGE >= end) {
		command->prp2 = page;
		return;
	}
	command->prp2 = (uintptr_t)entry;
	for (; page < end; page += NVME_PAGE)
		*entry++ = page;
}

enum direction { READ, WRITE };

/* What one command can move. */
static enum err move_blocks(struct nvme *nvme, enum direction direction, uint64_t lba,
			    uint32_t count, uint8_t *buffer)
{
	struct nvme_command command = {
		.opcode_id = direction == READ ? IO_READ : IO_WRITE,
		.nsid = nvme->nsid,
		.argument = { (uint32_t)lba, (uint32_t)(lba >> 32),
			      (count - 1) | (direction == READ ? 0 : IO_FORCE_UNIT_ACCESS) },
	};
	enum err failed = direction == READ ? ERR_NVME_READ : ERR_NVME_WRITE, err;

	set_pages(nvme, &command, (uintptr_t)buffer, count * nvme->block.block_size);
	for (unsigned int i = 0; i < MAX_FAILURES; i++) {
		err = execute(nvme, &nvme->io, &command, failed);
		if (err != failed)
			break;
	}
	return err;
}

static enum err transfer(struct nvme *nvme, enum direction direction, uint64_t lba, uint32_t count,
			 uint8_t *buffer)
{
	uint32_t size = nvme->block.block_size;
	bool bounces = (uintptr_t)buffer % 4;
	uint32_t most = bounces ? 1 : nvme->max_request / size;
	enum err err = ERR_OK;

	while (count && !err) {
		uint32_t step = MIN(count, most);

		if (bounces && direction == WRITE)
			memcpy(nvme->memory.page, buffer, size);
		err = move_blocks(nvme, direction, lba, step, bounces ? nvme->memory.page : buffer);
		if (!err && bounces && direction == READ)
			memcpy(buffer, nvme->memory.page, size);
		buffer += step * size;
		lba += step;
		count -= step;
	}
	return err;
}

static enum err nvme_read(struct block_device *block, uint64_t lba, uint32_t count, void *buffer)
{
	return transfer(block->driver, READ, lba, count, buffer);
}

/* A transfer that writes only reads the buffer. */
static enum err nvme_write(struct block_device *block, uint64_t lba, uint32_t count,
			   const void *buffer)
{
	return transfer(block->driver, WRITE, lba, count, (uint8_t *)(uintptr_t)buffer);
}

enum err nvme_select(struct nvme *nvme, unsigned int index)
{
	static const struct block_ops ops = { .read = nvme_read, .write = BLOCK_WRITE(nvme_write) };
	const uint8_t *page = nvme->memory.page;
	unsigned int format;
	uint32_t lba_format;
	uint64_t blocks;
	enum err err;

	if (index >= nvme->namespace_count)
		return ERR_NOT_FOUND;
	nvme->nsid = nvme->namespaces[index];
	err = identify(nvme, IDENTIFY_NAMESPACE, nvme->nsid);
	if (err)
		return err;
	blocks = load_le64(page + NAMESPACE_SIZE);
	format = page[NAMESPACE_FLBAS] & 0xf;
	if (page[NAMESPACE_NLBAF] >= 16)
		format |= page[NAMESPACE_FLBAS] >> 1 & 0x30;
	lba_format = load_le32(page + NAMESPACE_LBAF(format));
	if (!blocks || LBAF_METADATA(lba_format) || LBAF_SHIFT(lba_format) < 9 ||
	    LBAF_SHIFT(lba_format) > 12)
		return ERR_NVME_FORMAT;
	nvme->block = (struct block_device){
		.ops = &ops,
		.driver = nvme,
		.name = "NVMe",
		.block_size = 1u << LBAF_SHIFT(lba_format),
		.block_count = blocks,
	};
	return ERR_OK;
}
