/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACLINT and its predecessor CLINT: software interrupts and timers of M-mode (RISC-V ACLINT
 * specification v1.0-rc4). Several of them may serve a machine, each a part of its harts.
 */
#pragma once

#include "lib/machine.h"
#include "lib/riscv/io.h"

#define ACLINT_MAX_DEVICES 16

/* What the walk finds; zero it first. */
struct aclint_search {
	struct aclint_device {
		const uint8_t *interrupts; /* interrupts-extended: (phandle, cause) pairs */
		uint32_t interrupts_size;  /* bytes */
		uintptr_t msip;		   /* base of the MSIP registers; 0: has none */
		uintptr_t mtimecmp;	   /* base of the MTIMECMP registers; 0: has none */
		uintptr_t mtime;
		struct memory_range regs[2]; /* all of its registers; the second may be empty */
	} devices[ACLINT_MAX_DEVICES];
	unsigned int count;
	bool too_many; /* there are more: nobody may take them for harmless */
};

/* To be called for every node of the walk. True when the node belongs to M-mode. */
bool aclint_visit(struct aclint_search *search, const struct dt_node *node);

/* After the walk: fills msip, mtimecmp and mtime of each hart that a device serves. */
void aclint_assign(const struct aclint_search *search, struct machine *machine);

/* Sends or clears the software interrupt whose register is @msip. */
static inline void aclint_send_ipi(uintptr_t msip)
{
	fence_before_io();
	mmio_write32(msip, 1);
}

static inline void aclint_clear_ipi(uintptr_t msip)
{
	mmio_write32(msip, 0);
	fence_after_io();
}
