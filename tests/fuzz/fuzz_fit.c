/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as a FIT, under all policies. Writes outside of the model's memory
 * fault; what is loaded must lie in memory, apart from all else, with its entry inside. What is signed is
 * what seed_fit has signed, and nothing else ever is.
 */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES FIT_LIBFDT_SOURCES */
/* sources: SIGNATURE_SOURCES PUBLIC_KEY_SOURCES */
/* sources: lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fit/signature.h"
#include "lib/bits.h"

#define DRAM_BASE 0x80000000UL
#define DRAM_SIZE 0x1000000UL
#define GUARD 0x10000000UL

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

struct bytes {
	struct source source;
	const uint8_t *data;
	size_t size;
};

static enum err read_bytes(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	const struct bytes *bytes = (const struct bytes *)source;

	if (!range_inside(offset, length, 0, bytes->size))
		return ERR_BLOCK_RANGE;
	memcpy(buffer, bytes->data + offset, length);
	return ERR_OK;
}

static void check(const struct memmap *map, const struct boot_images *images)
{
	require(images->count && images->count <= FIT_MAX_IMAGES);
	for (unsigned int i = 0; i < images->count; i++) {
		const struct fit_image *image = &images->all[i];

		require(image->size && image->size <= image->memory_size);
		require(range_inside(image->load, image->memory_size, DRAM_BASE, DRAM_SIZE));
		if (image == images->firmware || image == images->kernel || image == images->next)
			require(range_inside(image->entry, 1, image->load, image->size));
	}
	for (unsigned int i = 0; i < map->taken_count; i++) {
		for (unsigned int j = 0; j < i; j++)
			require(!ranges_overlap(map->taken[i].base, map->taken[i].size,
						map->taken[j].base, map->taken[j].size));
	}
}

/* What the signed seeds load. */
static const uint8_t signed_firmware[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t signed_program[] = { 0xaa, 0xbb };

static void check_signed(const uint8_t *dram, const struct boot_images *images)
{
	require(!strcmp(images->signer, "seed"));
	require(images->count == 2 && images->rollback_index == 7);
	require(images->firmware->load == DRAM_BASE);
	require(images->firmware->size == sizeof(signed_firmware));
	require(!memcmp(dram, signed_firmware, sizeof(signed_firmware)));
	require(images->next->load == DRAM_BASE + 0x400000);
	require(images->next->size == sizeof(signed_program));
	require(!memcmp(dram + 0x400000, signed_program, sizeof(signed_program)));
}

/* (2^1024 - 105) * (2^1024 - 179), of which seed_fit has the private key. */
static const uint8_t modulus[256] = {
	[0 ... 125] = 0xff, [126] = 0xfe, [127] = 0xe4, [254] = 0x49, [255] = 0x6b
};

/* The other one is P-256's base point. */
static const struct fit_key all_keys[2] = { [0] = {
	.name = "seed",
	.bits = 2048,
	.exponent = { [5] = 1, [7] = 1 },
	.modulus = modulus,
}, [1] = {
	.name = "key",
	.bits = 256,
	.point = { 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
		   0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
		   0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
		   0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
		   0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 },
} };
static const struct fit_keys keys = { all_keys, ARRAY_SIZE(all_keys), true };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char compatible[] = "vendor,board\0vendor,soc";
	enum fit_verify most;
	static uint8_t *dram;
	static _Alignas(64) uint8_t metadata[0x3000];

	if (!dram) {
		dram = mmap(NULL, DRAM_SIZE + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
		require(dram != MAP_FAILED);
		dram += GUARD;
		require(!mprotect(dram, DRAM_SIZE, PROT_READ | PROT_WRITE));
	}
	/* Signatures take most of the time. */
	most = size % 8 ? FIT_VERIFY_HASH : FIT_VERIFY_SIGNED;
	for (enum fit_verify verify = FIT_VERIFY_OFF; verify <= most; verify++) {
		const struct fit_policy policy = {
			.verify = verify,
			.check_signature = signature_check,
			.keys = &keys,
			.compatible = compatible,
			.compatible_size = sizeof(compatible),
			.fdt_room = 0x1000,
		};
		/* The second round reads from a source that does not know where it ends. */
		struct bytes bytes = {
			.source = { read_bytes, verify == FIT_VERIFY_OFF ? size : 0, "fuzzer" },
			.data = data,
			.size = size,
		};
		static struct boot_images images;
		struct memmap map = { .bias = (uintptr_t)dram - DRAM_BASE };
		struct fit fit;

		memmap_add_bank(&map, DRAM_BASE, DRAM_SIZE, "DRAM");
		memmap_take(&map, DRAM_BASE + 0x100000, 0x10000, "the SPL");
		if (fit_open(&fit, &bytes.source, metadata, sizeof(metadata)) ||
		    fit_load(&fit, &policy, &map, &images)) {
			require(strlen(fit.message) > 10 && map.taken_count == 1);
			continue;
		}
		check(&map, &images);
		if (verify == FIT_VERIFY_SIGNED)
			check_signed(dram, &images);
	}
	return 0;
}
