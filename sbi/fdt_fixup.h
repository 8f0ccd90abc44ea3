/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware changes in the DTB that it hands over (Devicetree Specification v0.4, chapter 5):
 *	- /reserved-memory: the firmware's memory, mmode_resv<n>@<address>, no-map, and what another
 *	  domain has;
 *	- /cpus: status of harts that the next stage cannot have;
 *	- status of devices that belong to M-mode;
 *	- PLICs: contexts of M-mode, so that nobody counts on their interrupts;
 *	- /chosen/hartline, if an SPL of ours has made it: what the firmware has to say of the boot
 *	  (docs/boot-record.md).
 *
 * The places to edit are noted in the walk over the DTB and edited from the last to the first, each
 * with one move of what lies behind it. That is why this is not left to libfdt: it looks for every
 * node and string anew, and moves half a megabyte ten times when a machine has 512 harts.
 *
 * Where the room comes from, the first that will do:
 *	1. what the blob has left inside its totalsize;
 *	2. the memory right behind the blob: a few KiB, and only when it is RAM in which, as far as
 *	   the DTB and the caller can tell, nobody has anything;
 *	3. between the firmware and the next stage, where the DTB is then copied to. This is also for
 *	   a DTB that does not lie in RAM.
 * Where there is enough, the blob keeps some room: U-Boot's booti writes its /chosen into the tree
 * in place. Failing all that nothing is changed: a system that does not know what to keep off must
 * not start.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/irqchip/plic.h"
#include "lib/machine.h"

#define FDT_FIXUP_MAX_DISABLED 64
#define FDT_FIXUP_MAX_KEPT 8
#define FDT_RECORD_VERSION_MAX 64
#define FDT_FIXUP_SPARE 4096 /* bytes of room that the blob keeps */

/* Places to edit. Zero it first. */
struct fdt_fixup {
	uint32_t last_node;   /* the root's last child: new nodes go before it */
	uint32_t reserved_at; /* where children of /reserved-memory begin; 0: there is no such node */
	uint32_t record_at;   /* where properties of /chosen/hartline begin; 0: there is no node */
	uint8_t address_cells; /* of /reserved-memory's children */
	uint8_t size_cells;
	uint32_t disabled[FDT_FIXUP_MAX_DISABLED]; /* nodes to disable, in the order of the walk */
	unsigned int disabled_count;
	struct memory_range no_map[FDT_FIXUP_MAX_KEPT]; /* that /reserved-memory keeps already */
	unsigned int no_map_count;
	uint64_t initrd_start;
	uint64_t initrd_end;
};

/* To be called for every node of the walk. */
void fdt_fixup_visit(struct fdt_fixup *fixup, const struct dt_node *node);

/* The device of the @node at this offset belongs to M-mode. Best in the order of the walk. */
void fdt_fixup_disable(struct fdt_fixup *fixup, uint32_t node);

/* The firmware's part of the boot record. */
struct fdt_record {
	const char *version;  /* FDT_RECORD_VERSION_MAX bytes at most */
	uint64_t firmware_us; /* times as docs/boot-record.md has them; 0: unknown */
	uint64_t next_us;
};

/* What is known when all harts have been heard of. */
struct fdt_handover {
	const struct machine *machine;
	const struct plics *plics;
	bool (*offers_hart)(unsigned int index); /* the next stage can have this hart */
	/* What the next stage must keep off; the last is the firmware's own memory. */
	struct memory_range kept[FDT_FIXUP_MAX_KEPT];
	unsigned int kept_count;
	struct fdt_record record;
	uintptr_t next_addr;
	bool m_mode; /* the next stage runs in M-mode: it gets all harts and devices */
};

/*
 * Edits the DTB at *@dtb, or a copy of it whose address is then in *@dtb. All that the walk pointed
 * to in it is void afterwards. ERR_DT_NO_SPACE: see above; ERR_DT_HEADER: the memory reservation
 * block is damaged; ERR_RANGE: /reserved-memory has too few cells for the address.
 */
enum err fdt_fixup_apply(const struct fdt_fixup *fixup, const struct fdt_handover *handover,
			 uintptr_t *dtb);
