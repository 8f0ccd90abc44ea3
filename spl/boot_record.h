/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SPL tells the OS of the boot, in /chosen/hartline: docs/boot-record.md. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fit/fit.h"
#include "spl/slot_boot.h"

#define BOOT_FAILURES_MAX 16

/* How it went with a device, or with a slot of one. */
struct boot_failure {
	char device[24]; /* "sd0", "sd0/A" */
	enum err err;
	char why[300];
};

enum boot_time {
	TIME_SPL,    /* the SPL has a clock */
	TIME_HARTS,  /* all harts are there */
	TIME_SOURCE, /* the device that it boots from is open */
	TIME_LOADED, /* and all is loaded and verified */
	TIME_COUNT,
};

struct boot_record {
	const char *source; /* the device: "sd0" */
	const struct fit *fit;
	const struct boot_images *images;
	struct slot_boot *slots; /* NULL: it has none */
	uint64_t us[TIME_COUNT]; /* by mtime */
	unsigned int failure_count;
	struct boot_failure failures[BOOT_FAILURES_MAX];
};

/* A place to note another failure; the last one's when there is no room. */
struct boot_failure *boot_record_failure(struct boot_record *record);

/* Writes the record into @dtb, which has room to be edited. What does not fit is left out. */
void boot_record_write(const struct boot_record *record, void *dtb);
