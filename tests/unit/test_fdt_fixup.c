/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edits of the DTB that is handed over, against libfdt doing the same, on trees like QEMU's, on
 * random ones and on damaged ones. RAM is an array with a DTB in its middle, so that whatever is
 * written beside it is seen.
 */
/* sources: sbi/fdt_fixup.c drivers/irqchip/plic.c lib/dt.c lib/machine.c lib/riscv/isa.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "sbi/fdt_fixup.h"

#define RAM_SIZE 0x8000
#define FIRMWARE 0x1000 /* offsets in RAM */
#define FIRMWARE_END 0x2000
#define NEXT_STAGE 0x4000
#define BLOB 0x5000
#define SPACE 0x2000 /* for the blob while it is made */
#define HARTS 4
#define M_DEVICES 2

static uint8_t *ram;
static struct hart_desc harts[HARTS];
static struct machine machine;
static struct plics plics;
static struct fdt_fixup fixup;
static struct fdt_handover handover;
static bool offered[HARTS];
static uint32_t m_devices[M_DEVICES]; /* offsets of their nodes */
static unsigned int m_device_count;

static bool offers(unsigned int index)
{
	return offered[index];
}

static void *blob(void)
{
	return ram + BLOB;
}

static void cells(const char *name, const uint32_t *values, int count)
{
	uint32_t be[16];

	for (int i = 0; i < count; i++)
		be[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(blob(), name, be, count * 4), 0);
}

