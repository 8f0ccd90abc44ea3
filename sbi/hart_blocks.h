/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the harts, behind the firmware's image: their descriptions, which the walk over the DTB
 * fills, then a block each.
 */
#pragma once

#include <stdint.h>

#include "lib/err.h"

/* Before the walk over @dtb: where it puts the descriptions, and how many there is room for. */
void hart_blocks_prepare(uintptr_t dtb);

/*
 * After the walk: a block for each hart of the DTB that there is room for, among them the one with
 * @hartid, which runs this and becomes this_hart(). ERR_NO_HART_ROOM, ERR_NO_BOOT_HART.
 */
enum err hart_blocks_place(uintptr_t dtb, unsigned long hartid);
