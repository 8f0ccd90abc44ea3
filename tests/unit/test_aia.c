/* SPDX-License-Identifier: BSD-2-Clause */
/* APLIC and IMSIC, on a tree like QEMU's with two sockets of two harts. */
/* sources: drivers/irqchip/aplic.c drivers/irqchip/imsic.c lib/dt.c lib/machine.c lib/riscv/isa.c */
/* sources: lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "drivers/irqchip/aplic.h"

#define HARTS 4
#define REGS_SIZE 0x8000
#define UNTOUCHED 0xa5a5a5a5
#define SOURCES 96

#define SOURCECFG (0x0004 / 4)
#define MMSIADDRCFG (0x1bc0 / 4)
#define MMSIADDRCFGH (0x1bc4 / 4)
#define SMSIADDRCFG (0x1bc8 / 4)
#define SMSIADDRCFGH (0x1bcc / 4)
#define CLRIE (0x1f00 / 4)
#define IDC (0x4000 / 4)

static uint32_t regs[REGS_SIZE / 4];
static uint64_t blob[1024];
static struct hart_desc harts[HARTS];
static struct machine machine;
static struct aplics aplics;
static struct imsics imsics;
static char m_nodes[128]; /* names of those that are M-mode's */

static void cells(const char *name, const uint32_t *values, int count)
{
	uint32_t be[16];

	for (int i = 0; i < count; i++)
		be[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(blob, name, be, count * 4), 0);
}

