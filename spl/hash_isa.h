/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions the leader has for hashing. */
#pragma once

/* Tries them, and has fit/hash.h use the best. */
void hash_isa_choose(void);
