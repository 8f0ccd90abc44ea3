/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine-level domains of the APLIC: delegation and MSI addresses. */
#include "drivers/irqchip/aplic.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"

#define DOMAINCFG 0x0000
#define SOURCECFG 0x0004 /* of source 1 */
#define MMSIADDRCFG 0x1bc0
#define MMSIADDRCFGH 0x1bc4
#define SMSIADDRCFG 0x1bc8
#define SMSIADDRCFGH 0x1bcc
#define CLRIE 0x1f00
#define IDC 0x4000
#define IDC_STRIDE 0x20
#define IDC_IDELIVERY 0x00
#define IDC_IFORCE 0x04

#define SOURCECFG_D (1u << 10)
#define CFGH_L (1u << 31)
#define PAGE_SHIFT 12
#define MAX_SOURCES 1023
#define MAX_IDCS 0x4000

bool aplic_visit(struct aplics *aplics, const struct dt_node *node)
{
	static const char *const compatible[] = { "riscv,aplic", NULL };
	struct aplic *aplic = &aplics->aplics[aplics->count];
	const uint8_t *interrupts;
	uint32_t length;

	if (dt_match(node, compatible) < 0 || !dt_is_enabled(node))
		return false;
	if (aplics->count == APLIC_MAX) {
		aplics->too_many = true;
		return false;
	}
	*aplic = (struct aplic){ .phandle = dt_phandle(node) };
	if (!dt_prop_u32(node, "riscv,num-sources", &aplic->sources) ||
	    aplic->sources > MAX_SOURCES || dt_reg(node, 0, &aplic->regs.base, &aplic->regs.size))
		return false;
	dt_prop_u32(node, "msi-parent", &aplic->msi_parent);
	interrupts = dt_prop(node, "interrupts-extended", &length);
	if (interrupts && length >= 8)
		aplic->idcs = MIN(length / 8, (uint32_t)MAX_IDCS);
	aplic->children = dt_prop(node, "riscv,children", &length);
	aplic->child_count = aplic->children ? length / 4 : 0;
	aplic->delegations = dt_prop(node, "riscv,delegation", &length);
	if (!aplic->delegations) /* as early trees had it */
		aplic->delegations = dt_prop(node, "riscv,delegate", &length);
	aplic->delegation_count = aplic->delegations ? length / 12 : 0;
	/* Only the root has children, and the root is of machine level. */
	aplic->is_machine = aplic->child_count ||
			    (aplic->idcs && load_be32(interrupts + 4) == IRQ_MEI);
	if (aplic->regs.base % 4 || aplic->regs.size < IDC + (uint64_t)aplic->idcs * IDC_STRIDE)
		return false;
	aplics->count++;
	return aplic->is_machine;
}

static void write(const struct aplic *aplic, uint32_t offset, uint32_t value)
{
	mmio_write32(aplic->regs.base + offset, value);
}

/* The number of a child domain; its parent's child_count when there is no such child. */
static uint32_t child_index(const struct aplic *aplic, uint32_t phandle)
{
	uint32_t index = 0;

	while (index < aplic->child_count && load_be32(aplic->children + index * 4) != phandle)
		index++;
	return index;
}

static void delegate(const struct aplic *aplic, uint32_t child, uint32_t first, uint32_t last)
{
	if (child >= aplic->child_count || !first)
		return;
	for (uint32_t source = first; source <= last && source <= aplic->sources; source++)
		write(aplic, SOURCECFG + (source - 1) * 4, SOURCECFG_D | child);
}

static void delegate_all(const struct aplic *aplic)
{
	if (!aplic->delegation_count)
		delegate(aplic, 0, 1, aplic->sources);
	for (uint32_t i = 0; i < aplic->delegation_count; i++) {
		const uint8_t *entry = aplic->delegations + i * 12;

		delegate(aplic, child_index(aplic, load_be32(entry)), load_be32(entry + 4),
			 load_be32(entry + 8));
	}
}

/*
 * Where the files of @imsic are ("Addressing for MSIs"): the base is the address of the first one
 * without the bits that say which hart. Supervisor level has its own LHXS, and takes the other
 * widths from the machine-level register; written to both, they are ignored or equal.
 */
static void set_msi_address(const struct aplic *aplic, const struct imsic *imsic, uint32_t low,
			    uint32_t high)
{
	uint64_t base, which;
	uint32_t group_shift;

	if (!imsic || imsic->guest_bits > 7 || imsic->hart_bits > 15 || imsic->group_bits > 7 ||
	    imsic->group_shift < 2 * PAGE_SHIFT || imsic->group_shift > 2 * PAGE_SHIFT + 31)
		return;
	group_shift = imsic->group_shift - 2u * PAGE_SHIFT;
	which = (BIT(imsic->guest_bits + imsic->hart_bits) - 1) |
		(BIT(imsic->group_bits) - 1) << (group_shift + PAGE_SHIFT);
	base = imsic->regs[0].base >> PAGE_SHIFT & ~which;
	write(aplic, low, (uint32_t)base);
	write(aplic, high,
	      group_shift << 24 | (uint32_t)imsic->guest_bits << 20 |
		      (uint32_t)imsic->group_bits << 16 | (uint32_t)imsic->hart_bits << 12 |
		      (uint32_t)(base >> 32 & 0xfff));
}

/* The IMSIC that the first child with one sends to. */
static const struct imsic *children_imsic(const struct aplics *aplics, const struct aplic *parent,
					  const struct imsics *imsics)
{
	for (unsigned int i = 0; i < aplics->count; i++) {
		const struct aplic *aplic = &aplics->aplics[i];

		if (aplic->msi_parent && child_index(parent, aplic->phandle) < parent->child_count)
			return imsic_of(imsics, aplic->msi_parent);
	}
	return NULL;
}

void aplic_init(const struct aplics *aplics, const struct imsics *imsics)
{
	for (unsigned int i = 0; i < aplics->count; i++) {
		const struct aplic *aplic = &aplics->aplics[i];

		if (!aplic->is_machine)
			continue;
		write(aplic, DOMAINCFG, 0);
		for (uint32_t word = 0; word <= aplic->sources / 32; word++)
			write(aplic, CLRIE + word * 4, UINT32_MAX);
		for (uint32_t idc = 0; idc < aplic->idcs; idc++) {
			write(aplic, IDC + idc * IDC_STRIDE + IDC_IDELIVERY, 0);
			write(aplic, IDC + idc * IDC_STRIDE + IDC_IFORCE, 0);
		}
		delegate_all(aplic);
		if (mmio_read32(aplic->regs.base + MMSIADDRCFGH) & CFGH_L)
			continue; /* somebody before us has set the addresses for good */
		set_msi_address(aplic, imsic_of(imsics, aplic->msi_parent), MMSIADDRCFG,
				MMSIADDRCFGH);
		set_msi_address(aplic, children_imsic(aplics, aplic, imsics), SMSIADDRCFG,
				SMSIADDRCFGH);
	}
}
