/* SPDX-License-Identifier: BSD-2-Clause */
/* How harts enter and leave S-mode: start, stop, suspend, resume. The states are sbi/hsm.h's. */
#pragma once

#include "sbi/scratch.h"

/* Why a hart enters or leaves S-mode. */
enum life_event { LIFE_START, LIFE_RESUME, LIFE_STOP, LIFE_SUSPEND };

/* Starts another hart; the result is an SBI error. */
long hart_start(struct scratch *hart, struct entry_point entry);

/* Waits until somebody starts this hart, which is STOPPED, and enters S-mode. */
_Noreturn void hart_wait_for_start(void);

/* This hart leaves S-mode for good. */
_Noreturn void hart_stop(void);

/* Waits for an interrupt that S-mode has enabled, with everything kept. */
void hart_suspend_retentive(void);

typedef void (*sleep_fn)(void);

/* Sleeps until an interrupt is pending that S-mode would take if it had SIE set, or an IPI came. */
void hart_wait_for_interrupt(void);

/*
 * Sleeps; then S-mode goes on at @entry with nothing kept but its pending interrupts. Software events
 * are masked from here on.
 */
_Noreturn void hart_suspend(const struct entry_point *entry, sleep_fn sleep);

/* Enters the next mode: nothing but a0 and a1 has a value there. In enter.S. */
_Noreturn void enter_next_mode(unsigned long a0, unsigned long a1, unsigned long addr,
			       unsigned long mstatus);
