/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may do what on a machine: from its device tree to the rights at addresses. */
/* sources: sbi/pmp_regions.c sbi/pmp_plan.c sbi/domain.c sbi/domain_config.c sbi/platform.c */
/* sources: sbi/fdt_fixup.c sbi/pmu_policy.c lib/dt.c lib/err.c lib/machine.c lib/riscv/isa.c */
/* sources: drivers/serial/serial.c drivers/serial/sifive.c drivers/serial/8250.c */
/* sources: drivers/timer/aclint.c drivers/reset/reset.c drivers/reset/sifive_test.c */
/* sources: drivers/reset/syscon.c drivers/reset/gpio.c drivers/cppc/cppc.c drivers/cppc/memory.c */
/* sources: drivers/irqchip/plic.c drivers/irqchip/aplic.c drivers/irqchip/imsic.c */
/* sources: drivers/mailbox/rpmi.c drivers/mailbox/rpmi_queue.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "sbi/platform.h"
#include "sbi/pmp_regions.h"
#include "tests/unit/dtb.h"

#define RW (PMP_R | PMP_W)
#define RX (PMP_R | PMP_X)
#define RWX (PMP_R | PMP_W | PMP_X)

#define CLINT 0x2000000
#define IMSIC_M 0x24000000
#define IMSIC_S 0x28000000
#define APLIC_M 0xc000000
#define UART 0x10000000
#define TEST_DEVICE 0x100000
#define CPPC 0x8c000000
#define MAILBOX 0x20000000
#define TEXT 0x80000000
#define RODATA 0x80010000
#define DATA 0x80018000
#define MEMORY 0x80040000

uint64_t clock_us(void)
{
	return 0;
}

static void write_device(const char *name, const char *compatible, uint32_t base, uint32_t size)
{
	DTB_NODE(name);
	DTB_STRING("compatible", compatible);
	DTB_CELLS("reg", 0, base, 0, size);
}

static void write_mailbox(const char *name, uint32_t phandle, uint32_t base)
{
	static const char names[] = "a2p-req\0p2a-ack";

	DTB_NODE(name);
	DTB_STRING("compatible", "riscv,rpmi-shmem-mbox");
	DTB_CELLS("reg", 0, base, 0, 0x1000, 0, base + 0x1000, 0, 0x1000);
	assert_int_equal(fdt_property(dtb, "reg-names", names, sizeof(names)), 0);
	DTB_CELLS("riscv,slot-size", 64);
	DTB_CELLS("phandle", phandle);
	DTB_END();
}

/* The first one has a channel, and is M-mode's. */
static void write_mailboxes(void)
{
	write_mailbox("mailbox-m", 5, MAILBOX);
	write_mailbox("mailbox-s", 6, MAILBOX + 0x2000);
	DTB_NODE("clock");
	DTB_STRING("compatible", "riscv,rpmi-mpxy-clock");
	DTB_CELLS("mboxes", 5, 8);
	DTB_CELLS("riscv,sbi-mpxy-channel-id", 1);
	DTB_END();
}

static void write_tree(unsigned int clints, bool has_mailboxes)
{
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	if (has_mailboxes)
		write_mailboxes();
	DTB_NODE("memory@80000000");
	DTB_STRING("device_type", "memory");
	DTB_CELLS("reg", 0, 0x80000000, 0, 0x10000000);
	DTB_END();
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	DTB_NODE("cpu@0");
	DTB_STRING("device_type", "cpu");
	DTB_CELLS("reg", 0);
	DTB_STRING("riscv,isa", "rv64imac");
	DTB_STRING("mmu-type", "riscv,sv39");
	DTB_NODE("interrupt-controller");
	DTB_CELLS("phandle", 1);
	DTB_END();
	DTB_END();
	DTB_END();
	for (unsigned int i = 0; i < clints; i++) {
		write_device("clint", "riscv,clint0", CLINT + (i << 20), 0x10000);
		DTB_CELLS("interrupts-extended", 1, 3, 1, 7);
		DTB_END();
	}
	write_device("imsics-m", "riscv,imsics", IMSIC_M, 0x1000);
	DTB_CELLS("interrupts-extended", 1, 11);
	DTB_CELLS("riscv,num-ids", 255);
	DTB_END();
	write_device("imsics-s", "riscv,imsics", IMSIC_S, 0x1000);
	DTB_CELLS("interrupts-extended", 1, 9);
	DTB_CELLS("riscv,num-ids", 255);
	DTB_END();
	write_device("aplic-m", "riscv,aplic", APLIC_M, 0x8000);
	DTB_CELLS("interrupts-extended", 1, 11);
	DTB_CELLS("riscv,num-sources", 96);
	DTB_CELLS("riscv,children", 9);
	DTB_END();
	write_device("serial", "ns16550a", UART, 0x100);
	DTB_END();
	write_device("test", "sifive,test0", TEST_DEVICE, 0x1000);
	DTB_END();
	write_device("cppc", "hartline,cppc-memory", CPPC, 0x400);
	DTB_CELLS("hartline,registers", 1);
	DTB_END();
	dtb_finish();
}

