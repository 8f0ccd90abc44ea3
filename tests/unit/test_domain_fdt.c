/* SPDX-License-Identifier: BSD-2-Clause */
/* The DTB that a domain gets: read again by libfdt. */
/* sources: sbi/domain_fdt.c sbi/domain.c sbi/fdt_fixup.c drivers/irqchip/plic.c lib/dt.c */
/* sources: drivers/irqchip/imsic.c */
/* sources: lib/machine.c lib/riscv/isa.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/domain_fdt.h"
#include "tests/unit/dtb.h"

#define RWX (PMP_R | PMP_W | PMP_X)
#define RAM 0x80000000UL
#define RAM_SIZE 0x10000000UL
#define FIRMWARE_SIZE 0x40000UL

static const struct domain domain = {
	.rest = RWX,
	.harts = { { 1 } },
	.regions = {
		{ .base = 0x30000000, .order = 28, .rights = 0, .mmio = true },
		{ .base = 0x88000000, .order = 24, .rights = 0 },
		{ .base = 0x89000000, .order = 24, .rights = PMP_R | PMP_W },
		{ .base = 0x8c000000, .order = 24, .rights = 0 },
	},
	.region_count = 4,
};

static struct machine machine;
static struct hart_desc harts[2];
static struct plics plics;
static struct fdt_fixup fixup;
static struct fdt_handover handover;

static bool offers(unsigned int index)
{
	return index == 0;
}

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	fdt_fixup_visit(&fixup, node);
	if (dt_is_compatible(node, "m-device"))
		fdt_fixup_disable(&fixup, node->offset);
	return machine_visit(&machine, node);
}

static void write_device(const char *name, const char *compatible, uint32_t base, uint32_t second)
{
	DTB_NODE(name);
	DTB_STRING("compatible", compatible);
	DTB_CELLS("reg", 0, base, 0, 0x1000, 0, second, 0, 0x1000);
	DTB_END();
}

/* Interrupt files of both harts, two pages each. */
static void write_imsic(const char *name, uint32_t base)
{
	DTB_NODE(name);
	DTB_STRING("compatible", "riscv,imsics");
	DTB_CELLS("reg", 0, base, 0, 0x4000);
	DTB_CELLS("interrupts-extended", 10, IRQ_SEI, 11, IRQ_SEI);
	DTB_CELLS("riscv,num-ids", 63);
	DTB_CELLS("riscv,guest-index-bits", 1);
	DTB_END();
}

static void write_tree(unsigned int more_devices)
{
	uint64_t here = (uintptr_t)dtb;

	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("chosen");
	DTB_NODE("domains");
	DTB_STRING("compatible", "opensbi,domain,config");
	DTB_NODE("a");
	DTB_STRING("compatible", "opensbi,domain,instance");
	DTB_END();
	DTB_END();
	DTB_NODE("kept@30000000");
	DTB_CELLS("reg", 0, 0x30000000, 0, 0x1000);
	DTB_END();
	DTB_END();
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	for (uint32_t i = 0; i < 2; i++) {
		DTB_NODE(i ? "cpu@1" : "cpu@0");
		DTB_STRING("device_type", "cpu");
		DTB_CELLS("reg", i);
		DTB_CELLS("opensbi-domain", 7);
		DTB_STRING("mmu-type", "riscv,sv39");
		DTB_NODE("interrupt-controller");
		DTB_CELLS("phandle", 10 + i);
		DTB_END();
		DTB_END();
	}
	DTB_END();
	DTB_NODE("memory@80000000");
	DTB_STRING("device_type", "memory");
	DTB_CELLS("reg", 0, RAM, 0, RAM_SIZE, (uint32_t)(here >> 32), (uint32_t)here, 0,
		  sizeof(dtb_words));
	DTB_END();
	DTB_NODE("soc");
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	assert(!fdt_property(dtb, "ranges", NULL, 0));
	write_device("mine", "uart", 0x10000000, 0x10001000);
	write_device("half", "uart", 0x10002000, 0x3ffff000);
	write_device("pci", "uart", 0x30000000, 0x30001000);
	write_imsic("files", 0x2fffe000);  /* the second hart's are not in reach */
	write_imsic("guests", 0x2ffff000); /* the first hart's guests' are not */
	write_device("m", "m-device", 0x2000000, 0x2001000);
	for (unsigned int i = 0; i < more_devices; i++) {
		char name[16];

		snprintf(name, sizeof(name), "more@%u", i);
		write_device(name, "more", 0x30000000 + i * 0x2000, 0x30001000 + i * 0x2000);
	}
	DTB_END();
	DTB_NODE("bare");
	DTB_END();
	dtb_finish();

	machine = (struct machine){ .harts = harts, .hart_capacity = 2 };
	fixup = (struct fdt_fixup){ 0 };
	handover = (struct fdt_handover){
		.machine = &machine,
		.plics = &plics,
		.offers_hart = offers,
		.kept = { { RAM, FIRMWARE_SIZE } },
		.kept_count = 1,
		.next_addr = RAM + 0x200000,
	};
	assert_int_equal(dt_open(&machine.dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&machine.dt, visit, NULL), ERR_OK);
}

