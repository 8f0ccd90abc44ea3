/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as the context that trapped sees it: through its translation, with its rights (MPRV, MPV).
 * @mstatus is that of its frame. A fault is not ours: it is reported as the context's own would be.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/trap.h"

/* 1 to 8 bytes, lowest first. False: @fault says why. */
bool unpriv_load(unsigned long mstatus, unsigned long addr, unsigned int size, unsigned long *value,
		 struct trap_info *fault);
bool unpriv_store(unsigned long mstatus, unsigned long addr, unsigned int size, unsigned long value,
		  struct trap_info *fault);

/* The instruction at @addr, as much of it as its length says. */
bool unpriv_fetch(unsigned long mstatus, unsigned long addr, uint32_t *insn,
		  struct trap_info *fault);
