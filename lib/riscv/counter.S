/* SPDX-License-Identifier: BSD-2-Clause */
/* See counter.h. The number of a CSR is part of its instruction, so there is one a counter. */
#include "lib/riscv/csr.h"

	.text
	.balign	4
	.option	push
	.option	norvc
	.globl	counter_read
counter_read:
	andi	a0, a0, 31
	slli	a0, a0, 3
	lla	t0, 1f
	add	t0, t0, a0
	jr	t0
1:
	.set	n, 0
	.rept	32
	csrr	a0, CSR_MCYCLE + n
	ret
	.set	n, n + 1
	.endr

	.globl	counter_write
counter_write:
	andi	a0, a0, 31
	slli	a0, a0, 3
	lla	t0, 1f
	add	t0, t0, a0
	jr	t0
1:
	.set	n, 0
	.rept	32
	csrw	CSR_MCYCLE + n, a1
	ret
	.set	n, n + 1
	.endr
	.option	pop