static bool is_disabled(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);
	const char *status;

	assert_true(node >= 0);
	status = fdt_getprop(fdt, node, "status", NULL);
	return status && !strcmp(status, "disabled");
}

static void check_reserved(const void *fdt, const char *name, uint64_t base, uint64_t size)
{
	int node = fdt_path_offset(fdt, name);
	int length;
	const fdt64_t *reg;

	assert_true(node >= 0);
	assert_non_null(fdt_getprop(fdt, node, "no-map", NULL));
	reg = fdt_getprop(fdt, node, "reg", &length);
	assert_int_equal(length, 16);
	assert_int_equal(fdt64_ld(reg), base);
	assert_int_equal(fdt64_ld(reg + 1), size);
}

static void others_are_hidden(void **state)
{
	uintptr_t blob = (uintptr_t)dtb;
	const void *fdt;

	(void)state;
	write_tree(0);
	assert_int_equal(domain_fdt_restrict(&domain, &fixup, &handover), ERR_OK);
	assert_int_equal(fdt_fixup_apply(&fixup, &handover, &blob), ERR_OK);
	fdt = (const void *)blob;
	assert_int_equal(domain_fdt_hide((void *)blob), ERR_OK);
	assert_int_equal(fdt_check_full(fdt, fdt_totalsize(fdt)), 0);

	assert_false(is_disabled(fdt, "/soc/mine"));
	assert_true(is_disabled(fdt, "/soc/half"));
	assert_true(is_disabled(fdt, "/soc/pci"));
	assert_true(is_disabled(fdt, "/soc/m"));
	assert_false(is_disabled(fdt, "/soc/files"));
	assert_true(is_disabled(fdt, "/soc/guests"));
	assert_false(is_disabled(fdt, "/bare"));
	assert_false(is_disabled(fdt, "/memory@80000000"));
	assert_false(is_disabled(fdt, "/chosen/kept@30000000"));
	assert_false(is_disabled(fdt, "/cpus/cpu@0"));
	assert_true(is_disabled(fdt, "/cpus/cpu@1"));
	for (int i = 0; i < 2; i++) {
		int cpu = fdt_path_offset(fdt, i ? "/cpus/cpu@1" : "/cpus/cpu@0");

		assert_null(fdt_getprop(fdt, cpu, "opensbi-domain", NULL));
		assert_string_equal(fdt_getprop(fdt, cpu, "mmu-type", NULL), "riscv,sv39");
	}
	assert_true(fdt_path_offset(fdt, "/chosen/domains") < 0);
	assert_int_equal(fdt_node_offset_by_compatible(fdt, -1, "opensbi,domain,instance"),
			 -FDT_ERR_NOTFOUND);

	/* Memory of others, in one where it touches; the firmware's own last. */
	assert_int_equal(handover.kept_count, 3);
	check_reserved(fdt, "/reserved-memory/mmode_resv0@88000000", 0x88000000, 0x2000000);
	check_reserved(fdt, "/reserved-memory/mmode_resv1@8c000000", 0x8c000000, 0x1000000);
	check_reserved(fdt, "/reserved-memory/mmode_resv2@80000000", RAM, FIRMWARE_SIZE);
}

static void nothing_is_left_out_silently(void **state)
{
	struct domain many = { .rest = RWX };

	(void)state;
	write_tree(FDT_FIXUP_MAX_DISABLED);
	assert_int_equal(domain_fdt_restrict(&domain, &fixup, &handover), ERR_DT_NO_SPACE);
	for (unsigned int i = 0; i < FDT_FIXUP_MAX_KEPT; i++) {
		write_tree(0);
		many.regions[many.region_count++] = (struct domain_region){
			.base = RAM + 0x1000000 * (2 * i),
			.order = i ? 24 : 12,
		};
		/* The first is a part of the firmware's, which is kept anyway. */
		assert_int_equal(domain_fdt_restrict(&many, &fixup, &handover), ERR_OK);
		assert_int_equal(handover.kept_count, 1 + i);
	}
	write_tree(0);
	many.regions[many.region_count++] =
		(struct domain_region){ .base = 0x81000000, .order = 20 };
	assert_int_equal(domain_fdt_restrict(&many, &fixup, &handover), ERR_DT_NO_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_hidden),
		cmocka_unit_test(nothing_is_left_out_silently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
