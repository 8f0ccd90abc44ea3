/* SPDX-License-Identifier: BSD-2-Clause */
/* Time for time-outs. The stage implements it over mtime; unit tests over a counter of theirs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Microseconds since some moment of the past; never goes back. */
uint64_t clock_us(void);

/* A moment in the future, to be compared by deadline_passed(). */
static inline uint64_t deadline_after(uint32_t us)
{
	return clock_us() + us;
}

static inline bool deadline_passed(uint64_t deadline)
{
	return clock_us() > deadline;
}
