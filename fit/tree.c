/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads, checks and condenses the tree of a FIT in one pass. */
#include "fit/tree.h"

#include <libfdt.h>
#include <stdbool.h>

#include "fit/internal.h"
#include "lib/bits.h"
#include "lib/message.h"
#include "lib/string.h"

#define FDT_VERSION 17
#define HEADER_SIZE sizeof(struct fdt_header)
#define RESERVE_END_SIZE sizeof(struct fdt_reserve_entry)
#define STRUCTURE_START (HEADER_SIZE + RESERVE_END_SIZE) /* of a condensed tree */
#define WINDOW_SIZE SOURCE_ALIGN

/* An open node: where its first property and subnode are in the output; 0: none yet. */
struct level {
	uint32_t properties;
	uint32_t subnodes;
};

struct reader {
	struct fit *fit;

	/* The structure block as a stream; each byte of it is taken once. */
	uint64_t at;  /* in the source, never beyond ... */
	uint64_t end; /* of the block */
	uint8_t *window;
	uint64_t window_start;
	uint64_t window_end;

	/* The condensed tree: [0, used) is written, what follows up to limit is free. */
	uint8_t *out;
	uint32_t used;
	uint32_t limit;
	const char *strings;
	uint32_t strings_size;

	struct level levels[TREE_MAX_DEPTH];
	unsigned int depth; /* nodes that are open */
	bool has_root;
};

static enum err damaged(struct reader *r, const char *what)
{
	return fit_fail(r->fit, ERR_FIT_STRUCTURE, "structure block: %s, at byte 0x%lx of the FIT",
			what, r->at);
}

static enum err fill_window(struct reader *r)
{
	enum err err;

	r->window_start = align_down(r->at, WINDOW_SIZE);
	r->window_end = MIN(r->window_start + WINDOW_SIZE, r->end);
	err = source_read(r->fit->source, r->window_start, r->window,
			  r->window_end - r->window_start);
	if (err)
		return fit_fail(r->fit, err, "cannot read the structure block: %s", err_text(err));
	return ERR_OK;
}

/* Moves the next @length bytes of the structure block to the output. */
static enum err take(struct reader *r, uint64_t length)
{
	if (length > r->end - r->at)
		return damaged(r, MESSAGE("it ends within a node"));
	if (length > r->limit - r->used)
		return fit_fail(r->fit, ERR_FIT_TOO_LARGE,
				"the tree without image data does not fit into the %u bytes for it",
				r->limit + r->strings_size);
	while (length) {
		size_t part;

		if (r->at < r->window_start || r->at >= r->window_end) {
			enum err err = fill_window(r);

			if (err)
				return err;
		}
		part = MIN(length, r->window_end - r->at);
		memcpy(r->out + r->used, r->window + (r->at - r->window_start), part);
		r->at += part;
		r->used += (uint32_t)part;
		length -= part;
	}
	return ERR_OK;
}

static enum err skip(struct reader *r, uint64_t length)
{
	if (length > r->end - r->at)
		return damaged(r, MESSAGE("a property goes on beyond its end"));
	r->at += length;
	return ERR_OK;
}

/* Names end in a NUL somewhere in the output or the strings block. */
static enum err check_name(struct reader *r, const char *name)
{
	size_t length = strnlen(name, TREE_MAX_NAME + 1);

	if (!length || length > TREE_MAX_NAME)
		return fit_fail(r->fit, ERR_FIT_NAME,
				"a name is empty or longer than %d, at byte 0x%lx of the FIT",
				TREE_MAX_NAME, r->at);
	for (size_t i = 0; i < length; i++) {
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '@' || name[i] == '/')
			return fit_fail(r->fit, ERR_FIT_NAME,
					"a name has the character 0x%02x, at byte 0x%lx of the FIT",
					(uint8_t)name[i], r->at);
	}
	return ERR_OK;
}

static const char *property_name(const struct reader *r, uint32_t token)
{
	return r->strings + load_be32(r->out + token + 8);
}

/* The token after the one at @token in the output. */
static uint32_t next_token(const struct reader *r, uint32_t token)
{
	const uint8_t *p = r->out + token;

	switch (load_be32(p)) {
	case FDT_BEGIN_NODE:
		return token + 4 + (uint32_t)align_up(strlen((const char *)p + 4) + 1, 4);
	case FDT_PROP:
		return token + 12 + (uint32_t)align_up(load_be32(p + 4), 4);
	default:
		return token + 4;
	}
}

