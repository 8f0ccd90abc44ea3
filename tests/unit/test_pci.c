/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI set-up over a model of configuration space: bridges route by the numbers that they were given,
 * BARs keep the bits that hardware keeps. What comes out is checked by what a bus would do with it.
 */
/* sources: drivers/pci/pci.c drivers/pci/ecam.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "drivers/pci/pci.h"
#include "lib/bits.h"

#define MAX_MODELS 200

#define MEM32 0x0u
#define IO 0x1u
#define MEM64 0x4u
#define PREF 0x8u
#define GiB (1ull << 30)
#define MiB (1ull << 20)
#define KiB (1ull << 10)

struct bar {
	uint32_t flags;
	uint64_t size;
	uint64_t mask; /* 0: as the size says */
};

struct model {
	int parent;
	uint8_t device, function;
	uint32_t class_code;
	uint8_t header; /* with the multi-function bit */
	bool no_io, no_pref, pref_32bit;
	struct bar bars[6];
	uint32_t regs[16];
};

static struct model models[MAX_MODELS];
static int model_count;
static bool endless; /* behind every bridge is another one */
static struct pci_host host;

static bool is_bridge(const struct model *m)
{
	return (m->header & 0x7f) == 1;
}

static uint64_t bar_mask(const struct bar *bar)
{
	return bar->mask ? bar->mask : -bar->size;
}

/* The bridge whose secondary bus is @bus, or -1 for the root bus; -2: no bridge routes there. */
static int route(uint8_t bus)
{
	int at = -1;

	for (unsigned int hops = 0; bus != host.first_bus; hops++) {
		int next = -2;

		if (at >= 0 && (models[at].regs[6] >> 8 & 0xff) == bus)
			return at;
		assert_true(hops < 300);
		for (int i = 0; i < model_count; i++) {
			uint8_t secondary = models[i].regs[6] >> 8 & 0xff;
			uint8_t subordinate = models[i].regs[6] >> 16 & 0xff;

			if (!is_bridge(&models[i]) || models[i].parent != at || !secondary ||
			    bus < secondary || bus > subordinate)
				continue;
			assert_int_equal(next, -2); /* two bridges claim it */
			next = i;
		}
		if (next < 0)
			return -2;
		at = next;
	}
	return -1;
}

static struct model *find(uint16_t bdf)
{
	int bridge = route((uint8_t)PCI_BUS(bdf));

	if (bridge == -2)
		return NULL;
	for (int i = 0; i < model_count; i++) {
		if (models[i].parent == bridge && models[i].device == PCI_DEVICE(bdf) &&
		    models[i].function == PCI_FUNCTION(bdf))
			return &models[i];
	}
	if (endless && bdf % 256 == 0 && model_count < MAX_MODELS) {
		models[model_count] = (struct model){ .parent = bridge, .header = 1 };
		return &models[model_count++];
	}
	return NULL;
}

static uint32_t model_read(const struct pci_host *h, uint16_t bdf, unsigned int reg)
{
	const struct model *m = find(bdf);

	(void)h;
	assert_true(reg % 4 == 0 && reg < 64);
	if (!m)
		return 0xffffffff;
	switch (reg) {
	case 0x00:
		return 0x12340000 + (uint32_t)(m - models) * 0x10000 + 0x1af4;
	case 0x04:
		return m->regs[1] | 0x00100000;
	case 0x08:
		return m->class_code << 8 | 1;
	case 0x0c:
		return (uint32_t)m->header << 16;
	default:
		return m->regs[reg / 4];
	}
}

static void write_bar(struct model *m, unsigned int n, uint32_t value)
{
	const struct bar *bar = &m->bars[n];

	/* Decoding must be off while a BAR holds what is no address. */
	assert_int_equal(m->regs[1] & 3, 0);
	if (bar->size || bar->mask)
		m->regs[4 + n] = (value & (uint32_t)bar_mask(bar)) | bar->flags;
	else if (n && m->bars[n - 1].flags & MEM64 && !(m->bars[n - 1].flags & IO))
		m->regs[4 + n] = value & (uint32_t)(bar_mask(bar - 1) >> 32);
}

