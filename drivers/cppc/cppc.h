/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices with the performance registers of harts (ACPI, "Collaborative Processor Performance
 * Control"; SBI v3.0, table "CPPC Registers"). A machine has one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/dt.h"

/* Registers by number: those of ACPI have the SBI's, then comes the SBI's own. */
enum cppc_register {
	CPPC_DESIRED_PERFORMANCE = 0x05,
	CPPC_COUNTER_WRAPAROUND_TIME = 0x0a,
	CPPC_REFERENCE_COUNTER = 0x0b,
	CPPC_DELIVERED_COUNTER = 0x0c,
	CPPC_TRANSITION_LATENCY = 0x15,
	CPPC_REGISTERS
};

struct cppc_device;

struct cppc_driver {
	const char *const *compatible; /* NULL-terminated */

	/* Fills in @device; false when the node lacks something. */
	bool (*read_node)(struct cppc_device *device, const struct dt_node *node);

	/* 32 or 64 bits of a register of a hart, by its index in the tree; 0: there is none. */
	unsigned int (*width)(const struct cppc_device *device, unsigned int hart,
			      enum cppc_register reg);

	/* Of registers that have a width; false: the device did not do it. */
	bool (*read)(const struct cppc_device *device, unsigned int hart, enum cppc_register reg,
		     uint64_t *value);
	bool (*write)(const struct cppc_device *device, unsigned int hart, enum cppc_register reg,
		      uint64_t value);
};

struct cppc_device {
	const struct cppc_driver *driver; /* NULL: there is no device */
	uintptr_t base;
	uint64_t size;
	uint32_t registers; /* bit n: register n is there */
	bool wide_counters;
};

/*
 * To be called for every node of the walk; the first device counts. True when the node is that, which
 * belongs to M-mode. Zero @device first.
 */
bool cppc_visit(struct cppc_device *device, const struct dt_node *node);

/* The register with the SBI's @id; false: it is reserved. */
bool cppc_register_of(uint32_t id, enum cppc_register *reg);
bool cppc_is_writable(enum cppc_register reg);

extern const struct cppc_driver cppc_memory;
