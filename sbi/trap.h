/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps into M-mode. The entry (trap_entry.S) saves what C may clobber, and the other registers only
 * for who asks for them.
 */
#pragma once

#include <stdbool.h>

#include "sbi/scratch.h"

extern char trap_entry[], trap_entry_smdbltrp[];

/* mcause has its interrupt bit set. */
void trap_interrupt(unsigned long cause);

/*
 * Any exception but an ecall from S-mode; the frame has the registers that C may clobber. True when
 * more are needed: nothing is done yet, and trap_emulate() follows when the frame has them all.
 */
bool trap_exception(struct trap_frame *frame, unsigned long cause);
void trap_emulate(struct trap_frame *frame);

/*
 * Hands the trap that frame->info says to the mode that it is for: S-mode, or VS-mode when it came
 * from there and hedeleg says so. Returns false, which trap_exception() may return then.
 */
bool trap_redirect(struct trap_frame *frame);

/* The same for the trap that the hart's CSRs tell of: no other one has come since. */
bool trap_redirect_current(struct trap_frame *frame);
