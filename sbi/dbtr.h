/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling hart's debug triggers; their rules are in sbi/dbtr_policy.h. */
#pragma once

#include "sbi/lifecycle.h"

/* Finds out which triggers this hart has, and clears them; once, in M-mode's first steps. */
void dbtr_init(void);

/* A life's triggers end with it. */
void dbtr_leave(enum life_event why);
