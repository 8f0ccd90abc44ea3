/* SPDX-License-Identifier: BSD-2-Clause */
/* What a board does itself: board/<name>/board.c. */
#pragma once

/*
 * The first thing that runs: clocks, pins, DRAM, whatever the boot ROM left undone. No console yet,
 * and no memory beyond what the SPL is in. Boards that need nothing have no board.c.
 */
void board_early_init(void);

/*
 * What switches or fuses say about where to boot from, a number of the board's own; -1: nothing. The
 * order hartline,boot-order-<number> of the control DTB counts then, if it is there.
 */
int board_strap(void);
