/* SPDX-License-Identifier: BSD-2-Clause */
/* Where things may be in memory: the SPL's home, and what images may be loaded to. */
#pragma once

#include "fit/memmap.h"
#include "spl/platform.h"

/*
 * Memory that only the control DTB describes is what the board may have at most: each bank is cut
 * down to where writes come back. The bank that the SPL runs in counts up to the SPL's end at least.
 */
void memory_measure(struct platform *platform);

/*
 * Where the SPL has to be: where it is, if that is on-chip memory; else at the top of the DRAM bank
 * that it is in, below 4 GiB for the sake of DMA, clear of the previous stage's DTB and of reserved
 * memory, so that the next stage has the start of DRAM. ERR_MEMORY_NO_ROOM.
 */
enum err memory_home(const struct platform *platform, uint64_t *home);

/*
 * Whether the code stays in flash, and variables where they are linked for (xip.ld). If it does, the SPL
 * has no other home.
 */
bool executed_in_place(void);

/* Everything that is memory, and in it what is taken. ERR_MEMORY_FULL. */
enum err memory_map(const struct platform *platform, struct memmap *map);