#define CELLS(name, ...) \
	cells(name, (const uint32_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	if (imsic_visit(&imsics, node))
		strcat(m_nodes, node->name);
	if (aplic_visit(&aplics, node))
		strcat(m_nodes, node->name);
	return machine_visit(&machine, node);
}

/* Harts 0 to 3 have interrupt controllers 8, 6, 4, 2. */
static void begin_tree(void)
{
	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	fdt_begin_node(blob, "cpus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 0);
	for (uint32_t i = 0; i < HARTS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "cpu@%u", i);
		fdt_begin_node(blob, name);
		fdt_property_string(blob, "device_type", "cpu");
		CELLS("reg", i);
		fdt_begin_node(blob, "interrupt-controller");
		CELLS("phandle", 8 - 2 * i);
		fdt_end_node(blob);
		fdt_end_node(blob);
	}
	fdt_end_node(blob);
}

static void begin_aplic(const char *name, uint32_t phandle, uint64_t base, uint32_t size)
{
	fdt_begin_node(blob, name);
	fdt_property(blob, "compatible", "qemu,aplic\0riscv,aplic", 23);
	CELLS("phandle", phandle);
	CELLS("riscv,num-sources", SOURCES);
	CELLS("reg", (uint32_t)(base >> 32), (uint32_t)base, 0, size);
}

static void read_tree(void)
{
	struct dt dt;

	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
	machine = (struct machine){ .harts = harts, .hart_capacity = HARTS };
	memset(&aplics, 0, sizeof(aplics));
	memset(&imsics, 0, sizeof(imsics));
	memset(regs, 0xa5, sizeof(regs));
	regs[MMSIADDRCFGH] = 0;
	m_nodes[0] = '\0';
	assert_int_equal(dt_open(&dt, blob, sizeof(blob)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, NULL), ERR_OK);
	imsic_assign(&imsics, &machine);
	aplic_init(&aplics, &imsics);
}

static void check_delegated(uint32_t first, uint32_t last, uint32_t child)
{
	for (uint32_t source = first; source <= last; source++)
		assert_int_equal(regs[SOURCECFG + source - 1], 1u << 10 | child);
}

static void msi(void **state)
{
	(void)state;
	begin_tree();
	begin_aplic("aplic-s", 0xe, 0xd000000, REGS_SIZE);
	CELLS("msi-parent", 0xa);
	fdt_end_node(blob);
	begin_aplic("aplic-m", 0xd, (uintptr_t)regs, REGS_SIZE);
	CELLS("riscv,delegation", 0xe, 1, SOURCES);
	CELLS("riscv,children", 0xe);
	CELLS("msi-parent", 9);
	fdt_end_node(blob);
	fdt_begin_node(blob, "imsic-s");
	CELLS("phandle", 0xa);
	fdt_property_string(blob, "compatible", "riscv,imsics");
	CELLS("riscv,group-index-shift", 24);
	CELLS("riscv,group-index-bits", 1);
	CELLS("riscv,hart-index-bits", 1);
	CELLS("riscv,guest-index-bits", 2);
	CELLS("riscv,num-ids", 255);
	CELLS("reg", 0x12, 0x28000000, 0, 0x8000, 0x12, 0x29000000, 0, 0x8000);
	CELLS("interrupts-extended", 8, 9, 6, 9, 4, 9, 2, 9);
	fdt_end_node(blob);
	fdt_begin_node(blob, "imsic-m");
	CELLS("phandle", 9);
	fdt_property_string(blob, "compatible", "riscv,imsics");
	CELLS("riscv,group-index-shift", 24);
	CELLS("riscv,group-index-bits", 1);
	CELLS("riscv,num-ids", 255);
	CELLS("riscv,hart-index-bits", 1);
	CELLS("reg", 0, 0x24000000, 0, 0x2000, 0, 0x25000000, 0, 0x2000);
	CELLS("interrupts-extended", 8, 11, 6, 11, 4, 11, 2, 11);
	fdt_end_node(blob);
	read_tree();

	assert_string_equal(m_nodes, "aplic-mimsic-m");
	assert_int_equal(harts[0].imsic, 0x24000000);
	assert_int_equal(harts[1].imsic, 0x24001000);
	assert_int_equal(harts[2].imsic, 0x25000000);
	assert_int_equal(harts[3].imsic, 0x25001000);
	assert_int_equal(harts[3].imsic_ids, 255);

	assert_int_equal(regs[0], 0);
	assert_int_equal(regs[CLRIE + 3], UINT32_MAX);
	assert_int_equal(regs[CLRIE + 4], UNTOUCHED);
	check_delegated(1, SOURCES, 0);
	assert_int_equal(regs[SOURCECFG + SOURCES], UNTOUCHED);
	/* One bit of hart, one of group 24 bits up; supervisor level has four files a hart. */
	assert_int_equal(regs[MMSIADDRCFG], 0x24000);
	assert_int_equal(regs[MMSIADDRCFGH], 1 << 16 | 1 << 12);
	assert_int_equal(regs[SMSIADDRCFG], 0x1228000 & ~0x1007u);
	assert_int_equal(regs[SMSIADDRCFGH], 2 << 20 | 1 << 16 | 1 << 12);
}

static void direct(void **state)
{
	(void)state;
	begin_tree();
	begin_aplic("aplic-m", 0xd, (uintptr_t)regs, REGS_SIZE);
	CELLS("riscv,children", 0xe, 0xf);
	CELLS("riscv,delegate", 0xf, 10, 20, 0xe, 21, 2000, 0x77, 1, 5, 0xe, 0, 3);
	CELLS("interrupts-extended", 8, 11, 6, 11, 4, 11, 2, 11);
	fdt_end_node(blob);
	begin_aplic("aplic-s", 0xe, 0xd000000, REGS_SIZE);
	CELLS("interrupts-extended", 8, 9, 6, 9, 4, 9, 2, 9);
	fdt_end_node(blob);
	read_tree();

	assert_string_equal(m_nodes, "aplic-m");
	assert_int_equal(harts[0].imsic, 0);
	for (uint32_t source = 1; source < 10; source++)
		assert_int_equal(regs[SOURCECFG + source - 1], UNTOUCHED);
	check_delegated(10, 20, 1);
	check_delegated(21, SOURCES, 0);
	for (uint32_t idc = 0; idc < HARTS; idc++) {
		assert_int_equal(regs[IDC + idc * 8], 0);
		assert_int_equal(regs[IDC + idc * 8 + 1], 0);
		assert_int_equal(regs[IDC + idc * 8 + 2], UNTOUCHED);
	}
	assert_int_equal(regs[IDC + HARTS * 8], UNTOUCHED);
	assert_int_equal(regs[MMSIADDRCFG], UNTOUCHED);
	assert_int_equal(regs[SMSIADDRCFG], UNTOUCHED);
}

static void everything_to_the_only_child(void **state)
{
	(void)state;
	begin_tree();
	begin_aplic("aplic-m", 0xd, (uintptr_t)regs, REGS_SIZE);
	CELLS("riscv,children", 0xe);
	fdt_end_node(blob);
	read_tree();
	check_delegated(1, SOURCES, 0);
}

static void nonsense(void **state)
{
	(void)state;
	begin_tree();
	/* More harts than its registers have room for. */
	begin_aplic("small", 0xd, (uintptr_t)regs, 0x4000);
	CELLS("interrupts-extended", 8, 11);
	fdt_end_node(blob);
	begin_aplic("unaligned", 0xe, (uintptr_t)regs + 2, REGS_SIZE);
	CELLS("riscv,children", 0xe);
	fdt_end_node(blob);
	fdt_begin_node(blob, "no-registers");
	fdt_property_string(blob, "compatible", "riscv,imsics");
	CELLS("riscv,num-ids", 255);
	CELLS("interrupts-extended", 8, 11);
	fdt_end_node(blob);
	fdt_begin_node(blob, "fewer-files-than-harts");
	fdt_property_string(blob, "compatible", "riscv,imsics");
	CELLS("riscv,num-ids", 255);
	CELLS("reg", 0, 0x24000000, 0, 0x1000);
	CELLS("interrupts-extended", 8, 11, 6, 11, 99, 11);
	fdt_end_node(blob);
	read_tree();
	assert_string_equal(m_nodes, "fewer-files-than-harts");
	assert_int_equal(harts[0].imsic, 0x24000000);
	assert_int_equal(harts[1].imsic, 0);
	assert_int_equal(aplics.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msi),
		cmocka_unit_test(direct),
		cmocka_unit_test(everything_to_the_only_child),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
