/* SPDX-License-Identifier: BSD-2-Clause */
/* How images for a hypervisor's guests are described. */
/* sources: spl/modules.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include "lib/bits.h"
#include "spl/modules.h"
#include "tests/unit/dtb.h"

#define CAPACITY sizeof(dtb_words)

static struct boot_images images;
static struct next_stage stage;

static void add_image(const char *name, enum fit_role role, enum fit_type type, uint64_t load,
		      uint64_t size)
{
	images.all[images.count++] = (struct fit_image){
		.name = name, .role = role, .type = type, .load = load, .size = size
	};
}

static int setup(void **state)
{
	(void)state;
	memset(&images, 0, sizeof(images));
	add_image("sbi", FIT_FIRMWARE, FIT_TYPE_FIRMWARE, 0x80000000, 0x1000);
	add_image("hypervisor", FIT_LOADABLE, FIT_TYPE_STANDALONE, 0x80200000, 0x1000);
	add_image("guest", FIT_LOADABLE, FIT_TYPE_KERNEL, 0x90000000, 0x123456);
	stage = (struct next_stage){ &images.all[0], &images.all[1] };
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("chosen");
	DTB_END();
	dtb_finish();
	return 0;
}

static void describe(void)
{
	assert_int_equal(fdt_open_into(dtb, dtb, (int)CAPACITY), 0);
	assert_int_equal(modules_describe(dtb, &images, &stage), ERR_OK);
	assert_int_equal(fdt_check_full(dtb, CAPACITY), 0);
}

static const uint8_t *property(const char *path, const char *name, int size)
{
	int length;
	const void *value = fdt_getprop(dtb, fdt_path_offset(dtb, path), name, &length);

	assert_non_null(value);
	assert_int_equal(length, size);
	return value;
}

static void expect_module(const char *path, const char *compatible, int size, uint64_t base,
			  uint64_t length)
{
	const uint8_t *reg = property(path, "reg", 16);

	assert_memory_equal(property(path, "compatible", size), compatible, (size_t)size);
	assert_int_equal(load_be64(reg), base);
	assert_int_equal(load_be64(reg + 8), length);
}

static unsigned int count_modules(void)
{
	unsigned int count = 0;
	int node;

	fdt_for_each_subnode (node, dtb, fdt_path_offset(dtb, "/chosen"))
		count++;
	return count;
}

static void what_nobody_starts_is_a_module(void **state)
{
	static const char kernel[] = "multiboot,kernel\0multiboot,module";

	(void)state;
	describe();
	assert_int_equal(count_modules(), 1);
	expect_module("/chosen/module@90000000", kernel, sizeof(kernel), 0x90000000, 0x123456);
	assert_int_equal(load_be32(property("/chosen", "#address-cells", 4)), 2);
}

/* Xen takes those that do not say it for kernel and ramdisk by their order. */
static void modules_come_in_the_order_of_the_fit(void **state)
{
	static const char *const order[] = { "module@90000000", "module@b0000000",
					     "module@a0000000" };
	unsigned int i = 0;
	int node;

	(void)state;
	add_image("a", FIT_LOADABLE, FIT_TYPE_OTHER, 0xb0000000, 1);
	add_image("b", FIT_LOADABLE, FIT_TYPE_OTHER, 0xa0000000, 2);
	describe();
	fdt_for_each_subnode (node, dtb, fdt_path_offset(dtb, "/chosen"))
		assert_string_equal(fdt_get_name(dtb, node, NULL), order[i++]);
	assert_int_equal(i, ARRAY_SIZE(order));
}

static void the_type_says_what_for(void **state)
{
	static const char ramdisk[] = "multiboot,ramdisk\0multiboot,module";
	static const char tree[] = "multiboot,device-tree\0multiboot,module";
	static const char other[] = "multiboot,module";

	(void)state;
	add_image("a", FIT_LOADABLE, FIT_TYPE_RAMDISK, 0x1a0000000, 1);
	add_image("b", FIT_LOADABLE, FIT_TYPE_FLAT_DT, 0xb0000000, 2);
	add_image("c", FIT_LOADABLE, FIT_TYPE_OTHER, 0xc0000000, 3);
	describe();
	assert_int_equal(count_modules(), 4);
	expect_module("/chosen/module@1a0000000", ramdisk, sizeof(ramdisk), 0x1a0000000, 1);
	expect_module("/chosen/module@b0000000", tree, sizeof(tree), 0xb0000000, 2);
	expect_module("/chosen/module@c0000000", other, sizeof(other), 0xc0000000, 3);
}

static void what_is_not_a_loadable_is_none(void **state)
{
	(void)state;
	images.all[2].role = FIT_RAMDISK;
	describe();
	assert_int_equal(count_modules(), 0);
	assert_null(fdt_getprop(dtb, fdt_path_offset(dtb, "/chosen"), "#address-cells", NULL));
}

/* Two domains with one kernel, as Xen's dom0less has them; what is there is kept. */
static void nodes_ask_for_images_by_name(void **state)
{
	static const char kernel[] = "multiboot,kernel\0multiboot,module";
	static const char own[] = "own";

	(void)state;
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("chosen");
	for (unsigned int i = 0; i < 2; i++) {
		DTB_NODE(i ? "domU2" : "domU1");
		DTB_CELLS("#address-cells", 1);
		DTB_CELLS("#size-cells", 1);
		DTB_NODE("module@0");
		if (i)
			DTB_STRING("compatible", "own");
		DTB_STRING("hartline,image", "guest");
		DTB_STRING("bootargs", "console=hvc0");
		DTB_CELLS("reg", 1, 2, 3, 4);
		DTB_END();
		DTB_END();
	}
	DTB_END();
	dtb_finish();
	describe();
	assert_int_equal(count_modules(), 2);
	assert_memory_equal(property("/chosen/domU1/module@0", "compatible", sizeof(kernel)),
			    kernel, sizeof(kernel));
	assert_memory_equal(property("/chosen/domU2/module@0", "compatible", sizeof(own)), own,
			    sizeof(own));
	assert_int_equal(load_be32(property("/chosen/domU1/module@0", "reg", 8)), 0x90000000);
	assert_int_equal(load_be32(property("/chosen/domU2/module@0", "reg", 8) + 4), 0x123456);
	property("/chosen/domU1/module@0", "bootargs", 13);
	/* One cell does not hold every address. */
	images.all[2].load = 0x190000000;
	assert_int_equal(modules_describe(dtb, &images, &stage), ERR_DT_STRUCTURE);
}

static void lack_of_room_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(modules_describe(dtb, &images, &stage), ERR_DT_NO_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_nobody_starts_is_a_module, setup),
		cmocka_unit_test_setup(modules_come_in_the_order_of_the_fit, setup),
		cmocka_unit_test_setup(the_type_says_what_for, setup),
		cmocka_unit_test_setup(what_is_not_a_loadable_is_none, setup),
		cmocka_unit_test_setup(nodes_ask_for_images_by_name, setup),
		cmocka_unit_test_setup(lack_of_room_is_an_error, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
