/* SPDX-License-Identifier: BSD-2-Clause */
/* Editing the DTB that is handed over. */
#include "sbi/fdt_fixup.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"

#define TOKEN_BEGIN_NODE 1
#define TOKEN_END_NODE 2
#define TOKEN_PROP 3
#define TOKEN_NOP 4
#define PROP_HEADER_SIZE 12

#define HEADER_TOTALSIZE 4
#define HEADER_OFF_STRUCTURE 8
#define HEADER_OFF_STRINGS 12
#define HEADER_OFF_RESERVED 16
#define HEADER_SIZE_STRINGS 32
#define HEADER_SIZE_STRUCTURE 36

/* Insertions keep the alignment of every block. */
#define EDIT_ALIGN 8

#define NO_INTERRUPT 0xffffffff

/* Names of properties that are added; looking for those that are there would cost more. */
static const char new_strings[] = "status\0no-map\0reg\0ranges\0#address-cells\0#size-cells\0"
				  "firmware-version\0time-firmware-us\0time-next-us";
enum {
	NAME_STATUS = 0,
	NAME_NO_MAP = NAME_STATUS + sizeof("status"),
	NAME_REG = NAME_NO_MAP + sizeof("no-map"),
	NAME_RANGES = NAME_REG + sizeof("reg"),
	NAME_ADDRESS_CELLS = NAME_RANGES + sizeof("ranges"),
	NAME_SIZE_CELLS = NAME_ADDRESS_CELLS + sizeof("#address-cells"),
	NAME_FIRMWARE_VERSION = NAME_SIZE_CELLS + sizeof("#size-cells"),
	NAME_TIME_FIRMWARE = NAME_FIRMWARE_VERSION + sizeof("firmware-version"),
	NAME_TIME_NEXT = NAME_TIME_FIRMWARE + sizeof("time-firmware-us"),
};

static const char disabled[] = "disabled";

static void store_be32(void *p, uint32_t value)
{
	uint8_t *b = p;

	b[0] = (uint8_t)(value >> 24);
	b[1] = (uint8_t)(value >> 16);
	b[2] = (uint8_t)(value >> 8);
	b[3] = (uint8_t)value;
}

/* --- Noting places --- */

/* The property that begins at @p, or the token that ends the list. The walk has checked the list. */
static const uint8_t *skip_nops(const uint8_t *p)
{
	while (load_be32(p) == TOKEN_NOP)
		p += 4;
	return p;
}

static const uint8_t *next_prop(const uint8_t *p)
{
	return skip_nops(p + PROP_HEADER_SIZE + align_up(load_be32(p + 4), 4));
}

static void note_reserved_memory(struct fdt_fixup *fixup, const struct dt_node *node)
{
	const uint8_t *p = skip_nops(node->first_prop);

	while (load_be32(p) == TOKEN_PROP)
		p = next_prop(p);
	fixup->reserved_at = (uint32_t)(p - node->dt->structure);
	fixup->address_cells = node->address_cells;
	fixup->size_cells = node->size_cells;
}

static void note_no_map(struct fdt_fixup *fixup, const struct dt_node *node)
{
	struct memory_range *range = &fixup->no_map[fixup->no_map_count];

	if (fixup->no_map_count < FDT_FIXUP_MAX_KEPT && dt_is_enabled(node) &&
	    dt_has_prop(node, "no-map") && !dt_reg(node, 0, &range->base, &range->size))
		fixup->no_map_count++;
}

void fdt_fixup_visit(struct fdt_fixup *fixup, const struct dt_node *node)
{
	switch (node->depth) {
	case 0:
		fixup->address_cells = node->address_cells;
		fixup->size_cells = node->size_cells;
		break;
	case 1:
		fixup->last_node = node->offset;
		if (!strcmp(node->name, "reserved-memory")) {
			note_reserved_memory(fixup, node);
		} else if (!strcmp(node->name, "chosen")) {
			dt_prop_number(node, "linux,initrd-start", &fixup->initrd_start);
			dt_prop_number(node, "linux,initrd-end", &fixup->initrd_end);
		}
		break;
	case 2:
		if (fixup->reserved_at && !strcmp(node->parent->name, "reserved-memory"))
			note_no_map(fixup, node);
		else if (!strcmp(node->name, "hartline") && !strcmp(node->parent->name, "chosen") &&
			 !dt_has_prop(node, "firmware-version"))
			fixup->record_at = (uint32_t)(node->first_prop - node->dt->structure);
		break;
	}
}

