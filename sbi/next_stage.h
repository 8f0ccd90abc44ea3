/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs after the firmware, and what the stage before said about it. fw_dynamic is told by
 * struct fw_dynamic_info in a2, fw_jump and fw_payload know from their build.
 */
#pragma once

#define BOOT_OPTION_NO_PRINTS 0x1 /* bit 0 of fw_dynamic_info.options */
#define ANY_HART -1

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "lib/err.h"

/* The registers of the boot hart at reset. */
struct boot_args {
	unsigned long a0; /* hartid */
	unsigned long a1; /* DTB */
	unsigned long a2; /* fw_dynamic: struct fw_dynamic_info */
};

struct next_stage {
	unsigned long addr;
	unsigned long dtb;  /* a1 of the next stage */
	unsigned long mode; /* PRV_S or PRV_M */
	unsigned long options;
};

extern struct next_stage next_stage;

/*
 * Fills @next; each of fw_dynamic.c, fw_jump.c and fw_payload.c implements it. The errors are those
 * of a bad fw_dynamic_info.
 */
enum err next_stage_get(const struct boot_args *args, struct next_stage *next);

#endif
