/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading FAT: header, chains of clusters, directories, files. */
#include "fs/fat.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/string.h"

/* The header */
#define HEADER_SIZE 512
#define SECTOR_SIZE 11
#define SECTORS_PER_CLUSTER 13
#define RESERVED_SECTORS 14
#define TABLES 16
#define ROOT_ENTRIES 17
#define SECTORS_16 19
#define TABLE_SECTORS_16 22
#define SECTORS_32 32
#define TABLE_SECTORS_32 36
#define FLAGS_32 40
#define VERSION_32 42
#define ROOT_CLUSTER_32 44
#define SIGNATURE 510
#define SIGNATURE_VALUE 0xaa55
#define FLAG_ONE_TABLE 0x80 /* only the table in the lower 4 bits is kept up to date */

/* So many clusters make it FAT16, and FAT32. */
#define FAT16_MIN 4085
#define FAT32_MIN 65525
#define FAT32_MAX 0x0ffffff5

#define FIRST_CLUSTER 2

/* A directory entry */
#define ENTRY_SIZE 32
#define ENTRY_ATTRIBUTES 11
#define ENTRY_CLUSTER_HIGH 20
#define ENTRY_CLUSTER_LOW 26
#define ENTRY_FILE_SIZE 28
#define ATTRIBUTE_VOLUME 0x08
#define ATTRIBUTE_DIRECTORY 0x10
#define ATTRIBUTES_LONG 0x0f
#define ATTRIBUTES_MASK 0x3f
#define NAME_END 0x00
#define NAME_DELETED 0xe5
#define SHORT_NAME_SIZE 11
#define MAX_ENTRIES 65536u

/* A part of a long name */
#define LONG_LAST 0x40
#define LONG_NUMBER 0x3f
#define LONG_CHECKSUM 13
#define LONG_CHARACTERS 13u

static bool is_cluster(const struct fat *fat, uint32_t number)
{
	return number >= FIRST_CLUSTER && number < fat->cluster_limit;
}

/* The sizes and places that the header gives, checked against each other (section 3). */
static enum err read_geometry(struct fat *fat, const uint8_t *header)
{
	uint32_t sector = load_le16(header + SECTOR_SIZE);
	uint32_t per_cluster = header[SECTORS_PER_CLUSTER];
	uint32_t reserved = load_le16(header + RESERVED_SECTORS), tables = header[TABLES];
	uint32_t root_entries = load_le16(header + ROOT_ENTRIES);
	uint64_t total = load_le16(header + SECTORS_16),
		 table = load_le16(header + TABLE_SECTORS_16);
	uint64_t first, clusters;

	if (!is_power_of_2(sector) || sector < 512 || sector > 4096 ||
	    !is_power_of_2(per_cluster) || !reserved || !tables)
		return ERR_FAT_NONE;
	total = total ? total : load_le32(header + SECTORS_32);
	table = table ? table : load_le32(header + TABLE_SECTORS_32);
	fat->root_size = root_entries * ENTRY_SIZE;
	fat->root = (reserved + tables * table) * sector;
	first = reserved + tables * table + (fat->root_size + sector - 1) / sector;
	if (!table || first >= total || (fat->volume->size && total * sector > fat->volume->size))
		return ERR_FAT_HEADER;
	clusters = (total - first) / per_cluster;
	fat->table = (uint64_t)reserved * sector;
	fat->data = first * sector;
	fat->cluster_size = per_cluster * sector;
	fat->bits = clusters < FAT16_MIN ? 12 : clusters < FAT32_MIN ? 16 : 32;
	fat->cluster_limit = (uint32_t)clusters + FIRST_CLUSTER;
	if (clusters > FAT32_MAX || table * sector * 8 / fat->bits < fat->cluster_limit)
		return ERR_FAT_HEADER;
	return ERR_OK;
}

static enum err read_fat32(struct fat *fat, const uint8_t *header)
{
	uint16_t flags = load_le16(header + FLAGS_32);
	uint64_t table =
		(uint64_t)load_le32(header + TABLE_SECTORS_32) * load_le16(header + SECTOR_SIZE);

	fat->root_cluster = load_le32(header + ROOT_CLUSTER_32);
	if (load_le16(header + VERSION_32) || fat->root_size || !is_cluster(fat, fat->root_cluster))
		return ERR_FAT_HEADER;
	if (flags & FLAG_ONE_TABLE) {
		if ((flags & 0xf) >= header[TABLES])
			return ERR_FAT_HEADER;
		fat->table += (flags & 0xf) * table;
	}
	return ERR_OK;
}

