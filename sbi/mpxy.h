/* SPDX-License-Identifier: BSD-2-Clause */
/* Message channels of the machine; the rules are in sbi/mpxy_policy.h. */
#pragma once

#include "lib/err.h"
#include "sbi/lifecycle.h"

#define MPXY_NO_SHMEM (~0UL)

/*
 * At cold boot, once there is a console, and before memory protection is planned: finds out which of
 * the device tree's channels have somebody at their other end. Says which have not, and why.
 */
enum err mpxy_start(void);

/* A hart that starts has no shared memory. */
void mpxy_enter(enum life_event why);
