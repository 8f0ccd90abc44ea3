/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where software events come in (SBI v3.0, "Software Event Injection"): a6 = hart id, a7 = the
 * struct sse_event that was registered as entry argument. The firmware keeps the interrupted a6 and
 * a7; all other registers go to the event, and come back from there.
 */
#include "tests/payloads/common/sse_entry.h"

#define EID_SSE 0x535345
#define SSE_COMPLETE 6

.macro each_register op, base
	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, \
		24, 25, 26, 27, 28, 29, 30, 31
	\op	x\n, (8 * \n)(\base)
	.endr
.endm

	.text
	.globl	sse_entry
	.balign	4
sse_entry:
	each_register sd, a7
	ld	sp, EVENT_STACK_TOP(a7)
	mv	s1, a7
	mv	a0, a7
	mv	a1, a6
	call	sse_dispatch
	mv	a7, s1
	each_register ld, a7
	li	a6, SSE_COMPLETE
	li	a7, EID_SSE
	ecall
	/* Nobody comes back from there. */
1:	wfi
	j	1b
