/* SPDX-License-Identifier: BSD-2-Clause */
/* FIT images as mkimage makes them are loaded; damaged, forged and impossible ones are refused. */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c */
/* sources: tests/unit/fit_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "fit/linux_image.h"
#include "lib/bits.h"
#include "tests/unit/fit_model.h"

/* --- The images of most tests, as files and in tree source ---------------------------------- */

#define SBI_SIZE 5001
#define KERNEL_SIZE 70000
#define KERNEL_MEMORY 0x40000
#define RAMDISK_SIZE 12345
#define DTB_SIZE 999
#define UBOOT_SIZE 33000

#define SBI_LOAD 0x80000000
#define KERNEL_LOAD 0x80200000

static uint8_t *sbi, *kernel, *ramdisk, *dtb, *uboot;

#define NODE(name, file, properties) \
	name " { data = /incbin/(\"" file \
	     "\"); arch = \"riscv\"; compression = \"none\"; " properties " };\n"
#define HASH(algo) " hash-" algo " { algo = \"" algo "\"; };"
#define SBI_AS(properties) NODE("sbi", "sbi", "type = \"firmware\"; os = \"opensbi\"; " properties)
#define DATALESS(properties) \
	"sbi { type = \"firmware\"; load = <0x80000000>; arch = \"riscv\"; " properties " };\n"
#define SBI_AT(load) SBI_AS("load = <0 " load ">;" HASH("sha256"))
#define SBI SBI_AT("0x80000000")
#define KERNEL_AS(properties) \
	NODE("kernel", "kernel", "type = \"kernel\"; os = \"linux\"; " properties)
#define KERNEL_AT(load) KERNEL_AS("load = <0 " load ">;" HASH("sha256"))
#define KERNEL KERNEL_AT("0x80200000")
#define RAMDISK_AS(properties) NODE("ramdisk", "ramdisk", "type = \"ramdisk\"; " properties)
#define RAMDISK RAMDISK_AS(HASH("sha256"))
#define DTB_AS(properties) NODE("fdt", "dtb", "type = \"flat_dt\"; " properties)
#define DTB DTB_AS(HASH("sha256"))
#define UBOOT \
	NODE("u-boot", "u-boot", \
	     "type = \"standalone\"; os = \"U-Boot\"; load = <0x80200000>;" HASH("crc32"))
#define ALL_IMAGES SBI KERNEL RAMDISK DTB

#define CONFIGURATION(properties) "default = \"conf\"; conf { " properties " };\n"
#define LINUX \
	CONFIGURATION("firmware = \"sbi\"; kernel = \"kernel\"; ramdisk = \"ramdisk\"; " \
		      "fdt = \"fdt\"; bootargs = \"console=ttyS0\";")

/* Debian's U-Boot for the HiFive Unleashed, where it has been fetched. */
static char debian_itb[4096];

static void find_debian_itb(void)
{
	const char *fetched = getenv("FETCHED");
	char path[4096];

	snprintf(path, sizeof(path), "%s/u-boot/sifive_unleashed/u-boot.itb",
		 fetched ? fetched : "build/fetched");
	if (!realpath(path, debian_itb))
		debian_itb[0] = '\0';
}

static int setup(void **state)
{
	find_debian_itb();
	fit_model_setup(state);
	sbi = make_data("sbi", SBI_SIZE, 1);
	kernel = make_data("kernel", KERNEL_SIZE, 2);
	ramdisk = make_data("ramdisk", RAMDISK_SIZE, 3);
	dtb = make_data("dtb", DTB_SIZE, 4);
	uboot = make_data("u-boot", UBOOT_SIZE, 5);

	memset(kernel, 0, LINUX_IMAGE_HEADER_SIZE);
	kernel[10] = 0x20;			     /* text_offset 2 MiB */
	kernel[18] = (uint8_t)(KERNEL_MEMORY >> 16); /* image_size */
	memcpy(kernel + 48, "RISCV\0\0\0RSC\x05", 12);
	write_file("kernel", kernel, KERNEL_SIZE);
	return 0;
}

static int teardown(void **state)
{
	free(sbi);
	free(kernel);
	free(ramdisk);
	free(dtb);
	free(uboot);
	return fit_model_teardown(state);
}

/* --- What to do with them ------------------------------------------------------------------- */

static const struct fit_policy hashed = { .verify = FIT_VERIFY_HASH };
static const struct fit_policy unchecked = { .verify = FIT_VERIFY_OFF };

static uint8_t *file; /* the FIT of a test */
static size_t file_size;

static void make(const char *options, const char *images, const char *configurations)
{
	free(file);
	file = NULL;
	file = make_fit(options, images, configurations, &file_size);
}

/* Boots the file; whatever happens, nothing but claimed memory may have changed. */
static enum err boot_in(struct memmap *map, const struct fit_policy *policy)
{
	struct memmap before = *map;
	struct model_source source;
	enum err err;

	model_source_init(&source, file, file_size);
	err = model_boot(&source, policy, map);
	if (err) {
		assert_int_equal(map->taken_count, before.taken_count);
		assert_true(strlen(model_fit.message) > 10);
	} else {
		assert_true(model_untouched(&before, map));
	}
	return err;
}

static enum err boot(const struct fit_policy *policy)
{
	struct memmap map;

	model_memory(&map);
	return boot_in(&map, policy);
}

static void assert_message(const char *part)
{
	if (!strstr(model_fit.message, part))
		fail_msg("message is: %s; expected: %s", model_fit.message, part);
}

/* mkimage makes what @images and @configurations say, and it is refused with @err. */
#define assert_refused(err, images, configurations) \
	do { \
		make("-E", images, configurations); \
		assert_int_equal(boot(&hashed), err); \
	} while (0)

static void assert_loaded(const struct fit_image *image, const uint8_t *data, size_t size)
{
	assert_non_null(image);
	assert_int_equal(image->size, size);
	assert_memory_equal(model_pointer(image->load), data, size);
}

static void assert_all_loaded(void)
{
	assert_loaded(model_images.firmware, sbi, SBI_SIZE);
	assert_loaded(model_images.kernel, kernel, KERNEL_SIZE);
	assert_loaded(model_images.ramdisk, ramdisk, RAMDISK_SIZE);
	assert_loaded(model_images.fdt, dtb, DTB_SIZE);
}

/* The offset of a node's property in the metadata of the file, to be changed there. */
static uint8_t *value_of(const char *path, const char *property)
{
	int node = fdt_path_offset(file, path);
	const uint8_t *value = fdt_getprop(file, node, property, NULL);

	assert_non_null(value);
	return file + (value - file);
}

/* --- What must work ------------------------------------------------------------------------- */