static void model_write(const struct pci_host *h, uint16_t bdf, unsigned int reg, uint32_t value)
{
	struct model *m = find(bdf);

	(void)h;
	assert_true(reg % 4 == 0 && reg < 64);
	assert_non_null(m);
	if (reg == 0x04) {
		assert_int_equal(value >> 16, 0); /* status bits are cleared by ones */
		m->regs[1] = value & 7;
	} else if (reg >= 0x10 && reg < (is_bridge(m) ? 0x18 : 0x28)) {
		write_bar(m, reg / 4 - 4, value);
	} else if (is_bridge(m)) {
		if (reg == 0x1c) {
			assert_int_equal(value >> 16, 0);
			value = m->no_io ? 0 : (value & 0xf0f0) | 0x0101;
		}
		if (reg == 0x20)
			value &= 0xfff0fff0;
		if (reg == 0x24)
			value = m->no_pref ? 0
					   : (value & 0xfff0fff0) | (m->pref_32bit ? 0 : 0x10001);
		m->regs[reg / 4] = value;
	}
}

static const struct pci_config_ops ops = { .read = model_read, .write = model_write };

static int empty_bus(void **state)
{
	(void)state;
	memset(models, 0, sizeof(models));
	model_count = 0;
	endless = false;
	host = (struct pci_host){ .config = &ops, .last_bus = 255 };
	host.windows[PCI_IO] = (struct pci_window){ .cpu = 0x3000000, .size = 64 * KiB };
	host.windows[PCI_MEM] = (struct pci_window){ .cpu = GiB, .bus = GiB, .size = GiB };
	host.windows[PCI_MEM64] =
		(struct pci_window){ .cpu = 16 * GiB, .bus = 32 * GiB, .size = 16 * GiB };
	return 0;
}

static int add(int parent, uint8_t device, uint8_t function, uint32_t class_code)
{
	struct model *m = &models[model_count];

	*m = (struct model){
		.parent = parent, .device = device, .function = function, .class_code = class_code
	};
	return model_count++;
}

static int add_bridge(int parent, uint8_t device)
{
	int bridge = add(parent, device, 0, 0x060400);

	models[bridge].header = 1;
	return bridge;
}

static void set_bar(int model, unsigned int n, uint32_t flags, uint64_t size)
{
	models[model].bars[n] = (struct bar){ .flags = flags, .size = size };
	models[model].regs[4 + n] = flags;
}

static const struct pci_function *function_of(int model)
{
	return pci_find_id(&host, 0x1af4, (uint16_t)(0x1234 + model), 0);
}

/* The window that a bridge was programmed with, as the bridge reads it. */
static void decode_window(const struct model *m, unsigned int space, uint64_t *base,
			  uint64_t *limit)
{
	if (space == PCI_IO) {
		*base = (m->regs[7] & 0xf0) << 8 | (uint64_t)(m->regs[12] & 0xffff) << 16;
		*limit = (m->regs[7] & 0xf000) | 0xfff | (m->regs[12] & 0xffff0000);
		if (m->no_io)
			*base = 1, *limit = 0;
	} else if (space == PCI_MEM) {
		*base = (uint64_t)(m->regs[8] & 0xfff0) << 16;
		*limit = (m->regs[8] & 0xfff00000) | 0xfffff;
	} else {
		*base = (uint64_t)(m->regs[9] & 0xfff0) << 16 | (uint64_t)m->regs[10] << 32;
		*limit = (m->regs[9] & 0xfff00000) | 0xfffff | (uint64_t)m->regs[11] << 32;
		if (m->no_pref)
			*base = 1, *limit = 0;
		else if (m->pref_32bit)
			*base &= UINT32_MAX, *limit &= UINT32_MAX;
	}
}

static uint64_t bar_register(const struct model *m, unsigned int n, const struct pci_resource *r)
{
	uint64_t value = m->regs[4 + n] & ~(r->space == PCI_IO ? 3u : 15u);

	return r->is_64bit ? value | (uint64_t)m->regs[5 + n] << 32 : value;
}

