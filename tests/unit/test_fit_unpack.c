/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed images, as the real tools pack them, and what must not come out of them. */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c */
/* sources: tests/unit/fit_model.c */
/* sources: 7zip/C/LzmaEnc.c 7zip/C/LzFind.c 7zip/C/LzFindOpt.c 7zip/C/CpuArch.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <LzmaEnc.h>
#include <cmocka.h>
#include <libfdt.h>

#include "fit/decompress.h"
#include "fit/overlay.h"
#include "lib/bits.h"
#include "tests/unit/fit_model.h"

#define KERNEL_SIZE 300000
#define KERNEL_MEMORY 0x100000
#define KERNEL_LOAD 0x80200000

static uint8_t *kernel;

static const struct tool {
	const char *name; /* in a FIT */
	const char *command;
} tools[] = {
	{ "gzip", "gzip -9nc kernel" },
	{ "gzip", "gzip -1c kernel" }, /* with a file name */
	{ "lz4", "lz4 -qc kernel" },
	{ "lz4", "lz4 -q9c -BD -BX --content-size kernel" }, /* linked blocks, all checksums */
	{ "lz4", "lz4 -qc -B4 --no-frame-crc kernel" },
	{ "lz4", "lz4 -qlc kernel" },
	{ "zstd", "zstd -qc kernel" },
	{ "zstd", "zstd -q19c --check kernel" },
	{ "zstd", "zstd -qc --stream-size=300000 <kernel" },
	{ "lzma", "xz --format=lzma -9c kernel" },
	{ "lzma", "xz --format=lzma --lzma1=dict=4KiB,lc=0,lp=4,pb=0 -c kernel" },
	{ "lzma", "cat sized.lzma" }, /* by the LZMA SDK; no end mark */
};

/* Half of it repeats, half of it does not pack; a Linux Image by its header. */
static void make_kernel(void)
{
	kernel = make_data("kernel", KERNEL_SIZE, 1);
	for (size_t i = 0; i < KERNEL_SIZE; i++) {
		if (i / 5000 % 2)
			kernel[i] = (uint8_t)("hartline"[i % 8] + i / 977);
	}
	memset(kernel, 0, 64);
	kernel[10] = 0x20;			     /* text_offset 2 MiB */
	kernel[18] = (uint8_t)(KERNEL_MEMORY >> 16); /* image_size */
	memcpy(kernel + 48, "RISCV\0\0\0RSC\x05", 12);
	write_file("kernel", kernel, KERNEL_SIZE);
}

static void *lzma_allocate(ISzAllocPtr self, size_t size)
{
	(void)self;
	return malloc(size);
}

static void lzma_free(ISzAllocPtr self, void *address)
{
	(void)self;
	free(address);
}

/* As the LZMA SDK's own `lzma e` does it, which tells the size; xz does not. Returns the file's size. */
static size_t lzma_pack(const char *name, int lc, int lp, bool end_mark)
{
	static const ISzAlloc allocator = { lzma_allocate, lzma_free };
	static uint8_t packed[KERNEL_SIZE];
	size_t size = sizeof(packed) - 13, props_size = LZMA_PROPS_SIZE;
	CLzmaEncProps props;

	LzmaEncProps_Init(&props);
	props.dictSize = 1 << 16;
	props.lc = lc;
	props.lp = lp;
	props.writeEndMark = end_mark;
	assert_int_equal(LzmaEncode(packed + 13, &size, kernel, KERNEL_SIZE, &props, packed,
				    &props_size, end_mark, NULL, &allocator, &allocator),
			 SZ_OK);
	for (int i = 0; i < 8; i++)
		packed[LZMA_PROPS_SIZE + i] = (uint8_t)((uint64_t)KERNEL_SIZE >> 8 * i);
	write_file(name, packed, size + 13);
	return size + 13;
}

static int setup(void **state)
{
	fit_model_setup(state);
	make_kernel();
	lzma_pack("sized.lzma", 3, 0, false);
	lzma_pack("marked.lzma", 1, 2, true);
	return 0;
}

