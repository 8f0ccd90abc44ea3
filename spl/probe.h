/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding out what is memory. Traps of these accesses are caught. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * [base, base + size) can be read; base is a multiple of 8. One word a page is tried, so it must
 * not be what is known to be a device.
 */
bool probe_is_readable(uint64_t base, uint64_t size);

/*
 * Where memory ends, of which it is known that it reaches to @low and not beyond @high: @high, a
 * multiple of 1 MiB below it, or @low. What memory holds is kept.
 */
uint64_t probe_end(uint64_t low, uint64_t high);
