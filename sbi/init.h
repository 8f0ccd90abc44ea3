/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which things happen: at cold boot, and in each hart's lives. The tables are in init.c. */
#pragma once

#include "sbi/lifecycle.h"

/* What this hart does each time before it enters S-mode (LIFE_START, LIFE_RESUME). */
void init_enter(enum life_event why);

/* What this hart does each time after it left S-mode (LIFE_STOP, LIFE_SUSPEND). */
void init_leave(enum life_event why);

/* From entry.S: the hart that won, on the boot stack with tp = 0, and all others on their own. */
_Noreturn void cold_boot(unsigned long hartid, unsigned long dtb, unsigned long info);
_Noreturn void warm_boot(void);
