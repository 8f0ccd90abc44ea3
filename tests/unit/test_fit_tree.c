/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree reader: trees that libfdt makes come out whole, damaged and forged ones do not. */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c */
/* sources: tests/unit/fit_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "fit/tree.h"
#include "lib/bits.h"
#include "tests/unit/fit_model.h"

#define CAPACITY 0x2000

static uint8_t blob[0x200000] __attribute__((aligned(8)));
static struct fit fit;

/* What comes out of @size bytes at blob, in memory of its own that the sanitizer watches. */
static enum err read_tree(struct model_source *model, size_t capacity)
{
	static void *buffer;
	enum err err;

	free(buffer);
	assert_int_equal(posix_memalign(&buffer, 64, capacity), 0);
	fit = (struct fit){ .source = &model->source, .tree = buffer };
	err = tree_read(&fit, buffer, capacity);
	assert_true(!err == !fit.message[0]);
	return err;
}

static enum err read_blob(size_t size, size_t capacity)
{
	struct model_source model;

	model_source_init(&model, blob, size);
	return read_tree(&model, capacity);
}

/*
 * / { description; images { a { pad; data; type } b { data } } configurations { default; c { } } }
 * The sizes are in bytes; returns the size of the whole.
 */
static size_t make_tree(size_t pad, size_t a_size, size_t b_size)
{
	void *value;

	memset(blob, 0, sizeof(blob));
	fdt_create(blob, sizeof(blob));
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_string(blob, "description", "a tree");
	fdt_begin_node(blob, "images");
	fdt_begin_node(blob, "a");
	fdt_property_placeholder(blob, "pad", (int)pad, &value);
	memset(value, 0x11, pad);
	fdt_property_placeholder(blob, "data", (int)a_size, &value);
	memset(value, 0xaa, a_size);
	fdt_property_string(blob, "type", "kernel");
	fdt_begin_node(blob, "hash-1");
	fdt_property_string(blob, "algo", "sha1");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_begin_node(blob, "b");
	fdt_property_placeholder(blob, "data", (int)b_size, &value);
	memset(value, 0xbb, b_size);
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_begin_node(blob, "configurations");
	fdt_property_string(blob, "default", "c");
	fdt_begin_node(blob, "c");
	fdt_property_string(blob, "kernel", "a");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);
	return fdt_totalsize(blob);
}

/* Both trees have the same nodes and properties, only `data` says where it is instead of what. */
static void assert_same_tree(void)
{
	int a = 0, b = 0, depth_a = 0, depth_b = 0;

	assert_int_equal(fdt_check_full(fit.tree, CAPACITY), 0);
	while (depth_a >= 0) {
		int pa = fdt_first_property_offset(blob, a);
		int pb = fdt_first_property_offset(fit.tree, b);

		assert_int_equal(depth_a, depth_b);
		assert_string_equal(fdt_get_name(blob, a, NULL), fdt_get_name(fit.tree, b, NULL));
		while (pa >= 0) {
			const char *name_a, *name_b;
			int size_a, size_b;
			const uint8_t *va = fdt_getprop_by_offset(blob, pa, &name_a, &size_a);
			const uint8_t *vb = fdt_getprop_by_offset(fit.tree, pb, &name_b, &size_b);

			assert_string_equal(name_a, name_b);
			if (!strcmp(name_a, "data")) {
				assert_int_equal(size_b, sizeof(struct tree_data));
				assert_int_equal(load_be64(vb), va - blob);
				assert_int_equal(load_be64(vb + 8), size_a);
			} else {
				assert_int_equal(size_a, size_b);
				assert_memory_equal(va, vb, (size_t)size_a);
			}
			pa = fdt_next_property_offset(blob, pa);
			pb = fdt_next_property_offset(fit.tree, pb);
		}
		assert_int_equal(pa, pb);
		a = fdt_next_node(blob, a, &depth_a);
		b = fdt_next_node(fit.tree, b, &depth_b);
	}
	assert_int_equal(depth_b, -1);
}

