/* SPDX-License-Identifier: BSD-2-Clause */
/* Trying the boot sources, and starting what one of them has. */
#pragma once

#include "spl/platform.h"

/*
 * Tries the boot sources in their order until one has a FIT that loads and verifies, and starts it.
 * Returns when none has, after a summary of what each one said.
 */
void boot(const struct platform *platform);
