/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys in a control device tree, as `mkimage -K -r` puts them there. */
#include <libfdt.h>

#include "fit/signature.h"
#include "lib/bits.h"
#include "lib/string.h"

/* The property, if it has exactly @size bytes. */
static const uint8_t *bytes(const void *dtb, int node, const char *property, size_t size)
{
	int length;
	const uint8_t *value = fdt_getprop(dtb, node, property, &length);

	return value && (size_t)length == size ? value : NULL;
}

static bool text_is(const void *dtb, int node, const char *property, const char *text)
{
	const char *value = fdt_stringlist_get(dtb, node, property, 0, NULL);

	return value && !strcmp(value, text);
}

static enum err read_rsa(const void *dtb, int node, struct fit_key *key)
{
	const uint8_t *bits = bytes(dtb, node, "rsa,num-bits", 4);
	const uint8_t *exponent = bytes(dtb, node, "rsa,exponent", sizeof(key->exponent));

	if (!bits || !exponent)
		return ERR_FIT_KEYS;
	key->bits = load_be16(bits + 2);
	if (load_be16(bits) || (key->bits != 2048 && key->bits != 3072 && key->bits != 4096))
		return ERR_FIT_KEYS;
	memcpy(key->exponent, exponent, sizeof(key->exponent));
	key->modulus = bytes(dtb, node, "rsa,modulus", key->bits / 8);
	return key->modulus ? ERR_OK : ERR_FIT_KEYS;
}

static enum err read_ec(const void *dtb, int node, struct fit_key *key)
{
	size_t size;
	const uint8_t *x, *y;

	key->bits = text_is(dtb, node, "ecdsa,curve", "prime256v1") ? 256
		  : text_is(dtb, node, "ecdsa,curve", "secp384r1")  ? 384
								    : 0;
	size = key->bits / 8;
	x = bytes(dtb, node, "ecdsa,x-point", size);
	y = bytes(dtb, node, "ecdsa,y-point", size);
	if (!size || !x || !y)
		return ERR_FIT_KEYS;
	key->point[0] = 4;
	memcpy(key->point + 1, x, size);
	memcpy(key->point + 1 + size, y, size);
	return ERR_OK;
}

static enum err read_key(const void *dtb, int node, struct fit_key *key)
{
	const char *name = fdt_get_name(dtb, node, NULL);

	*key = (struct fit_key){ 0 };
	if (!strncmp(name, "key-", 4))
		name += 4;
	memcpy(key->name, name, strnlen(name, sizeof(key->name) - 1));
	return fdt_getprop(dtb, node, "ecdsa,curve", NULL) ? read_ec(dtb, node, key)
							   : read_rsa(dtb, node, key);
}

enum err keys_from_dtb(const void *dtb, struct fit_keys *keys)
{
	static struct fit_key found[FIT_MAX_KEYS];
	int parent = dtb ? fdt_subnode_offset(dtb, 0, "signature") : -1, node;

	*keys = (struct fit_keys){ .keys = found };
	if (parent < 0)
		return ERR_FIT_NO_KEYS;
	keys->any = text_is(dtb, parent, "required-mode", "any");
	fdt_for_each_subnode (node, dtb, parent) {
		enum err err = ERR_FIT_KEYS;

		if (!text_is(dtb, node, "required", "conf"))
			continue;
		if (keys->count < FIT_MAX_KEYS)
			err = read_key(dtb, node, &found[keys->count]);
		if (err) {
			keys->count = 0;
			return keys->err = err;
		}
		keys->count++;
	}
	return keys->count ? ERR_OK : ERR_FIT_NO_KEYS;
}