static int teardown(void **state)
{
	free(kernel);
	return fit_model_teardown(state);
}

static void run(const char *command, const char *output)
{
	char line[256];

	snprintf(line, sizeof(line), "%s >%s", command, output);
	assert_int_equal(system(line), 0);
}

/* From and to buffers of exactly the size: the sanitizer sees what goes beyond them. */
static enum err unpack(const char *name, const uint8_t *data, size_t size, size_t room,
		       size_t *unpacked, uint8_t **result)
{
	uint8_t *from = malloc(size ? size : 1), *to = malloc(room ? room : 1);
	struct packed packed = { .data = from, .size = size, .to = to, .room = room };
	enum err err;

	memcpy(from, data, size);
	err = decompressor_by_name(name)->unpack(&packed);
	assert_true(packed.unpacked <= room);
	if (unpacked)
		*unpacked = packed.unpacked;
	free(from);
	if (result)
		*result = to;
	else
		free(to);
	return err;
}

static void test_formats(void **state)
{
	(void)state;
	assert_null(decompressor_by_name("bzip2"));
	assert_non_null(decompressor_by_name("GZIP"));
	for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
		uint8_t *data, *result;
		size_t size, unpacked;

		run(tools[t].command, "packed");
		data = read_file("packed", &size);
		for (size_t spare = 0; spare < 2; spare++) {
			assert_int_equal(unpack(tools[t].name, data, size,
						KERNEL_SIZE + spare * 999, &unpacked, &result),
					 ERR_OK);
			assert_int_equal(unpacked, KERNEL_SIZE);
			assert_memory_equal(result, kernel, KERNEL_SIZE);
			free(result);
		}
		/* One byte of room too few. */
		for (size_t room = 0; room < KERNEL_SIZE; room = room * 2 + 1)
			assert_int_equal(unpack(tools[t].name, data, size, room, NULL, NULL),
					 ERR_FIT_UNPACK_ROOM);
		assert_int_equal(unpack(tools[t].name, data, size, KERNEL_SIZE - 1, NULL, NULL),
				 ERR_FIT_UNPACK_ROOM);
		free(data);
	}
}

static void test_damage(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
		uint8_t *data;
		size_t size;
		enum err err;

		run(tools[t].command, "packed");
		data = read_file("packed", &size);
		assert_int_equal(unpack(tools[t].name, (const uint8_t *)"", 0, 100, NULL, NULL),
				 ERR_FIT_UNPACK);
		/* Of LZMA there is no magic number to miss. */
		err = unpack(tools[t].name, kernel + 9000, 1000, 100, NULL, NULL);
		assert_int_equal(err, strcmp(tools[t].name, "lzma") ? ERR_FIT_UNPACK
								    : ERR_FIT_UNPACK_LZMA);
		/* Cut off anywhere. A legacy LZ4 frame has no end. */
		for (size_t cut = 1; cut < size; cut = cut * 5 / 4 + 1)
			assert_true(unpack(tools[t].name, data, cut, KERNEL_SIZE, NULL, NULL) ||
				    strstr(tools[t].command, "lz4 -qlc"));
		/* Changed anywhere: anything may come out, but within its bounds. */
		for (size_t i = 0; i < size; i = i < 64 ? i + 1 : i * 9 / 8) {
			for (int bit = 0; bit < 8; bit += 3) {
				data[i] ^= (uint8_t)(1 << bit);
				unpack(tools[t].name, data, size, KERNEL_SIZE, NULL, NULL);
				data[i] ^= (uint8_t)(1 << bit);
			}
		}
		free(data);
	}
}

static enum err unlzma(const uint8_t *data, size_t size)
{
	return unpack("lzma", data, size, KERNEL_SIZE + 7, NULL, NULL);
}

