/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling hart's firmware features; their rules are in sbi/fwft_policy.h. */
#pragma once

#include "sbi/lifecycle.h"

/* When a hart starts they have their first values, when it resumes those that it had. */
void fwft_enter(enum life_event why);
