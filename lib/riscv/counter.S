/* SPDX-License-Identifier: BSD-2-Clause */
/* See counter.h. The number of a CSR is part of its instruction, so there is one a counter. */
#include "lib/riscv/csr.h"

#define CSR_EVENT_BASE (CSR_MHPMEVENT3 - 3)

/* Defines \name, which goes to the a0-th of the instructions that follow. */
.macro select_by_counter name
	.globl	\name
\name:
	andi	a0, a0, 31
	slli	a0, a0, 3
	lla	t0, 1f
	add	t0, t0, a0
	jr	t0
1:
.endm

.macro read_each name, base
	select_by_counter \name
	.set	n, 0
	.rept	32
	csrr	a0, \base + n
	ret
	.set	n, n + 1
	.endr
.endm

.macro write_each name, base
	select_by_counter \name
	.set	n, 0
	.rept	32
	csrw	\base + n, a1
	ret
	.set	n, n + 1
	.endr
.endm

	.text
	.balign	4
	.option	push
	.option	norvc
	read_each counter_read, CSR_MCYCLE
	write_each counter_write, CSR_MCYCLE
	read_each counter_event_read, CSR_EVENT_BASE
	write_each counter_event_write, CSR_EVENT_BASE
	.option	pop

/* guard_vector goes on at t2, with t1 not 0. */
	.globl	counter_exists
counter_exists:
	mv	t3, ra
	lla	t2, 1f
	lla	t4, guard_vector
	li	t1, 0
	csrrw	t4, CSR_MTVEC, t4
	call	counter_read
1:	csrw	CSR_MTVEC, t4
	seqz	a0, t1
	jr	t3
