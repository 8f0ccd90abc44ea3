/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the firmware meets a bug of its own: one readable dump, then what the DTB says (hang, or
 * reset the machine). Nothing here takes a lock or trusts a pointer that may be what broke.
 */
#pragma once

#define CRASH_STACK_SIZE 2048

#ifndef __ASSEMBLER__

#include <stdbool.h>

#include "sbi/trap.h"

/*
 * From the trap entry, on its own stack, once: @frame is where M-mode trapped. @rnmi: a resumable
 * non-maskable interrupt or exception came (Smrnmi), in whatever mode; what mepc says then is older.
 */
_Noreturn void crash_report(const struct trap_frame *frame, bool rnmi);

/* A bug that is seen before it traps. */
_Noreturn void crash(const char *what);

#endif
