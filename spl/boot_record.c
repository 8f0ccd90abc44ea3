/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot record as a node of the device tree. */
#include "spl/boot_record.h"

#include <libfdt.h>

#include "lib/printf.h"
#include "lib/string.h"

/* Where the next property goes; after an error nothing more does. */
struct writer {
	void *dtb;
	int node;
	int error;
};

static void put(struct writer *writer, const char *name, const void *value, size_t size)
{
	if (!writer->error)
		writer->error = fdt_setprop(writer->dtb, writer->node, name, value, (int)size);
}

static void put_string(struct writer *writer, const char *name, const char *value)
{
	if (value)
		put(writer, name, value, strlen(value) + 1);
}

static void put_u64(struct writer *writer, const char *name, uint64_t value)
{
	fdt64_t cells = cpu_to_fdt64(value);

	put(writer, name, &cells, sizeof(cells));
}

static void put_error(struct writer *writer, const char *name, enum err err)
{
	char text[120];

	if (!err)
		return;
	snprintf(text, sizeof(text), "E%03d %s", err, err_text(err));
	put_string(writer, name, text);
}

/* A subnode, in which the next properties go; the last of its parent has to be there before. */
static void begin(struct writer *writer, const char *name)
{
	int node = writer->error ? writer->error : fdt_add_subnode(writer->dtb, writer->node, name);

	if (node < 0)
		writer->error = node;
	else
		writer->node = node;
}

static void put_failures(struct writer *writer, const struct boot_record *record)
{
	for (unsigned int i = 0; !writer->error && i < record->failure_count; i++) {
		const struct boot_failure *failure = &record->failures[i];
		char text[sizeof(*failure) + 16];

		snprintf(text, sizeof(text), "%s: E%03d %s", failure->device, failure->err,
			 failure->why);
		writer->error = fdt_appendprop_string(writer->dtb, writer->node, "errors", text);
	}
}

static void put_slot(struct writer *writer, const struct slot_boot *slots)
{
	put_string(writer, "slot", slots->slot->name);
	put_string(writer, "slot-choice", slot_choice_name(slots->slot->choice));
	put_u64(writer, "slot-attempts-left", slots->slot->left);
	put_error(writer, "environment-error", slots->env_err);
	if (slots->rollback) {
		put_u64(writer, "rollback-minimum", slots->rollback_minimum);
		put_error(writer, "rollback-error", slots->rollback_err);
	}
}

static void put_times(struct writer *writer, const struct boot_record *record)
{
	static const char names[][20] = {
		[TIME_SPL] = "time-spl-us",
		[TIME_HARTS] = "time-harts-us",
		[TIME_SOURCE] = "time-source-us",
		[TIME_LOADED] = "time-loaded-us",
	};

	for (unsigned int i = 0; i < TIME_COUNT; i++)
		put_u64(writer, names[i], record->us[i]);
}

static void put_image(struct writer *writer, const struct fit *fit, const struct fit_image *image)
{
	const char *algorithm;
	size_t size;
	const void *digest = fit_image_digest(fit, image, &algorithm, &size);

	begin(writer, image->name);
	put_u64(writer, "load", image->load);
	put_u64(writer, "size", image->size);
	if (digest) {
		put_string(writer, "algo", algorithm);
		put(writer, "value", digest, size);
	}
}

/* From the last to the first: each new node goes before its siblings. */
static void put_images(struct writer *writer, const struct boot_record *record)
{
	const struct boot_images *images = record->images;
	int parent;

	begin(writer, "images");
	parent = writer->node;
	for (unsigned int i = images->count; i--;) {
		writer->node = parent;
		put_image(writer, record->fit, &images->all[i]);
		/* An image can be named twice. */
		if (writer->error == -FDT_ERR_EXISTS)
			writer->error = 0;
	}
}

struct boot_failure *boot_record_failure(struct boot_record *record)
{
	if (record->failure_count < BOOT_FAILURES_MAX)
		record->failure_count++;
	return &record->failures[record->failure_count - 1];
}

void boot_record_write(const struct boot_record *record, void *dtb)
{
	struct writer writer = { .dtb = dtb, .node = fdt_path_offset(dtb, "/chosen") };
	int old = fdt_path_offset(dtb, "/chosen/hartline");

	/* Whatever the tree brought with it is not ours. */
	if (old >= 0)
		fdt_del_node(dtb, old);
	if (writer.node < 0)
		return;
	begin(&writer, "hartline");
	put_string(&writer, "version", SPL_VERSION);
	put_string(&writer, "board", BOARD_NAME);
	put_string(&writer, "source", record->source);
	put_string(&writer, "configuration", record->images->configuration);
	put_string(&writer, "verify", SPL_VERIFY_NAME);
	put_u64(&writer, "rollback-index", record->images->rollback_index);
	put_times(&writer, record);
	if (record->slots)
		put_slot(&writer, record->slots);
	put_failures(&writer, record);
	put_images(&writer, record);
}