/* What is said in an LZMA file's header, and what is behind its end. */
static void test_lzma(void **state)
{
	static const char *const files[] = { "cat sized.lzma", "cat marked.lzma",
					     "xz --format=lzma -c kernel" };

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		size_t size;
		uint8_t *data;

		run(files[f], "packed");
		data = read_file("packed", &size);
		data = realloc(data, size + 1);
		data[size] = 0;
		assert_int_equal(unlzma(data, size), ERR_OK);
		assert_int_equal(unlzma(data, size + 1), ERR_FIT_UNPACK);
		for (size_t cut = 0; cut < size; cut += cut < 32 || cut > size - 32 ? 1 : 9973)
			assert_int_equal(unlzma(data, MIN(cut, size - 1)), ERR_FIT_UNPACK);

		/* A dictionary of 4 GiB costs nothing. */
		memset(data + 1, 0xff, 4);
		assert_int_equal(unlzma(data, size), ERR_OK);

		/* One byte less, one more, more than there is room for, and nearly what stands for none. */
		data[5] = (uint8_t)((KERNEL_SIZE & 0xff) - 1);
		data[6] = KERNEL_SIZE >> 8 & 0xff;
		data[7] = KERNEL_SIZE >> 16;
		memset(data + 8, 0, 5);
		assert_int_equal(unlzma(data, size), ERR_FIT_UNPACK);
		data[5] += 2;
		assert_int_equal(unlzma(data, size), ERR_FIT_UNPACK);
		data[5] += 7;
		assert_int_equal(unlzma(data, size), ERR_FIT_UNPACK_ROOM);
		memset(data + 5, 0xff, 8);
		data[5] = 0xfe;
		assert_int_equal(unlzma(data, size), ERR_FIT_UNPACK_ROOM);
		/* Without its size, what has no mark has no end. */
		data[5] = 0xff;
		assert_int_equal(unlzma(data, size), f == 0 ? ERR_FIT_UNPACK : ERR_OK);
		assert_int_equal(unpack("lzma", data, size, KERNEL_SIZE, NULL, NULL),
				 f == 0 ? ERR_FIT_UNPACK : ERR_OK);

		data[0] = 5 * 5 * 9; /* pb would be 5 */
		assert_int_equal(unlzma(data, size), ERR_FIT_UNPACK);
		free(data);
	}
	for (int lc = 0; lc <= 8; lc++) {
		for (int lp = 0; lp <= 4; lp++) {
			size_t size;
			uint8_t *data;

			if (lc + lp < 3 || lc + lp > 5)
				continue;
			lzma_pack("packed", lc, lp, false);
			data = read_file("packed", &size);
			assert_int_equal(unlzma(data, size),
					 lc + lp > 4 ? ERR_FIT_UNPACK_LZMA : ERR_OK);
			free(data);
		}
	}
}

/* --- In a FIT ------------------------------------------------------------------------------- */

static uint8_t *file;
static size_t file_size;
static struct fit_policy policy = { .verify = FIT_VERIFY_HASH, .fdt_room = 0x1000 };

static void make(const char *images, const char *configurations)
{
	free(file);
	file = make_fit("-E -B 0x200", images, configurations, &file_size);
}

static enum err boot_in(struct memmap *map)
{
	struct memmap before = *map;
	struct model_source source;
	enum err err;

	model_source_init(&source, file, file_size);
	err = model_boot(&source, &policy, map);
	if (err)
		assert_int_equal(map->taken_count, before.taken_count);
	return err;
}

static enum err boot(void)
{
	struct memmap map;

	model_memory(&map);
	return boot_in(&map);
}

static void assert_message(const char *part)
{
	if (!strstr(model_fit.message, part))
		fail_msg("message is: %s; expected: %s", model_fit.message, part);
}

#define KERNEL(compression, more) \
	"kernel { data = /incbin/(\"packed\"); type = \"kernel\"; os = \"linux\"; arch = \"riscv\"; " \
	"compression = \"" compression "\"; load = <0x80200000>; " more \
	" hash-1 { algo = \"sha256\"; }; };"
