/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harts that follow: each parks in a slot at the SPL's home (entry.S), and leaves for the next
 * stage when the leader lets all of them go.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spl/platform.h"

enum hart_state {
	HART_MISSING, /* described, but it did not come */
	HART_PARKED,
	HART_LEADER,
};

/* Of a hart by its index in platform->machine.harts. */
enum hart_state hart_state(unsigned int index);

/*
 * Waits until all enabled harts of @platform have parked, or until none came for three seconds.
 * Says which are missing.
 */
void harts_gather(const struct platform *platform);

/*
 * The parked harts that can be woken are counted from 0. Has number @n call crew_work(@work, its MSIP
 * register), once it comes back from an earlier call, with the memory below @work as its stack. False:
 * there is no such hart.
 */
bool harts_put_to_work(unsigned int n, void *work);

/* Wakes it from a wfi. */
void harts_wake(unsigned int n);

uint64_t harts_id(unsigned int n);

/*
 * Sends all parked harts to @entry with a0 = own hart id, a1 = @dtb, a2 = @info, and waits until
 * they have left the SPL. Says which did not within three seconds.
 */
void harts_release(const struct platform *platform, uint64_t entry, uint64_t dtb, uint64_t info);