enum err fat_open(struct fat *fat, struct source *volume)
{
	uint8_t header[HEADER_SIZE];
	enum err err = source_read(volume, 0, header, sizeof(header));

	*fat = (struct fat){ .volume = volume };
	if (err)
		return err;
	if (load_le16(header + SIGNATURE) != SIGNATURE_VALUE)
		return ERR_FAT_NONE;
	err = read_geometry(fat, header);
	if (!err && fat->bits == 32)
		err = read_fat32(fat, header);
	return err;
}

/* The cluster after @cluster; 0: that was the last one. */
static enum err next_cluster(const struct fat *fat, uint32_t cluster, uint32_t *next)
{
	uint64_t at = (uint64_t)cluster * fat->bits / 8;
	uint32_t end = (1u << (fat->bits == 32 ? 28 : fat->bits)) - 8;
	uint8_t entry[4] = { 0 };
	enum err err = source_read(fat->volume, fat->table + at, entry, fat->bits == 32 ? 4 : 2);

	*next = load_le32(entry);
	if (fat->bits == 12)
		*next = cluster % 2 ? *next >> 4 : *next & 0xfff;
	*next &= 0x0fffffff;
	if (err)
		return err;
	if (*next >= end)
		*next = 0;
	return *next && !is_cluster(fat, *next) ? ERR_FAT_CHAIN : ERR_OK;
}

/* Goes to cluster @index of the file; false: the chain ends before. */
static enum err seek(struct fat_file *file, uint32_t index, bool *found)
{
	enum err err = ERR_OK;

	if (index < file->index) {
		file->index = 0;
		file->cluster = file->first;
	}
	*found = true;
	while (!err && file->index < index) {
		uint32_t next;

		err = next_cluster(file->fat, file->cluster, &next);
		if (err || !next) {
			*found = false;
			return err;
		}
		file->cluster = next;
		file->index++;
	}
	return err;
}

/* How many bytes from @skip in the current cluster on lie in one piece, up to @length. */
static enum err measure_run(struct fat_file *file, uint64_t skip, size_t length, size_t *run)
{
	*run = file->fat->cluster_size - skip;
	while (*run < length) {
		uint32_t next;
		enum err err = next_cluster(file->fat, file->cluster, &next);

		if (err)
			return err;
		if (next != file->cluster + 1)
			return ERR_OK;
		file->cluster = next;
		file->index++;
		*run += file->fat->cluster_size;
	}
	*run = length;
	return ERR_OK;
}

static enum err file_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct fat_file *file =
		(struct fat_file *)((char *)source - offsetof(struct fat_file, source));
	const struct fat *fat = file->fat;
	uint8_t *to = buffer;

	while (length) {
		uint64_t skip = offset % fat->cluster_size, at;
		bool found;
		size_t run;
		enum err err = seek(file, (uint32_t)(offset / fat->cluster_size), &found);

		if (!err && !found)
			err = ERR_FAT_CHAIN;
		if (err)
			return err;
		at = fat->data + (uint64_t)(file->cluster - FIRST_CLUSTER) * fat->cluster_size;
		err = measure_run(file, skip, length, &run);
		if (!err)
			err = source_read(fat->volume, at + skip, to, run);
		if (err)
			return err;
		offset += run;
		to += run;
		length -= run;
	}
	return ERR_OK;
}

static void set_file(const struct fat *fat, struct fat_file *file, uint32_t first, uint64_t size)
{
	*file = (struct fat_file){
		.source = { .read = file_read, .size = size, .name = "file" },
		.fat = fat,
		.first = first,
		.cluster = first,
	};
}

/*
 * Entry @index of a directory, which has no first cluster when it is the root of FAT12 or FAT16. At
 * the end the entry says so.
 */
static enum err read_entry(struct fat_file *directory, uint32_t index, uint8_t entry[ENTRY_SIZE])
{
	const struct fat *fat = directory->fat;
	uint32_t offset = index * ENTRY_SIZE;
	bool found;
	enum err err;

	entry[0] = NAME_END;
	if (!directory->first)
		return offset < fat->root_size
			     ? source_read(fat->volume, fat->root + offset, entry, ENTRY_SIZE)
			     : ERR_OK;
	err = seek(directory, offset / fat->cluster_size, &found);
	if (err || !found)
		return err;
	return file_read(&directory->source, offset, entry, ENTRY_SIZE);
}

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* The name of @length as a short name: "HARTLINEITB"; false when it is none. */
static bool short_name(const char *name, size_t length, uint8_t out[SHORT_NAME_SIZE])
{
	size_t at = 0, limit = 8;

	memset(out, ' ', SHORT_NAME_SIZE);
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '.' && limit == 8 && i) {
			at = 8;
			limit = SHORT_NAME_SIZE;
		} else if (name[i] == '.' || at == limit) {
			return false;
		} else {
			out[at++] = upper((uint8_t)name[i]);
		}
	}
	return true;
}