#define CONFIGURATION "default = \"conf\"; conf { kernel = \"kernel\"; };"

static void test_images(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
		char images[1024];
		struct memmap map;

		run(tools[t].command, "packed");
		snprintf(images, sizeof(images), KERNEL("%s", "entry = <0x80249300>;"),
			 tools[t].name);
		make(images, CONFIGURATION);
		model_memory(&map);
		assert_int_equal(boot_in(&map), ERR_OK);
		assert_int_equal(model_images.kernel->size, KERNEL_SIZE);
		assert_int_equal(model_images.kernel->memory_size, KERNEL_MEMORY);
		assert_int_equal(model_images.kernel->entry, 0x80249300);
		assert_memory_equal(model_pointer(KERNEL_LOAD), kernel, KERNEL_SIZE);
		/* What it was unpacked from is free again, its BSS is not. */
		assert_int_equal(memmap_claim(&map, DRAM_BASE + DRAM_SIZE - 0x1000, 0x1000, "x",
					      NULL),
				 ERR_OK);
		assert_int_equal(memmap_claim(&map, KERNEL_LOAD + KERNEL_MEMORY - 1, 1, "x", NULL),
				 ERR_MEMORY_TAKEN);

		/* The entry point lies inside of what it is unpacked to. */
		snprintf(images, sizeof(images), KERNEL("%s", "entry = <0x802493e0>;"),
			 tools[t].name);
		make(images, CONFIGURATION);
		assert_int_equal(boot(), ERR_FIT_ENTRY);

		/* The hash is of the packed data, and comes first. */
		file[file_size - 0x400] ^= 1;
		assert_int_equal(boot(), ERR_FIT_HASH);
		assert_true(model_is_zero(KERNEL_LOAD, 0x1000) ||
			    *model_pointer(KERNEL_LOAD) == 0x5a);

		/* What is behind it stays. */
		make(images, CONFIGURATION);
		model_memory(&map);
		memmap_take(&map, KERNEL_LOAD + KERNEL_SIZE - 1, 1, "an obstacle");
		assert_int_equal(boot_in(&map), ERR_FIT_UNPACK_ROOM);
		assert_int_equal(*model_pointer(KERNEL_LOAD + KERNEL_SIZE - 1), 0x5a);
		assert_true(model_is_zero(KERNEL_LOAD, KERNEL_SIZE - 1));
	}
}

static void test_wrong_format(void **state)
{
	(void)state;
	run("gzip -c kernel", "packed");
	make(KERNEL("lz4", ""), CONFIGURATION);
	assert_int_equal(boot(), ERR_FIT_UNPACK);
	assert_message("images/kernel: lz4: ");
	make(KERNEL("lzma", ""), CONFIGURATION);
	assert_int_equal(boot(), ERR_FIT_UNPACK_LZMA);
	assert_message("images/kernel: lzma: not LZMA, or with lc + lp above 4");
	make(KERNEL("bzip2", ""), CONFIGURATION);
	assert_int_equal(boot(), ERR_FIT_COMPRESSION);
	assert_message("bzip2");
	run("cat kernel", "packed");
	make(KERNEL("zstd", ""), CONFIGURATION);
	assert_int_equal(boot(), ERR_FIT_UNPACK);
}

/* A gigabyte of nothing. */
static void test_bombs(void **state)
{
	static const char *const commands[] = { "gzip -c", "lz4 -c", "zstd -qc",
						"xz --format=lzma -0c" };
	static const char *const names[] = { "gzip", "lz4", "zstd", "lzma" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char line[128], images[1024];

		snprintf(line, sizeof(line), "head -c 300M /dev/zero | %s 2>/dev/null",
			 commands[i]);
		run(line, "packed");
		snprintf(images, sizeof(images), KERNEL("%s", ""), names[i]);
		make(images, CONFIGURATION);
		assert_int_equal(boot(), ERR_FIT_UNPACK_ROOM);
		assert_message("images/kernel");
	}
}