/* An access to @address on the bus of @model passes all bridges above, and nothing else takes it. */
static void assert_routed(const struct model *m, unsigned int space, uint64_t start, uint64_t size)
{
	for (int at = m->parent; at >= 0; at = models[at].parent) {
		uint64_t base, limit;

		decode_window(&models[at], space, &base, &limit);
		assert_true(base <= start && start + size - 1 <= limit);
		assert_int_equal(models[at].regs[1] & 7, 7);
		for (int i = 0; i < model_count; i++) {
			if (i == at || models[i].parent != models[at].parent ||
			    !is_bridge(&models[i]))
				continue;
			decode_window(&models[i], space, &base, &limit);
			assert_true(base > limit || start > limit || start + size - 1 < base);
		}
	}
}

static void assert_bars_disjoint(const struct pci_function *a, const struct pci_resource *r)
{
	for (unsigned int i = 0; i < host.function_count; i++) {
		const struct pci_function *b = &host.functions[i];

		for (unsigned int n = 0; n < (b->is_bridge ? 2 : 6); n++) {
			const struct pci_resource *other = &b->resources[n];

			if ((a == b && r == other) || !other->placed)
				continue;
			assert_false((r->space == PCI_IO) == (other->space == PCI_IO) &&
				     ranges_overlap(r->bus, r->size, other->bus, other->size));
		}
	}
}

static void assert_consistent(void)
{
	uint16_t last_bdf = 0;

	for (unsigned int i = 0; i < host.function_count; i++) {
		const struct pci_function *f = &host.functions[i];
		struct model *m = find(f->bdf);

		assert_non_null(m);
		assert_true(i == 0 || f->bdf > last_bdf);
		last_bdf = f->bdf;
		assert_true(f->parent < (int)i);
		assert_int_equal(f->is_bridge, is_bridge(m));
		if (!f->is_bridge)
			assert_int_equal(m->regs[1], 0);
		for (unsigned int n = 0; n < (f->is_bridge ? 2 : 6); n++) {
			const struct pci_resource *r = &f->resources[n];
			const struct pci_window *w = &host.windows[r->space];

			if (!r->placed)
				continue;
			assert_int_equal(r->size, m->bars[n].size);
			assert_int_equal(r->bus % r->size, 0);
			assert_int_not_equal(r->bus, 0);
			assert_true(range_inside(r->bus, r->size, w->bus, w->size));
			assert_int_equal(bar_register(m, n, r), r->bus);
			assert_true(r->is_64bit || r->bus + r->size <= 4 * GiB);
			assert_routed(m, r->space, r->bus, r->size);
			assert_bars_disjoint(f, r);
		}
	}
}

static void scan(void)
{
	assert_int_equal(pci_scan(&host), ERR_OK);
	assert_consistent();
}

static void nothing_answers(void **state)
{
	(void)state;
	assert_int_equal(pci_scan(&host), ERR_PCI_EMPTY);
}

static void sizes_and_places_bars(void **state)
{
	int device = add(-1, 3, 0, 0x080501);
	const struct pci_function *f;
	uint64_t address, size;

	(void)state;
	set_bar(device, 0, MEM32, 256);
	set_bar(device, 1, IO, 32);
	set_bar(device, 2, MEM64 | PREF, 8 * GiB);
	set_bar(device, 4, MEM64, 64 * KiB);
	scan();
	assert_false(host.incomplete);
	f = pci_find_class(&host, 0x0805, 0);
	assert_non_null(f);
	assert_int_equal(f->bdf, PCI_BDF(0, 3, 0));
	assert_int_equal(f->class_code, 0x080501);
	assert_null(pci_find_class(&host, 0x0805, 1));
	assert_null(pci_find_class(&host, 0x0108, 0));
	assert_int_equal(pci_bar(&host, f, 0, &address, &size), ERR_OK);
	assert_int_equal(size, 256);
	assert_int_equal(address, GiB + 64 * KiB);
	assert_int_equal(pci_bar(&host, f, 1, &address, &size), ERR_OK);
	assert_int_equal(address, 0x3000000 + 4096);
	assert_int_equal(pci_bar(&host, f, 2, &address, &size), ERR_OK);
	assert_int_equal(address, 16 * GiB);
	assert_int_equal(size, 8 * GiB);
	assert_int_equal(pci_bar(&host, f, 3, &address, &size), ERR_PCI_BAR);
	assert_int_equal(pci_bar(&host, f, 4, &address, &size), ERR_OK);
	assert_int_equal(address, GiB);
	assert_int_equal(pci_bar(&host, f, 5, &address, &size), ERR_PCI_BAR);
	assert_int_equal(pci_bar(&host, f, 6, &address, &size), ERR_PCI_BAR);

	pci_enable(&host, f);
	assert_int_equal(models[device].regs[1], 7);
	pci_disable(&host, f);
	assert_int_equal(models[device].regs[1], 0);
}