/* Whatever lies across the edge of the reader's window comes out in one piece. */
static void test_whole(void **state)
{
	(void)state;
	for (size_t pad = 0; pad < 0x200; pad++) {
		size_t size = make_tree(pad, 4096 - 0x180 + pad % 64, pad % 20);

		assert_int_equal(read_blob(size, CAPACITY), ERR_OK);
		assert_same_tree();
		assert_int_equal(fit.data_base, align_up(size, 4));
	}
}

/* Embedded data costs no memory, and no reading. */
static void test_large_data(void **state)
{
	struct model_source model;
	size_t size = make_tree(0, 0x100000, 0x80001);

	(void)state;
	model_source_init(&model, blob, size);
	assert_int_equal(read_tree(&model, CAPACITY), ERR_OK);
	assert_same_tree();
	assert_in_range(model.reads, 3, 6);
}

static void test_too_large(void **state)
{
	size_t size = make_tree(5000, 16, 16),
	       need = fdt_size_dt_struct(blob) + fdt_size_dt_strings(blob) + 56 + SOURCE_ALIGN;

	(void)state;
	for (size_t capacity = 0; capacity < need; capacity += 16)
		assert_int_equal(read_blob(size, capacity), ERR_FIT_TOO_LARGE);
	assert_int_equal(read_blob(size, align_up(need, 64)), ERR_OK);
}

static void test_truncated(void **state)
{
	size_t size = make_tree(7, 9, 200);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		struct model_source model;

		assert_int_equal(read_blob(cut, CAPACITY), cut ? ERR_SOURCE_END : ERR_BLOCK_RANGE);
		/* A source that does not know its size. */
		model_source_init(&model, blob, cut);
		model.source.size = 0;
		if (cut < fdt_off_dt_strings(blob) + fdt_size_dt_strings(blob))
			assert_int_equal(read_tree(&model, CAPACITY), ERR_BLOCK_RANGE);
	}
}

/* Any byte with any bit flipped: refused, or still a tree that libfdt finds nothing wrong with. */
static void test_flipped_bits(void **state)
{
	size_t size = make_tree(3, 30, 5);
	unsigned int accepted = 0, refused = 0;

	(void)state;
	for (size_t i = 0; i < size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			blob[i] ^= (uint8_t)BIT(bit);
			if (read_blob(size, CAPACITY)) {
				refused++;
			} else {
				accepted++;
				assert_int_equal(fdt_check_full(fit.tree, CAPACITY), 0);
			}
			blob[i] ^= (uint8_t)BIT(bit);
		}
	}
	assert_true(accepted && refused);
}

/* Each read may fail, and each may bring something else than the one before. */
static void test_bad_source(void **state)
{
	size_t size = make_tree(5000, 16, 9000);
	uint8_t *other = malloc(size);
	struct model_source model;

	(void)state;
	memcpy(other, blob, size);
	for (size_t i = 0; i < size; i++)
		other[i] ^= (uint8_t)(i * 31);
	for (unsigned int n = 1; n < 7; n++) {
		model_source_init(&model, blob, size);
		model.fail_at = n;
		assert_int_equal(read_tree(&model, CAPACITY * 2), n < 6 ? ERR_TIMEOUT : ERR_OK);
		model_source_init(&model, blob, size);
		model.lie_from = n;
		model.lies = other;
		if (!read_tree(&model, CAPACITY * 2))
			assert_int_equal(fdt_check_full(fit.tree, CAPACITY * 2), 0);
	}
	free(other);
}

/* --- Trees that libfdt would not make ------------------------------------------------------- */

static size_t at;

static void cell(uint32_t value)
{
	fdt32_st(blob + at, value);
	at += 4;
}

static void begin(const char *name)
{
	size_t length = strlen(name) + 1;

	cell(FDT_BEGIN_NODE);
	memcpy(blob + at, name, length);
	at += align_up(length, 4);
}

static void end(void)
{
	cell(FDT_END_NODE);
}

/* Property named by its offset in the strings below. */
static void property(uint32_t name, uint32_t size)
{
	cell(FDT_PROP);
	cell(size);
	cell(name);
	at += align_up(size, 4);
}