void fdt_fixup_disable(struct fdt_fixup *fixup, uint32_t node)
{
	unsigned int i = fixup->disabled_count;

	if (i == FDT_FIXUP_MAX_DISABLED)
		return;
	for (; i && fixup->disabled[i - 1] > node; i--)
		fixup->disabled[i] = fixup->disabled[i - 1];
	fixup->disabled[i] = node;
	fixup->disabled_count++;
}

/* --- Editing --- */

struct edit {
	uint8_t *blob;
	uint32_t structure, strings, reserved; /* offsets of the blocks in the blob */
	uint32_t structure_size, strings_size;
	uint32_t used; /* the end of the last block */
	uint32_t old_strings_size;
	uint32_t growth;
	bool measuring; /* only add up growth */
};

/* Opens a gap of @size bytes at @at for the block that it lies in; the blocks behind move on. */
static uint8_t *insert(struct edit *edit, uint32_t at, uint32_t size)
{
	if (edit->measuring) {
		edit->growth += size;
		return NULL;
	}
	memmove(edit->blob + at + size, edit->blob + at, edit->used - at);
	edit->used += size;
	return edit->blob + at;
}

static uint8_t *insert_structure(struct edit *edit, uint32_t at, uint32_t size)
{
	uint8_t *gap = insert(edit, edit->structure + at, size);

	if (gap) {
		if (edit->strings > edit->structure)
			edit->strings += size;
		if (edit->reserved > edit->structure)
			edit->reserved += size;
		edit->structure_size += size;
	}
	return gap;
}

static void add_strings(struct edit *edit)
{
	uint32_t size = (uint32_t)align_up(sizeof(new_strings), EDIT_ALIGN);
	uint8_t *gap = insert(edit, edit->strings + edit->strings_size, size);

	if (!gap)
		return;
	if (edit->structure > edit->strings)
		edit->structure += size;
	if (edit->reserved > edit->strings)
		edit->reserved += size;
	edit->strings_size += size;
	memset(gap, 0, size);
	memcpy(gap, new_strings, sizeof(new_strings));
}

static void write_status(uint8_t *prop)
{
	memset(prop + PROP_HEADER_SIZE, 0, align_up(sizeof(disabled), 4));
	memcpy(prop + PROP_HEADER_SIZE, disabled, sizeof(disabled));
	store_be32(prop + 4, sizeof(disabled));
}

/* The status property of the node at @node, or where one can be inserted. */
static uint8_t *find_status(const struct edit *edit, uint32_t node, bool *found)
{
	const uint8_t *name = edit->blob + edit->structure + node + 4;
	const uint8_t *first = name + align_up(strlen((const char *)name) + 1, 4);
	const char *strings = (const char *)edit->blob + edit->strings;

	for (const uint8_t *p = skip_nops(first); load_be32(p) == TOKEN_PROP; p = next_prop(p)) {
		*found = !strcmp(strings + load_be32(p + 8), "status");
		if (*found)
			return (uint8_t *)(uintptr_t)p;
	}
	*found = false;
	return (uint8_t *)(uintptr_t)first;
}

static void disable_node(struct edit *edit, uint32_t node)
{
	uint32_t wanted = (uint32_t)align_up(sizeof(disabled), 4);
	bool found;
	uint8_t *prop = find_status(edit, node, &found);
	uint32_t at = (uint32_t)(prop - edit->blob) - edit->structure;
	uint32_t space = found ? (uint32_t)align_up(load_be32(prop + 4), 4) : 0;
	uint8_t *gap;

	if (!found) {
		gap = insert_structure(edit, at, PROP_HEADER_SIZE + wanted);
		if (gap) {
			store_be32(gap, TOKEN_PROP);
			store_be32(gap + 8, edit->old_strings_size + NAME_STATUS);
			write_status(gap);
		}
		return;
	}
	if (space < wanted) {
		uint32_t grow = (uint32_t)align_up(wanted - space, EDIT_ALIGN);

		gap = insert_structure(edit, at + PROP_HEADER_SIZE + space, grow);
		space += grow;
	}
	if (edit->measuring)
		return;
	write_status(prop);
	for (; wanted < space; wanted += 4)
		store_be32(prop + PROP_HEADER_SIZE + wanted, TOKEN_NOP);
}