static void test_formats(void **state)
{
	static const char *const options[] = { "",
					       "-E",
					       "-E -p 0x3000",
					       "-E -B 0x200",
					       "-E -B 0x1000",
					       "-E -p 0x3200 -B 0x200",
					       "-E -B 8 -p 0x10001" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		make(options[i], ALL_IMAGES, LINUX);
		assert_int_equal(boot(&hashed), ERR_OK);
		assert_all_loaded();
		assert_string_equal(model_images.configuration, "conf");
		assert_string_equal(model_images.bootargs, "console=ttyS0");
		assert_int_equal(model_images.rollback_index, 0);
		assert_int_equal(model_images.count, 4);
		assert_ptr_equal(model_images.next, model_images.kernel);
		assert_int_equal(model_images.firmware->os, FIT_OS_OPENSBI);
		assert_int_equal(model_images.firmware->entry, SBI_LOAD);
		assert_int_equal(model_images.kernel->entry, KERNEL_LOAD);
		assert_int_equal(model_images.kernel->memory_size, KERNEL_MEMORY);
	}
}

static void test_algorithms(void **state)
{
	static const char *const images[] = {
		SBI_AS("load = <0 0x80000000>;" HASH("crc32")),
		SBI_AS("load = <0 0x80000000>;" HASH("md5")),
		SBI_AS("load = <0 0x80000000>;" HASH("sha1")),
		SBI_AS("load = <0 0x80000000>;" HASH("sha256")),
		SBI_AS("load = <0 0x80000000>;" HASH("sha384")),
		SBI_AS("load = <0 0x80000000>;" HASH("sha512")),
		SBI_AS("load = <0 0x80000000>;" HASH("crc32") HASH("md5") HASH("sha1")
			       HASH("sha256") HASH("sha384") HASH("sha512")),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		int image, node;

		make(i % 2 ? "-E" : "", images[i], CONFIGURATION("firmware = \"sbi\";"));
		assert_int_equal(boot(&hashed), ERR_OK);
		assert_loaded(model_images.firmware, sbi, SBI_SIZE);

		/* Each of them counts. */
		image = fdt_path_offset(file, "/images/sbi");
		fdt_for_each_subnode (node, file, image) {
			int size;
			const uint8_t *value = fdt_getprop(file, node, "value", &size);
			const char *algo = fdt_getprop(file, node, "algo", NULL);
			uint8_t *last = file + (value - file) + size - 1;

			*last ^= 1;
			assert_int_equal(boot(&hashed), ERR_FIT_HASH);
			assert_message("images/sbi: ");
			assert_message(algo);
			assert_true(model_is_zero(SBI_LOAD, SBI_SIZE));
			*last ^= 1;
		}
	}
}

/* A firmware that goes first, and what the firmware is to start. */
static void test_next(void **state)
{
	(void)state;
	make("", SBI UBOOT RAMDISK,
	     CONFIGURATION("firmware = \"sbi\"; loadables = \"ramdisk\", \"u-boot\";"));
	/* A ramdisk as loadable says nowhere where to. */
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);
	make("", SBI UBOOT RAMDISK_AS("load = <0x80400000>;" HASH("sha1")),
	     CONFIGURATION("firmware = \"sbi\"; loadables = \"ramdisk\", \"u-boot\";"));
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_loaded(model_images.next, uboot, UBOOT_SIZE);
	assert_int_equal(model_images.next->os, FIT_OS_U_BOOT);
	assert_int_equal(model_images.next->entry, 0x80200000);
	assert_null(model_images.kernel);
	assert_null(model_images.ramdisk);
	assert_int_equal(model_images.count, 3);

	make("", UBOOT, CONFIGURATION("firmware = \"u-boot\"; loadables = \"u-boot\";"));
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_loaded(model_images.firmware, uboot, UBOOT_SIZE);
	assert_null(model_images.next);
	assert_int_equal(model_images.count, 1);
}

/* What is no program is not started, whatever its `os`: nobody has looked at its entry. */
static void test_next_runs(void **state)
{
	static const char *const types[] = { "", "type = \"filesystem\";", "type = \"ramdisk\";",
					     "type = \"flat_dt\";" };
	static const char next[] =
		"u-boot { data = [12 34]; os = \"u-boot\"; load = <0x80200000>; %s %s };\n";
	char images[1000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(images, sizeof(images), next, types[i], "entry = <0xdead0000>;");
		make(NULL, images, CONFIGURATION("loadables = \"u-boot\";"));
		assert_int_equal(boot(&hashed), ERR_OK);
		assert_null(model_images.next);
	}
	snprintf(images, sizeof(images), next, "type = \"firmware\";", "entry = <0xdead0000>;");
	make(NULL, images, CONFIGURATION("loadables = \"u-boot\";"));
	assert_int_equal(boot(&hashed), ERR_FIT_ARCH);
	snprintf(images, sizeof(images), next, "type = \"firmware\";",
		 "arch = \"riscv\"; entry = <0xdead0000>;");
	make(NULL, images, CONFIGURATION("loadables = \"u-boot\";"));
	assert_int_equal(boot(&hashed), ERR_FIT_ENTRY);
}

/* A DTB or ramdisk is what it is, loaded once, when `loadables` names it as well. */
static void test_loadable_with_a_use(void **state)
{
	(void)state;
	make("-E", ALL_IMAGES,
	     CONFIGURATION("firmware = \"sbi\"; kernel = \"kernel\"; ramdisk = \"ramdisk\"; "
			   "fdt = \"fdt\"; loadables = \"fdt\", \"ramdisk\", \"kernel\";"));
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_all_loaded();
	assert_int_equal(model_images.count, 4);

	/* None of two uses is dropped: the firmware is no DTB. */
	assert_refused(ERR_FIT_TYPE, SBI, CONFIGURATION("firmware = \"sbi\"; fdt = \"sbi\";"));
	assert_message("images/sbi");
}

/* As the package has it: embedded, without hashes, `os` with capitals, an `arch` missing. */
static void test_debian(void **state)
{
	uint8_t *original;
	size_t size;

	(void)state;
	if (!debian_itb[0])
		skip();
	free(file);
	file = read_file(debian_itb, &file_size);
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_int_equal(model_images.firmware->hashes, 0);
	assert_int_equal(model_images.firmware->load, 0x80000000);
	assert_int_equal(model_images.firmware->os, FIT_OS_OPENSBI);
	assert_int_equal(model_images.next->load, 0x80200000);
	assert_int_equal(model_images.next->os, FIT_OS_U_BOOT);
	assert_string_equal(model_images.next->name, "uboot");
	assert_int_equal(model_images.fdt->load, 0x80200000 + model_images.next->size);
	assert_int_equal(
		fdt_check_full(model_pointer(model_images.fdt->load), model_images.fdt->size), 0);

	/* dumpimage takes it apart by other code. */
	write_file("debian.itb", file, file_size);
	assert_int_equal(system("dumpimage -T flat_dt -p 0 -o uboot debian.itb >dump.log"), 0);
	original = read_file("uboot", &size);
	assert_loaded(model_images.next, original, size);
	free(original);
}

