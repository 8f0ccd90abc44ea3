/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and verifying FIT images (Flattened Image Tree, fitspec.osfw.foundation; what mkimage
 * writes). Nothing in an image is trusted: its tree is checked before it is looked at, every length
 * against the source, every destination against the memory map, all before the first byte is
 * written; data is hashed on its one way to its destination and wiped if the hash is wrong.
 *
 * Each failure leaves one line in fit.message that says what is wrong where, without a final stop
 * or error number; the function returns the number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fit/crew.h"
#include "fit/decompress.h"
#include "fit/memmap.h"
#include "fit/source.h"
#include "lib/err.h"

/*
 * Linux on RISC-V keeps 1024 bytes of a command line and silently forgets the rest, which may be what
 * makes it safe; the SPL puts the slot behind what the FIT says.
 */
#define FIT_CMDLINE_MAX 960

#define FIT_MAX_IMAGES 32 /* that one configuration loads */

/* What an image is to its configuration. */
enum fit_role {
	FIT_FIRMWARE,
	FIT_KERNEL,
	FIT_LOADABLE,
	FIT_RAMDISK,
	FIT_FDT,
};

enum fit_type {
	FIT_TYPE_OTHER,
	FIT_TYPE_FIRMWARE,
	FIT_TYPE_KERNEL,
	FIT_TYPE_KERNEL_NOLOAD,
	FIT_TYPE_STANDALONE,
	FIT_TYPE_RAMDISK,
	FIT_TYPE_FLAT_DT,
};

enum fit_os {
	FIT_OS_OTHER,
	FIT_OS_LINUX,
	FIT_OS_OPENSBI,
	FIT_OS_U_BOOT,
};

struct fit_image {
	const char *name; /* of its node in /images; lives in the metadata buffer */
	enum fit_role role;
	enum fit_type type;
	enum fit_os os;
	uint64_t load;
	uint64_t size;	      /* of its data, in bytes; once it is loaded: unpacked */
	uint64_t memory_size; /* claimed from load on: a Linux kernel's BSS, a DTB's room to grow */
	uint64_t entry;	      /* where to start it; load unless the image says otherwise */

	/* For fit/ only. */
	int node;
	uint64_t position;   /* of its data in the source */
	unsigned int hashes; /* that were checked: bit n for enum hash_algorithm n; 0: none */
	const struct decompressor *decompressor; /* NULL: its data is as it is to be */
	struct hash_job *job;			 /* of the hart that hashes it; NULL: none does */
	bool has_load;
	bool has_entry;
	bool loaded;
};

/* What was loaded. The pointers point into all[], so this cannot be copied; NULL: there is none. */
struct boot_images {
	const char *configuration; /* its name */
	const char *signer;	   /* the key that signed it; NULL: none was demanded */
	const char *bootargs;	   /* `cmdline` of the configuration, else its `bootargs` */
	/*
	 * `rollback-index` of the configuration, 0 without one: it may not go below what the board
	 * has once run. True only under FIT_VERIFY_SIGNED, when the configuration has been verified.
	 */
	uint64_t rollback_index;
	const struct fit_image *firmware;
	const struct fit_image *kernel;
	const struct fit_image *ramdisk;
	const struct fit_image *fdt; /* with the overlays applied that follow it in all[] */
	/*
	 * What a firmware that starts something else (os "opensbi") is to start: the kernel, else
	 * the first loadable that runs (U-Boot, standalone, kernel).
	 */
	const struct fit_image *next;
	unsigned int count;
	struct fit_image all[FIT_MAX_IMAGES]; /* firmware, kernel, DTBs, ramdisk, loadables */
};

/* What must hold for an image before it is used. */
enum fit_verify {
	FIT_VERIFY_OFF,	   /* nothing: hashes are not looked at */
	FIT_VERIFY_HASH,   /* each hash that it has is right; it need not have one */
	FIT_VERIFY_SIGNED, /* the configuration is signed, and it has a strong hash that is right */
};

struct fit;
struct fit_keys;

struct fit_policy {
	enum fit_verify verify;
	/* For FIT_VERIFY_SIGNED: signature_check(), and what it is to demand. */
	enum err (*check_signature)(struct fit *fit, int configuration, const struct fit_keys *keys,
				    const char **signer);
	const struct fit_keys *keys;
	/* The configuration that is wanted; NULL: the best one for `compatible`, else the default. */
	const char *configuration;
	/* The board's own `compatible` list as a DTB holds it, best first; NULL: not compared. */
	const char *compatible;
	size_t compatible_size;
	/*
	 * Images without load address end at or below this (0: no limit): a kernel goes to the lowest
	 * free place, the DTB to the highest, then the ramdisk. The DTB of U-Boot goes behind it.
	 */
	uint64_t place_below;
	size_t fdt_room; /* bytes to claim behind the DTB for what the SPL adds to it */
	const struct hash_crew *crew; /* NULL: no other hart hashes */
};

struct fit {
	struct source *source;
	void *tree;	    /* in the metadata buffer, see fit/tree.h */
	uint64_t data_base; /* where in the source external data starts */
	char message[160];  /* of the last failure */
};

/*
 * Reads and checks the metadata of the FIT in @source into @buffer, which is 64-byte aligned and
 * belongs to @fit until the images have been started: names and bootargs are in it. Of @capacity,
 * SOURCE_ALIGN bytes are for working; embedded image data needs none. ERR_FIT_*, or the source's
 * error.
 */
enum err fit_open(struct fit *fit, struct source *source, void *buffer, size_t capacity);

/*
 * Chooses a configuration, and loads and verifies all its images: each into a window claimed from
 * @map. On failure nothing of @images may be used and @map is as it was.
 */
enum err fit_load(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
		  struct boot_images *images);

/*
 * The strongest digest that was checked of an image that was loaded, by *@algorithm, FIT's name of
 * it; *@size is in bytes. NULL: none was.
 */
const void *fit_image_digest(const struct fit *fit, const struct fit_image *image,
			     const char **algorithm, size_t *size);
