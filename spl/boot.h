/* SPDX-License-Identifier: BSD-2-Clause */
/* Trying the boot sources, and starting what one of them has. */
#pragma once

#include "lib/err.h"
#include "spl/platform.h"

/*
 * Tries the boot sources in their order until one has a FIT that loads and verifies, and starts it.
 * Returns when none has, after a summary of what each one said.
 */
void boot(const struct platform *platform);

/*
 * For a boot source that has to store what it is sent: memory of a MiB at least, of @most bytes, a power
 * of 2, where there is as much. It is kept clear until the next source's turn. ERR_MEMORY_NO_ROOM.
 */
enum err boot_take_memory(uint64_t most, uint64_t *base, uint64_t *size);
