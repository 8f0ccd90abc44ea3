/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <string.h> on the target. */
#pragma once

#include "lib/string.h"
