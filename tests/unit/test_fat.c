/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT file systems made by mkfs.fat and filled by mtools: what is read is what was written. */
/* sources: fs/fat.c fit/source.c */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs/fat.h"
#include "lib/bits.h"

#define FILE_SIZE 700000u

static char directory[] = "/tmp/hartline-fat-XXXXXX";
static uint8_t *image;
static size_t image_size;
static unsigned int reads;
static struct fat fat;
static struct fat_file file;
static uint8_t buffer[FILE_SIZE + 1];

static enum err image_read(struct source *source, uint64_t offset, void *to, size_t length)
{
	(void)source;
	reads++;
	assert_true(range_inside(offset, length, 0, image_size));
	memcpy(to, image + offset, length);
	return ERR_OK;
}

static struct source volume = { .read = image_read };

static void shell(const char *script)
{
	char *command;

	assert_true(asprintf(&command, "cd %s && export MTOOLS_SKIP_CHECK=1 && { %s; } >log 2>&1",
			     directory, script) > 0);
	assert_int_equal(system(command), 0);
	free(command);
}

static uint8_t content(uint32_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 31 + (i >> 16));
}

static int make_directory(void **state)
{
	char path[100];
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
	out = fopen(path, "w");
	for (uint32_t i = 0; i < FILE_SIZE; i++)
		fputc(content(i), out);
	fclose(out);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	shell("rm -f *");
	return rmdir(directory);
}