static uint8_t checksum(const uint8_t *entry)
{
	uint8_t sum = 0;

	for (unsigned int i = 0; i < SHORT_NAME_SIZE; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + entry[i]);
	return sum;
}

/* A long name comes in parts before its entry, the last part first. */
struct long_name {
	uint8_t next; /* the part that has to follow; 0: all were there */
	uint8_t checksum;
	bool matches;
};

static void match_part(struct long_name *state, const uint8_t *entry, const char *name,
		       size_t length)
{
	static const uint8_t places[LONG_CHARACTERS] = { 1,  3,	 5,  7,	 9,  14, 16,
							 18, 20, 22, 24, 28, 30 };
	uint8_t number = entry[0] & LONG_NUMBER;
	size_t at = (size_t)(number - 1) * LONG_CHARACTERS;

	if (entry[0] & LONG_LAST) {
		state->matches = number &&
				 (length + LONG_CHARACTERS - 1) / LONG_CHARACTERS == number;
		state->checksum = entry[LONG_CHECKSUM];
	} else if (number != state->next || entry[LONG_CHECKSUM] != state->checksum) {
		state->matches = false;
	}
	state->next = number - 1;
	for (unsigned int i = 0; state->matches && i < LONG_CHARACTERS; i++, at++) {
		uint16_t c = load_le16(entry + places[i]);

		if (at < length)
			state->matches = c < 128 && upper((uint8_t)c) == upper((uint8_t)name[at]);
		else if (at == length)
			state->matches = c == 0;
	}
}

/* Looks for the entry of a name in a directory. */
static enum err find_entry(struct fat_file *directory, const char *name, size_t length,
			   uint8_t entry[ENTRY_SIZE])
{
	struct long_name state = { .matches = false };
	uint8_t wanted[SHORT_NAME_SIZE];
	bool is_short = short_name(name, length, wanted);

	for (uint32_t i = 0; i < MAX_ENTRIES; i++) {
		enum err err = read_entry(directory, i, entry);
		uint8_t attributes;

		if (err)
			return err;
		if (entry[0] == NAME_END)
			break;
		attributes = entry[ENTRY_ATTRIBUTES] & ATTRIBUTES_MASK;
		if (entry[0] != NAME_DELETED && attributes == ATTRIBUTES_LONG) {
			match_part(&state, entry, name, length);
			continue;
		}
		if (entry[0] != NAME_DELETED && !(attributes & ATTRIBUTE_VOLUME) &&
		    ((is_short && !memcmp(entry, wanted, SHORT_NAME_SIZE)) ||
		     (state.matches && !state.next && state.checksum == checksum(entry))))
			return ERR_OK;
		state.matches = false;
	}
	return ERR_FAT_NOT_FOUND;
}

enum err fat_find(const struct fat *fat, const char *path, struct fat_file *file)
{
	uint8_t entry[ENTRY_SIZE] = { [ENTRY_ATTRIBUTES] = ATTRIBUTE_DIRECTORY };
	uint32_t size = 0;

	set_file(fat, file, fat->root_cluster, 0);
	while (*path) {
		size_t length = 0;
		uint32_t first;
		enum err err;

		if (*path == '/') {
			path++;
			continue;
		}
		if (!(entry[ENTRY_ATTRIBUTES] & ATTRIBUTE_DIRECTORY))
			return ERR_FAT_NOT_FOUND;
		while (path[length] && path[length] != '/')
			length++;
		err = find_entry(file, path, length, entry);
		if (err)
			return err;
		first = load_le16(entry + ENTRY_CLUSTER_LOW);
		if (fat->bits == 32)
			first |= (uint32_t)load_le16(entry + ENTRY_CLUSTER_HIGH) << 16;
		if (!is_cluster(fat, first))
			return ERR_FAT_NO_FILE;
		size = load_le32(entry + ENTRY_FILE_SIZE);
		set_file(fat, file, first, size);
		path += length;
	}
	return entry[ENTRY_ATTRIBUTES] & ATTRIBUTE_DIRECTORY || !size ? ERR_FAT_NO_FILE : ERR_OK;
}
