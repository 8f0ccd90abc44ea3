/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CSRs of the calling hart: what M-mode sets once, and what S-, HS- and VS-mode find when they
 * are entered. Values are those of the features that the hart has.
 */
#pragma once

#include "sbi/lifecycle.h"

/* M-mode's own set-up, once. */
void hart_init(void);

/*
 * Puts every CSR that S-mode can change to its first value. A hart that resumes keeps its timer and
 * the interrupts that woke it.
 */
void hart_reset_supervisor(enum life_event why);

/* From here on nothing of S-mode's interrupts this hart. */
void hart_quiet_supervisor(enum life_event why);

/* mstatus to enter @mode (PRV_S, PRV_M) with interrupts off and no FP or vector state. */
unsigned long hart_entry_mstatus(unsigned long mode);

/* Of no use to anybody any more. */
_Noreturn void hart_sleep_forever(void);
