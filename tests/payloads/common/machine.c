/* SPDX-License-Identifier: BSD-2-Clause */
/* A one-pass reader of the flattened device tree (Devicetree Specification v0.4, section 5). */
#include "tests/payloads/common/machine.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/riscv.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define MAX_DEPTH 8
#define MAX_DTB 65536
#define SUPERVISOR_EXTERNAL 9

struct machine machine;

struct property {
	const char *data;
	uint32_t size;
};

/* A node on the way from the root to where the reader is. */
struct node {
	const char *name;
	uint32_t address_cells, size_cells; /* of its children */
	struct property reg, compatible, status, isa, isa_extensions, mmu, bootargs, interrupts;
	uint32_t guest_index_bits;
	bool done;
};

static uint32_t be32(const void *p)
{
	const uint8_t *b = p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t cells(const char *data, uint32_t count)
{
	uint64_t value = 0;

	while (count--) {
		value = value << 32 | be32(data);
		data += 4;
	}
	return value;
}

static bool in_list(struct property list, const char *string)
{
	for (uint32_t at = 0; at < list.size; at += strlen(list.data + at) + 1) {
		if (!strcmp(list.data + at, string))
			return true;
	}
	return false;
}

static bool is_named(const struct node *node, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(node->name, name, length) &&
	       (node->name[length] == '@' || !node->name[length]);
}

static void add_cpu(const struct node *node, const struct node *parent)
{
	struct cpu *cpu = &machine.cpus[machine.ncpus];

	if (machine.ncpus == MAX_HARTS)
		return;
	cpu->id = cells(node->reg.data, parent->address_cells);
	cpu->isa = node->isa.data ? node->isa.data : "";
	cpu->isa_extensions = node->isa_extensions.data;
	cpu->isa_extensions_size = node->isa_extensions.size;
	cpu->supervisor = node->mmu.data &&
			  (!node->status.data || !strcmp(node->status.data, "okay"));
	machine.ncpus++;
}

static void add_memory(const struct node *node, const struct node *parent)
{
	uint32_t each = 4 * (parent->address_cells + parent->size_cells);

	for (uint32_t at = 0; each && at + each <= node->reg.size; at += each) {
		const char *entry = node->reg.data + at;
		uint64_t base = cells(entry, parent->address_cells);
		uint64_t size = cells(entry + 4 * parent->address_cells, parent->size_cells);

		if ((uintptr_t)&machine - base < size) {
			machine.ram_base = base;
			machine.ram_end = base + size;
		}
	}
}

/* Files are taken to be in the order of the harts. */
static void add_imsic(const struct node *node, const struct node *parent)
{
	if (node->interrupts.size < 8 || be32(node->interrupts.data + 4) != SUPERVISOR_EXTERNAL)
		return;
	machine.imsic = cells(node->reg.data, parent->address_cells);
	machine.imsic_guest_bits = node->guest_index_bits;
}

/* All properties of the node on top of the stack are known. */
static void finish_node(struct node *stack, unsigned int depth)
{
	struct node *node = &stack[depth];
	const struct node *parent = depth ? &stack[depth - 1] : node;

	if (node->done)
		return;
	node->done = true;
	if (depth == 2 && is_named(parent, "cpus") && is_named(node, "cpu") && node->reg.data)
		add_cpu(node, parent);
	else if (depth == 1 && is_named(node, "memory") && node->reg.data)
		add_memory(node, parent);
	else if (depth == 1 && is_named(node, "chosen") && node->bootargs.data)
		machine.bootargs = node->bootargs.data;
	else if (is_named(node, "serial") && node->reg.data && !machine.uart)
		machine.uart = cells(node->reg.data, parent->address_cells);
	else if (in_list(node->compatible, "sifive,test0") && node->reg.data)
		machine.test_device = cells(node->reg.data, parent->address_cells);
	else if (in_list(node->compatible, "riscv,imsics") && node->reg.data)
		add_imsic(node, parent);
}

static void add_property(struct node *node, const char *name, struct property value)
{
	static const struct {
		const char *name;
		size_t offset;
	} wanted[] = {
		{ "reg", offsetof(struct node, reg) },
		{ "compatible", offsetof(struct node, compatible) },
		{ "status", offsetof(struct node, status) },
		{ "riscv,isa", offsetof(struct node, isa) },
		{ "riscv,isa-extensions", offsetof(struct node, isa_extensions) },
		{ "mmu-type", offsetof(struct node, mmu) },
		{ "bootargs", offsetof(struct node, bootargs) },
		{ "interrupts-extended", offsetof(struct node, interrupts) },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!strcmp(name, wanted[i].name))
			*(struct property *)((char *)node + wanted[i].offset) = value;
	}
	if (value.size != 4)
		return;
	if (!strcmp(name, "#address-cells"))
		node->address_cells = be32(value.data);
	else if (!strcmp(name, "#size-cells"))
		node->size_cells = be32(value.data);
	else if (!strcmp(name, "timebase-frequency"))
		machine.timebase = be32(value.data);
	else if (!strcmp(name, "riscv,guest-index-bits"))
		node->guest_index_bits = be32(value.data);
}

