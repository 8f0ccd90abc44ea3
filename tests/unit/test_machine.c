/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts, memory, consoles and ACLINT devices found in one walk, in whatever order nodes come. */
/* sources: lib/machine.c lib/dt.c lib/riscv/isa.c drivers/timer/aclint.c */
/* sources: drivers/serial/serial.c drivers/serial/8250.c drivers/serial/sifive.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/serial/serial.h"
#include "drivers/timer/aclint.h"
#include "lib/machine.h"
#include "tests/unit/dtb.h"

#define CAPACITY 4

static struct hart_desc harts[CAPACITY];
static struct machine machine;
static struct aclint_search aclint;
static struct serial_search serials;

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	serial_visit(&serials, node);
	aclint_visit(&aclint, node);
	return machine_visit(&machine, node);
}

static enum err discover(void)
{
	memset(harts, 0, sizeof(harts));
	machine = (struct machine){ .harts = harts, .hart_capacity = CAPACITY };
	aclint = (struct aclint_search){ 0 };
	serials = (struct serial_search){ 0 };
	assert_int_equal(dt_open(&machine.dt, dtb, sizeof(dtb_words)), ERR_OK);
	return dt_walk(&machine.dt, visit, NULL);
}

static void cpu(const char *name, uint32_t id, uint32_t phandle, const char *mmu,
		const char *status)
{
	DTB_NODE(name);
	DTB_STRING("device_type", "cpu");
	DTB_CELLS("reg", id);
	DTB_STRING("riscv,isa", id == 7 ? "rv64imac" : "rv64imafdch_sstc");
	if (mmu)
		DTB_STRING("mmu-type", mmu);
	if (status)
		DTB_STRING("status", status);
	DTB_NODE("interrupt-controller");
	DTB_CELLS("phandle", phandle);
	DTB_END();
	DTB_END();
}

static void cpus(unsigned int extra)
{
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	DTB_CELLS("timebase-frequency", 10000000);
	cpu("cpu@7", 7, 40, NULL, NULL);
	cpu("cpu@1", 1, 10, "riscv,sv39", NULL);
	cpu("cpu@2", 2, 20, "riscv,sv39", "disabled");
	while (extra--)
		cpu("cpu@9", 9, 90, "riscv,sv39", NULL);
	DTB_END();
}

static void root_cells(void)
{
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
}

static void harts_as_described(void **state)
{
	(void)state;
	dtb_begin();
	root_cells();
	cpus(0);
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	assert_int_equal(machine.hart_count, 3);
	assert_int_equal(machine.timebase_hz, 10000000);
	assert_int_equal(harts[0].hartid, 7);
	assert_false(harts[0].has_mmu);
	assert_false(isa_has(harts[0].isa, ISA_H));
	assert_true(harts[1].has_mmu && harts[1].enabled);
	assert_true(isa_has(harts[1].isa, ISA_H) && isa_has(harts[2].isa, ISA_SSTC));
	assert_false(harts[2].enabled);
	assert_int_equal(machine_hart_of_intc(&machine, 20, 0), 2);
	assert_int_equal(machine_hart_of_intc(&machine, 40, 2), 0);
	assert_int_equal(machine_hart_of_intc(&machine, 41, 0), -1);
	assert_int_equal(machine_hart_of_intc(&machine, 0, 0), -1);
}

static void cpu_with_list(const char *name, uint32_t id, const char *list, int length)
{
	DTB_NODE(name);
	DTB_STRING("device_type", "cpu");
	DTB_CELLS("reg", id);
	DTB_STRING("riscv,isa", "rv64imac");
	if (list)
		assert(!fdt_property(dtb, "riscv,isa-extensions", list, length));
	DTB_END();
}

/* Descriptions that are alike are read once, and those that only look alike are not. */
static void isa_of_each_hart(void **state)
{
	(void)state;
	dtb_begin();
	root_cells();
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	cpu_with_list("cpu@0", 0, "i\0sstc", 7);
	cpu_with_list("cpu@1", 1, "i\0sstc", 7);
	cpu_with_list("cpu@2", 2, "i\0smai", 7);
	cpu_with_list("cpu@3", 3, NULL, 0);
	DTB_END();
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	assert_int_equal(machine.hart_count, 4);
	assert_true(isa_has(harts[0].isa, ISA_SSTC) && !isa_has(harts[0].isa, ISA_M));
	assert_int_equal(harts[1].isa.bits, harts[0].isa.bits);
	assert_int_equal(harts[2].isa.bits, 1 << ISA_I);
	assert_true(isa_has(harts[3].isa, ISA_M) && !isa_has(harts[3].isa, ISA_SSTC));
}

static void more_harts_than_room(void **state)
{
	(void)state;
	dtb_begin();
	root_cells();
	cpus(2);
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	assert_int_equal(machine.hart_count, CAPACITY);
	assert_true(machine.too_many_harts);
}

