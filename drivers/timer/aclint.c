/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding ACLINT/CLINT devices and the registers of each hart in them. */
#include "drivers/timer/aclint.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"

#define CLINT_MTIMECMP 0x4000
#define CLINT_MTIME 0xbff8
#define CLINT_SIZE 0xc000

static bool is_clint(const struct dt_node *node)
{
	return dt_is_compatible(node, "riscv,clint0") || dt_is_compatible(node, "sifive,clint0") ||
	       dt_is_compatible(node, "sifive,clint2");
}

static bool read_registers(const struct dt_node *node, struct aclint_device *device)
{
	struct memory_range *regs = device->regs;
	uintptr_t base;

	if (dt_reg(node, 0, &regs[0].base, &regs[0].size))
		return false;
	base = regs[0].base;
	if (is_clint(node)) {
		if (regs[0].size < CLINT_SIZE)
			return false;
		device->msip = base;
		device->mtimecmp = base + CLINT_MTIMECMP;
		device->mtime = base + CLINT_MTIME;
		return true;
	}
	if (dt_is_compatible(node, "riscv,aclint-mswi")) {
		device->msip = base;
		return true;
	}
	/* The binding lists MTIME first, MTIMECMP second. */
	if (dt_is_compatible(node, "riscv,aclint-mtimer") &&
	    !dt_reg(node, 1, &regs[1].base, &regs[1].size)) {
		device->mtime = base;
		device->mtimecmp = regs[1].base;
		return true;
	}
	return false;
}

bool aclint_visit(struct aclint_search *search, const struct dt_node *node)
{
	struct aclint_device device = { 0 };

	device.interrupts = dt_prop(node, "interrupts-extended", &device.interrupts_size);
	if (!device.interrupts || !dt_is_enabled(node) || !read_registers(node, &device))
		return false;
	if (search->count == ACLINT_MAX_DEVICES)
		search->too_many = true;
	else
		search->devices[search->count++] = device;
	return true;
}

/*
 * The n-th different hart of interrupts-extended has the n-th registers. A CLINT lists two causes
 * a hart, one after the other; ACLINT devices list one.
 */
static void assign_device(const struct aclint_device *device, struct machine *machine)
{
	unsigned int slot = 0, hint = 0;
	uint32_t last = 0;

	for (uint32_t at = 0; at + 8 <= device->interrupts_size; at += 8) {
		uint32_t phandle = load_be32(device->interrupts + at);
		uint32_t cause = load_be32(device->interrupts + at + 4);
		struct hart_desc *hart;
		int index;

		if (at && phandle != last)
			slot++;
		last = phandle;
		index = machine_hart_of_intc(machine, phandle, hint);
		if (index < 0)
			continue;
		hint = (unsigned int)index;
		hart = &machine->harts[index];
		if (device->msip && cause == IRQ_MSI)
			hart->msip = device->msip + slot * 4UL;
		if (device->mtimecmp && cause == IRQ_MTI) {
			hart->mtimecmp = device->mtimecmp + slot * 8UL;
			hart->mtime = device->mtime;
		}
	}
}

void aclint_assign(const struct aclint_search *search, struct machine *machine)
{
	for (unsigned int i = 0; i < search->count; i++)
		assign_device(&search->devices[i], machine);
}
