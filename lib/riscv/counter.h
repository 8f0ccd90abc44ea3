/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters of M-mode by number: 0 is mcycle, 2 minstret, 3 to 31 mhpmcounter3 to 31. */
#pragma once

#include <stdbool.h>

unsigned long counter_read(unsigned int counter);
void counter_write(unsigned int counter, unsigned long value);

/* Their mhpmevent, from number 3 on. */
unsigned long counter_event_read(unsigned int counter);
void counter_event_write(unsigned int counter, unsigned long value);

/* Reading it does not trap. If it does, mepc and mstatus have changed (lib/riscv/guard.h). */
bool counter_exists(unsigned int counter);
