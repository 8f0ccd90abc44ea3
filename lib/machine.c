/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts, memory and time base from the device tree (Devicetree Specification, chapter 3). */
#include "lib/machine.h"

#include "lib/bits.h"
#include "lib/string.h"

static bool add_range(struct memory_range *ranges, unsigned int *count, unsigned int max,
		      uint64_t base, uint64_t size)
{
	if (!size)
		return true;
	if (*count == max)
		return false;
	ranges[(*count)++] = (struct memory_range){ base, size };
	return true;
}

static void visit_memory(struct machine *machine, const struct dt_node *node)
{
	uint64_t base, size;

	for (unsigned int i = 0; !dt_reg(node, i, &base, &size); i++) {
		if (!add_range(machine->memory, &machine->memory_count, MACHINE_MAX_MEMORY, base,
			       size))
			return;
	}
}

static void visit_reserved(struct machine *machine, const struct dt_node *node)
{
	uint64_t base, size;

	for (unsigned int i = 0; !dt_reg(node, i, &base, &size); i++) {
		if (!add_range(machine->reserved, &machine->reserved_count, MACHINE_MAX_RESERVED,
			       base, size))
			machine->too_much_reserved = true;
	}
}

/* The ISA of most harts is described as that of the hart before; comparing is cheaper than reading. */
static struct isa hart_isa(const struct machine *machine, const struct dt_node *node)
{
	static const char *last_text;
	static uint32_t last_length;
	static struct isa last_isa;
	uint32_t length = 0;
	const char *text = dt_prop(node, "riscv,isa-extensions", &length);

	if (!text)
		text = dt_prop(node, "riscv,isa", &length);
	if (machine->hart_count && length && length == last_length && !text[length - 1] &&
	    !memcmp(text, last_text, length))
		return last_isa;
	last_text = text;
	last_length = length;
	last_isa = isa_of(node);
	return last_isa;
}

static enum err visit_hart(struct machine *machine, const struct dt_node *node)
{
	struct hart_desc *hart;
	const char *mmu = dt_prop_string(node, "mmu-type");
	uint64_t size;

	if (machine->hart_count == machine->hart_capacity) {
		machine->too_many_harts = true;
		return ERR_OK;
	}
	hart = &machine->harts[machine->hart_count];
	*hart = (struct hart_desc){ .node = node->offset };
	if (dt_reg_raw(node, 0, &hart->hartid, &size))
		return ERR_DT_STRUCTURE;
	hart->isa = hart_isa(machine, node);
	hart->phandle = dt_phandle(node);
	hart->enabled = dt_is_enabled(node);
	hart->has_mmu = mmu && strcmp(mmu, "riscv,none");
	machine->hart_count++;
	return ERR_OK;
}

static bool is_child_of(const struct dt_node *node, const char *parent)
{
	return node->depth == 2 && dt_name_is(node->parent, parent);
}

static bool is_of_type(const struct dt_node *node, const char *type)
{
	const char *text = dt_prop_string(node, "device_type");

	return text && !strcmp(text, type);
}

enum err machine_visit(struct machine *machine, const struct dt_node *node)
{
	switch (node->depth) {
	case 0:
		machine->model = dt_prop_string(node, "model");
		break;
	case 1:
		if (dt_name_is(node, "cpus"))
			dt_prop_u32(node, "timebase-frequency", &machine->timebase_hz);
		else if (is_of_type(node, "memory") && dt_is_enabled(node))
			visit_memory(machine, node);
		break;
	case 2:
		if (is_child_of(node, "cpus") && is_of_type(node, "cpu"))
			return visit_hart(machine, node);
		if (is_child_of(node, "reserved-memory") && dt_is_enabled(node))
			visit_reserved(machine, node);
		break;
	case 3:
		if (dt_name_is(node, "interrupt-controller") && is_child_of(node->parent, "cpus") &&
		    machine->hart_count &&
		    machine->harts[machine->hart_count - 1].node == node->parent->offset)
			machine->harts[machine->hart_count - 1].intc_phandle = dt_phandle(node);
		break;
	}
	return ERR_OK;
}

int machine_hart_of_intc(const struct machine *machine, uint32_t phandle, unsigned int hint)
{
	for (unsigned int i = 0; i < machine->hart_count; i++) {
		unsigned int index = (hint + i) % machine->hart_count;

		if (phandle && machine->harts[index].intc_phandle == phandle)
			return (int)index;
	}
	return -1;
}

bool machine_is_memory(const struct machine *machine, uint64_t base, uint64_t size)
{
	for (unsigned int i = 0; i < machine->memory_count; i++) {
		if (range_inside(base, size, machine->memory[i].base, machine->memory[i].size))
			return true;
	}
	return false;
}
