/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that one instruction is run with, and what it leaves. */
#pragma once

#define CONTEXT_F 256
#define CONTEXT_VL 512
#define CONTEXT_VTYPE 520
#define CONTEXT_VSTART 528
#define CONTEXT_SSTATUS 536
#define CONTEXT_V 576
#define CONTEXT_V_SIZE (32 * 64)

#define HYPERCALL_HCOUNTEREN 0x0aaa0000 /* a7 of an ecall from VS-mode: hcounteren = a0 */

#ifndef __ASSEMBLER__

#include <stdint.h>

struct context {
	uint64_t x[32];
	uint64_t f[32];
	uint64_t vl, vtype, vstart;
	uint64_t sstatus; /* after it: FS and VS, which are Initial before */
	uint64_t unused[4];
	uint8_t v[CONTEXT_V_SIZE];
};

_Static_assert(sizeof(struct context) == CONTEXT_V + CONTEXT_V_SIZE, "");

/* What run_plain() and run_trapping() work on: all of it, the last two if the hart has them. */
extern struct context context;
extern uint64_t context_has_f, context_has_v;

/*
 * Run the instruction at slot_plain or slot_trapping. The hart takes a trap at the second: the one
 * that injection says (tests/boot/test_emulate.py).
 */
void run_plain(void);
void run_trapping(void);
extern uint32_t slot_plain, slot_trapping;
extern struct {
	uint64_t cause, tval, tinst;
} injection;

/* Returns in VS-mode; hgatp and what is delegated are the caller's. */
void enter_guest(void);

/* The traps that came to HS-mode since then, but for ecalls: how many, and the last one. */
extern struct hypervisor_note {
	uint64_t count, unused;
	uint64_t cause, tval, htval, hstatus;
} hypervisor_note;

#endif
