/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of fit/ share; not for others. */
#pragma once

#include "fit/fit.h"
#include "lib/message.h"
#include "lib/string.h"

/* Notes in fit->message why it goes no further, and returns @err. */
enum err fit_fail(struct fit *fit, enum err err, const char *format, ...)
	__attribute__((format(__printf__, 3, 4)));
#ifdef PACKED_MESSAGES
#define fit_fail(fit, err, format, ...) \
	WITH_FORMAT(format, fit_fail(fit, err, format_, ##__VA_ARGS__))
#endif

/* The text of string @index of a property; NULL with ERR_OK when there is no such string. */
enum err fit_string(struct fit *fit, int node, const char *property, int index, const char **value);

/*
 * @text is one of the strings of a property of @size bytes. What has no end is not in it. (libfdt's
 * fdt_stringlist_contains() would look for that end one byte behind the list.)
 */
bool fit_list_has(const char *list, size_t size, const char *text);

/* A number of one or two cells, as long as the property; *@present tells whether there is one. */
enum err fit_number(struct fit *fit, int node, const char *property, uint64_t *value,
		    bool *present);

/* The configuration that @policy asks for: a node of the tree. */
enum err config_choose(struct fit *fit, const struct fit_policy *policy, int *configuration);

/* Fills @images from a configuration: all that the tree says of them, and where their data is. */
enum err config_read(struct fit *fit, int configuration, struct boot_images *images);

/*
 * Reads the data of an image to @to and checks its hashes; wipes it on failure. When it leaves an
 * image->job, a hart of @crew (NULL: there is none) still hashes, and nothing is checked before image_finish().
 */
enum err image_read(struct fit *fit, const struct hash_crew *crew, struct fit_image *image,
		    uint8_t *to);

/* Ends image->job: checks the hashes, unless it has failed already by @err; wipes @data on failure. */
enum err image_finish(struct fit *fit, const struct hash_crew *crew, struct fit_image *image,
		      uint8_t *data, enum err err);

/* The hashes of an image that was read are not known yet. */
static inline bool image_is_pending(const struct fit_image *image)
{
	return FIT_CREW && image->job;
}

/* Unpacks the data of an image, of which image->size is then the new size. Wipes @to on failure. */
enum err image_unpack(struct fit *fit, struct fit_image *image, const uint8_t *data, uint8_t *to,
		      uint64_t room);

/* Notes which hashes are to be checked of an image. All of them must be of known kinds. */
enum err image_find_hashes(struct fit *fit, struct fit_image *image, enum fit_verify verify);

/* Hash nodes are named hash, hash-1, ..., signature nodes signature... */
static inline bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* The image is code that something jumps to. */
static inline bool image_runs(const struct fit_image *image)
{
	return image->role == FIT_FIRMWARE || image->role == FIT_KERNEL ||
	       (image->role == FIT_LOADABLE && image->type != FIT_TYPE_OTHER &&
		image->type != FIT_TYPE_RAMDISK && image->type != FIT_TYPE_FLAT_DT);
}

/* The image is a Linux kernel, which has a header of its own. */
static inline bool image_is_linux(const struct fit_image *image)
{
	return (image->type == FIT_TYPE_KERNEL || image->type == FIT_TYPE_KERNEL_NOLOAD) &&
	       image->os == FIT_OS_LINUX;
}
