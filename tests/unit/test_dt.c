/* SPDX-License-Identifier: BSD-2-Clause */
/* The one-pass device tree reader, on trees that libfdt made and on damaged ones. */
/* sources: lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dt.h"
#include "tests/unit/dtb.h"
#include <cmocka.h>

/*
 * / { soc { ranges shift by 0x40000000; dev@1000 { } bus without ranges { dev } }
 *     disabled@0 }
 */
static int build(void **state)
{
	(void)state;
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("soc");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 1);
	DTB_CELLS("ranges", 0x1000, 0, 0x40001000, 0x2000);
	DTB_NODE("dev@1000");
	DTB_CELLS("reg", 0x1000, 0x100, 0x2f00, 0x100, 0x2f80, 0x100);
	DTB_CELLS("phandle", 7);
	fdt_property(dtb, "compatible", "a,b\0c,d", 8);
	fdt_property(dtb, "unterminated", "abc", 3);
	DTB_END();
	DTB_NODE("isolated");
	DTB_NODE("dev@0");
	DTB_CELLS("reg", 0, 0, 1);
	DTB_END();
	DTB_END();
	DTB_END();
	DTB_NODE("memory@0");
	DTB_CELLS("reg", 0xffffffff, 0xfffff000, 0, 0x1000, 0xffffffff, 0xfffff000, 0, 0x1001);
	DTB_CELLS("wide", 1, 2);
	DTB_STRING("status", "disabled");
	DTB_END();
	dtb_finish();
	return 0;
}

static enum err check_node(const struct dt_node *node, void *context)
{
	unsigned int *seen = context;
	uint64_t address, size;
	struct dt_path path;
	uint64_t number;
	uint32_t u32 = 5;

	(*seen)++;
	assert_string_equal(node->name, fdt_get_name(dtb, (int)node->offset, NULL));
	if (dt_name_is(node, "dev") && dt_name_is(node->parent, "soc")) {
		assert_int_equal(dt_reg(node, 0, &address, &size), ERR_OK);
		assert_true(address == 0x40001000 && size == 0x100);
		assert_int_equal(dt_reg(node, 1, &address, &size), ERR_OK);
		assert_true(address == 0x40002f00);
		/* Leaves the window of `ranges` by half. */
		assert_int_equal(dt_reg(node, 2, &address, &size), ERR_RANGE);
		assert_int_equal(dt_reg(node, 3, &address, &size), ERR_NOT_FOUND);
		assert_int_equal(dt_phandle(node), 7);
		assert_true(dt_is_compatible(node, "c,d"));
		assert_false(dt_is_compatible(node, "c"));
		assert_null(dt_prop_string(node, "unterminated"));
		assert_false(dt_prop_u32(node, "reg", &u32));
		assert_int_equal(u32, 5);
		assert_true(dt_is_enabled(node));
		dt_path_of(node, &path);
		assert_true(dt_path_is(&path, "/soc/dev@1000"));
		assert_true(dt_path_is(&path, "/soc/dev@1000:115200n8"));
		assert_false(dt_path_is(&path, "/soc/dev@10000"));
		assert_false(dt_path_is(&path, "/soc"));
		assert_false(dt_path_is(&path, "/soc/dev@1000/x"));
	} else if (dt_name_is(node, "dev")) {
		assert_int_equal(dt_reg_raw(node, 0, &address, &size), ERR_OK);
		assert_int_equal(dt_reg(node, 0, &address, &size), ERR_RANGE);
	} else if (dt_name_is(node, "memory")) {
		assert_int_equal(dt_reg(node, 0, &address, &size), ERR_OK);
		assert_true(address == 0xfffffffffffff000);
		assert_int_equal(dt_reg(node, 1, &address, &size), ERR_RANGE);
		assert_true(dt_prop_number(node, "wide", &number) && number == 0x100000002);
		assert_false(dt_is_enabled(node));
		assert_false(dt_name_is(node, "mem"));
	}
	return ERR_OK;
}

static void reads_what_libfdt_wrote(void **state)
{
	struct dt dt;
	unsigned int seen = 0;

	(void)state;
	assert_int_equal(dt_open(&dt, dtb, fdt_totalsize(dtb)), ERR_OK);
	assert_int_equal(dt_walk(&dt, check_node, &seen), ERR_OK);
	assert_int_equal(seen, 6);
}