/* A kernel that may be anywhere; U-Boot's SPL looks at no header of a packed one either. */
static void test_noload(void **state)
{
	(void)state;
	run("gzip -c kernel", "packed");
	make("kernel { data = /incbin/(\"packed\"); type = \"kernel_noload\"; os = \"linux\"; "
	     "arch = \"riscv\"; compression = \"gzip\"; load = <0>; entry = <0x40>; };",
	     CONFIGURATION);
	assert_int_equal(boot(), ERR_OK);
	assert_int_equal(model_images.kernel->load, DRAM_BASE);
	assert_int_equal(model_images.kernel->entry, DRAM_BASE + 0x40);
	assert_memory_equal(model_pointer(DRAM_BASE), kernel, KERNEL_SIZE);
}

/* --- Device trees and overlays -------------------------------------------------------------- */

static void compile(const char *name, const char *source)
{
	char line[128];

	write_file("tree.dts", source, strlen(source));
	snprintf(line, sizeof(line), "dtc -q -@ -O dtb -o %s tree.dts", name);
	assert_int_equal(system(line), 0);
}

#define FDT(name, compression) \
	name " { data = /incbin/(\"" name "." compression "\"); type = \"flat_dt\"; " \
	     "compression = \"" compression "\"; hash-1 { algo = \"sha256\"; }; };"
#define SBI \
	"sbi { data = [13]; type = \"firmware\"; os = \"opensbi\"; arch = \"riscv\"; " \
	"load = <0x80000000>; };"

static void make_trees(void)
{
	compile("base.none",
		"/dts-v1/; / { compatible = \"vendor,board\"; led: led { order = \"base\"; "
		"clocks = <7>; }; clock: clock { }; };");
	compile("one.none", "/dts-v1/; /plugin/; &led { order = \"one\"; clocks = <&clock>; "
			    "one { }; };");
	compile("two.none",
		"/dts-v1/; /plugin/; &led { order = \"two\"; self: two { me = <&self>; }; };");
	run("gzip -c base.none", "base.gzip");
	run("gzip -c one.none", "one.gzip");
	run("zstd -qc two.none", "two.zstd");
}

static const void *booted_tree(void)
{
	const void *dtb = model_pointer(model_images.fdt->load);

	assert_int_equal(fdt_check_full(dtb, model_images.fdt->size), 0);
	return dtb;
}

static void test_overlays(void **state)
{
	static const char *const images[] = {
		SBI FDT("base", "none") FDT("one", "none") FDT("two", "none"),
		SBI FDT("base", "gzip") FDT("one", "gzip") FDT("two", "zstd"),
	};

	(void)state;
	make_trees();
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		const void *dtb;
		int led, clock;

		make(images[i], "default = \"conf\"; conf { firmware = \"sbi\"; "
				"fdt = \"base\", \"one\", \"two\"; };");
		assert_int_equal(boot(), ERR_OK);
		dtb = booted_tree();
		led = fdt_path_offset(dtb, "/led");
		clock = fdt_path_offset(dtb, "/clock");
		assert_string_equal(fdt_getprop(dtb, led, "order", NULL), "two");
		assert_int_equal(fdt32_ld(fdt_getprop(dtb, led, "clocks", NULL)),
				 fdt_get_phandle(dtb, clock));
		assert_true(fdt_path_offset(dtb, "/led/one") > 0);
		assert_int_equal(
			fdt32_ld(fdt_getprop(dtb, fdt_path_offset(dtb, "/led/two"), "me", NULL)),
			fdt_get_phandle(dtb, fdt_path_offset(dtb, "/led/two")));
		/* The room behind it that was asked for. */
		assert_true(model_images.fdt->memory_size >= model_images.fdt->size + 0x1000);

		make(images[i], "default = \"conf\"; conf { firmware = \"sbi\"; "
				"fdt = \"base\", \"two\", \"one\"; };");
		assert_int_equal(boot(), ERR_OK);
		dtb = booted_tree();
		assert_string_equal(fdt_getprop(dtb, fdt_path_offset(dtb, "/led"), "order", NULL),
				    "one");
	}
}