static void sees_functions_of_multi_function_devices_only(void **state)
{
	(void)state;
	add(-1, 0, 0, 0x060000);
	add(-1, 1, 0, 0x020000);
	add(-1, 1, 3, 0x020000); /* not announced */
	models[add(-1, 2, 0, 0x020000)].header = 0x80;
	add(-1, 2, 5, 0x020000);
	add(-1, 2, 7, 0x020000);
	add(-1, 3, 1, 0x020000); /* no function 0 */
	scan();
	assert_int_equal(host.function_count, 5);
	assert_int_equal(pci_find_class(&host, 0x0200, 3)->bdf, PCI_BDF(0, 2, 7));
}

static void goes_through_bridges(void **state)
{
	int port1 = add_bridge(-1, 1), port2 = add_bridge(-1, 2), upstream, down1, down2, nvme, nic;

	(void)state;
	/* Left from an earlier set-up: both claim the same buses, and decode. */
	models[port1].regs[6] = models[port2].regs[6] = 0xff0100;
	models[port1].regs[1] = models[port2].regs[1] = 7;
	upstream = add_bridge(port1, 0);
	down1 = add_bridge(upstream, 0);
	down2 = add_bridge(upstream, 1);
	nvme = add(down1, 0, 0, 0x010802);
	set_bar(nvme, 0, MEM64, 16 * KiB);
	nic = add(down2, 0, 0, 0x020000);
	set_bar(nic, 0, MEM32, 128 * KiB);
	set_bar(nic, 2, IO, 32);
	set_bar(nic, 4, MEM64 | PREF, 2 * MiB);
	set_bar(add(port2, 0, 0, 0x030000), 0, MEM64 | PREF, 256 * MiB);
	set_bar(down2, 0, MEM32, 4 * KiB);
	scan();
	assert_false(host.incomplete);
	assert_int_equal(host.function_count, 8);
	assert_int_equal(host.buses_used, 5);
	assert_int_equal(function_of(port1)->secondary, 1);
	assert_int_equal(function_of(port1)->subordinate, 4);
	assert_int_equal(function_of(upstream)->secondary, 2);
	assert_int_equal(function_of(port2)->secondary, 5);
	assert_int_equal(function_of(nvme)->bdf, PCI_BDF(3, 0, 0));
	assert_int_equal(function_of(nic)->bdf, PCI_BDF(4, 0, 0));
	assert_true(function_of(nvme)->resources[0].placed);
	assert_int_equal(function_of(nvme)->resources[0].space, PCI_MEM);
	assert_int_equal(function_of(nic)->resources[4].space, PCI_MEM64);
	assert_true(function_of(nic)->resources[2].placed);
	assert_int_equal(function_of(down2)->resources[0].size, 4 * KiB);
}

static void respects_what_bridges_cannot_forward(void **state)
{
	int bridge = add_bridge(-1, 1), behind = add_bridge(bridge, 0), card = add(behind, 0, 0, 0);

	(void)state;
	models[bridge].no_io = true;
	models[bridge].pref_32bit = true;
	set_bar(card, 0, MEM64 | PREF, MiB);
	set_bar(card, 2, IO, 32);
	set_bar(card, 3, MEM32, 4 * KiB);
	scan();
	assert_int_equal(function_of(card)->resources[0].space, PCI_MEM);
	assert_true(function_of(card)->resources[0].placed);
	assert_false(function_of(card)->resources[2].placed);
	assert_true(function_of(card)->resources[2].left_out);
	assert_true(function_of(card)->resources[3].placed);
	assert_true(host.incomplete);
	pci_enable(&host, function_of(card));
	assert_int_equal(models[card].regs[1], 6);

	empty_bus(state);
	bridge = add_bridge(-1, 1);
	models[bridge].no_pref = true;
	card = add(bridge, 0, 0, 0);
	set_bar(card, 0, MEM64 | PREF, MiB);
	scan();
	assert_int_equal(function_of(card)->resources[0].space, PCI_MEM);
	assert_true(function_of(card)->resources[0].placed);
}

