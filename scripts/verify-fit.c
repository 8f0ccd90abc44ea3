/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a board would say of a FIT: fit/, as it is in the SPL, on this machine.
 *
 *	verify-fit off|hash|signed <DRAM base> <compatible of the board>|- <control DTB>|- <FIT>
 *
 * Prints what the board would print, and exits with 0 when it would boot the FIT. The keys for
 * `signed` are built in (make verify-fit KEYS=...), or the control DTB's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <libfdt.h>

#include "fit/report.h"
#include "fit/signature.h"
#include "lib/bits.h"

#define DRAM_SIZE 0x40000000UL /* of a board without surprises */
#define METADATA_MAX 0x10000

#ifdef BUILT_IN_KEYS
extern const struct fit_keys built_in_keys;
#endif

static FILE *fit_file;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static enum err read_fit(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	(void)source;
	if (fseek(fit_file, (long)offset, SEEK_SET) || fread(buffer, 1, length, fit_file) != length)
		return ERR_SOURCE_END;
	return ERR_OK;
}

static struct source open_fit(const char *path)
{
	long size;

	fit_file = fopen(path, "rb");
	if (!fit_file || fseek(fit_file, 0, SEEK_END) || (size = ftell(fit_file)) < 0)
		fail(path);
	return (struct source){ .read = read_fit, .size = (uint64_t)size, .name = "the file" };
}

static const void *read_dtb(const char *path)
{
	static uint8_t dtb[0x40000];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		fail(path);
	size = fread(dtb, 1, sizeof(dtb), file);
	fclose(file);
	if (fdt_check_full(dtb, size)) {
		fprintf(stderr, "%s: no device tree\n", path);
		exit(2);
	}
	return dtb;
}

static const struct fit_keys *find_keys(const void *control)
{
#ifdef BUILT_IN_KEYS
	(void)control;
	return &built_in_keys;
#else
	static struct fit_keys keys;
	enum err err = keys_from_dtb(control, &keys);

	if (err)
		printf("E%03d %s\n", err, err_text(err));
	return &keys;
#endif
}

static void make_memory(struct memmap *map, uint64_t base)
{
	void *dram = mmap(NULL, DRAM_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (dram == MAP_FAILED)
		fail("memory");
	*map = (struct memmap){ .bias = (uintptr_t)dram - base };
	if (memmap_add_bank(map, base, DRAM_SIZE, "DRAM"))
		exit(2);
}

static enum fit_verify verify_by_name(const char *name)
{
	return !strcmp(name, "signed") ? FIT_VERIFY_SIGNED
	     : !strcmp(name, "off")    ? FIT_VERIFY_OFF
				       : FIT_VERIFY_HASH;
}

/* The configuration that is asked for; of the root the whole string list, or one name. */
static void set_choice(struct fit_policy *policy, const char *name, const void *control)
{
	int size = 0;

	if (control)
		policy->configuration = fdt_stringlist_get(control,
							   fdt_path_offset(control, "/chosen"),
							   "hartline,configuration", 0, NULL);
	if (strcmp(name, "-")) {
		policy->compatible = name;
		policy->compatible_size = strlen(name) + 1;
	} else if (control) {
		policy->compatible = fdt_getprop(control, 0, "compatible", &size);
		policy->compatible_size = policy->compatible ? (size_t)size : 0;
	}
}

int main(int argc, char **argv)
{
	static uint8_t metadata[METADATA_MAX] __attribute__((aligned(64)));
	static struct boot_images images;
	static struct memmap map;
	static struct fit fit;
	struct fit_policy policy = { .check_signature = signature_check };
	const void *control;
	struct source source;
	enum err err;

	if (argc != 6) {
		fprintf(stderr,
			"usage: %s off|hash|signed DRAM-BASE COMPATIBLE|- CONTROL-DTB|- FIT\n",
			argv[0]);
		return 2;
	}
	policy.verify = verify_by_name(argv[1]);
	control = strcmp(argv[4], "-") ? read_dtb(argv[4]) : NULL;
	set_choice(&policy, argv[3], control);
	if (policy.verify == FIT_VERIFY_SIGNED)
		policy.keys = find_keys(control);
	source = open_fit(argv[5]);
	make_memory(&map, strtoull(argv[2], NULL, 0));

	err = fit_open(&fit, &source, metadata, sizeof(metadata));
	if (!err)
		err = fit_load(&fit, &policy, &map, &images);
	if (err) {
		printf("E%03d %s\n", err, fit.message);
		return 1;
	}
	report_print(&images);
	if (images.bootargs)
		printf("  cmdline %s\n", images.bootargs);
	if (images.rollback_index)
		printf("  rollback-index %lu\n", images.rollback_index);
	printf("VERIFY=%s: a board with %lu MiB of DRAM would boot it\n", argv[1], DRAM_SIZE >> 20);
	return 0;
}
