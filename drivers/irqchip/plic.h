/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform-level interrupt controller (RISC-V PLIC specification v1.0.0). M-mode takes no
 * external interrupts: its contexts are shut here, and Linux is told not to count on them. Those of
 * S-mode are left to who uses them.
 */
#pragma once

#include <stdint.h>

#include "lib/dt.h"

#define PLIC_MAX 8

/* What the walk finds; zero it first. */
struct plics {
	struct plic {
		uintptr_t base;
		uint64_t size;
		uint32_t sources; /* numbered from 1 */
		const uint8_t
			*interrupts; /* interrupts-extended: a (phandle, cause) pair a context */
		uint32_t contexts;
	} plics[PLIC_MAX];
	unsigned int count;
};

/* To be called for every node of the walk. */
void plic_visit(struct plics *plics, const struct dt_node *node);

/* After the walk, once: masks every source in the contexts of M-mode. */
void plic_init(const struct plics *plics);