static void lives_with_malformed_bars(void **state)
{
	static const struct bar bad[] = {
		{ MEM32, 0, 0x00ff0000 },		 /* a gap above */
		{ MEM32, 0, 0xff0f0000 },		 /* a gap within */
		{ MEM64, 0, 0x0000000fffff0000 },	 /* not all address bits */
		{ MEM64 | PREF, 0, 0xffffffff00000010 }, /* a gap */
		{ 0x6, 0, 0xfffff000 },			 /* reserved type */
		{ IO, 0, 0xff0f },			 /* a gap */
		{ MEM64 | PREF, 0, 1ull << 63 },	 /* larger than any window */
		{ PREF, 0, 1ull << 40 },		 /* nothing but flags */
		{ IO, 0, 1ull << 40 },
	};
	int device, good;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		empty_bus(state);
		device = add(-1, 1, 0, 0);
		models[device].bars[0] = bad[i];
		set_bar(device, 2, MEM32, MiB);
		good = add(-1, 2, 0, 0);
		set_bar(good, 0, MEM64 | PREF, GiB);
		scan();
		assert_true(host.incomplete);
		assert_false(function_of(device)->resources[0].placed);
		assert_true(function_of(device)->resources[0].left_out);
		assert_true(function_of(device)->resources[2].placed);
		assert_true(function_of(good)->resources[0].placed);
	}
	/* A 64-bit BAR without a second register. */
	empty_bus(state);
	device = add(-1, 1, 0, 0);
	set_bar(device, 5, MEM64, MiB);
	good = add_bridge(-1, 2);
	set_bar(good, 1, MEM64, MiB);
	scan();
	assert_false(function_of(device)->resources[5].placed);
	assert_false(function_of(good)->resources[1].placed);
}

static void decodes_16_bit_io(void **state)
{
	int device = add(-1, 1, 0, 0);

	(void)state;
	models[device].bars[0] = (struct bar){ IO, 64, 0xffc0 };
	scan();
	assert_int_equal(function_of(device)->resources[0].size, 64);
	assert_true(function_of(device)->resources[0].placed);
}

static void leaves_out_what_does_not_fit(void **state)
{
	int bridge = add_bridge(-1, 1), small, placed = 0;

	(void)state;
	for (uint8_t i = 0; i < 20; i++)
		set_bar(add(-1, 2 + i, 0, 0), 0, MEM32, 128 * MiB);
	small = add(-1, 30, 0, 0);
	set_bar(small, 0, MEM32, 4 * KiB);
	set_bar(add(bridge, 0, 0, 0), 0, MEM32, 512 * MiB);
	scan();
	assert_true(host.incomplete);
	for (unsigned int i = 0; i < host.function_count; i++)
		placed += !host.functions[i].is_bridge && host.functions[i].resources[0].placed;
	assert_int_equal(placed, 5);
	assert_true(pci_find_class(&host, 0, 21)->resources[0].placed);

	/* No window at all. */
	memset(host.windows, 0, sizeof(host.windows));
	scan();
	assert_false(function_of(small)->resources[0].placed);
}

static void stays_within_its_tables(void **state)
{
	endless = true;
	scan();
	assert_true(host.incomplete);
	assert_int_equal(host.function_count, PCI_MAX_DEPTH + 1);

	empty_bus(state);
	endless = true;
	host.first_bus = 16;
	host.last_bus = 19;
	scan();
	assert_true(host.incomplete);
	assert_int_equal(host.buses_used, 19);

	empty_bus(state);
	for (uint8_t i = 0; i < 100; i++)
		models[add(-1, i / 8, i % 8, 0)].header = 0x80;
	scan();
	assert_true(host.incomplete);
	assert_int_equal(host.function_count, PCI_MAX_FUNCTIONS);
}

static uint64_t random_size(unsigned int low, unsigned int high)
{
	return 1ull << (low + (unsigned int)rand() % (high - low + 1));
}

