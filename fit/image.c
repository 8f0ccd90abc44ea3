/* SPDX-License-Identifier: BSD-2-Clause */
/* One image on its way: read straight to its destination, hashed in the same pass. */
#include <libfdt.h>

#include "fit/hash.h"
#include "fit/internal.h"
#include "lib/bits.h"
#include "lib/meanwhile.h"
#include "lib/string.h"

#define CHUNK_SIZE 0x10000 /* what is hashed is still in the cache */

/* What has been read and not been hashed yet. */
struct piece {
	struct hasher *hasher;
	const uint8_t *data;
	size_t size;
};

/* The algorithm and the value that a hash node tells; hash_size() bytes. */
static enum err read_hash_node(struct fit *fit, const struct fit_image *image, int node,
			       enum hash_algorithm *algorithm, const uint8_t **value)
{
	const char *name = fdt_get_name(fit->tree, node, NULL), *algo;
	enum err err = fit_string(fit, node, "algo", 0, &algo);
	int size;

	if (err)
		return err;
	*algorithm = hash_by_name(algo ? algo : "");
	if (*algorithm == HASH_COUNT)
		return fit_fail(fit, ERR_FIT_HASH_NODE, "images/%s/%s: unknown algo \"%s\"",
				image->name, name, algo ? algo : "");
	if (fdt_getprop(fit->tree, node, "uboot-ignore", NULL))
		return fit_fail(fit, ERR_FIT_IGNORE, "images/%s/%s: uboot-ignore is not obeyed",
				image->name, name);
	*value = fdt_getprop(fit->tree, node, "value", &size);
	if (!*value || (size_t)size != hash_size(*algorithm))
		return fit_fail(fit, ERR_FIT_HASH_NODE, "images/%s/%s: its value is not %lu bytes",
				image->name, name, hash_size(*algorithm));
	return ERR_OK;
}

/* Only hashes that nobody can make an image for are worth a signature. */
static enum err require_strong(struct fit *fit, struct fit_image *image)
{
	unsigned int strong = 0;

	for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
		if (image->hashes & BIT(a) && hash_is_strong(a))
			strong |= BIT(a);
	}
	if (!strong)
		return fit_fail(fit, ERR_FIT_WEAK_HASH, "images/%s: %s", image->name,
				image->hashes ? MESSAGE("all its hashes are weak; sha256 would do")
					      : MESSAGE("has no hash; sha256 would do"));
	image->hashes = strong;
	return ERR_OK;
}

enum err image_find_hashes(struct fit *fit, struct fit_image *image, enum fit_verify verify)
{
	int node;

	if (verify == FIT_VERIFY_OFF)
		return ERR_OK;
	fdt_for_each_subnode (node, fit->tree, image->node) {
		const char *name = fdt_get_name(fit->tree, node, NULL);
		enum hash_algorithm algorithm;
		const uint8_t *value;
		enum err err;

		if (has_prefix(name, "signature"))
			continue;
		/* What is not known may be a hash with a damaged name. */
		if (!has_prefix(name, "hash"))
			return fit_fail(fit, ERR_FIT_HASH_NODE, "images/%s/%s: unknown node",
					image->name, name);
		err = read_hash_node(fit, image, node, &algorithm, &value);
		if (err)
			return err;
		image->hashes |= BIT(algorithm);
	}
	return verify == FIT_VERIFY_SIGNED ? require_strong(fit, image) : ERR_OK;
}

static enum err check_hashes(struct fit *fit, const struct fit_image *image,
			     const struct hasher *hasher)
{
	int node;

	fdt_for_each_subnode (node, fit->tree, image->node) {
		uint8_t result[HASH_MAX_SIZE];
		enum hash_algorithm algorithm;
		const uint8_t *value;
		enum err err;

		if (!has_prefix(fdt_get_name(fit->tree, node, NULL), "hash"))
			continue;
		err = read_hash_node(fit, image, node, &algorithm, &value);
		if (err)
			return err;
		if (!(image->hashes & BIT(algorithm)))
			continue;
		hasher_result(hasher, algorithm, result);
		if (memcmp(result, value, hash_size(algorithm)))
			return fit_fail(fit, ERR_FIT_HASH, "images/%s: %s mismatch", image->name,
					hash_name(algorithm));
	}
	return ERR_OK;
}

