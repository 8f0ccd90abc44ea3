/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "CPPC Extension"; the registers are a device's, see drivers/cppc/. */
#include "drivers/cppc/cppc.h"

#include "lib/bits.h"
#include "sbi/ecall.h"
#include "sbi/platform.h"
#include "sbi/scratch.h"

enum { PROBE, READ, READ_HI, WRITE };

/* A device tree that puts it into the firmware's memory does not get it. */
bool cppc_exists(void)
{
	const struct firmware_memory *memory = &platform.memory;
	const struct cppc_device *device = &platform.cppc;

	return device->driver && !ranges_overlap(device->base, device->size, memory->start,
						 memory->end - memory->start);
}

static struct sbiret read_register(const struct cppc_device *device, enum cppc_register reg)
{
	uint64_t value;

	if (!device->driver->read(device, this_hart()->index, reg, &value))
		return sbi_error(SBI_ERR_FAILED);
	return sbi_value(value);
}

static long write_register(const struct cppc_device *device, enum cppc_register reg,
			   unsigned int width, uint64_t value)
{
	if (!cppc_is_writable(reg))
		return SBI_ERR_DENIED;
	if (width < 64 && value >> width)
		return SBI_ERR_FAILED; /* it would be another value */
	return device->driver->write(device, this_hart()->index, reg, value) ? SBI_SUCCESS
									     : SBI_ERR_FAILED;
}

struct sbiret ecall_cppc(ECALL_PARAMETERS)
{
	const struct cppc_device *device = &platform.cppc;
	enum cppc_register reg;
	unsigned int width;

	if (!cppc_exists() || fid > WRITE)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (!is_u32(a0) || !cppc_register_of((uint32_t)a0, &reg))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	width = device->driver->width(device, this_hart()->index, reg);
	if (fid == PROBE)
		return sbi_value(width);
	if (!width)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (fid == READ)
		return read_register(device, reg);
	if (fid == READ_HI)
		return sbi_value(0); /* READ has all bits on RV64 */
	return sbi_error(write_register(device, reg, width, a1));
}
