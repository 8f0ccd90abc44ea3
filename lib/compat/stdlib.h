/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <stdlib.h> on the target: lib/strtoul.c. */
#pragma once

#include <stddef.h>

unsigned long strtoul(const char *restrict text, char **restrict end, int base);
