/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as the context in @frame sees it: through its translation, with its rights (MPRV, MPV, as
 * frame->mstatus says). When an access faults, frame->info says what the context's own would.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/trap_frame.h"

/* 1 to 8 bytes, lowest first. False: it faults. */
bool unpriv_load(struct trap_frame *frame, unsigned long addr, unsigned int size,
		 unsigned long *value);
bool unpriv_store(struct trap_frame *frame, unsigned long addr, unsigned int size,
		  unsigned long value);

/* The instruction at frame->mepc; one of 16 bits is zero-extended. */
bool unpriv_fetch(struct trap_frame *frame, uint32_t *insn);
