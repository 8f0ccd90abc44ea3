/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding interrupt files, and IPIs by them. */
#include "drivers/irqchip/imsic.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"

#define PAGE_SHIFT 12
#define MAX_IDS 2047

#define IDS_A_REG 64 /* RV64 has the even ones only */

static uint8_t index_bits(const struct dt_node *node, const char *name, uint8_t value)
{
	uint32_t number = value;

	dt_prop_u32(node, name, &number);
	return (uint8_t)MIN(number, 63u);
}

bool imsic_visit(struct imsics *imsics, const struct dt_node *node)
{
	static const char *const compatible[] = { "riscv,imsics", NULL };
	struct imsic *imsic = &imsics->imsics[imsics->count];
	uint8_t hart_bits = 0;
	uint32_t length;

	if (dt_match(node, compatible) < 0 || !dt_is_enabled(node))
		return false;
	if (imsics->count == IMSIC_MAX) {
		imsics->too_many = true;
		return false;
	}
	*imsic = (struct imsic){ .phandle = dt_phandle(node) };
	imsic->interrupts = dt_prop(node, "interrupts-extended", &length);
	if (!imsic->interrupts || length < 8)
		return false;
	imsic->files = length / 8;
	imsic->is_machine = load_be32(imsic->interrupts + 4) == IRQ_MEI;
	if (!dt_prop_u32(node, "riscv,num-ids", &imsic->ids) || imsic->ids > MAX_IDS)
		return false;
	while (imsic->reg_count < IMSIC_MAX_GROUPS &&
	       !dt_reg(node, imsic->reg_count, &imsic->regs[imsic->reg_count].base,
		       &imsic->regs[imsic->reg_count].size))
		imsic->reg_count++;
	while (BIT(hart_bits) < imsic->files)
		hart_bits++;
	imsic->guest_bits = index_bits(node, "riscv,guest-index-bits", 0);
	imsic->hart_bits = index_bits(node, "riscv,hart-index-bits", hart_bits);
	imsic->group_bits = index_bits(node, "riscv,group-index-bits", 0);
	imsic->group_shift = index_bits(node, "riscv,group-index-shift", 2 * PAGE_SHIFT);
	if (!imsic->reg_count || imsic->guest_bits > 16)
		return false;
	imsics->count++;
	return imsic->is_machine;
}

/* Files follow each other through all of reg. */
uintptr_t imsic_file(const struct imsic *imsic, uint32_t file)
{
	uint64_t stride = imsic_file_size(imsic);
	uint64_t offset = file * stride;

	for (unsigned int i = 0; i < imsic->reg_count; i++) {
		if (offset < imsic->regs[i].size)
			return imsic->regs[i].base + offset;
		offset -= align_up(imsic->regs[i].size, stride);
	}
	return 0;
}

void imsic_assign(const struct imsics *imsics, struct machine *machine)
{
	for (unsigned int i = 0; i < imsics->count; i++) {
		const struct imsic *imsic = &imsics->imsics[i];
		unsigned int hint = 0;

		for (uint32_t file = 0; imsic->is_machine && file < imsic->files; file++) {
			uint32_t phandle = load_be32(imsic->interrupts + file * 8);
			int index = machine_hart_of_intc(machine, phandle, hint);

			if (index < 0)
				continue;
			hint = (unsigned int)index;
			machine->harts[index].imsic = imsic_file(imsic, file);
			machine->harts[index].imsic_ids = (uint16_t)imsic->ids;
		}
	}
}

const struct imsic *imsic_of(const struct imsics *imsics, uint32_t phandle)
{
	for (unsigned int i = 0; phandle && i < imsics->count; i++) {
		if (imsics->imsics[i].phandle == phandle)
			return &imsics->imsics[i];
	}
	return NULL;
}

#ifdef __riscv
static void write_indirect(unsigned long number, unsigned long value)
{
	csr_write(CSR_MISELECT, number);
	csr_write(CSR_MIREG, value);
}

void imsic_start(uint32_t ids)
{
	write_indirect(IMSIC_EIDELIVERY, 0);
	for (uint32_t id = 0; id <= ids; id += IDS_A_REG) {
		write_indirect(IMSIC_EIE0 + id / 32, id ? 0 : BIT(IMSIC_IPI_ID));
		write_indirect(IMSIC_EIP0 + id / 32, 0);
	}
	write_indirect(IMSIC_EITHRESHOLD, 0);
	write_indirect(IMSIC_EIDELIVERY, 1);
}
#endif
