/* SPDX-License-Identifier: BSD-2-Clause */
/* The one-pass device tree reader. */
#include "lib/dt.h"

#include "lib/bits.h"
#include "lib/string.h"

#define DT_MAGIC 0xd00dfeed
#define DT_HEADER_SIZE 40
#define DT_VERSION 17

/* As they lie in memory: there are many, and none needs its bytes swapped. */
#define TOKEN_BEGIN_NODE 0x01000000
#define TOKEN_END_NODE 0x02000000
#define TOKEN_PROP 0x03000000
#define TOKEN_NOP 0x04000000
#define TOKEN_END 0x09000000

#define PROP_HEADER_SIZE 12 /* token, length, name offset */

/* Blocks are aligned to four bytes, so cells can be read whole. */
static inline uint32_t raw_cell(const uint8_t *p)
{
	return *(const uint32_t *)(const void *)p;
}

/* Written out: a compiler for a target without Zbb calls a function for __builtin_bswap32(). */
static inline uint32_t cell(const uint8_t *p)
{
	uint32_t x = raw_cell(p);

	x = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
	return x << 16 | x >> 16;
}

enum err dt_open(struct dt *dt, const void *blob, size_t max)
{
	const uint8_t *header = blob;
	uint32_t structure, strings;

	if (!blob || (uintptr_t)blob % 8 || max < DT_HEADER_SIZE || cell(header) != DT_MAGIC)
		return ERR_DT_HEADER;
	dt->total_size = cell(header + 4);
	structure = cell(header + 8);
	strings = cell(header + 12);
	dt->strings_size = cell(header + 32);
	dt->structure_size = cell(header + 36);

	if (cell(header + 20) < DT_VERSION || cell(header + 24) > DT_VERSION)
		return ERR_DT_HEADER;
	if (dt->total_size > max)
		return ERR_DT_TRUNCATED;
	if (structure % 4 || !range_inside(structure, dt->structure_size, 0, dt->total_size) ||
	    !range_inside(strings, dt->strings_size, 0, dt->total_size))
		return ERR_DT_HEADER;
	/* A NUL at the end of the block ends every name in it. */
	if (dt->strings_size && header[strings + dt->strings_size - 1])
		return ERR_DT_HEADER;

	dt->structure = header + structure;
	dt->strings = (const char *)header + strings;
	return ERR_OK;
}

/* Position in the structure block; never beyond @end. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static uint32_t peek(const struct cursor *c)
{
	return c->end - c->at < 4 ? TOKEN_END : raw_cell(c->at);
}

/* The next one that says something. */
static uint32_t next_token(struct cursor *c)
{
	uint32_t token;

	while ((token = peek(c)) == TOKEN_NOP)
		c->at += 4;
	return token;
}

/*
 * The properties of the node that is being visited: most are asked for several times. Other nodes,
 * copies of nodes, and properties that did not fit are looked for in the blob.
 */
#define INDEX_SIZE 32

static struct {
	const struct dt_node *node;
	unsigned int count; /* INDEX_SIZE: there may be more */
	struct {
		const char *name;
		const uint8_t *prop;
	} props[INDEX_SIZE];
} visited;

/* Where that name, the caller's and the tree's, was in the index: in nodes of a kind it is there again. */
#define RECALLED 16

static struct recollection {
	const char *asked, *name;
	unsigned int index;
} recalled[RECALLED];

static void note_prop(const char *name, const uint8_t *prop)
{
	if (visited.count == INDEX_SIZE)
		return;
	visited.props[visited.count].name = name;
	visited.props[visited.count].prop = prop;
	visited.count++;
}

/* Passes over a node's properties and notes its cell counts on the way. */
static enum err pass_props(struct dt_node *node, struct cursor *c)
{
	const struct dt *dt = node->dt;

	node->first_prop = c->at;
	node->address_cells = 2;
	node->size_cells = 1;
	visited.node = node;
	visited.count = 0;
	while (next_token(c) == TOKEN_PROP) {
		size_t left = (size_t)(c->end - c->at);
		uint32_t length, name;
		const char *text;

		if (left < PROP_HEADER_SIZE)
			return ERR_DT_STRUCTURE;
		length = cell(c->at + 4);
		name = cell(c->at + 8);
		left -= PROP_HEADER_SIZE;
		if (length > left || align_up(length, 4) > left || name >= dt->strings_size)
			return ERR_DT_STRUCTURE;
		text = dt->strings + name;
		note_prop(text, c->at);
		if (text[0] == '#' && length == 4) {
			uint32_t value = cell(c->at + PROP_HEADER_SIZE);
			bool address = !strcmp(text, "#address-cells");

			if (address || !strcmp(text, "#size-cells")) {
				if (value > 4)
					return ERR_DT_STRUCTURE;
				*(address ? &node->address_cells : &node->size_cells) =
					(uint8_t)value;
			}
		}
		c->at += PROP_HEADER_SIZE + align_up(length, 4);
	}
	/* A token ends the list: dt_prop() relies on it. */
	return c->end - c->at >= 4 ? ERR_OK : ERR_DT_STRUCTURE;
}

