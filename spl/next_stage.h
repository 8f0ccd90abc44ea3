/* SPDX-License-Identifier: BSD-2-Clause */
/* From the images of a FIT to the program that runs next. */
#pragma once

#include "fit/fit.h"
#include "spl/platform.h"

/*
 * What the firmware is told in a2 (OpenSBI, docs/firmware/fw_dynamic.md). All fields are one
 * register wide.
 */
struct fw_dynamic_info {
	unsigned long magic;
	unsigned long version;
	unsigned long next_addr;
	unsigned long next_mode; /* PRV_S or PRV_M */
	unsigned long options;
	unsigned long boot_hart; /* the hart that is to boot; version 2 */
};

#define FW_DYNAMIC_MAGIC 0x4942534f
#define FW_DYNAMIC_VERSION 2

/*
 * Who runs, and in which mode:
 * - a firmware with os = "opensbi" (the `firmware` of the configuration, or a loadable of type
 *   "firmware") runs in M-mode on all harts, and is told to start `kernel`, or the first loadable
 *   that runs, in S-mode. Without either it has its next stage with it (fw_payload, fw_jump).
 * - a configuration without such a firmware has a program for M-mode: its `firmware`, else its
 *   `kernel`, else the first loadable that runs. All harts enter it.
 */
struct next_stage {
	const struct fit_image *first; /* entered by all harts */
	const struct fit_image *next;  /* started by first; NULL: none that the SPL knows of */
};

/* ERR_BOOT_NOTHING_RUNS when the configuration has nothing but data. */
enum err next_stage_choose(const struct boot_images *images, struct next_stage *stage);

/* The hart that is to boot: this one if it can run S-mode software, else the first that can. */
uint64_t next_stage_boot_hart(const struct platform *platform);