void machine_init(const void *dtb)
{
	static char copy[MAX_DTB]; /* strings stay in use */
	const char *at = copy + be32((const char *)dtb + 8);
	const char *strings = copy + be32((const char *)dtb + 12);
	struct node stack[MAX_DEPTH];
	unsigned int depth = 0; /* of the next node to open */
	uint32_t size = be32((const char *)dtb + 4);

	machine.bootargs = "";
	machine.timebase = 10000000;
	if (be32(dtb) != FDT_MAGIC || size > MAX_DTB)
		return;
	memcpy(copy, dtb, size);
	for (;;) {
		uint32_t token = be32(at);

		at += 4;
		if (token == FDT_BEGIN_NODE) {
			if (depth)
				finish_node(stack, depth - 1);
			if (depth == MAX_DEPTH)
				return;
			memset(&stack[depth], 0, sizeof(stack[depth]));
			stack[depth].name = at;
			stack[depth].address_cells = 2;
			stack[depth++].size_cells = 1;
			at += (strlen(at) + 4) & ~3ul;
		} else if (token == FDT_PROP) {
			struct property value = { at + 8, be32(at) };

			add_property(&stack[depth - 1], strings + be32(at + 4), value);
			at += 8 + ((value.size + 3) & ~3u);
		} else if (token == FDT_END_NODE) {
			finish_node(stack, depth - 1);
			if (!--depth)
				return;
		} else if (token != FDT_NOP) {
			return;
		}
	}
}

void machine_look_around(void)
{
	uint64_t page = machine.ram_base;

	if (!machine.ram_end)
		return;
	while (page < (uintptr_t)&machine && load_traps(page, NULL))
		page += PAGE_SIZE;
	if (page > machine.ram_base) {
		machine.firmware = machine.ram_base;
		machine.firmware_end = page;
	}
	if (load_traps(machine.ram_end, NULL))
		machine.hole = machine.ram_end;
}

bool cpu_has(const struct cpu *cpu, const char *extension)
{
	struct property list = { cpu->isa_extensions, (uint32_t)cpu->isa_extensions_size };
	size_t length = strlen(extension);
	const char *isa = cpu->isa;

	if (list.data && in_list(list, extension))
		return true;
	if (strncmp(isa, "rv64", 4))
		return false;
	for (isa += 4; length == 1 && *isa && *isa != '_'; isa++) {
		if (*isa == *extension)
			return true;
	}
	for (; *isa; isa++) {
		if (*isa == '_' && !strncmp(isa + 1, extension, length) &&
		    (isa[1 + length] == '_' || !isa[1 + length]))
			return true;
	}
	return false;
}

const struct cpu *cpu_of_hart(uint64_t id)
{
	for (unsigned int i = 0; i < machine.ncpus; i++) {
		if (machine.cpus[i].id == id)
			return &machine.cpus[i];
	}
	return NULL;
}

unsigned int machine_cpu_index(uint64_t id)
{
	return (unsigned int)(cpu_of_hart(id) - machine.cpus);
}

bool isa_has(const char *extension)
{
	for (unsigned int i = 0; i < nharts; i++) {
		if (!cpu_of_hart(harts[i].id) || !cpu_has(cpu_of_hart(harts[i].id), extension))
			return false;
	}
	return true;
}

bool isa_has_here(const char *extension)
{
	const struct cpu *cpu = cpu_of_hart(self()->id);

	return cpu && cpu_has(cpu, extension);
}

bool option(const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	for (const char *word = machine.bootargs; *word;) {
		const char *end = word;

		while (*end && *end != ' ')
			end++;
		if (!strncmp(word, name, length) && word[length] == '=') {
			size_t n = (size_t)(end - word) - length - 1;

			if (n >= size)
				n = size - 1;
			memcpy(value, word + length + 1, n);
			value[n] = '\0';
			return true;
		}
		for (word = end; *word == ' ';)
			word++;
	}
	return false;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
	uint64_t number = 0;
	char text[24];

	if (!option(name, text, sizeof(text)))
		return otherwise;
	for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++)
		number = number * 10 + (uint64_t)(*digit - '0');
	return number;
}