static enum err open_node(struct dt_node *node, const struct dt_node *parent, const struct dt *dt,
			  struct cursor *c)
{
	size_t left = (size_t)(c->end - c->at) - 4;
	size_t length;

	node->dt = dt;
	node->parent = parent;
	node->depth = parent ? (uint8_t)(parent->depth + 1) : 0;
	node->offset = (uint32_t)(c->at - dt->structure);
	node->name = (const char *)c->at + 4;
	length = strnlen(node->name, left);
	if (length >= left || align_up(length + 1, 4) > left)
		return ERR_DT_STRUCTURE;
	c->at += 4 + align_up(length + 1, 4);
	return pass_props(node, c);
}

static __attribute__((noinline)) enum err walk(const struct dt *dt, dt_visit_fn visit,
					       void *context)
{
	struct dt_node stack[DT_MAX_DEPTH];
	struct cursor c = { dt->structure, dt->structure + dt->structure_size };
	int depth = 0;

	do {
		enum err err;

		switch (next_token(&c)) {
		case TOKEN_BEGIN_NODE:
			if (depth == DT_MAX_DEPTH)
				return ERR_DT_DEPTH;
			err = open_node(&stack[depth], depth ? &stack[depth - 1] : NULL, dt, &c);
			if (!err)
				err = visit(&stack[depth], context);
			if (err)
				return err;
			depth++;
			break;
		case TOKEN_END_NODE:
			if (!depth)
				return ERR_DT_STRUCTURE;
			c.at += 4;
			depth--;
			break;
		default:
			return ERR_DT_STRUCTURE;
		}
	} while (depth);
	return next_token(&c) == TOKEN_END && c.end - c.at >= 4 ? ERR_OK : ERR_DT_STRUCTURE;
}

enum err dt_walk(const struct dt *dt, dt_visit_fn visit, void *context)
{
	enum err err;

	memset(recalled, 0, sizeof(recalled));
	err = walk(dt, visit, context);
	visited.node = NULL;
	return err;
}

void dt_node_at(const struct dt *dt, uint32_t offset, struct dt_node *node)
{
	const char *name = (const char *)dt->structure + offset + 4;

	*node = (struct dt_node){
		.dt = dt,
		.name = name,
		.offset = offset,
		.first_prop = (const uint8_t *)name + align_up(strlen(name) + 1, 4),
	};
}

static const uint8_t *find_in_index(const char *name)
{
	struct recollection *last = &recalled[(uintptr_t)name / 8 % RECALLED];

	if (last->asked == name && last->index < visited.count &&
	    visited.props[last->index].name == last->name)
		return visited.props[last->index].prop;
	for (unsigned int i = 0; i < visited.count; i++) {
		const char *text = visited.props[i].name;

		if (text[0] == name[0] && !strcmp(text, name)) {
			*last = (struct recollection){ name, text, i };
			return visited.props[i].prop;
		}
	}
	return NULL;
}

/* walk() has checked the properties of a node before anybody sees it. */
static const uint8_t *find_in_blob(const struct dt_node *node, const char *name)
{
	const uint8_t *p = node->first_prop;

	for (;;) {
		uint32_t token = raw_cell(p);
		const char *text;

		if (token == TOKEN_NOP) {
			p += 4;
			continue;
		}
		if (token != TOKEN_PROP)
			return NULL;
		text = node->dt->strings + cell(p + 8);
		if (text[0] == name[0] && !strcmp(text, name))
			return p;
		p += PROP_HEADER_SIZE + align_up(cell(p + 4), 4);
	}
}

const void *dt_prop(const struct dt_node *node, const char *name, uint32_t *length)
{
	bool indexed = node == visited.node && visited.count < INDEX_SIZE;
	const uint8_t *prop = indexed ? find_in_index(name) : find_in_blob(node, name);

	if (!prop)
		return NULL;
	if (length)
		*length = cell(prop + 4);
	return prop + PROP_HEADER_SIZE;
}

bool dt_has_prop(const struct dt_node *node, const char *name)
{
	return dt_prop(node, name, NULL);
}

bool dt_prop_u32(const struct dt_node *node, const char *name, uint32_t *value)
{
	uint32_t length;
	const uint8_t *p = dt_prop(node, name, &length);

	if (!p || length != 4)
		return false;
	*value = cell(p);
	return true;
}

bool dt_prop_number(const struct dt_node *node, const char *name, uint64_t *value)
{
	uint32_t length;
	const uint8_t *p = dt_prop(node, name, &length);

	if (!p || (length != 4 && length != 8))
		return false;
	*value = length == 4 ? cell(p) : load_be64(p);
	return true;
}

