/* SPDX-License-Identifier: BSD-2-Clause */
/* What lib/clock.h counts in the SPL. */
#pragma once

#include <stdint.h>

/*
 * Counts by the register at @mtime, which runs at @hz. Without one (0) the cycle counter is taken,
 * at the rate of the fastest core: then time-outs are long rather than short.
 */
void clock_start(uintptr_t mtime, uint32_t hz);