#define CELLS(name, ...) \
	cells(name, (const uint32_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static uint32_t high(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static uint64_t address(uint32_t offset)
{
	return (uintptr_t)ram + offset;
}

enum {
	WITH_RESERVED = 1,	/* a /reserved-memory with a node in it */
	WITH_RESERVED_LAST = 2, /* the same as the last node */
	FIRMWARE_RESERVED = 4,	/* in it, what the firmware needs */
	WITH_INITRD = 8,	/* right behind the blob */
	RESERVED_BEHIND = 16,	/* a reserved node right behind the blob */
	FOR_M_MODE = 32,
	WITH_RECORD = 64, /* /chosen/hartline, as the SPL leaves it */
};

static const struct fdt_record record = { "v1-23-g0123456789ab", 0x123456789, 0x123456790 };

static void reserved_memory(unsigned int what, uint32_t end)
{
	fdt_begin_node(blob(), "reserved-memory");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	fdt_property(blob(), "ranges", NULL, 0);
	fdt_begin_node(blob(), "other");
	if (what & RESERVED_BEHIND)
		CELLS("reg", high(address(end)), (uint32_t)address(end), 0, 64);
	else
		CELLS("reg", high(address(0)), (uint32_t)address(0), 0, 64);
	fdt_property(blob(), "no-map", NULL, 0);
	fdt_end_node(blob());
	if (what & FIRMWARE_RESERVED) {
		fdt_begin_node(blob(), "mine");
		CELLS("reg", high(address(FIRMWARE)), (uint32_t)address(FIRMWARE), 0,
		      FIRMWARE_END - FIRMWARE);
		fdt_property(blob(), "no-map", NULL, 0);
		fdt_end_node(blob());
	}
	fdt_end_node(blob());
}

static void cpu(int number, const char *status)
{
	char name[8];

	snprintf(name, sizeof(name), "cpu@%d", number);
	fdt_begin_node(blob(), name);
	fdt_property_string(blob(), "device_type", "cpu");
	CELLS("reg", (uint32_t)number);
	if (status)
		fdt_property_string(blob(), "status", status);
	fdt_property_string(blob(), "riscv,isa", "rv64imac");
	fdt_begin_node(blob(), "interrupt-controller");
	CELLS("phandle", (uint32_t)(number + 1));
	fdt_end_node(blob());
	fdt_end_node(blob());
}

/* @end: where the blob will end, for what is to be put there. */
static void build(unsigned int what, uint32_t end)
{
	assert_int_equal(fdt_create(blob(), SPACE), 0);
	fdt_finish_reservemap(blob());
	fdt_begin_node(blob(), "");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	if (what & WITH_RESERVED)
		reserved_memory(what, end);
	fdt_begin_node(blob(), "memory");
	fdt_property_string(blob(), "device_type", "memory");
	CELLS("reg", high(address(0)), (uint32_t)address(0), 0, RAM_SIZE);
	fdt_end_node(blob());
	fdt_begin_node(blob(), "chosen");
	if (what & WITH_INITRD) {
		CELLS("linux,initrd-start", high(address(end)), (uint32_t)address(end));
		CELLS("linux,initrd-end", high(address(end)), (uint32_t)address(end) + 64);
	}
	if (what & WITH_RECORD) {
		fdt_begin_node(blob(), "hartline");
		fdt_property_string(blob(), "version", "of the SPL");
		fdt_begin_node(blob(), "images");
		fdt_end_node(blob());
		fdt_end_node(blob());
	}
	fdt_end_node(blob());
	fdt_begin_node(blob(), "cpus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 0);
	cpu(0, "okay");
	cpu(1, NULL);
	cpu(2, "disabled");
	cpu(3, "a very long status that is not okay");
	fdt_end_node(blob());
	fdt_begin_node(blob(), "soc");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	fdt_property(blob(), "ranges", NULL, 0);
	fdt_begin_node(blob(), "plic");
	fdt_property_string(blob(), "compatible", "riscv,plic0");
	CELLS("reg", 0, 0xc000000, 0, 0x600000);
	CELLS("riscv,ndev", 96);
	CELLS("interrupts-extended", 1, 11, 1, 9, 2, 11, 2, 9);
	fdt_end_node(blob());
	fdt_begin_node(blob(), "m-device");
	fdt_property_string(blob(), "compatible", "m-device");
	fdt_end_node(blob());
	fdt_end_node(blob());
	fdt_begin_node(blob(), "m-device");
	fdt_property_string(blob(), "compatible", "m-device");
	fdt_property_string(blob(), "status", "ok");
	fdt_end_node(blob());
	if (what & WITH_RESERVED_LAST)
		reserved_memory(what, end);
	fdt_end_node(blob());
	assert_int_equal(fdt_finish(blob()), 0);
}

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	fdt_fixup_visit(&fixup, node);
	plic_visit(&plics, node);
	if (dt_is_compatible(node, "m-device")) {
		assert_true(m_device_count < M_DEVICES);
		m_devices[m_device_count++] = node->offset;
	}
	return machine_visit(&machine, node);
}

/* Reads the tree as the firmware does. */
static enum err read_tree(void)
{
	enum err err;

	machine = (struct machine){ .harts = harts, .hart_capacity = HARTS };
	plics = (struct plics){ 0 };
	fixup = (struct fdt_fixup){ 0 };
	m_device_count = 0;
	handover = (struct fdt_handover){
		.machine = &machine,
		.plics = &plics,
		.offers_hart = offers,
		.kept = { { address(FIRMWARE), FIRMWARE_END - FIRMWARE } },
		.kept_count = 1,
		.record = record,
		.next_addr = address(NEXT_STAGE),
	};
	err = dt_open(&machine.dt, blob(), RAM_SIZE - BLOB);
	if (!err)
		err = dt_walk(&machine.dt, visit, NULL);
	/* In what order they are told of does not matter. */
	while (m_device_count)
		fdt_fixup_disable(&fixup, m_devices[--m_device_count]);
	return err;
}

static int setup(void **state)
{
	(void)state;
	ram = aligned_alloc(4096, RAM_SIZE);
	memset(ram, 0xa5, RAM_SIZE);
	for (unsigned int i = 0; i < HARTS; i++)
		offered[i] = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

/* --- The same by libfdt --- */

static void set_status(void *fdt, int node)
{
	assert_int_equal(fdt_setprop_string(fdt, node, "status", "disabled"), 0);
}

static void disable_devices(void *fdt)
{
	for (int node = fdt_node_offset_by_compatible(fdt, -1, "m-device"); node >= 0;
	     node = fdt_node_offset_by_compatible(fdt, node, "m-device"))
		set_status(fdt, node);
}

/* Of the tree that build() made, in @fdt. */
static void edit_for_s_mode(void *fdt)
{
	static const uint32_t contexts[] = { 1, 0xffffffff, 1, 9, 2, 0xffffffff, 2, 9 };
	uint32_t be[8];
	char name[64];
	int node;

	for (int i = 0; i < 8; i++)
		be[i] = cpu_to_fdt32(contexts[i]);
	node = fdt_path_offset(fdt, "/soc/plic");
	assert_int_equal(fdt_setprop(fdt, node, "interrupts-extended", be, sizeof(be)), 0);
	for (int i = 0; i < HARTS; i++) {
		snprintf(name, sizeof(name), "/cpus/cpu@%d", i);
		if (!offered[i])
			set_status(fdt, fdt_path_offset(fdt, name));
	}
	disable_devices(fdt);
}

static void edit_with_libfdt(void *fdt, unsigned int what)
{
	char name[64];
	int node;

	if (!(what & FOR_M_MODE))
		edit_for_s_mode(fdt);
	if (what & WITH_RECORD) {
		node = fdt_path_offset(fdt, "/chosen/hartline");
		assert_false(fdt_setprop_string(fdt, node, "firmware-version", record.version));
		assert_false(fdt_setprop_u64(fdt, node, "time-firmware-us", record.firmware_us));
		assert_false(fdt_setprop_u64(fdt, node, "time-next-us", record.next_us));
	}
	if (what & FIRMWARE_RESERVED)
		return;
	node = fdt_path_offset(fdt, "/reserved-memory");
	if (node < 0) {
		node = fdt_add_subnode(fdt, 0, "reserved-memory");
		assert_true(node > 0);
		assert_int_equal(fdt_setprop_u32(fdt, node, "#address-cells", 2), 0);
		assert_int_equal(fdt_setprop_u32(fdt, node, "#size-cells", 2), 0);
		assert_int_equal(fdt_setprop(fdt, node, "ranges", NULL, 0), 0);
	}
	snprintf(name, sizeof(name), "mmode_resv0@%lx", (unsigned long)address(FIRMWARE));
	node = fdt_add_subnode(fdt, node, name);
	assert_true(node > 0);
	assert_int_equal(fdt_setprop(fdt, node, "no-map", NULL, 0), 0);
	assert_int_equal(fdt_setprop_u64(fdt, node, "reg", address(FIRMWARE)), 0);
	assert_int_equal(fdt_appendprop_u64(fdt, node, "reg", FIRMWARE_END - FIRMWARE), 0);
}

/* Two nodes have the same properties and children, in whatever order. */
static void assert_same(const void *a, int node_a, const void *b, int node_b)
{
	int count = 0, property, child;

	fdt_for_each_property_offset (property, a, node_a) {
		const char *name;
		int length_a, length_b;
		const void *value_a = fdt_getprop_by_offset(a, property, &name, &length_a);
		const void *value_b = fdt_getprop(b, node_b, name, &length_b);

		assert_non_null(value_a);
		assert_int_equal(length_a, length_b);
		assert_memory_equal(value_a, value_b, length_a);
		count++;
	}
	fdt_for_each_property_offset (property, b, node_b)
		count--;
	assert_int_equal(count, 0);
	fdt_for_each_subnode (child, a, node_a) {
		int other = fdt_subnode_offset(b, node_b, fdt_get_name(a, child, NULL));

		assert_true(other > 0);
		assert_same(a, child, b, other);
		count++;
	}
	fdt_for_each_subnode (child, b, node_b)
		count--;
	assert_int_equal(count, 0);
}

static void apply_and_compare(unsigned int what)
{
	static uint64_t expected[SPACE / 8], packed[SPACE / 8];
	uintptr_t dtb = (uintptr_t)blob();
	uint32_t old_total = fdt_totalsize(blob()), total;

	assert_int_equal(fdt_open_into(blob(), expected, sizeof(expected)), 0);
	edit_with_libfdt(expected, what);
	assert_int_equal(read_tree(), ERR_OK);
	handover.m_mode = what & FOR_M_MODE;
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	assert_ptr_equal(dtb, blob());
	total = fdt_totalsize(blob());
	assert_int_equal(fdt_check_full(blob(), total), 0);
	assert_in_range(total, old_total, old_total + 512 + FDT_FIXUP_SPARE);
	/* Others have room to edit it. */
	assert_int_equal(fdt_open_into(blob(), packed, total), 0);
	assert_int_equal(fdt_pack(packed), 0);
	assert_in_range(fdt_totalsize(packed), 0, total - FDT_FIXUP_SPARE);
	for (uint32_t i = BLOB + total; i < RAM_SIZE && old_total != SPACE; i++)
		assert_int_equal(ram[i], 0xa5);
	assert_same(expected, 0, blob(), 0);
	/* Once more changes nothing but what must be added again. */
	assert_int_equal(read_tree(), ERR_OK);
	handover.m_mode = what & FOR_M_MODE;
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	assert_int_equal(fdt_totalsize(blob()), total);
	assert_same(expected, 0, blob(), 0);
}

static void clear_behind_blob(void)
{
	memset((uint8_t *)blob() + fdt_totalsize(blob()), 0xa5,
	       RAM_SIZE - BLOB - fdt_totalsize(blob()));
}

/* --- Tests --- */

static void like_libfdt(void **state)
{
	static const unsigned int kinds[] = { 0,
					      WITH_RESERVED,
					      WITH_RESERVED_LAST,
					      WITH_RESERVED | FIRMWARE_RESERVED,
					      WITH_RESERVED | FOR_M_MODE,
					      WITH_RECORD,
					      WITH_RECORD | WITH_RESERVED,
					      WITH_RECORD | WITH_RESERVED_LAST | FOR_M_MODE,
					      WITH_RECORD | WITH_RESERVED | FIRMWARE_RESERVED };

	(void)state;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (unsigned int mask = 0; mask < 1 << HARTS; mask++) {
			for (unsigned int hart = 0; hart < HARTS; hart++)
				offered[hart] = mask >> hart & 1;
			build(kinds[i], 0);
			clear_behind_blob();
			apply_and_compare(kinds[i]);
			/* With room inside, the blob stays as large as it is. */
			build(kinds[i], 0);
			clear_behind_blob();
			fdt_set_totalsize(blob(), SPACE);
			apply_and_compare(kinds[i]);
			assert_int_equal(fdt_totalsize(blob()), SPACE);
		}
	}
}

/* The blocks in the other order: reservations, strings, structure. */
static void strings_first(void **state)
{
	static uint8_t old[SPACE];
	uint32_t reserved, structure, strings, structure_size, strings_size;

	(void)state;
	build(0, 0);
	memcpy(old, blob(), fdt_totalsize(blob()));
	clear_behind_blob();
	reserved = fdt_off_mem_rsvmap(old);
	strings_size = fdt_size_dt_strings(old);
	structure_size = fdt_size_dt_struct(old);
	strings = reserved + 16;
	structure = (strings + strings_size + 3) & ~3u;
	memcpy((uint8_t *)blob() + strings, old + fdt_off_dt_strings(old), strings_size);
	memcpy((uint8_t *)blob() + structure, old + fdt_off_dt_struct(old), structure_size);
	fdt_set_off_dt_strings(blob(), strings);
	fdt_set_off_dt_struct(blob(), structure);
	fdt_set_totalsize(blob(), structure + structure_size);
	clear_behind_blob();
	assert_int_equal(fdt_check_full(blob(), fdt_totalsize(blob())), 0);
	apply_and_compare(0);
}

/* A machine without a clock has no times to tell, and only the node in /chosen is the record. */
static void record_without_times(void **state)
{
	uintptr_t dtb = (uintptr_t)blob();
	int node;

	(void)state;
	build(WITH_RECORD, 0);
	fdt_open_into(blob(), blob(), SPACE);
	assert_true(fdt_add_subnode(blob(), fdt_path_offset(blob(), "/soc"), "hartline") > 0);
	fdt_pack(blob());
	clear_behind_blob();
	assert_int_equal(read_tree(), ERR_OK);
	handover.record = (struct fdt_record){ .version = "v1" };
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	node = fdt_path_offset(blob(), "/chosen/hartline");
	assert_string_equal(fdt_getprop(blob(), node, "firmware-version", NULL), "v1");
	assert_string_equal(fdt_getprop(blob(), node, "version", NULL), "of the SPL");
	assert_null(fdt_getprop(blob(), node, "time-firmware-us", NULL));
	assert_null(fdt_getprop(blob(), node, "time-next-us", NULL));
	node = fdt_path_offset(blob(), "/soc/hartline");
	assert_null(fdt_getprop(blob(), node, "firmware-version", NULL));
}

/* Deleted properties and nodes leave NOPs. */
static void nops(void **state)
{
	int node;

	(void)state;
	build(WITH_RESERVED, 0);
	node = fdt_path_offset(blob(), "/reserved-memory/other");
	assert_int_equal(fdt_nop_node(blob(), node), 0);
	node = fdt_path_offset(blob(), "/cpus/cpu@3");
	assert_int_equal(fdt_nop_property(blob(), node, "status"), 0);
	assert_int_equal(fdt_nop_property(blob(), node, "riscv,isa"), 0);
	node = fdt_path_offset(blob(), "/m-device");
	assert_int_equal(fdt_nop_property(blob(), node, "compatible"), 0);
	node = fdt_path_offset(blob(), "/soc/m-device");
	assert_int_equal(fdt_nop_property(blob(), node, "compatible"), 0);
	clear_behind_blob();
	apply_and_compare(WITH_RESERVED);
}

/* Copied to behind the firmware when what is behind the blob is taken, or not changed at all. */
static void check_moves(uint32_t total)
{
	static uint8_t old[SPACE];
	uintptr_t dtb = (uintptr_t)blob();

	memcpy(old, blob(), total);
	assert_int_equal(read_tree(), ERR_OK);
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	assert_ptr_equal(dtb, ram + FIRMWARE_END);
	assert_memory_equal(old, blob(), total);
	assert_int_equal(fdt_check_full((void *)dtb, fdt_totalsize((void *)dtb)), 0);
	assert_true(fdt_path_offset((void *)dtb, "/reserved-memory") > 0);
	assert_int_equal(ram[FIRMWARE_END - 1], 0xa5);
	assert_int_equal(ram[FIRMWARE_END + fdt_totalsize((void *)dtb)], 0xa5);
	memset(ram + FIRMWARE_END, 0xa5, NEXT_STAGE - FIRMWARE_END);

	/* No place between firmware and next stage. */
	dtb = (uintptr_t)blob();
	handover.next_addr = address(FIRMWARE_END) + 64;
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_DT_NO_SPACE);
	handover.next_addr = address(0);
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_DT_NO_SPACE);
	assert_ptr_equal(dtb, blob());
	assert_memory_equal(old, blob(), total);
}

static void taken_behind_the_blob(void **state)
{
	static const unsigned int kinds[] = { WITH_INITRD, WITH_RESERVED | RESERVED_BEHIND };
	uintptr_t dtb = (uintptr_t)blob();
	uint32_t total;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		build(kinds[i], 0);
		total = fdt_totalsize(blob());
		build(kinds[i], BLOB + total);
		assert_int_equal(fdt_totalsize(blob()), total);
		clear_behind_blob();
		check_moves(total);
	}
	/* The next stage begins there. */
	build(0, 0);
	clear_behind_blob();
	assert_int_equal(read_tree(), ERR_OK);
	handover.next_addr = address(BLOB + fdt_totalsize(blob()) + 8);
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	assert_ptr_equal(dtb, ram + FIRMWARE_END);
}