static void memory_and_reserved(void **state)
{
	(void)state;
	dtb_begin();
	root_cells();
	DTB_NODE("memory@80000000");
	DTB_STRING("device_type", "memory");
	DTB_CELLS("reg", 0, 0x80000000, 0, 0x10000000, 1, 0, 0, 0x1000, 2, 0, 0, 0);
	DTB_END();
	DTB_NODE("reserved-memory");
	root_cells();
	fdt_property(dtb, "ranges", NULL, 0);
	DTB_NODE("a@80000000");
	DTB_CELLS("reg", 0, 0x80000000, 0, 0x40000);
	DTB_END();
	DTB_NODE("dynamic");
	DTB_CELLS("size", 0, 0x40000);
	DTB_END();
	DTB_END();
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	assert_int_equal(machine.memory_count, 2); /* an empty bank is none */
	assert_int_equal(machine.reserved_count, 1);
	assert_int_equal(machine.reserved[0].size, 0x40000);
	assert_true(machine_is_memory(&machine, 0x80000000, 0x10000000));
	assert_false(machine_is_memory(&machine, 0x80000001, 0x10000000));
	assert_false(machine_is_memory(&machine, 0x80000000, UINT64_MAX));
	assert_true(machine_is_memory(&machine, 0x100000fff, 1));
	assert_false(machine_is_memory(&machine, 0x100000fff, 2));
}

/* The devices come before the harts whose phandles they name. */
static void registers_of_harts(void **state)
{
	(void)state;
	dtb_begin();
	root_cells();
	DTB_NODE("clint@2000000");
	DTB_STRING("compatible", "sifive,clint0");
	DTB_CELLS("reg", 0, 0x2000000, 0, 0x10000);
	DTB_CELLS("interrupts-extended", 40, 3, 40, 7, 10, 3, 10, 7);
	DTB_END();
	DTB_NODE("mswi@3000000");
	DTB_STRING("compatible", "riscv,aclint-mswi");
	DTB_CELLS("reg", 0, 0x3000000, 0, 0x4000);
	DTB_CELLS("interrupts-extended", 99, 3, 20, 3);
	DTB_END();
	DTB_NODE("mtimer@3004000");
	DTB_STRING("compatible", "riscv,aclint-mtimer");
	DTB_CELLS("reg", 0, 0x300bff8, 0, 0x8, 0, 0x3004000, 0, 0x7ff8);
	DTB_CELLS("interrupts-extended", 20, 7);
	DTB_END();
	cpus(0);
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	aclint_assign(&aclint, &machine);
	assert_int_equal(harts[0].msip, 0x2000000);
	assert_int_equal(harts[0].mtimecmp, 0x2004000);
	assert_int_equal(harts[1].msip, 0x2000004);
	assert_int_equal(harts[1].mtimecmp, 0x2004008);
	assert_int_equal(harts[1].mtime, 0x200bff8);
	assert_int_equal(harts[2].msip, 0x3000004); /* the first is of a hart we do not know */
	assert_int_equal(harts[2].mtimecmp, 0x3004000);
	assert_int_equal(harts[2].mtime, 0x300bff8);
}

static void uart(const char *name, uint32_t address, const char *compatible, const char *status)
{
	DTB_NODE(name);
	DTB_STRING("compatible", compatible);
	DTB_CELLS("reg", 0, address, 0, 0x100);
	DTB_CELLS("clock-frequency", 3686400);
	if (status)
		DTB_STRING("status", status);
	DTB_END();
}

static void consoles(const char *stdout_path)
{
	dtb_begin();
	root_cells();
	if (stdout_path) {
		DTB_NODE("chosen");
		DTB_STRING("stdout-path", stdout_path);
		DTB_END();
	}
	uart("serial@1000", 0x1000, "ns16550a", "disabled");
	uart("serial@2000", 0x2000, "sifive,uart0", NULL);
	uart("serial@3000", 0x3000, "ns16550a", NULL);
	DTB_NODE("aliases");
	DTB_STRING("serial0", "/serial@2000");
	DTB_STRING("serial1", "/serial@3000");
	DTB_END();
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
}

static void console_that_stdout_names(void **state)
{
	struct serial *serial;

	(void)state;
	consoles("serial1:9600n8");
	serial = serial_choose(&serials);
	assert_non_null(serial);
	assert_int_equal(serial->base, 0x3000);
	assert_int_equal(serial->baud, 9600);
	assert_ptr_equal(serial->driver, &serial_8250);

	consoles("/serial@3000");
	assert_int_equal(serial_choose(&serials)->base, 0x3000);

	consoles("serial0");
	assert_ptr_equal(serial_choose(&serials)->driver, &serial_sifive);
}

/* No stdout-path, one to nowhere, one to a port that is off: the first port that works. */
static void console_without_a_name(void **state)
{
	static const char *const paths[] = {
		NULL,		"/nowhere", "serial9",
		"/serial@1000", "",	    "serialserialserialserialserialserialserial"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		consoles(paths[i]);
		assert_int_equal(serial_choose(&serials)->base, 0x2000);
	}
	dtb_begin();
	dtb_finish();
	assert_int_equal(discover(), ERR_OK);
	assert_null(serial_choose(&serials));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harts_as_described),
		cmocka_unit_test(isa_of_each_hart),
		cmocka_unit_test(more_harts_than_room),
		cmocka_unit_test(memory_and_reserved),
		cmocka_unit_test(registers_of_harts),
		cmocka_unit_test(console_that_stdout_names),
		cmocka_unit_test(console_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
