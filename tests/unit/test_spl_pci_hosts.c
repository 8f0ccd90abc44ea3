/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several PCI host bridges, as their nodes say: configuration space, numbers of buses and windows are
 * each one's own, while addresses on their buses are the same. Each has an endpoint on its root bus and
 * one behind a bridge.
 */
/* sources: drivers/pci/pci.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "lib/bits.h"
#include "lib/riscv/io.h"

static uint32_t model_read32(uintptr_t addr);
static void model_write32(uintptr_t addr, uint32_t value);

#define mmio_read32 model_read32
#define mmio_write32 model_write32
#include "drivers/pci/ecam.c"

#define SPL_PCI_LIST 1
#include "spl/pci_hosts.c"

#define HOSTS 2
#define MiB (1ull << 20)
#define BAR_SIZE (1 * MiB)
#define BUS_ADDRESS 0x40000000
#define NO_DEVICE 0xffffffff

enum { ENDPOINT, BRIDGE, FAR_ENDPOINT, FUNCTIONS };

static struct {
	uint32_t ecam, cpu; /* of the windows' 16 MiB */
	uint8_t first_bus, last_bus;
	bool is_empty;
	uint32_t regs[FUNCTIONS][16];
} m[MAX_HOSTS + 1];

static uint8_t blob[4096];

static unsigned int host_at(uintptr_t addr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(m); i++) {
		if (m[i].ecam && addr >= m[i].ecam &&
		    addr - m[i].ecam < (m[i].last_bus - m[i].first_bus + 1) * MiB)
			return i;
	}
	fail_msg("no host has %#lx", (unsigned long)addr);
	return 0;
}

/* The function that an access reaches, routed by the numbers that the bridge was given; or -1. */
static int route(unsigned int host, uintptr_t addr)
{
	uintptr_t offset = addr - m[host].ecam;
	unsigned int bus = m[host].first_bus + (unsigned int)(offset >> 20);
	unsigned int slot = offset >> 12 & 0xff, secondary = m[host].regs[BRIDGE][6] >> 8 & 0xff;

	if (m[host].is_empty)
		return -1;
	if (bus == m[host].first_bus)
		return slot == PCI_BDF(0, 1, 0) ? ENDPOINT : slot == PCI_BDF(0, 2, 0) ? BRIDGE : -1;
	return bus == secondary && !slot ? FAR_ENDPOINT : -1;
}

static uint32_t model_read32(uintptr_t addr)
{
	unsigned int host = host_at(addr), reg = addr & 0xfff;
	int function = route(host, addr);

	if (function < 0)
		return NO_DEVICE;
	if (reg == 0x00)
		return 0x10000 * host + 0x1af4;
	if (reg == 0x08)
		return function == BRIDGE ? 0x06040000 : 0x01000000;
	if (reg == 0x0c)
		return function == BRIDGE ? 0x10000 : 0;
	return m[host].regs[function][reg / 4];
}

static void model_write32(uintptr_t addr, uint32_t value)
{
	unsigned int host = host_at(addr), reg = addr & 0xfff;
	int function = route(host, addr);

	if (function < 0)
		return;
	if (reg == 0x10)
		value = function == BRIDGE ? 0 : value & -(uint32_t)BAR_SIZE;
	else if (reg > 0x10 && reg < (function == BRIDGE ? 0x18 : 0x28))
		value = 0;
	m[host].regs[function][reg / 4] = value;
}

static void add_node(unsigned int i)
{
	const fdt32_t reg[] = { 0, cpu_to_fdt32(m[i].ecam), 0,
				cpu_to_fdt32(
					(uint32_t)((m[i].last_bus - m[i].first_bus + 1) * MiB)) };
	const fdt32_t bus_range[] = { cpu_to_fdt32(m[i].first_bus), cpu_to_fdt32(m[i].last_bus) };
	const fdt32_t ranges[] = { cpu_to_fdt32(0x02000000), 0, cpu_to_fdt32(BUS_ADDRESS), 0,
				   cpu_to_fdt32(m[i].cpu),   0, cpu_to_fdt32(16 * MiB) };
	char name[32];

	snprintf(name, sizeof(name), "pci@%x", m[i].ecam);
	fdt_begin_node(blob, name);
	fdt_property_string(blob, "compatible", "pci-host-ecam-generic");
	fdt_property_u32(blob, "linux,pci-domain", i);
	fdt_property_u32(blob, "#address-cells", 3);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_property(blob, "reg", reg, sizeof(reg));
	fdt_property(blob, "bus-range", bus_range, sizeof(bus_range));
	fdt_property(blob, "ranges", ranges, sizeof(ranges));
	fdt_end_node(blob);
}