/* Nodes of a kind: alike, in another order, or without some; then a tree that names others in their place. */
static const char names[][8] = { "one", "two", "three",
				 "said" }; /* none takes another's place in dt.c */
#define SAID 3

static enum err check_likeness(const struct dt_node *node, void *context)
{
	const char *said = dt_prop_string(node, names[SAID]);

	for (unsigned int i = 0; said && i < SAID; i++) {
		uint32_t value = 0;
		bool is_there = dt_prop_u32(node, names[i], &value);

		assert_int_equal(is_there, said[i] != '-');
		assert_int_equal(value, is_there ? (uint32_t)said[i] : 0);
	}
	*(unsigned int *)context += !!said;
	return ERR_OK;
}

static void put_alike(const char *name, const char *order, const char *said)
{
	DTB_NODE(name);
	for (; *order; order++) {
		unsigned int i = (unsigned int)(*order - '1');

		DTB_CELLS(names[i], (uint32_t)said[i]);
	}
	DTB_STRING(names[SAID], said);
	DTB_END();
}

static void finds_what_is_elsewhere_in_the_next_node(void **state)
{
	(void)state;
	for (unsigned int walk = 0; walk < 2; walk++) {
		unsigned int seen = 0;
		struct dt dt;

		dtb_begin();
		put_alike("a", walk ? "321" : "123", "abc");
		put_alike("b", "123", "def");
		put_alike("c", walk ? "312" : "321", "ghi");
		put_alike("d", walk ? "23" : "13", walk ? "-jk" : "j-k");
		put_alike("e", "123", "lmn");
		dtb_finish();
		assert_int_equal(dt_open(&dt, dtb, fdt_totalsize(dtb)), ERR_OK);
		assert_int_equal(dt_walk(&dt, check_likeness, &seen), ERR_OK);
		assert_int_equal(seen, 5);
	}
}

static enum err touch(const struct dt_node *node, void *context)
{
	uint64_t address, size;
	uint32_t length;

	(void)context;
	for (unsigned int i = 0; !dt_reg(node, i, &address, &size); i++)
		;
	dt_prop(node, "no such property", &length);
	dt_is_compatible(node, "a,b");
	dt_is_enabled(node);
	return ERR_OK;
}

/* The sanitizers watch: the dtb is in a heap block of exactly its size. */
static void survives_any_damaged_byte(void **state)
{
	static const uint8_t patterns[] = { 0x00, 0x01, 0x04, 0x7f, 0x80, 0xff };
	size_t size = fdt_totalsize(dtb);
	uint8_t *copy = malloc(size);
	unsigned int refused = 0;

	(void)state;
	for (size_t at = 0; at < size; at++) {
		for (size_t i = 0; i < sizeof(patterns); i++) {
			struct dt dt;

			memcpy(copy, dtb, size);
			copy[at] = patterns[i];
			if (dt_open(&dt, copy, size) || dt_walk(&dt, touch, NULL))
				refused++;
		}
	}
	free(copy);
	assert_true(refused > 100);
}

static void refuses_truncation(void **state)
{
	size_t size = fdt_totalsize(dtb);

	(void)state;
	for (size_t max = 0; max < size; max++) {
		struct dt dt;

		assert_int_not_equal(dt_open(&dt, dtb, max), ERR_OK);
	}
}

static void refuses_deep_nesting(void **state)
{
	struct dt dt;

	(void)state;
	dtb_begin();
	for (int i = 0; i < DT_MAX_DEPTH; i++)
		DTB_NODE("n");
	for (int i = 0; i < DT_MAX_DEPTH; i++)
		DTB_END();
	dtb_finish();
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, touch, NULL), ERR_DT_DEPTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_what_libfdt_wrote, build),
		cmocka_unit_test(finds_what_is_elsewhere_in_the_next_node),
		cmocka_unit_test_setup(survives_any_damaged_byte, build),
		cmocka_unit_test_setup(refuses_truncation, build),
		cmocka_unit_test(refuses_deep_nesting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