/* Tokens of the structure block, written one after the other, in pieces for one place each. */
struct writer {
	uint32_t cells[256];
	unsigned int count;
	uint32_t names; /* offset of new_strings in the strings block */
	struct piece {
		uint32_t at; /* where in the structure block it is to be inserted */
		unsigned int first, end;
	} pieces[2]; /* by their place */
	unsigned int piece_count;
};

static void put(struct writer *writer, uint32_t cell)
{
	store_be32(&writer->cells[writer->count++], cell);
}

/* @cells of a number; false when it does not fit. */
static bool put_number(struct writer *writer, uint64_t number, unsigned int cells)
{
	for (unsigned int i = cells; i-- > 0;)
		put(writer, i >= 2 ? 0 : (uint32_t)(number >> (i * 32)));
	return cells >= 2 || (cells == 1 && number <= UINT32_MAX);
}

static void put_prop(struct writer *writer, uint32_t name, uint32_t length)
{
	put(writer, TOKEN_PROP);
	put(writer, length);
	put(writer, writer->names + name);
}

static void put_string(struct writer *writer, const char *string)
{
	size_t size = strlen(string) + 1;

	writer->cells[writer->count + (size - 1) / 4] = 0;
	memcpy(&writer->cells[writer->count], string, size);
	writer->count += (unsigned int)align_up(size, 4) / 4;
}

static void put_name(struct writer *writer, const char *name)
{
	put(writer, TOKEN_BEGIN_NODE);
	put_string(writer, name);
}

/* What was written from @first on is to be inserted at @at. */
static void end_piece(struct writer *writer, uint32_t at, unsigned int first)
{
	unsigned int i = writer->piece_count;

	if (writer->count == first)
		return;
	if (writer->count % 2)
		put(writer, TOKEN_NOP);
	for (; i && writer->pieces[i - 1].at > at; i--)
		writer->pieces[i] = writer->pieces[i - 1];
	writer->pieces[i] = (struct piece){ at, first, writer->count };
	writer->piece_count++;
}

static bool put_kept(struct writer *writer, const struct fdt_fixup *fixup, unsigned int number,
		     const struct memory_range *range)
{
	char name[40];
	bool fits;

	snprintf(name, sizeof(name), "mmode_resv%u@%lx", number, (unsigned long)range->base);
	put_name(writer, name);
	put_prop(writer, NAME_NO_MAP, 0);
	put_prop(writer, NAME_REG, (fixup->address_cells + fixup->size_cells) * 4u);
	fits = put_number(writer, range->base, fixup->address_cells);
	fits = put_number(writer, range->size, fixup->size_cells) && fits;
	put(writer, TOKEN_END_NODE);
	return fits;
}

static bool is_kept_already(const struct fdt_fixup *fixup, const struct memory_range *range)
{
	for (unsigned int i = 0; i < fixup->no_map_count; i++) {
		if (range_inside(range->base, range->size, fixup->no_map[i].base,
				 fixup->no_map[i].size))
			return true;
	}
	return false;
}

/* The nodes that /reserved-memory is to have, with that node itself when it is not there. */
static enum err write_reserved(struct writer *writer, const struct fdt_fixup *fixup,
			       const struct fdt_handover *handover)
{
	bool fits = true;
	unsigned int start;

	if (!fixup->reserved_at) {
		put_name(writer, "reserved-memory");
		put_prop(writer, NAME_ADDRESS_CELLS, 4);
		put(writer, fixup->address_cells);
		put_prop(writer, NAME_SIZE_CELLS, 4);
		put(writer, fixup->size_cells);
		put_prop(writer, NAME_RANGES, 0);
	}
	start = writer->count;
	for (unsigned int i = 0; i < handover->kept_count; i++) {
		if (!is_kept_already(fixup, &handover->kept[i]))
			fits = put_kept(writer, fixup, i, &handover->kept[i]) && fits;
	}
	if (writer->count == start)
		writer->count = 0;
	else if (!fixup->reserved_at)
		put(writer, TOKEN_END_NODE);
	end_piece(writer, fixup->reserved_at ? fixup->reserved_at : fixup->last_node, 0);
	return fits ? ERR_OK : ERR_RANGE;
}

static void put_time(struct writer *writer, uint32_t name, uint64_t us)
{
	if (!us)
		return;
	put_prop(writer, name, sizeof(us));
	put_number(writer, us, 2);
}

