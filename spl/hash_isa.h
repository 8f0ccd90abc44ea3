/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions a hart has for hashing. */
#pragma once

#include "fit/hash.h"

/* What is the fastest on the hart that asks, which tries them. */
struct hash_blocks hash_isa_blocks(void);
