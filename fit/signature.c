/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes a configuration's signature covers, and whether it is one by the right keys. */
#include "fit/signature.h"

#include <libfdt.h>

#include "fit/internal.h"
#include "fit/tree.h"
#include "lib/bits.h"
#include "lib/string.h"

/* What a signature node says. */
struct signature {
	int node;
	const char *name;
	enum hash_algorithm hash;
	enum fit_padding padding;
	uint16_t bits; /* of the keys that it may be by, see struct fit_key */
	const uint8_t *value;
	uint32_t strings_size;
};

/* --- What is covered ------------------------------------------------------------------------ */

/* What of a node is covered. Its data properties never are. */
enum cover {
	NOTHING,
	EDGES, /* its name, and that it ends: a subnode of one that is covered with all */
	ALL,
};

struct walk {
	const void *tree;
	int configuration;
	int images;
	enum cover covers[TREE_MAX_DEPTH + 1]; /* of the open nodes; what the root lies in: NOTHING */
	int nodes[TREE_MAX_DEPTH + 1];
	unsigned int depth;
};

/* The configuration names the image, in whatever property. */
static bool names_image(const struct walk *walk, const char *image)
{
	static const char not_images[] = "description\0compatible\0default\0bootargs\0cmdline";
	int property;

	fdt_for_each_property_offset (property, walk->tree, walk->configuration) {
		const char *name;
		int size;
		const char *list = fdt_getprop_by_offset(walk->tree, property, &name, &size);

		if (list && !fit_list_has(not_images, sizeof(not_images), name) &&
		    fit_list_has(list, (size_t)size, image))
			return true;
	}
	return false;
}

static enum cover cover_of(const struct walk *walk, int node)
{
	const char *name = fdt_get_name(walk->tree, node, NULL);
	enum cover of_parent = walk->covers[walk->depth];
	int parent = walk->nodes[walk->depth];

	if (walk->depth == 0 || node == walk->configuration)
		return ALL;
	if (walk->depth == 2 && parent == walk->images && names_image(walk, name))
		return ALL;
	if (walk->depth == 3 && of_parent == ALL && parent != walk->configuration &&
	    (has_prefix(name, "hash") || !strcmp(name, "cipher") || !strcmp(name, "dm-verity")))
		return ALL;
	return of_parent == ALL ? EDGES : NOTHING;
}

static bool is_covered_property(const struct walk *walk, int property)
{
	static const char not_covered[] = "data\0data-size\0data-position\0data-offset";
	const char *name;

	return walk->covers[walk->depth] == ALL &&
	       fdt_getprop_by_offset(walk->tree, property, &name, NULL) &&
	       !fit_list_has(not_covered, sizeof(not_covered), name);
}

static bool step(struct walk *walk, uint32_t token, int offset)
{
	switch (token) {
	case FDT_BEGIN_NODE:
		walk->covers[walk->depth + 1] = cover_of(walk, offset);
		walk->nodes[++walk->depth] = offset;
		return walk->covers[walk->depth] != NOTHING;
	case FDT_END_NODE:
		return walk->covers[walk->depth--] != NOTHING;
	case FDT_PROP:
		return is_covered_property(walk, offset);
	case FDT_NOP:
		return walk->covers[walk->depth] == ALL;
	default:
		return true; /* the end */
	}
}

void signature_digest(const struct fit *fit, int configuration, uint32_t strings_size,
		      enum hash_algorithm algorithm, uint8_t digest[HASH_MAX_SIZE])
{
	const uint8_t *tree = fit->tree;
	const uint8_t *structure = tree + fdt_off_dt_struct(tree);
	struct walk walk = {
		.tree = tree,
		.configuration = configuration,
		.images = fdt_subnode_offset(tree, 0, "images"),
	};
	struct hasher hasher;
	uint32_t token;
	int offset = 0, next;

	hasher_start(&hasher, BIT(algorithm));
	do {
		token = fdt_next_tag(tree, offset, &next);
		if (step(&walk, token, offset))
			hasher_update(&hasher, structure + offset, (size_t)(next - offset));
		offset = next;
	} while (token != FDT_END);
	hasher_update(&hasher, tree + fdt_off_dt_strings(tree), strings_size);
	hasher_result(&hasher, algorithm, digest);
}

/* --- What a signature node says ------------------------------------------------------------- */

/* "sha256,rsa2048": the hash, then the kind and size of the key. */
static bool parse_algorithm(const char *text, struct signature *signature)
{
	static const struct {
		char name[9];
		uint16_t bits;
	} keys[] = {
		{ "rsa2048", 2048 }, { "rsa3072", 3072 }, { "rsa4096", 4096 },
		{ "ecdsa256", 256 }, { "ecdsa384", 384 },
	};
	const char *comma = strchr(text, ',');
	char hash[8] = "";

	if (!comma || comma - text >= (ptrdiff_t)sizeof(hash))
		return false;
	memcpy(hash, text, (size_t)(comma - text));
	signature->hash = hash_by_name(hash);
	if (signature->hash == HASH_COUNT)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(comma + 1, keys[i].name))
			signature->bits = keys[i].bits;
	}
	return signature->bits && hash_is_strong(signature->hash);
}