static void test_choice(void **state)
{
	static const char list[] = "vendor,board-b\0vendor,board-a\0vendor,soc";
	static const char images[] = SBI UBOOT NODE(
		"other", "ramdisk", "type = \"standalone\"; load = <0x80300000>;" HASH("sha1"));
	struct fit_policy by_name = { .configuration = "b" };
	struct fit_policy board = { .compatible = list, .compatible_size = sizeof(list) };
	static const struct {
		const char *configurations;
		const char *chosen; /* by `compatible` */
	} cases[] = {
		/* The default, when nothing matches. */
		{ "default = \"b\"; a { firmware = \"sbi\"; }; b { firmware = \"u-boot\"; };",
		  "b" },
		{ "default = \"b\"; a { firmware = \"sbi\"; compatible = \"x\"; }; "
		  "b { firmware = \"u-boot\"; compatible = \"y\"; };",
		  "b" },
		/* What matches wins over the default. */
		{ "default = \"b\"; a { firmware = \"sbi\"; compatible = \"x\", \"vendor,soc\"; }; "
		  "b { firmware = \"u-boot\"; };",
		  "a" },
		/* The board's order counts, not that of the configurations or of their lists. */
		{ "default = \"c\"; c { firmware = \"other\"; compatible = \"vendor,soc\"; }; "
		  "b { firmware = \"u-boot\"; compatible = \"vendor,board-a\", \"vendor,soc\"; }; "
		  "a { firmware = \"sbi\"; compatible = \"vendor,soc\", \"vendor,board-b\"; };",
		  "a" },
		/* The first of equals, unless one of them is the default. */
		{ "c { firmware = \"other\"; compatible = \"z\"; }; "
		  "a { firmware = \"sbi\"; compatible = \"vendor,soc\"; }; "
		  "b { firmware = \"u-boot\"; compatible = \"vendor,soc\"; };",
		  "a" },
		{ "default = \"b\"; a { firmware = \"sbi\"; compatible = \"vendor,soc\"; }; "
		  "b { firmware = \"u-boot\"; compatible = \"vendor,soc\"; };",
		  "b" },
		{ "default = \"c\"; a { firmware = \"sbi\"; compatible = \"vendor,board-a\"; }; "
		  "b { firmware = \"u-boot\"; compatible = \"vendor,board-a\"; }; "
		  "c { firmware = \"other\"; compatible = \"vendor,soc\"; };",
		  "a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make("-E", images, cases[i].configurations);
		assert_int_equal(boot(&board), ERR_OK);
		assert_string_equal(model_images.configuration, cases[i].chosen);
		assert_int_equal(boot(&by_name), ERR_OK);
		assert_string_equal(model_images.configuration, "b");
		assert_loaded(model_images.firmware, uboot, UBOOT_SIZE);
	}

	/* Part of a name, and a list without end, match nothing. */
	board.compatible_size = sizeof(list) - 1;
	make("-E", images,
	     "a { firmware = \"sbi\"; compatible = \"vendor,soc\", \"vendor,board\"; };");
	assert_int_equal(boot(&board), ERR_FIT_CONFIGURATION);
	assert_int_equal(boot(&hashed), ERR_FIT_CONFIGURATION);
	by_name.configuration = "nowhere";
	assert_int_equal(boot(&by_name), ERR_FIT_CONFIGURATION);
	assert_message("configurations/nowhere");
	assert_refused(ERR_FIT_CONFIGURATION, SBI, "default = \"b\"; a { firmware = \"sbi\"; };");
	assert_message("configurations/b");
}

/* A configuration without `compatible` is for what its DTB is for. */
static void test_choice_by_dtb(void **state)
{
	static const char tree[] =
		"/dts-v1/; / { #address-cells = <2>; model = \"A\"; compatible = \"vendor,a\", \"vendor,soc\"; "
		"child { compatible = \"vendor,b\"; }; };";
	static const char list[] = "vendor,b\0vendor,soc";
	const struct fit_policy board = { .compatible = list, .compatible_size = sizeof(list) };
	unsigned int chosen = 0;

	(void)state;
	write_file("a.dts", tree, sizeof(tree) - 1);
	assert_int_equal(system("dtc -q -O dtb -o a.dtb a.dts"), 0);
	for (int embedded = 0; embedded < 2; embedded++) {
		make(embedded ? "" : "-E",
		     SBI UBOOT DTB NODE("a-dtb", "a.dtb", "type = \"flat_dt\";" HASH("sha1")),
		     "default = \"b\"; b { firmware = \"u-boot\"; fdt = \"fdt\"; }; "
		     "none { firmware = \"u-boot\"; fdt = \"nowhere\"; }; "
		     "a { firmware = \"sbi\"; fdt = \"a-dtb\"; };");
		assert_int_equal(boot(&board), ERR_OK);
		assert_string_equal(model_images.configuration, "a");
	}
	/* One that is out of the question leaves no message for what fails later. */
	make(NULL, SBI UBOOT "empty { data = []; };",
	     "default = \"b\"; a { fdt = \"empty\"; }; b { firmware = \"sbi\"; };");
	assert_int_equal(boot(&board), ERR_OK);
	assert_string_equal(model_fit.message, "");
	make("-E", SBI UBOOT DTB NODE("a-dtb", "a.dtb", "type = \"flat_dt\";" HASH("sha1")),
	     "default = \"b\"; b { firmware = \"u-boot\"; fdt = \"fdt\"; }; "
	     "a { firmware = \"sbi\"; fdt = \"a-dtb\"; };");
	assert_int_equal(boot(&board), ERR_OK);

	/* Whatever is in the DTB: one of the two, and never other data than was hashed. */
	for (size_t i = file_size - 0x800; i < file_size; i++) {
		file[i] ^= 0x81;
		if (!boot(&board)) {
			chosen |= BIT(model_images.configuration[0] - 'a');
			assert_true(model_images.firmware->name[0] ==
				    "su"[model_images.configuration[0] - 'a']);
		}
		file[i] ^= 0x81;
	}
	assert_int_equal(chosen, 3);
}

/* A list that fills the buffer that it is read to, and has no end. */
static void test_choice_by_endless_list(void **state)
{
	static const char list[] = "vendor,soc";
	const struct fit_policy board = { .compatible = list, .compatible_size = sizeof(list) };
	/* DTB_COMPATIBLE_BUFFER, less what is before the list, and less what ends it. */
	const size_t filler = 512 - 20 - strlen(list);
	FILE *tree = fopen("a.dts", "w");

	(void)state;
	assert_non_null(tree);
	fprintf(tree, "/dts-v1/; / { compatible = [");
	for (size_t i = 1; i <= filler; i++)
		fprintf(tree, "%s", i < filler ? "78" : "00");
	for (size_t i = 0; i < strlen(list); i++)
		fprintf(tree, "%02x", list[i]);
	fprintf(tree, "]; behind { }; };");
	fclose(tree);
	assert_int_equal(system("dtc -q -O dtb -o a.dtb a.dts"), 0);
	make("-E", SBI UBOOT DTB NODE("a-dtb", "a.dtb", "type = \"flat_dt\";" HASH("sha1")),
	     "default = \"b\"; b { firmware = \"u-boot\"; fdt = \"fdt\"; }; "
	     "a { firmware = \"sbi\"; fdt = \"a-dtb\"; };");
	assert_int_equal(boot(&board), ERR_OK);
	assert_string_equal(model_images.configuration, "b");
}

/* FIT's own name of the kernel's command line; `bootargs` without it. */
static void test_cmdline(void **state)
{
	static const char *const cases[][2] = {
		{ "cmdline = \"quiet\";", "quiet" },
		{ "bootargs = \"debug\";", "debug" },
		{ "bootargs = \"debug\"; cmdline = \"quiet\";", "quiet" },
		{ "cmdline = \"\"; bootargs = \"debug\";", "" },
	};
	char configuration[FIT_CMDLINE_MAX + 128], text[FIT_CMDLINE_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(configuration, sizeof(configuration),
			 CONFIGURATION("firmware = \"sbi\"; %s"), cases[i][0]);
		make("", SBI, configuration);
		assert_int_equal(boot(&hashed), ERR_OK);
		assert_string_equal(model_images.bootargs, cases[i][1]);
	}
	for (size_t more = 0; more < 2; more++) {
		memset(text, 'x', sizeof(text));
		text[FIT_CMDLINE_MAX + more] = '\0';
		snprintf(configuration, sizeof(configuration),
			 CONFIGURATION("firmware = \"sbi\"; cmdline = \"%s\";"), text);
		make("", SBI, configuration);
		assert_int_equal(boot(&hashed), more ? ERR_FIT_PROPERTY : ERR_OK);
	}
	assert_message("configurations/conf: its cmdline is longer than 960");
	make("", SBI, CONFIGURATION("firmware = \"sbi\"; cmdline = [41];"));
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);
}