/* The firmware's properties in the boot record. */
static void write_record(struct writer *writer, uint32_t at, const struct fdt_record *record)
{
	unsigned int first = writer->count;

	put_prop(writer, NAME_FIRMWARE_VERSION, (uint32_t)strlen(record->version) + 1);
	put_string(writer, record->version);
	put_time(writer, NAME_TIME_FIRMWARE, record->firmware_us);
	put_time(writer, NAME_TIME_NEXT, record->next_us);
	end_piece(writer, at, first);
}

/* From the end of the structure block to its beginning, so that noted offsets stay valid. */
static void edit_structure(struct edit *edit, const struct fdt_fixup *fixup,
			   const struct fdt_handover *handover, const struct writer *writer)
{
	const struct hart_desc *harts = handover->machine->harts;
	unsigned int hart = handover->machine->hart_count, device = fixup->disabled_count;
	unsigned int pieces = writer->piece_count;

	if (handover->m_mode)
		hart = device = 0;
	for (;;) {
		const struct piece *piece = pieces ? &writer->pieces[pieces - 1] : NULL;

		while (hart && handover->offers_hart(hart - 1))
			hart--;
		if (piece && (!hart || piece->at > harts[hart - 1].node) &&
		    (!device || piece->at > fixup->disabled[device - 1])) {
			uint32_t size = (piece->end - piece->first) * 4;
			uint8_t *gap = insert_structure(edit, piece->at, size);

			if (gap)
				memcpy(gap, &writer->cells[piece->first], size);
			pieces--;
		} else if (hart &&
			   (!device || harts[hart - 1].node > fixup->disabled[device - 1])) {
			disable_node(edit, harts[--hart].node);
		} else if (device) {
			disable_node(edit, fixup->disabled[--device]);
		} else {
			return;
		}
	}
}

static void silence_plics(uint8_t *blob, const uint8_t *old_blob, const struct plics *plics)
{
	for (unsigned int i = 0; i < plics->count; i++) {
		uint8_t *p = blob + (plics->plics[i].interrupts - old_blob);

		for (uint32_t n = plics->plics[i].contexts; n; n--, p += 8) {
			if (load_be32(p + 4) == IRQ_MEI)
				store_be32(p + 4, NO_INTERRUPT);
		}
	}
}

/* --- Room --- */

/*
 * The end of the memory reservation block, 0 when it is damaged; [base, base + size) is not free
 * when an entry other than the blob's own has a part of it.
 */
static uint32_t scan_reservations(const uint8_t *blob, uint32_t offset, uint32_t total,
				  uint64_t base, uint64_t size, bool *free)
{
	for (; offset % 8 == 0 && range_inside(offset, 16, 0, total); offset += 16) {
		uint64_t start = load_be64(blob + offset), length = load_be64(blob + offset + 8);

		if (!start && !length)
			return offset + 16;
		if (ranges_overlap(start, length, base, size) &&
		    !range_inside((uintptr_t)blob, total, start, length))
			*free = false;
	}
	return 0;
}

/* Nobody is known to have a byte of [base, base + size). */
static bool is_free(const struct fdt_fixup *fixup, const struct fdt_handover *handover,
		    uint64_t base, uint64_t size)
{
	const struct machine *machine = handover->machine;

	if (!machine_is_memory(machine, base, size) || machine->too_much_reserved ||
	    range_inside(handover->next_addr, 1, base, size))
		return false;
	if (fixup->initrd_end > fixup->initrd_start &&
	    ranges_overlap(base, size, fixup->initrd_start,
			   fixup->initrd_end - fixup->initrd_start))
		return false;
	for (unsigned int i = 0; i < machine->reserved_count; i++) {
		if (ranges_overlap(base, size, machine->reserved[i].base,
				   machine->reserved[i].size))
			return false;
	}
	for (unsigned int i = 0; i < handover->kept_count; i++) {
		if (ranges_overlap(base, size, handover->kept[i].base, handover->kept[i].size))
			return false;
	}
	return true;
}

