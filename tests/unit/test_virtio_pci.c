/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio's structures on PCI: where capabilities say that they are, and not where they must not be. */
/* sources: drivers/virtio/virtio.c drivers/pci/pci.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

static uint64_t model_read(uintptr_t addr, unsigned int width);
static void model_write(uintptr_t addr, unsigned int width, uint64_t value);

#define mmio_read8(addr) ((uint8_t)model_read(addr, 1))
#define mmio_read16(addr) ((uint16_t)model_read(addr, 2))
#define mmio_read32(addr) ((uint32_t)model_read(addr, 4))
#define mmio_write8(addr, value) model_write(addr, 1, value)
#define mmio_write16(addr, value) model_write(addr, 2, value)
#define mmio_write32(addr, value) model_write(addr, 4, value)
#include "drivers/virtio/pci.c"

#define BAR_BUS 0x40000000u
#define BAR_CPU 0x140000000u
#define BAR_SIZE_ALL 0x4000u
#define COMMON_AT 0x1000u
#define CONFIG_AT 0x2000u
#define NOTIFY_AT 0x3000u

static uint8_t space[256];
static uint8_t bar[BAR_SIZE_ALL];
static uintptr_t rung;
static uint64_t features, driver_features;
static struct pci_host host;
static struct pci_function *const function = &host.functions[0];
static struct virtio_device dev;
static struct virtqueue queue;
static struct virtqueue_memory memory;

uint64_t clock_us(void)
{
	static uint64_t now;

	return now += 10;
}

static uint64_t model_read(uintptr_t addr, unsigned int width)
{
	uint64_t value = 0, offset = addr - BAR_CPU;

	assert_true(range_inside(offset, width, 0, sizeof(bar)) && offset % width == 0);
	if (offset == COMMON_AT + DEVICE_FEATURES)
		return features >> (bar[COMMON_AT + DEVICE_FEATURES_SEL] ? 32 : 0) & 0xffffffff;
	memcpy(&value, bar + offset, width);
	return value;
}

static void model_write(uintptr_t addr, unsigned int width, uint64_t value)
{
	uint64_t offset = addr - BAR_CPU;

	assert_true(range_inside(offset, width, 0, sizeof(bar)) && offset % width == 0);
	if (offset == COMMON_AT + STATUS && !value)
		bar[COMMON_AT + QUEUE_ENABLE] = 0;
	if (offset >= NOTIFY_AT)
		rung = addr;
	if (offset == COMMON_AT + DRIVER_FEATURES)
		driver_features |= value << (bar[COMMON_AT + DRIVER_FEATURES_SEL] ? 32 : 0);
	memcpy(bar + offset, &value, width);
}

static uint32_t config_word(const struct pci_host *h, uint16_t bdf, unsigned int reg)
{
	(void)h;
	(void)bdf;
	assert_true(reg % 4 == 0 && reg < sizeof(space));
	return load_le32(space + reg);
}

static void set_config_word(const struct pci_host *h, uint16_t bdf, unsigned int reg,
			    uint32_t value)
{
	(void)h;
	(void)bdf;
	/* Status bits are cleared by ones only. */
	memcpy(space + reg, &value, reg == 4 ? 2 : sizeof(value));
}

static void capability(unsigned int at, uint8_t next, uint8_t type, uint8_t length, uint8_t in_bar,
		       uint32_t offset, uint32_t size)
{
	const uint8_t head[8] = { 9, next, length, type, in_bar };

	memcpy(space + at, head, sizeof(head));
	memcpy(space + at + 8, &offset, 4);
	memcpy(space + at + 12, &size, 4);
}

/* A virtio-blk-pci as QEMU has it: all structures in BAR 4, the last in the list is common. */
static int honest_device(void **state)
{
	static const struct pci_config_ops ops = { .read = config_word, .write = set_config_word };

	(void)state;
	memset(space, 0, sizeof(space));
	memset(bar, 0, sizeof(bar));
	space[6] = 0x10;
	space[0x34] = 0x98;
	capability(0x98, 0x84, 0x7b, 12, 0, 0, 0);
	space[0x98] = 0x11; /* MSI-X */
	capability(0x84, 0x70, TYPE_NOTIFY, 20, 4, NOTIFY_AT, 0x1000);
	space[0x94] = 4; /* multiplier */
	capability(0x70, 0x60, TYPE_DEVICE, 16, 4, CONFIG_AT, 0x40);
	capability(0x60, 0x50, 3, 16, 4, 0x800, 4);
	capability(0x50, 0, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE);
	bar[COMMON_AT + QUEUE_SIZE + 1] = 1;
	features = VIRTIO_F_VERSION_1 | 0x42;
	driver_features = 0;
	rung = 0;

	host = (struct pci_host){ .config = &ops, .function_count = 1 };
	host.windows[PCI_MEM] =
		(struct pci_window){ .cpu = BAR_CPU, .bus = BAR_BUS, .size = BAR_SIZE_ALL };
	*function = (struct pci_function){ .vendor = 0x1af4, .device = 0x1042 };
	function->resources[4] = (struct pci_resource){
		.size = BAR_SIZE_ALL, .bus = BAR_BUS, .space = PCI_MEM, .placed = true
	};
	return 0;
}

