/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <limits.h> on the target. */
#pragma once

#define CHAR_BIT __CHAR_BIT__
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (INT_MAX * 2U + 1U)
