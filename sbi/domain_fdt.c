/* SPDX-License-Identifier: BSD-2-Clause */
/* Hiding what is not a domain's from its next stage. */
#include "sbi/domain_fdt.h"

#include "drivers/irqchip/imsic.h"
#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"

#define TOKEN_BEGIN_NODE 1
#define TOKEN_END_NODE 2
#define TOKEN_PROP 3
#define TOKEN_NOP 4
#define PROP_HEADER_SIZE 12

struct restriction {
	const struct domain *domain;
	const struct machine *machine;
	struct fdt_fixup *fixup;
	struct fdt_fixup before;
};

static const char *top_of(const struct dt_node *node)
{
	while (node->depth > 1)
		node = node->parent;
	return node->name;
}

/* What has an address and is no device. */
static bool is_device(const struct dt_node *node)
{
	static const char *const others[] = { "cpus", "chosen", "reserved-memory", "memory" };
	const char *top = top_of(node);

	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		size_t length = strlen(others[i]);

		if (!strncmp(top, others[i], length) && (!top[length] || top[length] == '@'))
			return false;
	}
	return node->depth > 0;
}

static bool is_disabled_already(const struct fdt_fixup *fixup, const struct dt_node *node)
{
	for (unsigned int i = 0; i < fixup->disabled_count; i++) {
		if (fixup->disabled[i] == node->offset)
			return true;
	}
	return false;
}

/* Interrupt files are pages of one device, and each hart needs no more than its own. */
static bool reaches_own_files(const struct restriction *restriction, const struct imsic *imsic)
{
	for (uint32_t file = 0; file < imsic->files; file++) {
		uint32_t phandle = load_be32(imsic->interrupts + file * 8);
		int hart = machine_hart_of_intc(restriction->machine, phandle, file);
		uintptr_t base = imsic_file(imsic, file);

		if (hart >= 0 && domain_has_hart(restriction->domain, (unsigned int)hart) &&
		    !(base && domain_reaches(restriction->domain, base, imsic_file_size(imsic))))
			return false;
	}
	return true;
}

static bool is_out_of_reach(const struct restriction *restriction, const struct dt_node *node)
{
	const struct domain *domain = restriction->domain;
	static struct imsics imsics; /* much for a stack */
	uint64_t base, size;

	imsics.count = 0;
	imsic_visit(&imsics, node);
	if (imsics.count)
		return !reaches_own_files(restriction, &imsics.imsics[0]);
	for (unsigned int i = 0; !dt_reg(node, i, &base, &size); i++) {
		if (size && !domain_reaches(domain, base, size))
			return true;
	}
	return false;
}

static enum err disable_device(const struct dt_node *node, void *context)
{
	struct restriction *restriction = context;

	if (!is_disabled_already(&restriction->before, node) &&
	    (!is_device(node) || !dt_is_enabled(node) || !is_out_of_reach(restriction, node)))
		return ERR_OK;
	if (restriction->fixup->disabled_count == FDT_FIXUP_MAX_DISABLED)
		return ERR_DT_NO_SPACE;
	fdt_fixup_disable(restriction->fixup, node->offset);
	return ERR_OK;
}

static bool add_kept(struct fdt_handover *handover, uint64_t base, uint64_t last)
{
	struct memory_range *kept = handover->kept;
	unsigned int count = handover->kept_count;
	const struct memory_range firmware = kept[count - 1];

	if (range_inside(base, last - base + 1, firmware.base, firmware.size))
		return true;
	if (count >= 2 && kept[count - 2].base + kept[count - 2].size == base) {
		kept[count - 2].size += last - base + 1;
		return true;
	}
	if (count == FDT_FIXUP_MAX_KEPT)
		return false;
	/* The firmware's own stays the last. */
	kept[count - 1] = (struct memory_range){ base, last - base + 1 };
	kept[count] = firmware;
	handover->kept_count++;
	return true;
}

/* Memory as an operating system wants it has all rights. */
static bool keep_foreign_memory(const struct domain *domain, struct fdt_handover *handover)
{
	const struct machine *machine = handover->machine;

	for (unsigned int i = 0; i < machine->memory_count; i++) {
		uint64_t base = machine->memory[i].base, last;
		uint64_t end = base + machine->memory[i].size - 1;

		for (;; base = last + 1) {
			bool mmio;
			uint8_t rights = domain_rights_at(domain, base, &last, &mmio);

			last = MIN(last, end);
			if ((mmio || rights != (PMP_R | PMP_W | PMP_X)) &&
			    !add_kept(handover, base, last))
				return false;
			if (last == end)
				break;
		}
	}
	return true;
}

enum err domain_fdt_restrict(const struct domain *domain, struct fdt_fixup *fixup,
			     struct fdt_handover *handover)
{
	static struct restriction restriction; /* much for a stack */

	restriction = (struct restriction){ domain, handover->machine, fixup, *fixup };
	if (!keep_foreign_memory(domain, handover))
		return ERR_DT_NO_SPACE;
	fixup->disabled_count = 0;
	return dt_walk(&handover->machine->dt, disable_device, &restriction);
}

static void erase(uint8_t *from, const uint8_t *to)
{
	memset(from, 0, (size_t)(to - from));
	for (; from < to; from += 4)
		from[3] = TOKEN_NOP;
}

/* The walk has seen that all of it is there. */
static const uint8_t *end_of_node(const uint8_t *at)
{
	unsigned int depth = 0;

	do {
		switch (load_be32(at)) {
		case TOKEN_BEGIN_NODE:
			depth++;
			at += 4 + align_up(strlen((const char *)at + 4) + 1, 4);
			break;
		case TOKEN_END_NODE:
			depth--;
			at += 4;
			break;
		case TOKEN_PROP:
			at += PROP_HEADER_SIZE + align_up(load_be32(at + 4), 4);
			break;
		default:
			at += 4;
		}
	} while (depth);
	return at;
}

/* The parts of the blob may be written: it is the next stage's own. */
static uint8_t *writable(const void *part)
{
	return (uint8_t *)(uintptr_t)part;
}

static enum err hide(const struct dt_node *node, void *context)
{
	uint32_t length;
	const uint8_t *value;

	if (node->depth == 2 && dt_name_is(node->parent, "cpus")) {
		value = dt_prop(node, "opensbi-domain", &length);
		if (value)
			erase(writable(value - PROP_HEADER_SIZE), value + align_up(length, 4));
	} else if (dt_is_compatible(node, "opensbi,domain,config")) {
		*(const uint8_t **)context = node->dt->structure + node->offset;
	}
	return ERR_OK;
}

enum err domain_fdt_hide(void *blob)
{
	const uint8_t *config = NULL;
	struct dt dt;
	enum err err = dt_open(&dt, blob, UINT32_MAX);

	if (!err)
		err = dt_walk(&dt, hide, &config);
	if (!err && config)
		erase(writable(config), end_of_node(config));
	return err;
}