static void discover(unsigned int clints, bool has_mailboxes)
{
	static struct hart_desc harts[1];

	write_tree(clints, has_mailboxes);
	memset(&platform, 0, sizeof(platform));
	platform.machine.harts = harts;
	platform.machine.hart_capacity = 1;
	assert_int_equal(platform_discover(dtb), ERR_OK);
	platform.console = serial_choose(&platform.serials);
	platform.memory = (struct firmware_memory){ TEXT, RODATA, DATA, MEMORY };
}

/* The rights at an address, by the first entry that has it. */
static void check(const struct pmp_plan *plan, uint64_t address, uint8_t m, uint8_t s)
{
	struct pmp_region entry = { 0 };

	for (unsigned int i = 0; i < plan->count; i++) {
		if (pmp_plan_entry(plan, i, &entry) &&
		    (!entry.size || address - entry.base < entry.size))
			break;
		entry = (struct pmp_region){ 0 };
	}
	if (plan->limits.smepmp)
		assert_int_equal(entry.m, m);
	assert_int_equal(entry.s, s);
}

static const struct domain root = { .name = "root", .rest = RWX };
static const struct domain guest = {
	.name = "guest",
	.regions = {
		{ .base = UART, .order = 12, .rights = PMP_R, .mmio = true },
		{ .base = 0x88000000, .order = 24, .rights = RX, .enforced = true },
		{ .base = 0x80000000, .order = 28, .rights = RWX },
	},
	.region_count = 3,
};

static void rights(void **state)
{
	static struct pmp_plan plan;
	struct pmp_limits limits = { .count = 16, .granule_shift = 2, .has_tor = true };

	(void)state;
	discover(1, false);
	for (unsigned int smepmp = 0; smepmp < 2; smepmp++) {
		limits.smepmp = smepmp;
		assert_int_equal(pmp_plan_domain(&plan, &root, &limits), ERR_OK);
		check(&plan, TEXT, RX, 0);
		check(&plan, RODATA - 4, RX, 0);
		check(&plan, RODATA, PMP_R, 0);
		check(&plan, DATA, RW, 0);
		check(&plan, MEMORY - 4, RW, 0);
		check(&plan, MEMORY, 0, RWX);
		check(&plan, CLINT, RW, 0);
		check(&plan, IMSIC_M, RW, 0);
		check(&plan, IMSIC_S, 0, RWX);
		check(&plan, APLIC_M, RW, 0);
		check(&plan, CPPC, RW, 0);
		check(&plan, UART, RW, smepmp ? RW : RWX);
		check(&plan, TEST_DEVICE, RW, smepmp ? RW : RWX);
		check(&plan, 0x30000000, 0, RWX);

		assert_int_equal(pmp_plan_domain(&plan, &guest, &limits), ERR_OK);
		check(&plan, TEXT, RX, 0);
		check(&plan, DATA, RW, 0);
		check(&plan, MEMORY, 0, RWX);
		check(&plan, 0x88000000, 0, RX);
		check(&plan, 0x89000000, 0, RWX);
		check(&plan, 0x90000000, 0, 0);
		check(&plan, CPPC, RW, 0);
		check(&plan, CLINT, RW, 0);
		check(&plan, UART, RW, PMP_R);
		check(&plan, TEST_DEVICE, RW, 0);
		check(&plan, IMSIC_S, 0, 0);
	}
}

static void what_does_not_fit_fails(void **state)
{
	static struct pmp_plan plan;
	struct pmp_limits limits = { .count = 4, .granule_shift = 2, .has_tor = true };

	(void)state;
	discover(1, false);
	assert_int_equal(pmp_plan_domain(&plan, &root, &limits), ERR_PMP_ENTRIES);
	discover(ACLINT_MAX_DEVICES + 1, false);
	limits.count = 64;
	assert_int_equal(pmp_plan_domain(&plan, &root, &limits), ERR_TOO_MANY_DEVICES);
}

/* Out of S-mode's reach, and said to be: both or none. */
static void mailboxes(void **state)
{
	static const char *const disabled[] = { "/mailbox-m", "/clint", "/imsics-m", "/aplic-m",
						"/cppc" };
	static struct pmp_plan plan;
	struct pmp_limits limits = { .count = 32, .granule_shift = 2, .has_tor = true };

	(void)state;
	discover(1, true);
	assert_int_equal(pmp_plan_domain(&plan, &root, &limits), ERR_OK);
	check(&plan, MAILBOX, RW, 0);
	check(&plan, MAILBOX + 0x1ffc, RW, 0);
	check(&plan, MAILBOX + 0x2000, 0, RWX);
	assert_int_equal(platform.fixup.disabled_count, ARRAY_SIZE(disabled));
	for (size_t i = 0; i < ARRAY_SIZE(disabled); i++)
		assert_int_equal(platform.fixup.disabled[i], fdt_path_offset(dtb, disabled[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights),
		cmocka_unit_test(mailboxes),
		cmocka_unit_test(what_does_not_fit_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
