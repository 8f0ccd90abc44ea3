/* SPDX-License-Identifier: BSD-2-Clause */
/* Power-off and reboot by a register of a system controller (bindings syscon-poweroff, -reboot). */
#include "drivers/reset/reset.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

#define DEFAULT_PRIORITY 192
#define WAIT_US 1000000

/* The registers are those of `regmap`, or of the parent. */
static bool syscon_read(struct reset_device *device, const struct dt_node *node, int index)
{
	uint32_t number = DEFAULT_PRIORITY;
	bool has_value;

	device->types = index == 0 ? BIT(RESET_SHUTDOWN)
				   : BIT(RESET_COLD_REBOOT) | BIT(RESET_WARM_REBOOT);
	dt_prop_u32(node, "priority", &number);
	device->priority = (uint8_t)MIN(number, 255u);

	if (!dt_prop_u32(node, "offset", &device->syscon.offset))
		return false;
	device->extent = (uint64_t)device->syscon.offset + sizeof(uint32_t);
	has_value = dt_prop_u32(node, "value", &device->syscon.value);
	if (!dt_prop_u32(node, "mask", &device->syscon.mask))
		device->syscon.mask = UINT32_MAX;
	else if (!has_value) /* the older form of the binding */
		device->syscon.value = device->syscon.mask;
	else
		device->syscon.value &= device->syscon.mask;
	if (!has_value && device->syscon.mask == UINT32_MAX)
		return false;

	if (dt_prop_u32(node, "regmap", &device->provider))
		return device->provider != 0;
	return node->parent && !dt_reg(node->parent, 0, &device->base, &device->size);
}

static void syscon_reset(const struct reset_device *device, enum reset_type type, bool failed)
{
	uintptr_t reg = device->base + device->syscon.offset;
	uint32_t kept = 0;
	uint64_t deadline = deadline_after(WAIT_US);

	(void)type;
	(void)failed;
	if (device->syscon.mask != UINT32_MAX)
		kept = mmio_read32(reg) & ~device->syscon.mask;
	mmio_write32(reg, kept | device->syscon.value);
	while (!deadline_passed(deadline))
		cpu_relax();
}

const struct reset_driver reset_syscon = {
	.name = "syscon",
	.compatible = (const char *const[]){ "syscon-poweroff", "syscon-reboot", NULL },
	.read = syscon_read,
	.reset = syscon_reset,
};