/* Where images go that do not care. */
static void test_placement(void **state)
{
	struct fit_policy policy = { .fdt_room = 0x2000 };
	struct memmap map;

	(void)state;
	make("-E",
	     SBI DTB RAMDISK_AS("load = <0>; entry = <0>;")
		     NODE("kernel", "kernel",
			  "type = \"kernel_noload\"; os = \"Linux\"; "
			  "load = <0x12345>; entry = <0x40>;"),
	     LINUX);
	assert_int_equal(boot(&policy), ERR_OK);
	assert_all_loaded();
	assert_int_equal(model_images.fdt->load, DRAM_BASE + DRAM_SIZE - 0x3000);
	assert_int_equal(model_images.fdt->memory_size, DTB_SIZE + 0x2000);
	assert_int_equal(model_images.ramdisk->load, DRAM_BASE + DRAM_SIZE - 0x3000 - 0x4000);
	assert_int_equal(model_images.kernel->load, DRAM_BASE + LINUX_IMAGE_ALIGN);
	assert_int_equal(model_images.kernel->entry, DRAM_BASE + LINUX_IMAGE_ALIGN + 0x40);

	/* Around what is taken, and below a limit. */
	model_memory(&map);
	memmap_take(&map, DRAM_BASE + 0x210000, 0x1000, "something");
	memmap_take(&map, DRAM_BASE + 0x500000, 0x1000, "the SPL");
	policy.place_below = DRAM_BASE + 0x501000;
	assert_int_equal(boot_in(&map, &policy), ERR_OK);
	assert_all_loaded();
	assert_int_equal(model_images.fdt->load, DRAM_BASE + 0x500000 - 0x3000);
	assert_int_equal(model_images.ramdisk->load, DRAM_BASE + 0x500000 - 0x3000 - 0x4000);
	assert_int_equal(model_images.kernel->load, DRAM_BASE + 2 * LINUX_IMAGE_ALIGN);

	policy.place_below = DRAM_BASE + 0x6000;
	assert_int_equal(boot(&policy), ERR_MEMORY_NO_ROOM);
	assert_message("images/kernel");
	policy.place_below = 0;
	policy.fdt_room = DRAM_SIZE;
	assert_int_equal(boot(&policy), ERR_MEMORY_NO_ROOM);
	assert_message("images/fdt");

	/* U-Boot's DTB is where U-Boot ends, if there is room. */
	make("-E", SBI UBOOT DTB,
	     CONFIGURATION("firmware = \"sbi\"; loadables = \"u-boot\"; fdt = \"fdt\";"));
	policy.fdt_room = 0x2000;
	assert_int_equal(boot(&policy), ERR_OK);
	assert_loaded(model_images.next, uboot, UBOOT_SIZE);
	assert_loaded(model_images.fdt, dtb, DTB_SIZE);
	assert_int_equal(model_images.fdt->load, 0x80200000 + UBOOT_SIZE);
	model_memory(&map);
	memmap_take(&map, 0x80200000 + UBOOT_SIZE + DTB_SIZE + 0x1fff, 1, "something");
	assert_int_equal(boot_in(&map, &policy), ERR_MEMORY_TAKEN);
	assert_message("images/fdt");
}

/* The source is read forwards, except from the strings to the structure block. */
static void test_stream(void **state)
{
	struct model_source source;
	struct memmap map;

	(void)state;
	make("-E -B 0x200", RAMDISK UBOOT DTB SBI,
	     CONFIGURATION("firmware = \"sbi\"; loadables = \"u-boot\"; ramdisk = \"ramdisk\"; "
			   "fdt = \"fdt\";"));
	model_memory(&map);
	model_source_init(&source, file, file_size);
	source.source.size = 0;
	assert_int_equal(model_boot(&source, &hashed, &map), ERR_OK);
	assert_loaded(model_images.ramdisk, ramdisk, RAMDISK_SIZE);
	assert_int_equal(source.backwards, 1);
}

/* --- What must be refused ------------------------------------------------------------------- */

