/* SPDX-License-Identifier: BSD-2-Clause */
/* What lib/clock.h counts in the SPL. */
#pragma once

#include <stdint.h>

/*
 * Counts by the register at @mtime, which runs at @hz. Without one (0) the cycle counter is taken,
 * at the rate of the fastest core: then time-outs are long rather than short. @mtimecmp is this
 * hart's, and set to never; 0: none.
 */
void clock_start(uintptr_t mtime, uintptr_t mtimecmp, uint32_t hz);

/* Lets a moment pass, asleep if there is a timer to wake up by: between two looks at something. */
void clock_doze(void);