static void memory_reservations(void **state)
{
	uint32_t total;

	(void)state;
	build(0, 0);
	fdt_open_into(blob(), blob(), SPACE);
	assert_int_equal(fdt_add_mem_rsv(blob(), 0x1000, 0x1000), 0);
	assert_int_equal(fdt_add_mem_rsv(blob(), address(BLOB), 0x1000), 0);
	fdt_pack(blob());
	clear_behind_blob();
	apply_and_compare(0); /* its own reservation does not keep it from growing */

	build(0, 0);
	fdt_open_into(blob(), blob(), SPACE);
	assert_int_equal(fdt_add_mem_rsv(blob(), 0x1000, 0x1000), 0);
	fdt_pack(blob());
	total = fdt_totalsize(blob()) + 16;
	fdt_open_into(blob(), blob(), SPACE);
	assert_int_equal(fdt_add_mem_rsv(blob(), address(BLOB) + total, 0x10), 0);
	fdt_pack(blob());
	assert_int_equal(fdt_totalsize(blob()), total);
	clear_behind_blob();
	check_moves(total);

	/* Not terminated. */
	build(0, 0);
	fdt_set_off_mem_rsvmap(blob(), fdt_totalsize(blob()) & ~7u);
	assert_int_equal(read_tree(), ERR_OK);
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &(uintptr_t){ (uintptr_t)blob() }),
			 ERR_DT_HEADER);
}