/* [0x80002389, 0x80003000) is the SPL's, U-Boot goes to [0x80200000, 0x802080e8). */
static void test_windows(void **state)
{
	static const struct {
		const char *load; /* of 0x1389 bytes */
		enum err err;
		const char *message;
	} cases[] = {
		{ "0 0x80001000", ERR_OK, NULL },
		{ "0 0x80001001", ERR_MEMORY_TAKEN,
		  "images/sbi: 0x1389 bytes at 0x80001001 would "
		  "overwrite the SPL at 0x80002389" },
		{ "0 0x80002fff", ERR_MEMORY_TAKEN, "the SPL" },
		{ "0 0x80003000", ERR_OK, NULL },
		{ "0 0x801fec77", ERR_OK, NULL },
		{ "0 0x801fec78", ERR_MEMORY_TAKEN,
		  "images/u-boot: 0x80e8 bytes at 0x80200000 would "
		  "overwrite sbi at 0x801fec78" },
		{ "0 0x802080e7", ERR_MEMORY_TAKEN, "images/u-boot" },
		{ "0 0x802080e8", ERR_OK, NULL },
		{ "0 0x7fffffff", ERR_MEMORY_NONE, "images/sbi: 0x1389 bytes at 0x7fffffff" },
		{ "0 0x807fec77", ERR_OK, NULL },
		{ "0 0x807fec78", ERR_MEMORY_NONE, NULL },
		{ "0 0x10000000", ERR_MEMORY_NONE, NULL },
		{ "0", ERR_MEMORY_NONE, NULL },
		{ "1 0x80001000", ERR_MEMORY_NONE, NULL },
		{ "0xffffffff 0xffffec77", ERR_MEMORY_WRAP, NULL },
		{ "0xffffffff 0xffffffff", ERR_MEMORY_WRAP, NULL },
		{ "0 0 0x80001000", ERR_FIT_PROPERTY, "load" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char images[2048];
		struct memmap map;

		snprintf(images, sizeof(images),
			 NODE("sbi", "sbi", "type = \"firmware\"; load = <%s>;" HASH("md5")) UBOOT,
			 cases[i].load);
		make("-E", images, CONFIGURATION("firmware = \"sbi\"; loadables = \"u-boot\";"));
		model_memory(&map);
		memmap_take(&map, 0x80002389, 0xc77, "the SPL");
		assert_int_equal(boot_in(&map, &hashed), cases[i].err);
		if (cases[i].message)
			assert_message(cases[i].message);
	}
}

static void test_linux_image(void **state)
{
	uint8_t header[LINUX_IMAGE_HEADER_SIZE];
	struct memmap map;
	uint64_t size;

	(void)state;
	memcpy(header, kernel, sizeof(header));
	assert_int_equal(linux_image_parse(header, KERNEL_SIZE, &size), ERR_OK);
	assert_int_equal(size, KERNEL_MEMORY);
	assert_int_equal(linux_image_parse(header, KERNEL_MEMORY + 1, &size), ERR_OK);
	assert_int_equal(size, KERNEL_MEMORY + 1);
	assert_int_equal(linux_image_parse(header, sizeof(header) - 1, &size), ERR_KERNEL_HEADER);
	header[24] = 1; /* big-endian */
	assert_int_equal(linux_image_parse(header, KERNEL_SIZE, &size), ERR_KERNEL_HEADER);
	header[24] = 0;
	header[8] = 4; /* text_offset */
	assert_int_equal(linux_image_parse(header, KERNEL_SIZE, &size), ERR_KERNEL_HEADER);

	/* The BSS must be free as well. */
	make("-E", SBI KERNEL, CONFIGURATION("firmware = \"sbi\"; kernel = \"kernel\";"));
	model_memory(&map);
	memmap_take(&map, KERNEL_LOAD + KERNEL_MEMORY, 1, "behind it");
	assert_int_equal(boot_in(&map, &hashed), ERR_OK);
	model_memory(&map);
	memmap_take(&map, KERNEL_LOAD + KERNEL_MEMORY - 1, 1, "in its BSS");
	assert_int_equal(boot_in(&map, &hashed), ERR_MEMORY_TAKEN);
	assert_message("in its BSS");

	assert_refused(ERR_KERNEL_ALIGN, KERNEL_AT("0x80201000"),
		       CONFIGURATION("kernel = \"kernel\";"));
	assert_refused(ERR_KERNEL_HEADER,
		       NODE("kernel", "sbi",
			    "type = \"kernel\"; os = \"linux\"; load = <0x80200000>;" HASH("sha1")),
		       CONFIGURATION("kernel = \"kernel\";"));
	/* What is no Linux is no Linux Image. */
	make("-E",
	     NODE("kernel", "sbi",
		  "type = \"kernel\"; os = \"netbsd\"; load = <0x80200001>;" HASH("sha1")),
	     CONFIGURATION("kernel = \"kernel\";"));
	assert_int_equal(boot(&hashed), ERR_OK);
}

/* A kernel that may be anywhere is placed by its header; what counts is the header that is loaded. */
static void test_changed_header(void **state)
{
	const uint64_t place = DRAM_BASE + LINUX_IMAGE_ALIGN;
	struct model_source source;
	struct memmap map;
	uint8_t *small;

	(void)state;
	make("-E",
	     NODE("kernel", "kernel", "type = \"kernel_noload\"; os = \"linux\"; load = <0>;"),
	     CONFIGURATION("kernel = \"kernel\";"));
	small = malloc(file_size);
	memcpy(small, file, file_size);
	small[file_size - KERNEL_SIZE + 18] = KERNEL_MEMORY >> 17; /* half the memory */

	for (int obstacle = 0; obstacle < 2; obstacle++) {
		model_memory(&map);
		memmap_take(&map, DRAM_BASE, 0x1000, "the SPL");
		if (obstacle)
			memmap_take(&map, place + KERNEL_MEMORY * 3 / 4, 1, "an obstacle");
		/* Header, strings, structure; the header of the kernel; then the kernel. */
		model_source_init(&source, small, file_size);
		source.lie_from = 5;
		source.lies = file;
		assert_int_equal(model_boot(&source, &unchecked, &map),
				 obstacle ? ERR_MEMORY_TAKEN : ERR_OK);
		if (obstacle) {
			assert_message("would overwrite an obstacle");
			continue;
		}
		assert_int_equal(model_images.kernel->load, place);
		assert_int_equal(model_images.kernel->memory_size, KERNEL_MEMORY);
		assert_int_equal(memmap_claim(&map, place + KERNEL_MEMORY - 1, 1, "x", NULL),
				 ERR_MEMORY_TAKEN);
		assert_int_equal(memmap_claim(&map, place + KERNEL_MEMORY, 1, "x", NULL), ERR_OK);
	}
	free(small);
}

static void test_hash_nodes(void **state)
{
	static const char ignored[] =
		SBI_AS("load = <0x80000000>; hash-1 { algo = \"sha1\"; uboot-ignore; };");
	static const char firmware[] = CONFIGURATION("firmware = \"sbi\";");

	(void)state;
	make("", SBI_AS("load = <0x80000000>;"), firmware);
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_int_equal(model_images.firmware->hashes, 0);

	make("", SBI, firmware);
	memcpy(value_of("/images/sbi/hash-sha256", "algo"), "sha255", 6);
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	assert_message("images/sbi/hash-sha256: unknown algo \"sha255\"");
	assert_int_equal(boot(&unchecked), ERR_OK);
	memcpy(value_of("/images/sbi/hash-sha256", "algo"), "sha\033[m", 6);
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	assert_message("unknown algo \"sha?[m\"");
	memcpy(value_of("/images/sbi/hash-sha256", "algo"), "sha512", 6);
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	assert_message("64 bytes");
	memcpy(value_of("/images/sbi/hash-sha256", "algo"), "sha1\0x", 6);
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	memcpy(value_of("/images/sbi/hash-sha256", "algo"), "sha256?", 7);
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);

	make("", ignored, firmware);
	assert_int_equal(boot(&hashed), ERR_FIT_IGNORE);
	assert_int_equal(boot(&unchecked), ERR_OK);
	/* One bit makes a hash something else, but not nothing. */
	make("", SBI, firmware);
	memcpy(file + fdt_off_dt_struct(file) + fdt_path_offset(file, "/images/sbi/hash-sha256") +
		       4,
	       "hish", 4);
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	assert_message("images/sbi/hish-sha256: unknown node");
	make("", SBI_AS("load = <0x80000000>; signature-1 { };"), firmware);
	assert_int_equal(boot(&hashed), ERR_OK);

	/* No algo, no value. */
	make("", SBI, firmware);
	fdt_nop_property(file, fdt_path_offset(file, "/images/sbi/hash-sha256"), "value");
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
	make("", SBI, firmware);
	fdt_nop_property(file, fdt_path_offset(file, "/images/sbi/hash-sha256"), "algo");
	assert_int_equal(boot(&hashed), ERR_FIT_HASH_NODE);
}

