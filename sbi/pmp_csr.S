/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchanging PMP CSRs by number: entry n of a table exchanges a0 with CSR n and returns to t2, as
 * guard_run() wants. A CSR's number is a constant of the instruction, so each has its own.
 */
#include "lib/riscv/csr.h"

	.text
	.option	push
	.option	norvc
	.balign	8
	.globl	pmpaddr_table
pmpaddr_table:
	.set	n, 0
	.rept	64
	csrrw	a0, CSR_PMPADDR0 + n, a0
	jr	t2
	.set	n, n + 1
	.endr

	/* RV64 has the even ones only. */
	.globl	pmpcfg_table
pmpcfg_table:
	.set	n, 0
	.rept	8
	csrrw	a0, CSR_PMPCFG0 + n, a0
	jr	t2
	.set	n, n + 2
	.endr
	.option	pop