static void dtb_in_rom(void **state)
{
	uintptr_t dtb = (uintptr_t)blob();

	(void)state;
	build(0, 0);
	assert_int_equal(read_tree(), ERR_OK);
	machine.memory[0].size = BLOB;
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	assert_ptr_equal(dtb, ram + FIRMWARE_END);
	assert_int_equal(fdt_check_full((void *)dtb, fdt_totalsize((void *)dtb)), 0);
	machine.memory[0].size = FIRMWARE_END;
	dtb = (uintptr_t)blob();
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_DT_NO_SPACE);
}

static void one_cell_addresses(void **state)
{
	uintptr_t dtb = (uintptr_t)blob();
	int node, length;
	const fdt32_t *reg;

	(void)state;
	build(WITH_RESERVED, 0);
	assert_int_equal(read_tree(), ERR_OK);
	fixup.address_cells = 1;
	fixup.size_cells = 1;
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_RANGE);
	handover.kept[0] = (struct memory_range){ 0x80000000, 0x40000 };
	handover.kept[1] = (struct memory_range){ 0x90000000, 0x1000 };
	handover.kept_count = 2;
	clear_behind_blob();
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &dtb), ERR_OK);
	node = fdt_path_offset(blob(), "/reserved-memory/mmode_resv0@80000000");
	reg = fdt_getprop(blob(), node, "reg", &length);
	assert_int_equal(length, 8);
	assert_int_equal(fdt32_to_cpu(reg[0]), 0x80000000);
	assert_int_equal(fdt32_to_cpu(reg[1]), 0x40000);
	assert_true(fdt_path_offset(blob(), "/reserved-memory/mmode_resv1@90000000") > 0);
}

