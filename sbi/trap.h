/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps into M-mode. The entry (trap_entry.S) has three ways in: an ecall from S-mode and an
 * interrupt save what C may clobber, all other exceptions save every register.
 */
#pragma once

#include <stdbool.h>

#include "sbi/scratch.h"

/* What the hart says about an exception. */
struct trap_info {
	unsigned long cause;
	unsigned long tval;
	unsigned long tval2; /* mtval2 and mtinst: 0 without H */
	unsigned long tinst;
	bool gva; /* tval is a guest virtual address */
};

extern char trap_entry[];

/* mcause has its interrupt bit set. */
void trap_interrupt(unsigned long cause);

/*
 * Any exception but an ecall from S-mode. True when a register that C preserves (s0 to s11, gp) was
 * given a new value in the frame.
 */
bool trap_exception(struct trap_frame *frame, unsigned long cause);

/* Hands a trap to the mode that it is for: S-mode, or VS-mode when it came from there and hedeleg says so. */
void trap_redirect(struct trap_frame *frame, const struct trap_info *info);