/* Makes a file system; the file is written in the holes that others left. */
static void make_image(unsigned int kib, const char *options)
{
	char command[200], path[100];
	struct stat st;
	int fd;

	snprintf(command, sizeof(command), "rm -f image; mkfs.fat -C %s image %u", options, kib);
	shell(command);
	shell("for i in 1 2 3 4 5 6 7 8; do head -c 20000 file > f$i; mcopy -i image f$i ::; done; "
	      "mdel -i image ::f2 ::f4 ::f6; mmd -i image ::boot ::boot/deep; "
	      "mcopy -i image file ::boot/deep/hartline.itb; mcopy -i image f1 ::hartline.itb; "
	      "mcopy -i image file '::A name that needs many entries, and of 64 characters in all.itb'; "
	      "head -c 13 file > thirteen; mcopy -i image thirteen ::exactly13.abc; "
	      "head -c 0 file > empty; mcopy -i image empty ::empty.itb");
	snprintf(path, sizeof(path), "%s/image", directory);
	fd = open(path, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	if (image)
		munmap(image, image_size);
	image_size = (size_t)st.st_size;
	image = mmap(NULL, image_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	volume.size = image_size;
}

static enum err read_file(const char *path)
{
	enum err err = fat_find(&fat, path, &file);

	if (err)
		return err;
	assert_true(file.source.size <= FILE_SIZE);
	return source_read(&file.source, 0, buffer, file.source.size);
}

static void assert_file(const char *path, uint32_t size)
{
	assert_int_equal(read_file(path), ERR_OK);
	assert_int_equal(file.source.size, size);
	for (uint32_t i = 0; i < size; i++) {
		if (buffer[i] != content(i))
			fail_msg("byte %u of %s", i, path);
	}
}

static void assert_any_range(uint32_t size)
{
	for (unsigned int i = 0; i < 500; i++) {
		uint32_t offset = (uint32_t)rand() % size;
		uint32_t length = (uint32_t)rand() % MIN(size - offset, 20000u);

		assert_int_equal(source_read(&file.source, offset, buffer, length), ERR_OK);
		for (uint32_t k = 0; k < length; k++)
			assert_int_equal(buffer[k], content(offset + k));
	}
	assert_int_equal(source_read(&file.source, size - 3, buffer, 4), ERR_SOURCE_END);
}

static void reads_what_was_written(void **state)
{
	static const struct {
		unsigned int kib;
		const char *options;
		uint8_t bits;
	} kinds[] = {
		{ 2880, "-F 12", 12 },
		{ 2880, "-F 12 -s 4 -r 48", 12 },
		{ 16384, "-F 16 -s 2", 16 },
		{ 40000, "-F 32 -s 1", 32 },
		{ 70000, "-F 32", 32 },
		{ 70000, "-F 16 -S 4096", 12 },
		{ 300000, "-F 32 -S 4096 -s 1", 32 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		make_image(kinds[i].kib, kinds[i].options);
		assert_int_equal(fat_open(&fat, &volume), ERR_OK);
		if (i != 5)
			assert_int_equal(fat.bits, kinds[i].bits);
		assert_file("/hartline.itb", 20000);
		assert_file("hartline.itb", 20000);
		assert_file("/HARTLINE.ITB", 20000);
		assert_file("/boot/deep/hartline.itb", FILE_SIZE);
		assert_any_range(FILE_SIZE);
		assert_file("/a NAME that needs many entries, and of 64 characters in all.itb",
			    FILE_SIZE);
		assert_file("/exactly13.abc", 13);
		assert_int_equal(read_file("/empty.itb"), ERR_FAT_NO_FILE);
		assert_int_equal(read_file("/boot"), ERR_FAT_NO_FILE);
		assert_int_equal(read_file("/"), ERR_FAT_NO_FILE);
		assert_int_equal(read_file("/f2"), ERR_FAT_NOT_FOUND);
		assert_int_equal(read_file("/f2/f2"), ERR_FAT_NOT_FOUND);
		assert_int_equal(read_file("/f1/f1"), ERR_FAT_NOT_FOUND);
		assert_int_equal(read_file("/exactly13.ab"), ERR_FAT_NOT_FOUND);
		assert_int_equal(read_file("/exactly13.abcd"), ERR_FAT_NOT_FOUND);
		assert_int_equal(read_file("/a NAME that needs many entries"), ERR_FAT_NOT_FOUND);
	}
}

static void clusters_in_a_row_are_one_request(void **state)
{
	(void)state;
	make_image(300000, "-F 32 -s 8");
	assert_int_equal(fat_open(&fat, &volume), ERR_OK);
	assert_int_equal(fat_find(&fat, "/boot/deep/hartline.itb", &file), ERR_OK);
	reads = 0;
	assert_int_equal(source_read(&file.source, 0, buffer, FILE_SIZE), ERR_OK);
	/* An entry of the table a cluster, and few holes. */
	assert_in_range(reads, 1, FILE_SIZE / 4096 + 20);
}

static void set16(unsigned int at, uint16_t value)
{
	image[at] = (uint8_t)value;
	image[at + 1] = (uint8_t)(value >> 8);
}

static void refuses_a_header_that_cannot_be(void **state)
{
	static const struct {
		unsigned int at;
		uint16_t value;
		enum err err;
	} damages[] = {
		{ 510, 0, ERR_FAT_NONE },	{ 11, 0, ERR_FAT_NONE },
		{ 11, 513, ERR_FAT_NONE },	{ 11, 8192, ERR_FAT_NONE },
		{ 13, 0x2000, ERR_FAT_NONE },	{ 14, 0, ERR_FAT_NONE },
		{ 36, 1, ERR_FAT_HEADER },	{ 38, 0xffff, ERR_FAT_HEADER },
		{ 32, 0xffff, ERR_FAT_HEADER }, { 44, 0, ERR_FAT_HEADER },
		{ 44, 1, ERR_FAT_HEADER },	{ 46, 0x100, ERR_FAT_HEADER },
		{ 42, 1, ERR_FAT_HEADER },	{ 40, 0x82, ERR_FAT_HEADER },
		{ 17, 512, ERR_FAT_HEADER },
	};
	uint8_t good[512];

	(void)state;
	make_image(70000, "-F 32");
	memcpy(good, image, sizeof(good));
	for (unsigned int i = 0; i < ARRAY_SIZE(damages); i++) {
		memcpy(image, good, sizeof(good));
		set16(damages[i].at, damages[i].value);
		if (fat_open(&fat, &volume) != damages[i].err)
			fail_msg("%u at %u", damages[i].value, damages[i].at);
	}
	memcpy(image, good, sizeof(good));
	/* The second table counts alone; the first may hold anything. */
	set16(40, 0x81);
	assert_int_equal(fat_open(&fat, &volume), ERR_OK);
	memset(image + load_le16(image + 14) * 512u, 0, load_le32(image + 36) * 512);
	assert_file("/boot/deep/hartline.itb", FILE_SIZE);
}

static void chains_end_with_the_file(void **state)
{
	uint64_t at;

	(void)state;
	make_image(40000, "-F 32 -s 1");
	assert_int_equal(fat_open(&fat, &volume), ERR_OK);
	assert_int_equal(fat_find(&fat, "/boot/deep/hartline.itb", &file), ERR_OK);
	at = fat.table + 4 * file.first;
	/* In a circle: it ends where the size says. */
	memcpy(image + at, &file.first, 4);
	assert_int_equal(read_file("/boot/deep/hartline.itb"), ERR_OK);
	/* Outside, at a bad cluster, at a free one, at an end: no data. */
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t next[] = { fat.cluster_limit, 0x0ffffff7, 0, 0x0fffffff };

		memcpy(image + at, &next[i], 4);
		assert_int_equal(read_file("/boot/deep/hartline.itb"), ERR_FAT_CHAIN);
	}
	/* A directory in a circle ends, too. */
	at = fat.table + 4 * fat.root_cluster;
	memcpy(image + at, &fat.root_cluster, 4);
	for (unsigned int i = 0; i < 512; i += 32)
		image[fat.data + (fat.root_cluster - 2) * 512 + i] = 0xe5;
	assert_int_equal(read_file("/hartline.itb"), ERR_FAT_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(clusters_in_a_row_are_one_request),
		cmocka_unit_test(refuses_a_header_that_cannot_be),
		cmocka_unit_test(chains_end_with_the_file),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