/* Whatever the walk accepts can be edited, and the walk accepts the result. */
static void damaged(void **state)
{
	static uint8_t good[SPACE];
	unsigned int applied = 0;
	uint32_t total;

	(void)state;
	srand(1);
	build(WITH_RESERVED | WITH_INITRD | WITH_RECORD, 0);
	total = fdt_totalsize(blob());
	memcpy(good, blob(), total);
	for (unsigned int round = 0; round < 200000; round++) {
		uintptr_t dtb = (uintptr_t)blob();
		struct dt dt;

		memcpy(blob(), good, total);
		clear_behind_blob();
		for (int flips = rand() % 3 + 1; flips; flips--) {
			uint32_t at = rand() % 3 ? (uint32_t)rand() % total : (uint32_t)rand() % 40;

			ram[BLOB + at] = rand() % 2 ? (uint8_t)rand() : (uint8_t)(rand() % 12);
		}
		if (read_tree() || !machine.memory_count)
			continue;
		machine.memory[0] = (struct memory_range){ address(0), RAM_SIZE };
		machine.memory_count = 1;
		if (fdt_fixup_apply(&fixup, &handover, &dtb))
			continue;
		applied++;
		assert_int_equal(dt_open(&dt, (void *)dtb, RAM_SIZE - BLOB), ERR_OK);
		assert_int_equal(dt_walk(&dt, visit, NULL), ERR_OK);
	}
	assert_true(applied > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(like_libfdt, setup, teardown),
		cmocka_unit_test_setup_teardown(strings_first, setup, teardown),
		cmocka_unit_test_setup_teardown(record_without_times, setup, teardown),
		cmocka_unit_test_setup_teardown(nops, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_behind_the_blob, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_reservations, setup, teardown),
		cmocka_unit_test_setup_teardown(dtb_in_rom, setup, teardown),
		cmocka_unit_test_setup_teardown(one_cell_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
