/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <stdio.h> on the target. */
#pragma once

#include "lib/printf.h"
