/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot source "flash": banks of parallel flash, "cfi-flash", which reads like memory. The FIT is in
 * the first bank's partition of label "fit", where the tree has one (binding fixed-partitions); else
 * at the start of a bank.
 */
#include "lib/bits.h"
#include "lib/string.h"
#include "spl/boot_source.h"
#include "spl/mapped.h"
#include "spl/probe.h"

#define MAX_BANKS 8

static struct bank {
	uint64_t base;
	uint64_t size;
	uint64_t offset;
} banks[MAX_BANKS];
static unsigned int bank_count;

static struct mapped mapped;

static struct bank *add_bank(uint64_t base, uint64_t size)
{
	unsigned int i = 0;

	while (i < bank_count && banks[i].base != base)
		i++;
	if (i == MAX_BANKS)
		return NULL;
	banks[i] = (struct bank){ .base = base, .size = size };
	bank_count = MAX(bank_count, i + 1);
	return &banks[i];
}

static void visit_partition(const struct dt_node *node)
{
	const struct dt_node *flash = node->parent->parent;
	const char *label = dt_prop_string(node, "label");
	uint64_t base, size, offset, length;
	struct bank *bank;

	if (!flash || !dt_is_compatible(flash, "cfi-flash") || !label || strcmp(label, "fit") ||
	    dt_reg(flash, 0, &base, &size) || dt_reg_raw(node, 0, &offset, &length) || !length ||
	    !range_inside(offset, length, 0, size))
		return;
	bank = add_bank(base, offset + length);
	if (bank)
		bank->offset = offset;
}

static void visit(const struct dt_node *node)
{
	uint64_t base, size;

	if (node->parent && dt_is_compatible(node->parent, "fixed-partitions"))
		visit_partition(node);
	for (unsigned int i = 0; dt_is_compatible(node, "cfi-flash") && i < MAX_BANKS; i++) {
		if (!dt_reg(node, i, &base, &size) && size)
			add_bank(base, size);
	}
}

static void forget(void)
{
	bank_count = 0;
}

static unsigned int count(void)
{
	return bank_count;
}

static enum err open(unsigned int index, struct source **source)
{
	const struct bank *bank = &banks[index];

	mapped_open(&mapped, bank->base + bank->offset, bank->size - bank->offset, "flash");
	*source = &mapped.source;
	return probe_is_readable(bank->base, sizeof(uint64_t)) ? ERR_OK : ERR_BOOT_NO_DEVICE;
}

static void close(void) {}

const struct boot_source boot_flash = {
	.name = "flash",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