static enum err visit(const struct dt_node *node, void *context)
{
	(void)context;
	pci_hosts_visit(node);
	return ERR_OK;
}

/* The tree of as many hosts as are set up, walked as the SPL does. */
static void walk(void)
{
	struct dt dt;

	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 2);
	for (unsigned int i = 0; i < ARRAY_SIZE(m) && m[i].ecam; i++)
		add_node(i);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
	assert_int_equal(dt_open(&dt, blob, sizeof(blob)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, NULL), ERR_OK);
}

static int setup(void **state)
{
	(void)state;
	memset(m, 0, sizeof(m));
	m[0].ecam = 0x30000000;
	m[0].cpu = 0x60000000;
	m[0].last_bus = 15;
	m[1].ecam = 0x90000000;
	m[1].cpu = 0xa0000000;
	m[1].first_bus = 32;
	m[1].last_bus = 47;
	pci_hosts_forget();
	scanned = false;
	return 0;
}

static bool is_storage(const struct pci_slot *slot)
{
	return slot->function->class_code >> 8 == 0x0100;
}

/* The @index-th endpoint is that one, and an access of the CPU to its BAR would reach it. */
static void expect_endpoint(unsigned int index, unsigned int host, int function)
{
	uint64_t address, size, bus;
	struct pci_slot slot;

	assert_true(pci_hosts_find(is_storage, index, &slot));
	assert_int_equal(slot.function->device, host);
	assert_int_equal(pci_bar(slot.host, slot.function, 0, &address, &size), ERR_OK);
	assert_int_equal(size, BAR_SIZE);
	assert_in_range(address, m[host].cpu, m[host].cpu + 15 * MiB);
	bus = address - m[host].cpu + BUS_ADDRESS;
	assert_int_equal(m[host].regs[function][4], bus);
	if (function == FAR_ENDPOINT) {
		uint32_t window = m[host].regs[BRIDGE][8];

		assert_in_range(bus, (uint64_t)(window & 0xfff0) << 16, window | 0xfffff);
	}
	pci_enable(slot.host, slot.function);
	assert_int_equal(m[host].regs[function][1], 6);
	pci_disable(slot.host, slot.function);
}

static void have_their_own_space_buses_and_windows(void **state)
{
	(void)state;
	walk();
	assert_int_equal(pci_hosts_count(is_storage), 4);
	expect_endpoint(0, 0, ENDPOINT);
	expect_endpoint(1, 0, FAR_ENDPOINT);
	expect_endpoint(2, 1, ENDPOINT);
	expect_endpoint(3, 1, FAR_ENDPOINT);
	/* Primary, secondary and subordinate bus */
	assert_int_equal(m[0].regs[BRIDGE][6], 0x010100);
	assert_int_equal(m[1].regs[BRIDGE][6], 0x212120);
}

static void are_not_taken_twice(void **state)
{
	(void)state;
	walk();
	walk(); /* the control DTB, and what the previous stage tells */
	assert_int_equal(pci_hosts_count(is_storage), 4);
}

static void may_be_empty(void **state)
{
	(void)state;
	m[0].is_empty = true;
	walk();
	assert_int_equal(pci_hosts_count(is_storage), 2);
	expect_endpoint(0, 1, ENDPOINT);
}

static void without_buses_to_give_leave_out_what_is_behind_bridges(void **state)
{
	(void)state;
	m[0].last_bus = 0;
	walk();
	assert_int_equal(pci_hosts_count(is_storage), 3);
	expect_endpoint(0, 0, ENDPOINT);
	expect_endpoint(2, 1, FAR_ENDPOINT);
}

static void beyond_the_table_are_ignored(void **state)
{
	(void)state;
	for (unsigned int i = HOSTS; i < ARRAY_SIZE(m); i++) {
		m[i] = m[0];
		m[i].ecam = 0xb0000000 + i * (uint32_t)(16 * MiB);
	}
	walk();
	assert_int_equal(pci_hosts_count(is_storage), 2 * MAX_HOSTS);
	expect_endpoint(2 * MAX_HOSTS - 1, MAX_HOSTS - 1, FAR_ENDPOINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(have_their_own_space_buses_and_windows, setup),
		cmocka_unit_test_setup(are_not_taken_twice, setup),
		cmocka_unit_test_setup(may_be_empty, setup),
		cmocka_unit_test_setup(without_buses_to_give_leave_out_what_is_behind_bridges,
				       setup),
		cmocka_unit_test_setup(beyond_the_table_are_ignored, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
