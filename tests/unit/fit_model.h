/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the FIT tests stand on: images made by the real mkimage, a source that can misbehave, and
 * memory of a machine whose every byte is watched.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fit/fit.h"

#define DRAM_BASE 0x80000000UL
#define DRAM_SIZE 0x800000UL
#define METADATA_SIZE 0x4000

/* Goes into a directory of its own, where all files of the test are; 0, for cmocka. */
int fit_model_setup(void **state);
int fit_model_teardown(void **state);

/* Writes a file of @size bytes that look random, the same for the same @seed; returns them. */
uint8_t *make_data(const char *name, size_t size, uint32_t seed);
void write_file(const char *name, const void *data, size_t size);
uint8_t *read_file(const char *name, size_t *size);

/*
 * Makes a FIT from what all have around @images and @configurations, the tree source of these two
 * nodes: mkimage with @options, or without them dtc, which takes also what makes no sense.
 */
uint8_t *make_fit(const char *options, const char *images, const char *configurations,
		  size_t *size);

/* A source of bytes in memory. */
struct model_source {
	struct source source;
	const uint8_t *bytes;
	size_t size;	       /* what read() finds; source.size is what it is said to be */
	unsigned int reads;    /* counts calls */
	unsigned int fail_at;  /* this call, counted from 1, fails; 0: none */
	unsigned int lie_from; /* from this call on bytes come from lies; 0: never */
	const uint8_t *lies;
	unsigned int backwards; /* how often a read began before the last one's end */
	uint64_t last_end;
	/*
	 * Lets others work before the data of a read is there, as drivers that do DMA; and damages what
	 * the last read put right before it, but only meanwhile.
	 */
	bool waits, damages;
	uint8_t *last_buffer_end;
};

void model_source_init(struct model_source *source, const void *bytes, size_t size);

/* The memory map of a machine with DRAM only, all of it filled with a pattern. */
void model_memory(struct memmap *map);
/* The same without the pattern, for many boots. */
void model_memory_only(struct memmap *map);
uint8_t *model_pointer(uint64_t address);

/* All memory outside of windows that @after has and @before has not is as model_memory() left it. */
bool model_untouched(const struct memmap *before, const struct memmap *after);
bool model_is_zero(uint64_t address, uint64_t size);

/* fit_open() and fit_load() from @source with metadata memory that has guards around it. */
extern struct fit model_fit;
extern struct boot_images model_images;
enum err model_boot(struct model_source *source, const struct fit_policy *policy,
		    struct memmap *map);