static void random_bars(int model)
{
	unsigned int count = is_bridge(&models[model]) ? 2 : 6;

	for (unsigned int n = 0; n < count; n++) {
		switch (rand() % 6) {
		case 0:
			set_bar(model, n, IO, random_size(2, 8));
			break;
		case 1:
			set_bar(model, n, MEM32 | (rand() % 2 ? PREF : 0), random_size(4, 26));
			break;
		case 2:
		case 3:
			if (n + 1 < count) {
				set_bar(model, n, MEM64 | (rand() % 2 ? PREF : 0),
					random_size(4, rand() % 8 ? 28 : 40));
				n++;
			}
			break;
		}
	}
}

static void any_topology(void **state)
{
	srand(3);
	for (unsigned int round = 0; round < 400; round++) {
		int count = 1 + rand() % 60;

		empty_bus(state);
		for (int i = 0; i < count; i++) {
			int parent = rand() % (i + 1) - 1, model;
			uint8_t device = 0;

			if (parent >= model_count || (parent >= 0 && !is_bridge(&models[parent])))
				parent = -1;
			for (int other = 0; other < model_count; other++)
				device += models[other].parent == parent;
			if (device >= 32)
				continue;
			model = rand() % 3 ? add(parent, device, 0, 0x020000)
					   : add_bridge(parent, device);
			models[model].no_io = rand() % 4 == 0;
			models[model].no_pref = rand() % 8 == 0;
			models[model].pref_32bit = rand() % 8 == 0;
			models[model].regs[1] = 7;
			models[model].regs[6] = is_bridge(&models[model]) ? 0xff0100 : 0;
			models[model].regs[1] = 0;
			random_bars(model);
			models[model].regs[1] = 7;
		}
		scan();
	}
}

static const uint32_t virt_ranges[] = {
	0x01000000, 0, 0,	   0, 0x03000000, 0, 0x10000,	 /* I/O */
	0x02000000, 0, 0x40000000, 0, 0x40000000, 0, 0x40000000, /* 32-bit */
	0x02000000, 0, 0x20000000, 0, 0x20000000, 0, 0x1000,	 /* a smaller one */
	0x03000000, 4, 0,	   4, 0,	  4, 0,		 /* 64-bit */
};

static uint8_t blob[2048];

/* As QEMU's virt machine has it, but for what the test is about. */
static struct {
	uint64_t base, size, bus_range;
	uint32_t address_cells;
} bridge_node;

static void make_tree(const uint32_t *ranges, unsigned int cells)
{
	fdt32_t be[64];
	fdt64_t config[2] = { cpu_to_fdt64(bridge_node.base), cpu_to_fdt64(bridge_node.size) };

	for (unsigned int i = 0; i < cells; i++)
		be[i] = cpu_to_fdt32(ranges[i]);
	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_begin_node(blob, "soc");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_property(blob, "ranges", NULL, 0);
	fdt_begin_node(blob, "pci@30000000");
	fdt_property_string(blob, "compatible", "pci-host-ecam-generic");
	fdt_property_u64(blob, "bus-range", bridge_node.bus_range);
	fdt_property_u32(blob, "#address-cells", bridge_node.address_cells);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_property(blob, "reg", config, sizeof(config));
	fdt_property(blob, "ranges", be, (int)cells * 4);
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
}

static enum err visit(const struct dt_node *node, void *context)
{
	enum err *result = context;

	if (dt_is_compatible(node, "pci-host-ecam-generic"))
		*result = pci_host_from_dt(&host, node);
	return ERR_OK;
}

static enum err host_from_tree(void)
{
	enum err result = ERR_NOT_FOUND;
	struct dt dt;

	assert_int_equal(dt_open(&dt, blob, sizeof(blob)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &result), ERR_OK);
	return result;
}

static int virt_node(void **state)
{
	(void)state;
	bridge_node.base = 0x30000000;
	bridge_node.size = 16 * MiB;
	bridge_node.bus_range = 0x00000020000000ff;
	bridge_node.address_cells = 3;
	return empty_bus(state);
}