static enum err check_unique_property(struct reader *r, uint32_t first, uint32_t token)
{
	const char *name = property_name(r, token);

	for (uint32_t t = first; t < token; t = next_token(r, t)) {
		if (load_be32(r->out + t) == FDT_PROP && !strcmp(property_name(r, t), name))
			return fit_fail(r->fit, ERR_FIT_DUPLICATE,
					"a node has the property %s twice", name);
	}
	return ERR_OK;
}

static enum err check_unique_node(struct reader *r, uint32_t first, uint32_t token)
{
	const char *name = (const char *)r->out + token + 4;
	unsigned int depth = 0;

	for (uint32_t t = first; t < token; t = next_token(r, t)) {
		switch (load_be32(r->out + t)) {
		case FDT_BEGIN_NODE:
			if (!depth++ && !strcmp((const char *)r->out + t + 4, name))
				return fit_fail(r->fit, ERR_FIT_DUPLICATE,
						"a node has the subnode %s twice", name);
			break;
		case FDT_END_NODE:
			depth--;
			break;
		}
	}
	return ERR_OK;
}

static enum err begin_node(struct reader *r, uint32_t token)
{
	struct level *parent = r->depth ? &r->levels[r->depth - 1] : NULL;
	const char *name = (const char *)r->out + token + 4;
	enum err err;

	if (!parent && r->has_root)
		return damaged(r, MESSAGE("there is a second root"));
	if (r->depth == TREE_MAX_DEPTH)
		return fit_fail(r->fit, ERR_FIT_DEPTH,
				"nodes are more than %d deep, at byte 0x%lx of the FIT",
				TREE_MAX_DEPTH, r->at);
	do {
		if (r->used - token > 4 + TREE_MAX_NAME)
			return fit_fail(r->fit, ERR_FIT_NAME,
					"a node's name is longer than %d, at byte 0x%lx of the FIT",
					TREE_MAX_NAME, r->at);
		err = take(r, 4);
		if (err)
			return err;
	} while (!memchr(r->out + r->used - 4, '\0', 4));

	r->levels[r->depth++] = (struct level){ 0 };
	if (!parent) {
		r->has_root = true;
		return *name ? damaged(r, MESSAGE("the root has a name")) : ERR_OK;
	}
	if (!parent->subnodes)
		parent->subnodes = token;
	err = check_name(r, name);
	return err ? err : check_unique_node(r, parent->subnodes, token);
}

static enum err property(struct reader *r, uint32_t token)
{
	struct level *node;
	uint32_t length;
	enum err err;

	if (!r->depth)
		return damaged(r, MESSAGE("a property lies outside of the root"));
	node = &r->levels[r->depth - 1];
	if (node->subnodes)
		return damaged(r, MESSAGE("a property comes after a subnode"));
	err = take(r, 8);
	if (err)
		return err;
	length = load_be32(r->out + token + 4);
	if (load_be32(r->out + token + 8) >= r->strings_size)
		return damaged(r, MESSAGE("a property's name lies outside of the strings block"));
	err = check_name(r, property_name(r, token));
	if (err)
		return err;
	if (!node->properties)
		node->properties = token;
	err = check_unique_property(r, node->properties, token);
	if (err)
		return err;

	if (strcmp(property_name(r, token), "data"))
		return take(r, align_up(length, 4));
	if (r->limit - r->used < sizeof(struct tree_data))
		return fit_fail(r->fit, ERR_FIT_TOO_LARGE, "%s", err_text(ERR_FIT_TOO_LARGE));
	fdt32_st(r->out + token + 4, sizeof(struct tree_data));
	fdt64_st(r->out + r->used, r->at);
	fdt64_st(r->out + r->used + 8, length);
	r->used += sizeof(struct tree_data);
	return skip(r, align_up(length, 4));
}

static enum err read_structure(struct reader *r)
{
	for (;;) {
		uint32_t token = r->used;
		enum err err = take(r, 4);

		if (err)
			return err;
		switch (load_be32(r->out + token)) {
		case FDT_BEGIN_NODE:
			err = begin_node(r, token);
			break;
		case FDT_END_NODE:
			if (!r->depth)
				return damaged(r, MESSAGE("a node ends that has not begun"));
			r->depth--;
			break;
		case FDT_PROP:
			err = property(r, token);
			break;
		case FDT_NOP:
			if (!r->depth)
				return damaged(r, MESSAGE("something lies outside of the root"));
			break;
		case FDT_END:
			if (r->depth || !r->has_root || r->at != r->end)
				return damaged(r, MESSAGE("it ends too early or too late"));
			return ERR_OK;
		default:
			return damaged(r, MESSAGE("unknown token"));
		}
		if (err)
			return err;
	}
}

