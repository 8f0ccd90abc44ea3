/* SPDX-License-Identifier: BSD-2-Clause */
/* What the assembly knows of struct hart (hart.h checks these against it). */
#pragma once

#define MAX_HARTS 64
#define STACK_SIZE 8192
#define TRAP_STACK_SIZE 4096

/* Byte offsets of the register arrays; x<n> is at offset 8 * n. */
#define HART_TRAP 0
#define HART_CALL 256
#define HART_RESULT 512
#define HART_ENTRY 768
#define HART_KEPT 1024
#define HART_ENTRY_STACK 1152
#define HART_TRAP_STACK_TOP 1160
#define HART_ENTRY_FN 1168
#define HART_ENTRY_SATP 1176
#define HART_ENTRY_SSTATUS 1184