static enum err read_algorithm(struct fit *fit, const char *configuration,
			       struct signature *signature)
{
	const char *algo, *padding;
	enum err err = fit_string(fit, signature->node, "algo", 0, &algo);

	if (!err)
		err = fit_string(fit, signature->node, "padding", 0, &padding);
	if (err)
		return err;
	if (!algo || !parse_algorithm(algo, signature))
		return fit_fail(fit, ERR_FIT_SIGNATURE_ALGORITHM,
				"configurations/%s/%s: algo \"%s\" is unknown or too weak",
				configuration, signature->name, algo ? algo : "");
	if (padding && !strcmp(padding, "pss"))
		signature->padding = FIT_PADDING_PSS;
	else if (padding && strcmp(padding, "pkcs-1.5"))
		return fit_fail(fit, ERR_FIT_SIGNATURE_ALGORITHM,
				"configurations/%s/%s: unknown padding \"%s\"", configuration,
				signature->name, padding);
	return ERR_OK;
}

static enum err read_signature(struct fit *fit, const char *configuration,
			       struct signature *signature)
{
	int node = signature->node, size;
	const uint8_t *strings;
	enum err err = read_algorithm(fit, configuration, signature);

	if (err)
		return err;
	signature->value = fdt_getprop(fit->tree, node, "value", &size);
	if (!signature->value || size != signature->bits / 8 * (signature->bits < 1024 ? 2 : 1))
		return fit_fail(fit, ERR_FIT_SIGNATURE_NODE,
				"configurations/%s/%s: its value is not a signature of its algo",
				configuration, signature->name);
	strings = fdt_getprop(fit->tree, node, "hashed-strings", &size);
	if (!strings || size != 8 || load_be32(strings) ||
	    load_be32(strings + 4) > fdt_size_dt_strings(fit->tree))
		return fit_fail(fit, ERR_FIT_SIGNATURE_NODE,
				"configurations/%s/%s: its hashed-strings lie outside of the block",
				configuration, signature->name);
	signature->strings_size = load_be32(strings + 4);
	return ERR_OK;
}

static bool is_by(const struct fit *fit, int configuration, const struct signature *signature,
		  const struct fit_key *key)
{
	uint8_t digest[HASH_MAX_SIZE];

	if (signature->bits != key->bits)
		return false;
	signature_digest(fit, configuration, signature->strings_size, signature->hash, digest);
	return key->bits < 1024 ? ecdsa_verify(key, signature->hash, digest, signature->value)
				: rsa_verify(key, signature->padding, signature->hash, digest,
					     signature->value);
}

/* --- Whether they are what is demanded ------------------------------------------------------ */

/* One of the signatures is by @key. */
static enum err check_key(struct fit *fit, int configuration, const struct fit_key *key)
{
	const char *name = fdt_get_name(fit->tree, configuration, NULL);
	enum err bad = ERR_OK;
	unsigned int count = 0;
	int node;

	fdt_for_each_subnode (node, fit->tree, configuration) {
		struct signature signature = {
			.node = node,
			.name = fdt_get_name(fit->tree, node, NULL),
		};
		enum err err;

		if (!has_prefix(signature.name, "signature"))
			continue;
		if (count++ == FIT_MAX_SIGNATURES)
			return fit_fail(fit, ERR_FIT_SIGNATURE_NODE,
					"configurations/%s: more than %d signatures", name,
					FIT_MAX_SIGNATURES);
		err = read_signature(fit, name, &signature);
		if (err)
			bad = err;
		else if (is_by(fit, configuration, &signature, key))
			return ERR_OK;
	}
	/* A signature that could not even be tried has said why. */
	return bad ? bad
		   : fit_fail(fit, ERR_FIT_SIGNATURE,
			      "configurations/%s: none of its %u signatures is right and by key %s",
			      name, count, key->name);
}

static bool has_signature(const struct fit *fit, int parent)
{
	int node;

	fdt_for_each_subnode (node, fit->tree, parent) {
		if (has_prefix(fdt_get_name(fit->tree, node, NULL), "signature"))
			return true;
	}
	return false;
}

static enum err not_signed(struct fit *fit, int configuration)
{
	const char *name = fdt_get_name(fit->tree, configuration, NULL);
	int images = fdt_subnode_offset(fit->tree, 0, "images"), image;

	fdt_for_each_subnode (image, fit->tree, images) {
		if (has_signature(fit, image))
			return fit_fail(fit, ERR_FIT_IMAGE_SIGNED,
					"configurations/%s: is not signed; signatures of images do "
					"not count",
					name);
	}
	return fit_fail(fit, ERR_FIT_NOT_SIGNED, "configurations/%s: is not signed", name);
}

enum err signature_check(struct fit *fit, int configuration, const struct fit_keys *keys,
			 const char **signer)
{
	enum err err = ERR_FIT_NO_KEYS;

	*signer = NULL;
	if (keys && keys->err)
		err = keys->err;
	if (!keys || !keys->count)
		return fit_fail(fit, err, "%s", err_text(err));
	if (!has_signature(fit, configuration))
		return not_signed(fit, configuration);
	for (unsigned int i = 0; i < keys->count; i++) {
		err = check_key(fit, configuration, &keys->keys[i]);
		if (!err && !*signer)
			*signer = keys->keys[i].name;
		if (keys->any ? !err : err)
			break;
	}
	return err;
}
