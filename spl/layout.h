/* SPDX-License-Identifier: BSD-2-Clause */
/* What entry.S knows of C's structures (harts.c and trap.c check these against them). */
#pragma once

/* struct hart_slot */
#define SLOT_HARTID 0
#define SLOT_MSIP 8
#define SLOT_WORK 16
#define SLOT_STATE 24
#define SLOT_SIZE 32

#define SLOT_EMPTY 0
#define SLOT_PARKED 1
#define SLOT_LEFT 2

/* struct hart_go */
#define GO_ENTRY 0
#define GO_DTB 8
#define GO_INFO 16

/* struct trap_frame */
#define FRAME_CAUSE 0
#define FRAME_PC 8
#define FRAME_TVAL 16
#define FRAME_RA 24
#define FRAME_SP 32
#define FRAME_HARTID 40
#define FRAME_VALID 48
#define FRAME_SIZE 64 /* keeps the stack aligned */

#define BOOT_STACK_SIZE 16384
#define TRAP_STACK_SIZE 2048

/*
 * Harts that cannot run the next stage, or that the board did not choose, leave the lottery to the
 * others for this many turns of a three-instruction loop: a fraction of a second.
 */
#define LOTTERY_PATIENCE 0x8000000