/* Finds a place where the blob may have @total bytes, and moves it there if that is elsewhere. */
static enum err make_room(struct edit *edit, const struct fdt_fixup *fixup,
			  const struct fdt_handover *handover, uint32_t old_total, uint64_t total)
{
	uint64_t blob = (uintptr_t)edit->blob;
	uint64_t place = 0;
	bool free = true;

	if (machine_is_memory(handover->machine, blob, old_total)) {
		if (total == old_total)
			return ERR_OK;
		scan_reservations(edit->blob, edit->reserved, old_total, blob + old_total,
				  total - old_total, &free);
		if (free && is_free(fixup, handover, blob + old_total, total - old_total))
			return ERR_OK;
	}
	for (unsigned int i = 0; i < handover->kept_count; i++)
		place = handover->kept[i].base + handover->kept[i].size;
	free = true;
	scan_reservations(edit->blob, edit->reserved, old_total, place, total, &free);
	if (!place || place % 8 || !free || handover->next_addr < place ||
	    ranges_overlap(place, total, blob, old_total) ||
	    !is_free(fixup, handover, place, total))
		return ERR_DT_NO_SPACE;
	memcpy((void *)(uintptr_t)place, edit->blob, old_total);
	edit->blob = (uint8_t *)(uintptr_t)place;
	return ERR_OK;
}

static void write_header(const struct edit *edit, uint32_t total)
{
	store_be32(edit->blob + HEADER_TOTALSIZE, total);
	store_be32(edit->blob + HEADER_OFF_STRUCTURE, edit->structure);
	store_be32(edit->blob + HEADER_OFF_STRINGS, edit->strings);
	store_be32(edit->blob + HEADER_OFF_RESERVED, edit->reserved);
	store_be32(edit->blob + HEADER_SIZE_STRINGS, edit->strings_size);
	store_be32(edit->blob + HEADER_SIZE_STRUCTURE, edit->structure_size);
}

enum err fdt_fixup_apply(const struct fdt_fixup *fixup, const struct fdt_handover *handover,
			 uintptr_t *dtb)
{
	const struct dt *dt = &handover->machine->dt;
	uint8_t *blob = (uint8_t *)*dtb;
	struct edit edit = {
		.blob = blob,
		.structure = (uint32_t)(dt->structure - blob),
		.strings = (uint32_t)((const uint8_t *)dt->strings - blob),
		.reserved = load_be32(blob + HEADER_OFF_RESERVED),
		.structure_size = dt->structure_size,
		.strings_size = dt->strings_size,
		.old_strings_size = dt->strings_size,
		.measuring = true,
	};
	static struct writer writer; /* much for a stack */
	uint32_t reserved_end;
	uint64_t needed, total;
	bool free;
	enum err err;

	writer.names = dt->strings_size;
	writer.count = writer.piece_count = 0;
	reserved_end = scan_reservations(blob, edit.reserved, dt->total_size, 0, 0, &free);
	if (!reserved_end || !fixup->last_node ||
	    ranges_overlap(edit.structure, edit.structure_size, edit.strings, edit.strings_size) ||
	    ranges_overlap(edit.structure, edit.structure_size, edit.reserved,
			   reserved_end - edit.reserved) ||
	    ranges_overlap(edit.strings, edit.strings_size, edit.reserved,
			   reserved_end - edit.reserved))
		return ERR_DT_HEADER;
	edit.used = MAX(edit.structure + edit.structure_size, edit.strings + edit.strings_size);
	edit.used = MAX(edit.used, reserved_end);

	err = write_reserved(&writer, fixup, handover);
	if (err)
		return err;
	if (fixup->record_at)
		write_record(&writer, fixup->record_at, &handover->record);
	edit_structure(&edit, fixup, handover, &writer);
	if (edit.growth)
		add_strings(&edit);
	needed = align_up((uint64_t)edit.used + edit.growth, EDIT_ALIGN);
	if (needed > INT32_MAX - FDT_FIXUP_SPARE) /* libfdt's limit */
		return ERR_DT_NO_SPACE;

	total = MAX(dt->total_size, needed + FDT_FIXUP_SPARE);
	err = make_room(&edit, fixup, handover, dt->total_size, total);
	if (err) {
		total = MAX(dt->total_size, needed);
		err = make_room(&edit, fixup, handover, dt->total_size, total);
	}
	if (err)
		return err;
	edit.measuring = false;
	if (!handover->m_mode)
		silence_plics(edit.blob, blob, handover->plics);
	if (edit.growth)
		add_strings(&edit);
	edit_structure(&edit, fixup, handover, &writer);
	write_header(&edit, (uint32_t)total);
	*dtb = (uintptr_t)edit.blob;
	return ERR_OK;
}