static void hash_piece(void *context)
{
	const struct piece *piece = context;

	hasher_update(piece->hasher, piece->data, piece->size);
}

/*
 * In pieces that end where a block device likes it; each is hashed while the next is read: by @hasher,
 * or by another hart.
 */
static enum err read_data(struct fit *fit, const struct hash_crew *crew,
			  const struct fit_image *image, uint8_t *destination,
			  struct hasher *hasher)
{
	struct piece piece = { hasher, destination, 0 };
	bool pending = image_is_pending(image);
	uint64_t done = 0;

	while (done < image->size) {
		uint64_t position = image->position + done;
		size_t part = MIN(image->size - done, CHUNK_SIZE - position % CHUNK_SIZE);
		enum err err;

		if (!pending)
			meanwhile(hash_piece, &piece);
		err = source_read(fit->source, position, destination + done, part);
		meanwhile_run(); /* nothing had to be waited for */
		if (err)
			return fit_fail(fit, err, "images/%s: cannot read at 0x%lx: %s",
					image->name, position, err_text(err));
		piece.data = destination + done;
		piece.size = part;
		done += part;
		if (pending)
			crew->advance(image->job, done);
	}
	if (!pending)
		hash_piece(&piece);
	return ERR_OK;
}

/* What has failed by @err, or now does, is wiped. */
static enum err judge(struct fit *fit, const struct fit_image *image, const struct hasher *hasher,
		      uint8_t *data, enum err err)
{
	if (!err && image->hashes)
		err = check_hashes(fit, image, hasher);
	if (err)
		memset(data, 0, image->size);
	return err;
}

enum err image_read(struct fit *fit, const struct hash_crew *crew, struct fit_image *image,
		    uint8_t *to)
{
	struct hasher hasher;
	enum err err;

	/* One that is read at once is hashed at once. */
	if (FIT_CREW && crew && image->hashes && image->size > CHUNK_SIZE)
		image->job = crew->begin(image->hashes, to);
	hasher_start(&hasher, image->hashes);
	err = read_data(fit, crew, image, to, &hasher);
	return image_is_pending(image) ? err : judge(fit, image, &hasher, to, err);
}

enum err image_finish(struct fit *fit, const struct hash_crew *crew, struct fit_image *image,
		      uint8_t *data, enum err err)
{
	const struct hasher *hasher = crew->end(image->job);
	struct hasher own;

	image->job = NULL;
	if (!hasher && !err) {
		hasher_start(&own, image->hashes);
		hasher_update(&own, data, image->size);
		hasher = &own;
	}
	return judge(fit, image, hasher, data, err);
}

__attribute__((noinline)) enum err image_unpack(struct fit *fit, struct fit_image *image,
						const uint8_t *data, uint8_t *to, uint64_t room)
{
	struct packed packed = { .data = data, .size = image->size, .to = to, .room = room };
	enum err err = image->decompressor->unpack(&packed);

	if (!err && !packed.unpacked)
		err = ERR_FIT_UNPACK;
	image->size = packed.unpacked;
	if (!err)
		return ERR_OK;
	memset(to, 0, room);
	return fit_fail(fit, err, "images/%s: %s: %s; 0x%lx bytes are free at 0x%lx", image->name,
			image->decompressor->name, err_text(err), room, image->load);
}

const void *fit_image_digest(const struct fit *fit, const struct fit_image *image,
			     const char **algorithm, size_t *size)
{
	const void *digest = NULL;
	enum hash_algorithm best = 0;
	int node;

	fdt_for_each_subnode (node, fit->tree, image->node) {
		const char *name = fdt_getprop(fit->tree, node, "algo", NULL);
		enum hash_algorithm this = name ? hash_by_name(name) : HASH_COUNT;

		if (!has_prefix(fdt_get_name(fit->tree, node, NULL), "hash") ||
		    this == HASH_COUNT || !(image->hashes & BIT(this)) || (digest && this < best))
			continue;
		best = this;
		digest = fdt_getprop(fit->tree, node, "value", NULL);
		*algorithm = hash_name(this);
		*size = hash_size(this);
	}
	return digest;
}
