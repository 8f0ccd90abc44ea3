/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Performance registers in memory that is shared with a power controller, or with nobody: then it
 * is a device to test S-mode software with.
 *
 *	cppc@88000000 {
 *		compatible = "hartline,cppc-memory";
 *		reg = <0x0 0x88000000 0x0 0x400>;	256 bytes a hart, in the order of /cpus
 *		hartline,registers = <0x2000ef>;	bit n: register n is there
 *		hartline,wide-counters;			CounterWraparoundTime and both counters: 64 bits
 *	};
 *
 * Register n of a hart is at 8 * n, TransitionLatency being number 21. Memory that S-mode has as
 * well is to be in /reserved-memory.
 */
#include <stddef.h>

#include "drivers/cppc/cppc.h"
#include "lib/bits.h"
#include "lib/riscv/io.h"

#define HART_SIZE 256
#define REGISTER_SIZE 8

static bool memory_read_node(struct cppc_device *device, const struct dt_node *node)
{
	device->wide_counters = dt_has_prop(node, "hartline,wide-counters");
	return dt_prop_u32(node, "hartline,registers", &device->registers) &&
	       !(device->registers >> CPPC_REGISTERS) &&
	       !dt_reg(node, 0, &device->base, &device->size) && device->size >= HART_SIZE &&
	       !(device->base % REGISTER_SIZE);
}

static unsigned int memory_width(const struct cppc_device *device, unsigned int hart,
				 enum cppc_register reg)
{
	if (hart >= device->size / HART_SIZE || !(device->registers >> reg & 1))
		return 0;
	return device->wide_counters && reg >= CPPC_COUNTER_WRAPAROUND_TIME &&
			       reg <= CPPC_DELIVERED_COUNTER
		     ? 64
		     : 32;
}

static uintptr_t address_of(const struct cppc_device *device, unsigned int hart,
			    enum cppc_register reg)
{
	return device->base + (uintptr_t)hart * HART_SIZE + reg * REGISTER_SIZE;
}

static bool memory_read(const struct cppc_device *device, unsigned int hart, enum cppc_register reg,
			uint64_t *value)
{
	uintptr_t address = address_of(device, hart, reg);

	*value = memory_width(device, hart, reg) == 64 ? mmio_read64(address)
						       : mmio_read32(address);
	return true;
}

static bool memory_write(const struct cppc_device *device, unsigned int hart,
			 enum cppc_register reg, uint64_t value)
{
	uintptr_t address = address_of(device, hart, reg);

	if (memory_width(device, hart, reg) == 64)
		mmio_write64(address, value);
	else
		mmio_write32(address, (uint32_t)value);
	return true;
}

const struct cppc_driver cppc_memory = {
	.compatible = (const char *const[]){ "hartline,cppc-memory", NULL },
	.read_node = memory_read_node,
	.width = memory_width,
	.read = memory_read,
	.write = memory_write,
};
