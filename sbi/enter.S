/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enter_next_mode(a0, a1, a2 = address, a3 = mstatus): into the next mode with a0 and a1 and zeros,
 * so that no address of M-mode gets out. Any later trap starts at the top of this hart's stack.
 */
#include "lib/riscv/csr.h"

	.text
	.globl	enter_next_mode
enter_next_mode:
	csrw	CSR_MEPC, a2
	csrw	CSR_MSTATUS, a3
	csrw	CSR_MSCRATCH, tp
	.irp	reg, ra, sp, gp, tp, t0, t1, t2, s0, s1, a2, a3, a4, a5, a6, a7, \
		s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
	li	\reg, 0
	.endr
	mret