static void test_signed_policy(void **state)
{
	const struct fit_policy strict = { .verify = FIT_VERIFY_SIGNED };

	(void)state;
	make("-E", ALL_IMAGES, LINUX);
	assert_int_equal(boot(&strict), ERR_FIT_NO_KEYS);
}

static void test_properties(void **state)
{
	static const char firmware[] = CONFIGURATION("firmware = \"sbi\";");

	(void)state;
	assert_refused(ERR_FIT_NO_IMAGE, SBI,
		       CONFIGURATION("firmware = \"sbi\"; kernel = \"kernel\";"));
	assert_message("configurations/conf: there is no images/kernel");
	assert_refused(ERR_FIT_NO_IMAGE, SBI, CONFIGURATION("description = \"empty\";"));
	assert_refused(ERR_FIT_PROPERTY, SBI, CONFIGURATION("firmware = [73 62 69];"));
	assert_refused(ERR_FIT_PROPERTY, SBI,
		       CONFIGURATION("firmware = \"sbi\"; bootargs = [41];"));
	assert_refused(ERR_FIT_PROPERTY, SBI_AS(""), firmware);
	assert_message("images/sbi: has no load address");

	assert_refused(
		ERR_FIT_TYPE, UBOOT RAMDISK,
		CONFIGURATION("firmware = \"u-boot\"; ramdisk = \"u-boot\"; fdt = \"ramdisk\";"));
	assert_refused(ERR_FIT_TYPE, UBOOT, CONFIGURATION("ramdisk = \"u-boot\";"));
	assert_refused(ERR_FIT_TYPE, RAMDISK, CONFIGURATION("firmware = \"ramdisk\";"));

	assert_refused(ERR_FIT_ENTRY,
		       SBI_AS("load = <0x80000000>; entry = <0x80001389>;" HASH("sha1")), firmware);
	assert_refused(ERR_FIT_ENTRY,
		       SBI_AS("load = <0x80000000>; entry = <0x7fffffff>;" HASH("sha1")), firmware);
	make("", SBI_AS("load = <0x80000000>; entry = <0 0x80001388>;" HASH("sha1")), firmware);
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_int_equal(model_images.firmware->entry, 0x80001388);

	make("", SBI, firmware);
	memcpy(value_of("/images/sbi", "arch"), "arm64", 6);
	assert_int_equal(boot(&hashed), ERR_FIT_ARCH);
	assert_message("arch is \"arm64\"");
	make("", SBI, firmware);
	fdt_nop_property(file, fdt_path_offset(file, "/images/sbi"), "arch");
	assert_int_equal(boot(&hashed), ERR_FIT_ARCH);
	make("", SBI, firmware);
	memcpy(value_of("/images/sbi", "compression"), "lz77", 5);
	assert_int_equal(boot(&hashed), ERR_FIT_COMPRESSION);
	make("", SBI_AS("load = <0x80000000>; cipher { };" HASH("sha1")), firmware);
	assert_int_equal(boot(&hashed), ERR_FIT_ENCRYPTED);
}

static void test_rollback_index(void **state)
{
	(void)state;
	make("-E", SBI, CONFIGURATION("firmware = \"sbi\"; rollback-index = <7>;"));
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_int_equal(model_images.rollback_index, 7);
	make("-E", SBI, CONFIGURATION("firmware = \"sbi\"; rollback-index = <1 2>;"));
	assert_int_equal(boot(&hashed), ERR_OK);
	assert_int_equal(model_images.rollback_index, 0x100000002);
	assert_refused(ERR_FIT_PROPERTY, SBI,
		       CONFIGURATION("firmware = \"sbi\"; rollback-index = [01];"));
	assert_refused(ERR_FIT_PROPERTY, SBI,
		       CONFIGURATION("firmware = \"sbi\"; rollback-index = <1 2 3>;"));
}

static void test_too_many(void **state)
{
	char images[4096] = "", names[512] = "", configurations[600];

	(void)state;
	for (int i = 0; i <= FIT_MAX_IMAGES; i++) {
		sprintf(images + strlen(images),
			"i%d { data = [%02x]; type = \"loadable\"; load = <0x%x>; };\n", i, i,
			0x80000000 + i);
		sprintf(names + strlen(names), "%s\"i%d\"", i ? ", " : "", i);
		snprintf(configurations, sizeof(configurations),
			 "default = \"conf\"; conf { loadables = %s; };", names);
		if (i < FIT_MAX_IMAGES - 1)
			continue;
		make("", images, configurations);
		assert_int_equal(boot(&unchecked), i < FIT_MAX_IMAGES ? ERR_OK : ERR_FIT_TOO_MANY);
	}
}