static void refuses_impossible_host_bridges(void **state)
{
	static const struct {
		uint64_t base, size, bus_range;
		uint32_t address_cells;
	} bad[] = {
		{ 0x30000000, 16 * MiB, 0x0000002100000020, 3 },
		{ 0x30000000, 16 * MiB, 0x0000002000000100, 3 },
		{ 0x30000000, MiB - 1, 0, 3 },
		{ 0x30000001, 16 * MiB, 0xff, 3 },
		{ 0x30000000, 16 * MiB, 0xff, 2 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		virt_node(state);
		memcpy(&bridge_node, &bad[i], sizeof(bridge_node));
		make_tree(virt_ranges, 28);
		assert_int_equal(host_from_tree(), ERR_PCI_HOST);
	}
}

static void reaches_configuration_space(void **state)
{
	uint8_t *ecam = calloc(2, MiB);
	uint32_t *word = (uint32_t *)(void *)(ecam + MiB + (3 << 15) + (2 << 12) + 0x44);

	(void)state;
	bridge_node.base = (uintptr_t)ecam;
	bridge_node.size = 2 * MiB;
	make_tree(virt_ranges, 28);
	assert_int_equal(host_from_tree(), ERR_OK);
	assert_int_equal(host.last_bus, 33);
	*word = 0x12345678;
	assert_int_equal(host.config->read(&host, PCI_BDF(33, 3, 2), 0x44), 0x12345678);
	host.config->write(&host, PCI_BDF(33, 3, 2), 0x44, 0x9abcdef0);
	assert_int_equal(*word, 0x9abcdef0);
	free(ecam);
}

static void reads_the_host_bridge_from_the_tree(void **state)
{
	uint32_t ranges[ARRAY_SIZE(virt_ranges)];

	(void)state;
	make_tree(virt_ranges, 28);
	assert_int_equal(host_from_tree(), ERR_OK);
	assert_int_equal(host.ecam, 0x30000000);
	assert_int_equal(host.first_bus, 32);
	assert_int_equal(host.last_bus, 47); /* 16 MiB of configuration space */
	assert_int_equal(host.windows[PCI_IO].cpu, 0x3000000);
	assert_int_equal(host.windows[PCI_IO].bus, 0);
	assert_int_equal(host.windows[PCI_IO].size, 0x10000);
	assert_int_equal(host.windows[PCI_MEM].bus, 0x40000000);
	assert_int_equal(host.windows[PCI_MEM].size, 0x40000000);
	assert_int_equal(host.windows[PCI_MEM64].cpu, 0x400000000);
	assert_int_equal(host.windows[PCI_MEM64].size, 0x400000000);

	make_tree(virt_ranges, 27);
	assert_int_equal(host_from_tree(), ERR_PCI_HOST);
	make_tree(virt_ranges, 0);
	assert_int_equal(host_from_tree(), ERR_PCI_HOST);

	/* Windows that wrap or are absurdly large do not count. */
	memcpy(ranges, virt_ranges, sizeof(ranges));
	ranges[12] = 1; /* 4 GiB and a bit of 32-bit memory */
	ranges[14 + 5] = 0;
	ranges[21 + 5] = 0x80000000;
	make_tree(ranges, 28);
	assert_int_equal(host_from_tree(), ERR_OK);
	assert_int_equal(host.windows[PCI_MEM].bus, 0x20000000);
	assert_int_equal(host.windows[PCI_MEM64].size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_answers, empty_bus),
		cmocka_unit_test_setup(sizes_and_places_bars, empty_bus),
		cmocka_unit_test_setup(sees_functions_of_multi_function_devices_only, empty_bus),
		cmocka_unit_test_setup(goes_through_bridges, empty_bus),
		cmocka_unit_test_setup(respects_what_bridges_cannot_forward, empty_bus),
		cmocka_unit_test_setup(lives_with_malformed_bars, empty_bus),
		cmocka_unit_test_setup(decodes_16_bit_io, empty_bus),
		cmocka_unit_test_setup(leaves_out_what_does_not_fit, empty_bus),
		cmocka_unit_test_setup(stays_within_its_tables, empty_bus),
		cmocka_unit_test_setup(any_topology, empty_bus),
		cmocka_unit_test_setup(reads_the_host_bridge_from_the_tree, virt_node),
		cmocka_unit_test_setup(refuses_impossible_host_bridges, virt_node),
		cmocka_unit_test_setup(reaches_configuration_space, virt_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
