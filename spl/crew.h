/* SPDX-License-Identifier: BSD-2-Clause */
/* The followers that hash: the first ones that can be woken, one image each. */
#pragma once

#include "fit/crew.h"

/* To be used once harts_gather() has been called. */
extern const struct hash_crew crew;
