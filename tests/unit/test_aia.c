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

#include "drivers/irqchip/aplic.h"
#include "tests/unit/dtb.h"

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
static struct hart_desc harts[HARTS];
static struct machine machine;
static struct aplics aplics;
static struct imsics imsics;
static char m_nodes[128]; /* names of those that are M-mode's */

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
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	for (uint32_t i = 0; i < HARTS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "cpu@%u", i);
		DTB_NODE(name);
		DTB_STRING("device_type", "cpu");
		DTB_CELLS("reg", i);
		DTB_NODE("interrupt-controller");
		DTB_CELLS("phandle", 8 - 2 * i);
		DTB_END();
		DTB_END();
	}
	DTB_END();
}

static void begin_aplic(const char *name, uint32_t phandle, uint64_t base, uint32_t size)
{
	DTB_NODE(name);
	fdt_property(dtb, "compatible", "qemu,aplic\0riscv,aplic", 23);
	DTB_CELLS("phandle", phandle);
	DTB_CELLS("riscv,num-sources", SOURCES);
	DTB_CELLS("reg", (uint32_t)(base >> 32), (uint32_t)base, 0, size);
}

static void read_tree(void)
{
	struct dt dt;

	dtb_finish();
	machine = (struct machine){ .harts = harts, .hart_capacity = HARTS };
	memset(&aplics, 0, sizeof(aplics));
	memset(&imsics, 0, sizeof(imsics));
	memset(regs, 0xa5, sizeof(regs));
	regs[MMSIADDRCFGH] = 0;
	m_nodes[0] = '\0';
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
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
	DTB_CELLS("msi-parent", 0xa);
	DTB_END();
	begin_aplic("aplic-m", 0xd, (uintptr_t)regs, REGS_SIZE);
	DTB_CELLS("riscv,delegation", 0xe, 1, SOURCES);
	DTB_CELLS("riscv,children", 0xe);
	DTB_CELLS("msi-parent", 9);
	DTB_END();
	DTB_NODE("imsic-s");
	DTB_CELLS("phandle", 0xa);
	DTB_STRING("compatible", "riscv,imsics");
	DTB_CELLS("riscv,group-index-shift", 24);
	DTB_CELLS("riscv,group-index-bits", 1);
	DTB_CELLS("riscv,hart-index-bits", 1);
	DTB_CELLS("riscv,guest-index-bits", 2);
	DTB_CELLS("riscv,num-ids", 255);
	DTB_CELLS("reg", 0x12, 0x28000000, 0, 0x8000, 0x12, 0x29000000, 0, 0x8000);
	DTB_CELLS("interrupts-extended", 8, 9, 6, 9, 4, 9, 2, 9);
	DTB_END();
	DTB_NODE("imsic-m");
	DTB_CELLS("phandle", 9);
	DTB_STRING("compatible", "riscv,imsics");
	DTB_CELLS("riscv,group-index-shift", 24);
	DTB_CELLS("riscv,group-index-bits", 1);
	DTB_CELLS("riscv,num-ids", 255);
	DTB_CELLS("riscv,hart-index-bits", 1);
	DTB_CELLS("reg", 0, 0x24000000, 0, 0x2000, 0, 0x25000000, 0, 0x2000);
	DTB_CELLS("interrupts-extended", 8, 11, 6, 11, 4, 11, 2, 11);
	DTB_END();
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
	DTB_CELLS("riscv,children", 0xe, 0xf);
	DTB_CELLS("riscv,delegate", 0xf, 10, 20, 0xe, 21, 2000, 0x77, 1, 5, 0xe, 0, 3);
	DTB_CELLS("interrupts-extended", 8, 11, 6, 11, 4, 11, 2, 11);
	DTB_END();
	begin_aplic("aplic-s", 0xe, 0xd000000, REGS_SIZE);
	DTB_CELLS("interrupts-extended", 8, 9, 6, 9, 4, 9, 2, 9);
	DTB_END();
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
	DTB_CELLS("riscv,children", 0xe);
	DTB_END();
	read_tree();
	check_delegated(1, SOURCES, 0);
}

static void nonsense(void **state)
{
	(void)state;
	begin_tree();
	/* More harts than its registers have room for. */
	begin_aplic("small", 0xd, (uintptr_t)regs, 0x4000);
	DTB_CELLS("interrupts-extended", 8, 11);
	DTB_END();
	begin_aplic("unaligned", 0xe, (uintptr_t)regs + 2, REGS_SIZE);
	DTB_CELLS("riscv,children", 0xe);
	DTB_END();
	DTB_NODE("no-registers");
	DTB_STRING("compatible", "riscv,imsics");
	DTB_CELLS("riscv,num-ids", 255);
	DTB_CELLS("interrupts-extended", 8, 11);
	DTB_END();
	DTB_NODE("fewer-files-than-harts");
	DTB_STRING("compatible", "riscv,imsics");
	DTB_CELLS("riscv,num-ids", 255);
	DTB_CELLS("reg", 0, 0x24000000, 0, 0x1000);
	DTB_CELLS("interrupts-extended", 8, 11, 6, 11, 99, 11);
	DTB_END();
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
