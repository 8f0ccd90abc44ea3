/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A namespace of an NVMe controller (NVM Express Base Specification 2.0 and NVM Command Set
 * Specification 1.0; works with controllers from 1.0 on). One command at a time, polled.
 */
#pragma once

#include <stdbool.h>

#include "drivers/block/block.h"

/* PCI class of an NVMe controller with the I/O command interface; its registers are behind BAR 0. */
#define NVME_PCI_CLASS 0x010802

#define NVME_PAGE 4096
#define NVME_QUEUE_ENTRIES 2 /* every controller has as many, and one command needs no more */
#define NVME_NAMESPACES_MAX 8

struct nvme_command {
	uint32_t opcode_id; /* opcode; command identifier in the upper half */
	uint32_t nsid;
	uint64_t reserved[2];
	uint64_t prp1;
	uint64_t prp2;
	uint32_t argument[6]; /* dwords 10-15 */
};

struct nvme_completion {
	uint32_t result;
	uint32_t reserved;
	uint32_t queue; /* head of the submission queue, its number */
	uint32_t id_phase_status;
};

/* What the controller reads and writes by DMA. */
struct nvme_memory {
	uint8_t page[NVME_PAGE]; /* what it says about itself; blocks for memory that DMA cannot reach */
	uint64_t prp_list[NVME_PAGE / sizeof(uint64_t)];
	struct nvme_queue_memory {
		struct nvme_command submissions[NVME_PAGE / sizeof(struct nvme_command)];
		struct nvme_completion completions[NVME_PAGE / sizeof(struct nvme_completion)];
	} queue[2]; /* admin, I/O */
} __attribute__((aligned(NVME_PAGE)));

struct nvme_queue {
	struct nvme_queue_memory *memory;
	uintptr_t doorbells; /* of the submissions; that of the completions follows */
	uint8_t at;	     /* the next entry, in both queues */
	bool phase;	     /* of a new completion */
};

struct nvme {
	struct nvme_memory memory; /* first: nothing is aligned as much */
	struct block_device block; /* to read the namespace by, once it is open */
	uintptr_t base;
	uint32_t stride;      /* of doorbells, in bytes */
	uint32_t timeout_us;  /* for the controller to start and stop */
	uint32_t max_request; /* bytes */
	uint16_t id;	      /* of the next command */
	enum err failure;     /* why the controller was stopped */
	struct nvme_queue admin, io;
	uint32_t namespaces[NVME_NAMESPACES_MAX]; /* those that are active, ascending */
	uint8_t namespace_count;
	uint32_t nsid; /* the one that is open */
};

/*
 * Starts the controller whose registers are at @base and finds its namespaces, of which the first 8
 * count. The controller reads and writes @nvme until nvme_close(). ERR_NVME_...
 */
enum err nvme_open(struct nvme *nvme, uintptr_t base);

/*
 * Makes @nvme->block read the @index-th namespace; blocks of 512 to 4096 bytes without metadata.
 * ERR_NOT_FOUND: there are not so many. ERR_NVME_FORMAT, ERR_NVME_...
 */
enum err nvme_select(struct nvme *nvme, unsigned int index);

/* Stops the controller, so that it writes to no memory any more. ERR_NVME_READY: it does not stop. */
enum err nvme_close(struct nvme *nvme);
