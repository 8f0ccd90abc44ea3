/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The advanced platform-level interrupt controller (RISC-V AIA v1.0, chapter 4; binding
 * riscv,aplic). The firmware hands every source to the supervisor-level domains, tells the root
 * where MSIs go, and takes no interrupt itself.
 */
#pragma once

#include <stdint.h>

#include "drivers/irqchip/imsic.h"

#define APLIC_MAX 16
#define APLIC_MAX_DELEGATIONS 4

/* What the walk finds; zero it first. */
struct aplics {
	struct aplic {
		bool is_machine;
		uint32_t phandle;
		struct memory_range regs;
		uint32_t sources;	 /* numbered from 1 */
		uint32_t msi_parent;	 /* phandle; 0: delivers directly */
		uint32_t idcs;		 /* harts to deliver to directly */
		const uint8_t *children; /* phandles of child domains */
		uint32_t child_count;
		const uint8_t *delegations; /* (child, first source, last source) */
		uint32_t delegation_count;  /* 0: all to the first child */
	} aplics[APLIC_MAX];
	unsigned int count;
	bool too_many; /* there are more */
};

/* To be called for every node of the walk. True when the node belongs to M-mode. */
bool aplic_visit(struct aplics *aplics, const struct dt_node *node);

/* After the walk, once. */
void aplic_init(const struct aplics *aplics, const struct imsics *imsics);
