/* SPDX-License-Identifier: BSD-2-Clause */
/* See fit_model.h. */
#include "tests/unit/fit_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/meanwhile.h"

#define PATTERN 0x5a
#define GUARD 0x10000000UL

struct fit model_fit;
struct boot_images model_images;

static char directory[] = "/tmp/test_fit.XXXXXX";
static uint8_t *dram;

int fit_model_setup(void **state)
{
	uint8_t *region;

	(void)state;
	/* What goes beyond DRAM shall be seen. */
	region = mmap(NULL, DRAM_SIZE + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(region, MAP_FAILED);
	dram = region + GUARD;
	assert_int_equal(mprotect(dram, DRAM_SIZE, PROT_READ | PROT_WRITE), 0);

	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
	return 0;
}

int fit_model_teardown(void **state)
{
	char command[64];

	(void)state;
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

uint8_t *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(name, "rb");
	uint8_t *data;
	long end;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	end = ftell(file);
	rewind(file);
	data = malloc((size_t)end);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)end, file), end);
	fclose(file);
	*size = (size_t)end;
	return data;
}

uint8_t *make_data(const char *name, size_t size, uint32_t seed)
{
	uint8_t *data = malloc(size);

	assert_non_null(data);
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
	write_file(name, data, size);
	return data;
}

uint8_t *make_fit(const char *options, const char *images, const char *configurations, size_t *size)
{
	char command[256];
	FILE *file = fopen("test.its", "w");

	assert_non_null(file);
	fprintf(file,
		"/dts-v1/;\n/ {\n\tdescription = \"test\";\n\t#address-cells = <2>;\n"
		"\timages {\n%s\t};\n\tconfigurations {\n%s\t};\n};\n",
		images, configurations);
	fclose(file);
	if (options)
		snprintf(command, sizeof(command), "mkimage -q %s -f test.its test.itb", options);
	else
		snprintf(command, sizeof(command), "dtc -O dtb -o test.itb test.its");
	assert_int_equal(system(command), 0);
	return read_file("test.itb", size);
}

static void wait_for(struct model_source *model, uint8_t *buffer, size_t length)
{
	bool damages = model->damages && buffer == model->last_buffer_end;

	memset(buffer, 0xdb, length);
	if (damages)
		buffer[-1] ^= 1;
	meanwhile_run();
	if (damages)
		buffer[-1] ^= 1;
	model->last_buffer_end = buffer + length;
}

static enum err model_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct model_source *model = (struct model_source *)source;
	const uint8_t *bytes = model->bytes;

	model->reads++;
	if (model->waits)
		wait_for(model, buffer, length);
	if (model->reads == model->fail_at)
		return ERR_TIMEOUT;
	if (!range_inside(offset, length, 0, model->size))
		return ERR_BLOCK_RANGE;
	if (model->lie_from && model->reads >= model->lie_from)
		bytes = model->lies;
	memcpy(buffer, bytes + offset, length);
	if (offset < model->last_end)
		model->backwards++;
	model->last_end = offset + length;
	return ERR_OK;
}

void model_source_init(struct model_source *source, const void *bytes, size_t size)
{
	*source = (struct model_source){
		.source = { .read = model_read, .size = size, .name = "model" },
		.bytes = bytes,
		.size = size,
	};
}

void model_memory(struct memmap *map)
{
	memset(dram, PATTERN, DRAM_SIZE);
	model_memory_only(map);
}

void model_memory_only(struct memmap *map)
{
	*map = (struct memmap){ .bias = (uintptr_t)dram - DRAM_BASE };
	assert_int_equal(memmap_add_bank(map, DRAM_BASE, DRAM_SIZE, "DRAM"), ERR_OK);
}

uint8_t *model_pointer(uint64_t address)
{
	return dram + (address - DRAM_BASE);
}

bool model_untouched(const struct memmap *before, const struct memmap *after)
{
	for (uint64_t i = 0; i < DRAM_SIZE; i++) {
		bool may = false;

		if (dram[i] == PATTERN)
			continue;
		for (unsigned int w = before->taken_count; w < after->taken_count; w++)
			may |= range_inside(DRAM_BASE + i, 1, after->taken[w].base,
					    after->taken[w].size);
		if (!may)
			return false;
	}
	return true;
}

bool model_is_zero(uint64_t address, uint64_t size)
{
	const uint8_t *p = model_pointer(address);

	for (uint64_t i = 0; i < size; i++) {
		if (p[i])
			return false;
	}
	return true;
}

enum err model_boot(struct model_source *source, const struct fit_policy *policy,
		    struct memmap *map)
{
	/* From the heap: the sanitizer sees what goes beyond it. */
	static void *metadata;
	enum err err;

	free(metadata);
	metadata = aligned_alloc(64, METADATA_SIZE);
	assert_non_null(metadata);
	err = fit_open(&model_fit, &source->source, metadata, METADATA_SIZE);
	return err ? err : fit_load(&model_fit, policy, map, &model_images);
}
