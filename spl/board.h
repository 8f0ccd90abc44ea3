/* SPDX-License-Identifier: BSD-2-Clause */
/* What a board does itself: board/<name>/board.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

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

/*
 * The address that the maker gave the board's first Ethernet controller, from wherever the board keeps
 * it; false: there is none, and @mac stays. Is asked where no device tree says an address.
 */
bool board_mac(uint8_t mac[6]);

/*
 * Where the board keeps the lowest rollback index that it may run, such as OTP or flash that the OS
 * cannot write; NULL, for boards that say nothing: in a partition of a disk (spl/rollback_store.h). Is
 * asked several times a boot, when all of the SPL is there.
 */
struct rollback_store;
const struct rollback_store *board_rollback_store(void);