/* Reads the header into @header and checks that it can be true. */
static enum err read_header(struct fit *fit, struct fdt_header *header)
{
	uint64_t source_size = fit->source->size ? fit->source->size : UINT64_MAX;
	uint64_t reserve, structure, strings, end;
	enum err err = source_read(fit->source, 0, header, HEADER_SIZE);

	if (err)
		return fit_fail(fit, err, "cannot read the header: %s", err_text(err));
	if (fdt_magic(header) != FDT_MAGIC)
		return fit_fail(fit, ERR_FIT_HEADER,
				"no FIT here: it starts with 0x%08x, not 0x%08x", fdt_magic(header),
				FDT_MAGIC);
	if (fdt_version(header) != FDT_VERSION || fdt_last_comp_version(header) > FDT_VERSION)
		return fit_fail(fit, ERR_FIT_HEADER, "header: version %u, expected %d",
				fdt_version(header), FDT_VERSION);

	reserve = fdt_off_mem_rsvmap(header);
	structure = fdt_off_dt_struct(header);
	strings = fdt_off_dt_strings(header);
	end = strings + fdt_size_dt_strings(header);
	if (reserve < HEADER_SIZE || reserve % 8 || reserve + RESERVE_END_SIZE > structure ||
	    structure % 4 || structure + fdt_size_dt_struct(header) > strings ||
	    end > fdt_totalsize(header))
		return fit_fail(fit, ERR_FIT_HEADER,
				"header: blocks overlap, are out of order or beyond the end");
	if (fdt_totalsize(header) > source_size)
		return fit_fail(fit, ERR_SOURCE_END,
				"the metadata has 0x%x bytes, but %s only 0x%lx",
				fdt_totalsize(header), fit->source->name, source_size);
	return ERR_OK;
}

/* Reads the strings block to the end of what is there for the tree, where it stays. */
static enum err read_strings(struct reader *r, uint64_t position)
{
	enum err err;

	if (r->strings_size > r->limit - STRUCTURE_START)
		return fit_fail(r->fit, ERR_FIT_TOO_LARGE,
				"the strings block has %u bytes; more than %lu do not fit",
				r->strings_size, r->limit - STRUCTURE_START);
	r->limit -= r->strings_size;
	err = source_read(r->fit->source, position, r->out + r->limit, r->strings_size);
	if (err)
		return fit_fail(r->fit, err, "cannot read the strings block: %s", err_text(err));
	r->strings = (const char *)r->out + r->limit;
	/* A NUL at its end ends all names in it. */
	if (!r->strings_size || r->strings[r->strings_size - 1])
		return fit_fail(r->fit, ERR_FIT_HEADER, "the strings block has no end");
	return ERR_OK;
}

enum err tree_read(struct fit *fit, void *buffer, size_t capacity)
{
	struct reader r = { .fit = fit, .out = buffer };
	struct fdt_header header;
	enum err err;

	if (capacity < STRUCTURE_START + WINDOW_SIZE || capacity > INT32_MAX)
		return fit_fail(fit, ERR_FIT_TOO_LARGE, "no memory is set aside for metadata");
	r.limit = (uint32_t)align_down(capacity - WINDOW_SIZE, 64);
	r.window = r.out + r.limit;

	err = read_header(fit, &header);
	if (err)
		return err;
	r.strings_size = fdt_size_dt_strings(&header);
	err = read_strings(&r, fdt_off_dt_strings(&header));
	if (err)
		return err;

	r.used = STRUCTURE_START;
	r.at = fdt_off_dt_struct(&header);
	r.end = r.at + fdt_size_dt_struct(&header);
	err = read_structure(&r);
	if (err)
		return err;

	fit->data_base = align_up(fdt_totalsize(&header), 4);
	fdt_set_totalsize(&header, r.limit + r.strings_size);
	fdt_set_off_mem_rsvmap(&header, HEADER_SIZE);
	fdt_set_off_dt_struct(&header, STRUCTURE_START);
	fdt_set_size_dt_struct(&header, r.used - STRUCTURE_START);
	fdt_set_off_dt_strings(&header, r.limit);
	memcpy(r.out, &header, HEADER_SIZE);
	memset(r.out + HEADER_SIZE, 0, RESERVE_END_SIZE);
	return ERR_OK;
}
