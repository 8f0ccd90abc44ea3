/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that others on a network do not know. */
#pragma once

#include <stdint.h>

/*
 * A seed for what has to be hard to guess, not for keys: from the entropy source (Zkr) where the hart
 * has one, else from the cycle counter, the time, and @salt.
 */
uint64_t entropy_seed(uint64_t salt);