static const char strings[] = "data\0x\0also-x\0bad@name\0bad/name\0tab\there\0";
enum { DATA = 0, X = 5, ALSO_X = 7, X_AGAIN = 12, AT_SIGN = 14, SLASH = 23, TAB = 32, EMPTY = 4 };

static void start(void)
{
	memset(blob, 0, 0x8000);
	at = 56;
}

/* Puts a header before and strings behind what was written, and has it read. */
static enum err finish(void)
{
	fdt_set_magic(blob, FDT_MAGIC);
	fdt_set_off_mem_rsvmap(blob, 40);
	fdt_set_off_dt_struct(blob, 56);
	fdt_set_size_dt_struct(blob, (uint32_t)at - 56);
	fdt_set_off_dt_strings(blob, (uint32_t)at);
	fdt_set_size_dt_strings(blob, sizeof(strings));
	fdt_set_version(blob, 17);
	fdt_set_last_comp_version(blob, 16);
	memcpy(blob + at, strings, sizeof(strings));
	fdt_set_totalsize(blob, (uint32_t)(at + sizeof(strings)));
	return read_blob(at + sizeof(strings), CAPACITY);
}

#define TREE(...) \
	({ \
		start(); \
		__VA_ARGS__; \
		finish(); \
	})

static void test_grammar(void **state)
{
	(void)state;
	assert_int_equal(TREE(begin(""), end(), cell(FDT_END)), ERR_OK);
	assert_int_equal(TREE(begin(""), cell(FDT_NOP), property(X, 3), cell(FDT_NOP),
			      property(DATA, 5), begin("n"), end(), cell(FDT_NOP), end(),
			      cell(FDT_END)),
			 ERR_OK);
	assert_int_equal(fdt_check_full(fit.tree, CAPACITY), 0);

	/* Roots; nothing comes before and after. */
	assert_int_equal(TREE(cell(FDT_NOP), begin(""), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), end(), cell(FDT_NOP), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin("root"), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), end(), begin(""), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), begin(""), end(), end(), cell(FDT_END)), ERR_FIT_NAME);

	/* Ends. */
	assert_int_equal(TREE(begin(""), end()), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), end(), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), end(), cell(FDT_END), cell(FDT_NOP)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), end(), cell(FDT_END), begin("")), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(cell(FDT_BEGIN_NODE), cell(0x61616161)), ERR_FIT_STRUCTURE);

	/* Tokens. */
	assert_int_equal(TREE(begin(""), cell(5), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(0), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(0x01000000), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);

	/* Properties: where they are, how long. */
	assert_int_equal(TREE(property(X, 0), begin(""), end(), cell(FDT_END)), ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), begin("n"), end(), property(X, 0), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), property(sizeof(strings), 0), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(FDT_PROP), cell(9), cell(X), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(FDT_PROP), cell(9), cell(DATA), end(), cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	assert_int_equal(TREE(begin(""), cell(FDT_PROP), cell(0x80000000), cell(X), end(),
			      cell(FDT_END)),
			 ERR_FIT_STRUCTURE);
	for (uint32_t length = 0xfffffff0; length; length++)
		assert_int_equal(TREE(begin(""), cell(FDT_PROP), cell(length), cell(DATA), end(),
				      cell(FDT_END)),
				 ERR_FIT_STRUCTURE);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "a@",  "a@1",     "@",    "a/b",	"a b",
					   "a\n", "\x1b[2J", "\x7f", "\xc3\xa4" };
	char name[TREE_MAX_NAME + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(TREE(begin(""), begin(bad[i]), end(), end(), cell(FDT_END)),
				 ERR_FIT_NAME);
	for (size_t length = 1; length < sizeof(name); length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		assert_int_equal(TREE(begin(""), begin(name), end(), end(), cell(FDT_END)),
				 length <= TREE_MAX_NAME ? ERR_OK : ERR_FIT_NAME);
	}
	assert_int_equal(TREE(begin(""), property(AT_SIGN, 0), end(), cell(FDT_END)), ERR_FIT_NAME);
	assert_int_equal(TREE(begin(""), property(SLASH, 0), end(), cell(FDT_END)), ERR_FIT_NAME);
	assert_int_equal(TREE(begin(""), property(TAB, 0), end(), cell(FDT_END)), ERR_FIT_NAME);
	assert_int_equal(TREE(begin(""), property(EMPTY, 0), end(), cell(FDT_END)), ERR_FIT_NAME);
}