/* Where data is said to be, with each value that could be meant to do harm. */
static void test_data_places(void **state)
{
	static const uint32_t values[] = { 0,	       1,	   40,	       0x1000,
					   0x10000,    0x7fffffff, 0x80000000, 0xfffff000,
					   0xfffffffc, 0xffffffff };
	static const char *const options[] = { "-E", "-E -p 0x1000" };

	(void)state;
	for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
		static const char *const properties[] = { "data-offset", "data-position",
							  "data-size" };

		make(options[o], SBI RAMDISK,
		     CONFIGURATION("ramdisk = \"ramdisk\"; firmware = \"sbi\";"));
		for (size_t p = 0; p < ARRAY_SIZE(properties); p++) {
			int node = fdt_path_offset(file, "/images/ramdisk");
			const fdt32_t *value = fdt_getprop(file, node, properties[p], NULL);
			uint32_t saved = value ? fdt32_ld(value) : 0;

			for (size_t v = 0; value && v < ARRAY_SIZE(values); v++) {
				enum err err, expected = ERR_FIT_HASH;

				fdt_setprop_inplace_u32(file, node, properties[p], values[v]);
				if (values[v] == saved)
					expected = ERR_OK;
				else if (p == 2 && !values[v])
					expected = ERR_FIT_PROPERTY;
				else if (p == 1 && values[v] < fdt_totalsize(file))
					expected = ERR_FIT_PROPERTY;
				else if (values[v] > 0x2000 || p < 2)
					expected = ERR_SOURCE_END;
				err = boot(&hashed);
				if (expected == ERR_SOURCE_END)
					assert_true(err == ERR_SOURCE_END || err == ERR_FIT_HASH);
				else
					assert_int_equal(err, expected);
				fdt_setprop_inplace_u32(file, node, properties[p], saved);
			}
		}
		assert_int_equal(boot(&hashed), ERR_OK);
	}

	/* A size is not enough, nor is a place; both kinds at once are one too many. */
	make("-E", SBI, CONFIGURATION("firmware = \"sbi\";"));
	fdt_nop_property(file, fdt_path_offset(file, "/images/sbi"), "data-size");
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);
	make("-E", SBI, CONFIGURATION("firmware = \"sbi\";"));
	fdt_nop_property(file, fdt_path_offset(file, "/images/sbi"), "data-offset");
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);
	make(NULL, DATALESS(""), CONFIGURATION("firmware = \"sbi\";"));
	assert_int_equal(boot(&unchecked), ERR_FIT_PROPERTY);
	make("", SBI_AS("load = <0x80000000>; data-offset = <0>; data-size = <1>;" HASH("sha1")),
	     CONFIGURATION("firmware = \"sbi\";"));
	assert_int_equal(boot(&hashed), ERR_FIT_PROPERTY);

	/* 64 bits that wrap back into the file. */
	make(NULL, DATALESS("data-offset = /bits/ 64 <0xfffffffffffffff0>; data-size = <8>;"),
	     CONFIGURATION("firmware = \"sbi\";"));
	assert_int_equal(boot(&unchecked), ERR_FIT_PROPERTY);
	make(NULL,
	     DATALESS("data-position = <0x10000>; data-size = /bits/ 64 <0xffffffffffffffff>;"),
	     CONFIGURATION("firmware = \"sbi\";"));
	assert_int_equal(boot(&unchecked), ERR_SOURCE_END);
}

/* --- What breaks on its way ----------------------------------------------------------------- */

static void test_damaged_data(void **state)
{
	(void)state;
	make("-E", ALL_IMAGES, LINUX);
	for (size_t i = fdt_totalsize(file); i < file_size; i += 613) {
		enum err err;

		file[i] ^= 0x10;
		err = boot(&hashed);
		/* Damaged may also be what the kernel's header says, or what lies between images. */
		assert_true(err == ERR_FIT_HASH || err == ERR_KERNEL_HEADER ||
			    err == ERR_MEMORY_NONE || err == ERR_OK);
		if (!err)
			assert_all_loaded();
		else if (err == ERR_FIT_HASH)
			assert_message("sha256 mismatch");
		file[i] ^= 0x10;
	}
}

/* Any byte of the metadata changed: refused, or still the right bytes in the right hands. */
static void test_damaged_metadata(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };
	unsigned int accepted = 0, refused = 0;
	struct memmap map;

	(void)state;
	make("-E", SBI UBOOT DTB,
	     CONFIGURATION("firmware = \"sbi\"; loadables = \"u-boot\"; fdt = \"fdt\";"));
	model_memory(&map);
	for (size_t i = 0; i < fdt_totalsize(file); i++) {
		for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
			struct memmap fresh = map;
			struct model_source source;

			file[i] ^= masks[m];
			model_source_init(&source, file, file_size);
			if (model_boot(&source, &hashed, &fresh)) {
				refused++;
			} else {
				accepted++;
				if (model_images.firmware)
					assert_loaded(model_images.firmware, sbi, SBI_SIZE);
				if (model_images.next)
					assert_loaded(model_images.next, uboot, UBOOT_SIZE);
				if (model_images.fdt)
					assert_loaded(model_images.fdt, dtb, DTB_SIZE);
			}
			file[i] ^= masks[m];
		}
	}
	assert_true(accepted && refused);
}

static void test_truncated(void **state)
{
	size_t whole;

	(void)state;
	for (int embedded = 0; embedded < 2; embedded++) {
		make(embedded ? "" : "-E", ALL_IMAGES, LINUX);
		whole = file_size;
		for (file_size = 1; file_size < whole - 3; file_size += 251)
			assert_int_equal(boot(&hashed), ERR_SOURCE_END);
		file_size = whole;
	}
}

/* The medium fails, or changes what it holds, at each of the reads. */
static void test_bad_source(void **state)
{
	uint8_t *lies;
	unsigned int n = 0;
	enum err err;

	(void)state;
	make("-E", ALL_IMAGES, LINUX);
	do {
		struct model_source source;
		struct memmap map;

		model_memory(&map);
		model_source_init(&source, file, file_size);
		source.fail_at = ++n;
		err = model_boot(&source, &hashed, &map);
		assert_int_equal(err, source.reads < n ? ERR_OK : ERR_TIMEOUT);
		if (err)
			assert_message("cannot read");
	} while (err);

	lies = malloc(file_size);
	for (unsigned int seed = 1; seed < 200; seed++) {
		memcpy(lies, file, file_size);
		for (size_t i = seed % 97; i < file_size; i += 97)
			lies[i] ^= (uint8_t)(seed + i);
		for (unsigned int from = 1; from <= n; from++) {
			struct model_source source;
			struct memmap map, before;

			model_memory(&map);
			before = map;
			model_source_init(&source, file, file_size);
			source.lie_from = from;
			source.lies = lies;
			if (!model_boot(&source, &hashed, &map)) {
				assert_all_loaded();
				assert_true(model_untouched(&before, &map));
			}
			if (seed > 3)
				break;
		}
	}
	free(lies);
}

