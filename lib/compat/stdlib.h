/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <stdlib.h> on the target: libfdt uses strtoul() for alias paths only. */
#pragma once

#include <stddef.h>