const char *dt_prop_string(const struct dt_node *node, const char *name)
{
	uint32_t length;
	const char *text = dt_prop(node, name, &length);

	return text && length && !text[length - 1] ? text : NULL;
}

bool dt_prop_has_string(const struct dt_node *node, const char *name, const char *string)
{
	uint32_t length;
	const char *text = dt_prop(node, name, &length);

	if (!text || !length || text[length - 1])
		return false;
	for (const char *end = text + length; text < end; text += strlen(text) + 1) {
		if (!strcmp(text, string))
			return true;
	}
	return false;
}

bool dt_is_compatible(const struct dt_node *node, const char *compatible)
{
	return dt_prop_has_string(node, "compatible", compatible);
}

int dt_match(const struct dt_node *node, const char *const *list)
{
	uint32_t length;
	const char *text = dt_prop(node, "compatible", &length);
	int first = -1;

	if (!text || !length || text[length - 1])
		return -1;
	for (const char *end = text + length; text < end; text += strlen(text) + 1) {
		for (int i = 0; list[i] && (first < 0 || i < first); i++) {
			if (!strcmp(text, list[i]))
				first = i;
		}
	}
	return first;
}

bool dt_is_enabled(const struct dt_node *node)
{
	const char *status;

	if (!dt_has_prop(node, "status"))
		return true;
	status = dt_prop_string(node, "status");
	return status && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

bool dt_name_is(const struct dt_node *node, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(node->name, name, length) &&
	       (node->name[length] == '\0' || node->name[length] == '@');
}

uint32_t dt_phandle(const struct dt_node *node)
{
	uint32_t phandle = 0;

	if (!dt_prop_u32(node, "phandle", &phandle))
		dt_prop_u32(node, "linux,phandle", &phandle);
	return phandle;
}

/* A number of @cells cells; only PCI has more than two, and its upper cell is not an address. */
static uint64_t read_cells(const uint8_t *p, unsigned int cells)
{
	switch (cells) {
	case 0:
		return 0;
	case 1:
		return cell(p);
	default:
		return load_be64(p + (cells - 2) * 4);
	}
}

enum err dt_reg_raw(const struct dt_node *node, unsigned int index, uint64_t *address,
		    uint64_t *size)
{
	unsigned int ac = node->parent ? node->parent->address_cells : 2;
	unsigned int sc = node->parent ? node->parent->size_cells : 1;
	unsigned int stride = (ac + sc) * 4;
	uint32_t length;
	const uint8_t *p = dt_prop(node, "reg", &length);

	if (!p || !stride || index >= length / stride)
		return ERR_NOT_FOUND;
	p += (size_t)index * stride;
	*address = read_cells(p, ac);
	*size = read_cells(p + ac * 4, sc);
	return *address + *size < *address && *address + *size ? ERR_RANGE : ERR_OK;
}

/* Maps an address range on @bus to the bus above it. */
static enum err translate(const struct dt_node *bus, uint64_t *address, uint64_t size)
{
	unsigned int child = bus->address_cells, parent = bus->parent->address_cells;
	unsigned int stride = (child + parent + bus->size_cells) * 4;
	uint32_t length;
	const uint8_t *p = dt_prop(bus, "ranges", &length);

	if (!p)
		return ERR_RANGE;
	if (!length)
		return ERR_OK;
	if (!stride)
		return ERR_RANGE;
	for (; length >= stride; length -= stride, p += stride) {
		uint64_t from = read_cells(p, child);
		uint64_t to = read_cells(p + child * 4, parent);
		uint64_t extent = read_cells(p + (child + parent) * 4, bus->size_cells);

		if (range_inside(*address, size, from, extent)) {
			*address += to - from;
			return ERR_OK;
		}
	}
	return ERR_RANGE;
}

enum err dt_translate(const struct dt_node *bus, uint64_t *address, uint64_t size)
{
	enum err err = ERR_OK;

	for (; !err && bus && bus->parent; bus = bus->parent)
		err = translate(bus, address, size);
	if (!err && *address + size < *address && *address + size)
		err = ERR_RANGE;
	return err;
}

enum err dt_reg(const struct dt_node *node, unsigned int index, uint64_t *address, uint64_t *size)
{
	enum err err = dt_reg_raw(node, index, address, size);

	return err ? err : dt_translate(node->parent, address, *size);
}

void dt_path_of(const struct dt_node *node, struct dt_path *path)
{
	path->depth = node->depth;
	for (; node->parent; node = node->parent)
		path->names[node->depth - 1] = node->name;
}

bool dt_path_is(const struct dt_path *path, const char *text)
{
	for (unsigned int i = 0; i < path->depth; i++) {
		size_t length = strlen(path->names[i]);

		if (*text++ != '/' || strncmp(text, path->names[i], length))
			return false;
		text += length;
	}
	return path->depth && (*text == '\0' || *text == ':');
}
