/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a FIT, read through a small window and checked on the way (Devicetree Specification
 * v0.4, chapter 5, and stricter). What comes out is a tree that libfdt can use, and all that is
 * ever looked at; it is small also when the data of the images is embedded, because the value of
 * each property `data` is replaced by where it is: struct tree_data. Nothing else changes, and the
 * strings block stays as it is.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fit/fit.h"

#define TREE_MAX_DEPTH 4 /* /images/<image>/<hash> is the deepest that a FIT has */
#define TREE_MAX_NAME 127

/* The value of `data` in a tree that was read; big-endian and packed, as cells are. */
struct tree_data {
	uint8_t position[8]; /* in the source */
	uint8_t size[8];
};

/*
 * Reads the tree into @buffer (8-byte aligned). Accepted is: version 17; blocks in order, apart,
 * and inside totalsize; one root, without a name; nodes at most TREE_MAX_DEPTH deep; names that are
 * printable, not too long, without '@' and '/', unique among siblings, like those of a node's
 * properties; properties before subnodes; nothing after the end.
 */
enum err tree_read(struct fit *fit, void *buffer, size_t capacity);