static void test_duplicates(void **state)
{
	(void)state;
	assert_int_equal(TREE(begin(""), begin("a"), end(), begin("a"), end(), end(),
			      cell(FDT_END)),
			 ERR_FIT_DUPLICATE);
	assert_int_equal(TREE(begin(""), begin("a"), begin("b"), end(), end(), begin("c"), end(),
			      cell(FDT_NOP), begin("a"), end(), end(), cell(FDT_END)),
			 ERR_FIT_DUPLICATE);
	assert_int_equal(TREE(begin(""), property(X, 4), property(DATA, 4), property(X, 4), end(),
			      cell(FDT_END)),
			 ERR_FIT_DUPLICATE);
	/* The same name from another place of the strings block. */
	assert_int_equal(TREE(begin(""), property(X, 4), cell(FDT_NOP), property(X_AGAIN, 4), end(),
			      cell(FDT_END)),
			 ERR_FIT_DUPLICATE);
	assert_int_equal(TREE(begin(""), property(X, 4), property(ALSO_X, 4), end(), cell(FDT_END)),
			 ERR_OK);
	/* Cousins may share names. */
	assert_int_equal(TREE(begin(""), begin("a"), property(X, 4), begin("a"), property(X, 4),
			      end(), end(), begin("b"), property(X, 4), begin("a"), end(), end(),
			      end(), cell(FDT_END)),
			 ERR_OK);
}

static void test_depth(void **state)
{
	(void)state;
	for (unsigned int depth = 1; depth < 40; depth++) {
		start();
		begin("");
		for (unsigned int i = 1; i < depth; i++)
			begin("n");
		for (unsigned int i = 0; i < depth; i++)
			end();
		cell(FDT_END);
		assert_int_equal(finish(), depth <= TREE_MAX_DEPTH ? ERR_OK : ERR_FIT_DEPTH);
	}
}

/* Each field of the header, with all values that could be meant to do harm. */
static void test_header(void **state)
{
	static const uint32_t values[] = { 0,	       1,	   2,	       4,
					   16,	       17,	   18,	       39,
					   40,	       41,	   55,	       56,
					   57,	       60,	   0x7ffffffc, 0x7fffffff,
					   0x80000000, 0xfffffff0, 0xfffffffc, 0xffffffff };
	size_t size = make_tree(3, 30, 5);

	(void)state;
	for (size_t field = 0; field < sizeof(struct fdt_header); field += 4) {
		uint32_t saved = fdt32_ld((fdt32_t *)(blob + field));

		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			bool harmless = values[v] == saved ||
					field == offsetof(struct fdt_header, boot_cpuid_phys) ||
					(field == offsetof(struct fdt_header, last_comp_version) &&
					 values[v] <= 17) ||
					(field == offsetof(struct fdt_header, off_mem_rsvmap) &&
					 values[v] == 40);

			fdt32_st(blob + field, values[v]);
			if (harmless)
				assert_int_equal(read_blob(size, CAPACITY), ERR_OK);
			else
				assert_int_not_equal(read_blob(size, CAPACITY), ERR_OK);
		}
		fdt32_st(blob + field, saved);
	}

	blob[fdt_off_dt_strings(blob) + fdt_size_dt_strings(blob) - 1] = 'x';
	assert_int_equal(read_blob(size, CAPACITY), ERR_FIT_HEADER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	     cmocka_unit_test(test_large_data),
		cmocka_unit_test(test_too_large),    cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped_bits), cmocka_unit_test(test_bad_source),
		cmocka_unit_test(test_grammar),	     cmocka_unit_test(test_names),
		cmocka_unit_test(test_duplicates),   cmocka_unit_test(test_depth),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
