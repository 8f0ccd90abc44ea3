/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the CPPC device in a device tree, and what all of them have in common. */
#include "drivers/cppc/cppc.h"

#include <stddef.h>

#include "lib/bits.h"

#define TRANSITION_LATENCY_ID 0x80000000 /* the only one that is not of ACPI */

#define WRITABLE 0x3e3e0U /* 05 to 09, 0d to 11 */

static const struct cppc_driver *const drivers[] = { &cppc_memory };

bool cppc_visit(struct cppc_device *device, const struct dt_node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		struct cppc_device found = { .driver = drivers[i] };

		if (device->driver || dt_match(node, drivers[i]->compatible) < 0)
			continue;
		if (dt_is_enabled(node) && drivers[i]->read_node(&found, node)) {
			*device = found;
			return true;
		}
	}
	return false;
}

bool cppc_register_of(uint32_t id, enum cppc_register *reg)
{
	if (id != TRANSITION_LATENCY_ID && id >= CPPC_TRANSITION_LATENCY)
		return false;
	*reg = id == TRANSITION_LATENCY_ID ? CPPC_TRANSITION_LATENCY : (enum cppc_register)id;
	return true;
}

bool cppc_is_writable(enum cppc_register reg)
{
	return WRITABLE >> reg & 1;
}