static enum err start(void)
{
	enum err err = virtio_pci_open(&dev, &host, function);

	if (!err)
		err = virtio_negotiate(&dev, 0x2);
	return err ? err : virtqueue_open(&dev, &queue, &memory, 3);
}

static void finds_its_structures(void **state)
{
	(void)state;
	bar[COMMON_AT + QUEUE_NOTIFY_OFF] = 5;
	memcpy(bar + CONFIG_AT, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
	assert_int_equal(start(), ERR_OK);
	assert_int_equal(dev.id, VIRTIO_ID_BLOCK);
	assert_int_equal(driver_features, VIRTIO_F_VERSION_1 | 2);
	assert_int_equal(virtio_config(&dev, 0, 8), 0x8877665544332211);
	assert_int_equal(load_le16(bar + COMMON_AT + QUEUE_SEL), 3);
	assert_int_equal(load_le16(bar + COMMON_AT + QUEUE_SIZE), VIRTQUEUE_SIZE);
	assert_int_equal(load_le64(bar + COMMON_AT + QUEUE_DESC), (uintptr_t)memory.desc);
	assert_int_equal(load_le64(bar + COMMON_AT + QUEUE_DRIVER), (uintptr_t)&memory.avail);
	assert_int_equal(load_le64(bar + COMMON_AT + QUEUE_DEVICE), (uintptr_t)&memory.used);
	assert_int_equal(load_le16(bar + COMMON_AT + QUEUE_ENABLE), 1);
	virtqueue_submit(&dev, &queue, 0);
	assert_int_equal(rung, BAR_CPU + NOTIFY_AT + 5 * 4);
	assert_int_equal(load_le16(bar + NOTIFY_AT + 5 * 4), 3);
	assert_int_equal(space[4], 6); /* memory and bus master */
	/* Past the end of the device's structure is nothing. */
	assert_int_equal(virtio_config(&dev, 0x3e, 4), 0);
}

static void knows_transitional_devices_by_their_subsystem(void **state)
{
	(void)state;
	function->device = 0x1000;
	space[0x2e] = VIRTIO_ID_NET;
	assert_int_equal(virtio_pci_id(&host, function), VIRTIO_ID_NET);
	assert_int_equal(start(), ERR_OK);
	function->device = 0x1080;
	assert_int_equal(start(), ERR_NOT_FOUND);
	function->device = 0x1042;
	function->vendor = 0x8086;
	assert_int_equal(start(), ERR_NOT_FOUND);
}

static void refuses_structures_outside_of_their_bar(void **state)
{
	(void)state;
	capability(0x50, 0, TYPE_COMMON, 16, 4, BAR_SIZE_ALL - 8, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 4, 0xfffffffc, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE - 4);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 4, COMMON_AT + 2, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 1, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 200, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 15, 4, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_OK);
	assert_int_equal(space[4], 6);
}

static void the_first_of_a_type_counts(void **state)
{
	(void)state;
	capability(0x50, 0x40, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE);
	capability(0x40, 0, TYPE_COMMON, 16, 4, 0, COMMON_SIZE);
	assert_int_equal(start(), ERR_OK);
	assert_int_equal(dev.base, BAR_CPU + COMMON_AT);
}

static void refuses_a_doorbell_outside_of_its_structure(void **state)
{
	(void)state;
	space[0x97] = 0x10; /* multiplier */
	bar[COMMON_AT + QUEUE_NOTIFY_OFF + 1] = 0x10;
	assert_int_equal(start(), ERR_VIRTIO_QUEUE);
	assert_int_equal(load_le16(bar + COMMON_AT + QUEUE_ENABLE), 0);
}

static void ends_with_a_list_that_does_not(void **state)
{
	(void)state;
	capability(0x50, 0x98, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_OK);
	capability(0x50, 0x50, TYPE_COMMON + 9, 16, 4, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
	capability(0x50, 0xfc, TYPE_COMMON, 16, 4, COMMON_AT, COMMON_SIZE);
	assert_int_equal(start(), ERR_OK);
	space[6] = 0;
	assert_int_equal(start(), ERR_VIRTIO_TRANSPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_its_structures, honest_device),
		cmocka_unit_test_setup(knows_transitional_devices_by_their_subsystem,
				       honest_device),
		cmocka_unit_test_setup(refuses_structures_outside_of_their_bar, honest_device),
		cmocka_unit_test_setup(the_first_of_a_type_counts, honest_device),
		cmocka_unit_test_setup(refuses_a_doorbell_outside_of_its_structure, honest_device),
		cmocka_unit_test_setup(ends_with_a_list_that_does_not, honest_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
