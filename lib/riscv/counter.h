/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters of M-mode by number: 0 is mcycle, 2 minstret, 3 to 31 mhpmcounter3 to 31. */
#pragma once

unsigned long counter_read(unsigned int counter);
void counter_write(unsigned int counter, unsigned long value);