/* A piece is hashed while the next one comes in, and neither before nor after that. */
static void test_overlap(void **state)
{
	struct model_source source;
	bool wiped = false;
	struct memmap map;
	enum err err;

	(void)state;
	make("-E", ALL_IMAGES, LINUX);
	model_memory(&map);
	model_source_init(&source, file, file_size);
	source.waits = true;
	assert_int_equal(model_boot(&source, &hashed, &map), ERR_OK);
	assert_all_loaded();

	model_memory(&map);
	model_source_init(&source, file, file_size);
	source.waits = true;
	source.damages = true;
	assert_int_equal(model_boot(&source, &hashed, &map), ERR_FIT_HASH);
	assert_message("images/kernel: sha256 mismatch");

	for (unsigned int fail_at = 1;; fail_at++) {
		model_memory(&map);
		model_source_init(&source, file, file_size);
		source.waits = true;
		source.fail_at = fail_at;
		err = model_boot(&source, &hashed, &map);
		if (!err)
			break;
		assert_int_equal(err, ERR_TIMEOUT);
		assert_message("cannot read");
		if (strstr(model_fit.message, "images/kernel")) {
			assert_true(model_is_zero(KERNEL_LOAD, KERNEL_SIZE));
			wiped = true;
		}
	}
	assert_true(wiped);
}

/* --- Other harts that hash ------------------------------------------------------------------ */

struct hash_job {
	struct hasher hasher;
	const uint8_t *data;
	size_t size, hashed;
	bool open;
};

static struct {
	struct hash_job jobs[3];
	unsigned int begun, ended;
	bool late;  /* they hash when they are waited for, else when they can */
	bool stops; /* none ever comes back */
} crew_model;

static struct hash_job *model_begin(unsigned int hashes, const void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(crew_model.jobs); i++) {
		struct hash_job *job = &crew_model.jobs[i];

		if (job->open)
			continue;
		*job = (struct hash_job){ .data = data, .open = true };
		hasher_start(&job->hasher, hashes);
		crew_model.begun++;
		return job;
	}
	return NULL;
}

static void model_hash(struct hash_job *job)
{
	hasher_update(&job->hasher, job->data + job->hashed, job->size - job->hashed);
	job->hashed = job->size;
}

static void model_advance(struct hash_job *job, size_t size)
{
	assert_true(job->open && size > job->size);
	job->size = size;
	if (!crew_model.late)
		model_hash(job);
}

static const struct hasher *model_end(struct hash_job *job)
{
	assert_true(job->open);
	model_hash(job);
	crew_model.ended++;
	job->open = false;
	return crew_model.stops ? NULL : &job->hasher;
}

static const struct hash_crew model_crew = { model_begin, model_advance, model_end };
static const struct fit_policy with_crew = { .verify = FIT_VERIFY_HASH, .crew = &model_crew };

static const struct {
	bool late, stops;
} crews[] = { { false, false }, { true, false }, { true, true } };

/* Only what comes in several pieces is worth another hart: KERNEL_SIZE is, the others are not. */
#define SECOND \
	NODE("second", "kernel", \
	     "type = \"ramdisk\"; load = <0 0x80400000>;" HASH("sha1") HASH("crc32"))
#define LAST NODE("zlast", "u-boot", "type = \"standalone\"; load = <0 0x80600000>;" HASH("sha256"))
#define FOR_THE_CREW \
	CONFIGURATION("firmware = \"sbi\"; kernel = \"kernel\"; ramdisk = \"second\"; " \
		      "loadables = \"zlast\";")

static void test_crew(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(crews); i++) {
		for (unsigned int external = 0; external < 2; external++) {
			memset(&crew_model, 0, sizeof(crew_model));
			crew_model.late = crews[i].late;
			crew_model.stops = crews[i].stops;
			make(external ? "-E" : "", SBI KERNEL SECOND LAST, FOR_THE_CREW);
			assert_int_equal(boot(&with_crew), ERR_OK);
			assert_loaded(model_images.firmware, sbi, SBI_SIZE);
			assert_loaded(model_images.kernel, kernel, KERNEL_SIZE);
			assert_loaded(model_images.ramdisk, kernel, KERNEL_SIZE);
			assert_int_equal(model_images.kernel->memory_size, KERNEL_MEMORY);
			assert_int_equal(crew_model.begun, 2);
			assert_int_equal(crew_model.ended, 2);
		}
	}
	memset(&crew_model, 0, sizeof(crew_model));
	assert_int_equal(boot(&(struct fit_policy){ .crew = &model_crew }), ERR_OK);
	assert_int_equal(crew_model.begun, 0);
}

/* Whoever finds it: one wrong byte, and no byte of what was not checked is left. */
static void test_crew_damage(void **state)
{
	static const struct {
		const char *name;
		uint64_t load;
	} damaged[] = {
		{ "sbi", SBI_LOAD },
		{ "kernel", KERNEL_LOAD },
		{ "second", 0x80400000 },
		{ "zlast", 0x80600000 },
	};
	struct model_source source;
	struct memmap map;
	enum err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(crews); i++) {
		crew_model.late = crews[i].late;
		crew_model.stops = crews[i].stops;
		for (size_t n = 0; n < ARRAY_SIZE(damaged); n++) {
			char path[32], message[40];

			crew_model.begun = crew_model.ended = 0;
			make("", SBI KERNEL SECOND LAST, FOR_THE_CREW);
			snprintf(path, sizeof(path), "/images/%s", damaged[n].name);
			snprintf(message, sizeof(message), "images/%s: sha", damaged[n].name);
			value_of(path, "data")[4000] ^= 1;
			assert_int_equal(boot(&with_crew), ERR_FIT_HASH);
			assert_message(message);
			assert_int_equal(crew_model.begun, crew_model.ended);
			assert_int_equal(crew_model.begun, n ? 2 : 0);
			assert_true(model_is_zero(damaged[n].load, SBI_SIZE));
			/* What another hart had not finished by then is as good as damaged. */
			if (n == 3)
				assert_true(model_is_zero(KERNEL_LOAD, KERNEL_SIZE));
		}
	}
	make("-E", SBI KERNEL SECOND LAST, FOR_THE_CREW);
	for (unsigned int fail_at = 1;; fail_at++) {
		crew_model.begun = crew_model.ended = 0;
		model_memory(&map);
		model_source_init(&source, file, file_size);
		source.fail_at = fail_at;
		err = model_boot(&source, &with_crew, &map);
		assert_int_equal(crew_model.begun, crew_model.ended);
		if (!err)
			break;
		assert_int_equal(err, ERR_TIMEOUT);
		if (crew_model.begun)
			assert_true(model_is_zero(KERNEL_LOAD, KERNEL_SIZE));
	}
	assert_int_equal(crew_model.begun, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_next_runs),
		cmocka_unit_test(test_loadable_with_a_use),
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_choice_by_dtb),
		cmocka_unit_test(test_choice_by_endless_list),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_placement),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_linux_image),
		cmocka_unit_test(test_changed_header),
		cmocka_unit_test(test_hash_nodes),
		cmocka_unit_test(test_signed_policy),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_data_places),
		cmocka_unit_test(test_damaged_data),
		cmocka_unit_test(test_damaged_metadata),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bad_source),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_crew),
		cmocka_unit_test(test_crew_damage),
		cmocka_unit_test(test_rollback_index),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