/* Packed to nearly nothing, without a place of its own, and others right above. */
static void test_large_trees(void **state)
{
	(void)state;
	make_trees();
	run("head -c 100000 /dev/zero", "zeros");
	compile("large.none", "/dts-v1/; / { led: led { zeros = /incbin/(\"zeros\"); }; };");
	compile("wide.none", "/dts-v1/; /plugin/; &led { more = /incbin/(\"zeros\"); };");
	run("gzip -9c large.none", "large.gzip");
	run("gzip -9c wide.none", "wide.gzip");
	make(SBI FDT("one", "gzip") FDT("large", "gzip"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"large\"; };");
	assert_int_equal(boot(), ERR_OK);
	assert_true(model_images.fdt->size > 100000);
	make(SBI FDT("wide", "gzip") FDT("large", "gzip"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"large\", \"wide\"; };");
	assert_int_equal(boot(), ERR_OK);
	assert_true(fdt_path_offset(booted_tree(), "/led") > 0);
	assert_true(model_images.fdt->size > 200000);
}

static void test_bad_overlays(void **state)
{
	uint8_t *overlay, *base;
	size_t overlay_size, base_size;

	(void)state;
	make_trees();
	compile("none.none", "/dts-v1/; /plugin/; &nowhere { };");
	compile("text.none", "/dts-v1/; / { };");
	write_file("text.none", "no tree", 7);
	make(SBI FDT("base", "none") FDT("none", "none"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"base\", \"none\"; };");
	assert_int_equal(boot(), ERR_BOOT_OVERLAY);
	assert_message("images/none: as an overlay");
	make(SBI FDT("base", "none") FDT("text", "none"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"base\", \"text\"; };");
	assert_int_equal(boot(), ERR_DT_HEADER);
	make(SBI FDT("text", "none") FDT("one", "none"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"text\", \"one\"; };");
	assert_int_equal(boot(), ERR_DT_HEADER);

	/* A base that claims more than was verified of it: the room behind it is not part of it. */
	base = read_file("base.none", &base_size);
	fdt_set_totalsize(base, (uint32_t)base_size + 4);
	write_file("text.none", base, base_size);
	free(base);
	make(SBI FDT("text", "none") FDT("one", "none"),
	     "default = \"conf\"; conf { firmware = \"sbi\"; fdt = \"text\", \"one\"; };");
	assert_int_equal(boot(), ERR_DT_TRUNCATED);

	/* Any byte of an overlay changed: whatever comes out, nothing beyond the memory of the two. */
	base = read_file("base.none", &base_size);
	overlay = read_file("two.none", &overlay_size);
	for (size_t i = 0; i < overlay_size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			size_t capacity = base_size + overlay_size + 0x400;
			uint8_t *to = malloc(capacity), *from = malloc(overlay_size);

			memcpy(to, base, base_size);
			memcpy(from, overlay, overlay_size);
			from[i] ^= (uint8_t)(1 << bit);
			overlay_apply(to, capacity, from, overlay_size);
			free(to);
			free(from);
		}
	}
	/* The names before the structure: libfdt would first put them in order, where the overlay is, too. */
	fdt_set_off_dt_strings(base, fdt_off_mem_rsvmap(base));
	assert_int_equal(dtb_check(base, base_size), ERR_DT_HEADER);
	free(base);
	free(overlay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),	 cmocka_unit_test(test_damage),
		cmocka_unit_test(test_images),	 cmocka_unit_test(test_wrong_format),
		cmocka_unit_test(test_bombs),	 cmocka_unit_test(test_noload),
		cmocka_unit_test(test_overlays), cmocka_unit_test(test_bad_overlays),
		cmocka_unit_test(test_lzma),	 cmocka_unit_test(test_large_trees),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
