/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses by MPRV. a0 = address, a1 = size in bytes, a2 = mstatus to access with, a3 = value to
 * store. All return a0 = value, a1 = mcause + 1, or 0 when there was no fault.
 */
#include "lib/riscv/csr.h"

.macro begin
	lla	t2, 2f			/* where a fault goes on, see guard.h */
	lla	t0, guard_vector
	csrrw	t0, CSR_MTVEC, t0
	li	t1, 0
	csrrw	t3, CSR_MSTATUS, a2
.endm

.macro end
2:	csrw	CSR_MSTATUS, t3
	csrw	CSR_MTVEC, t0
	mv	a1, t1
	ret
.endm

	.text
	/* Aligned. */
	.globl	unpriv_load_double
unpriv_load_double:
	begin
	ld	a0, 0(a0)
	end

	.globl	unpriv_load_word
unpriv_load_word:
	begin
	lwu	a0, 0(a0)
	end

	.globl	unpriv_load_half
unpriv_load_half:
	begin
	lhu	a0, 0(a0)
	end

	.globl	unpriv_store_bytes
unpriv_store_bytes:
	begin
1:	sb	a3, 0(a0)
	srli	a3, a3, 8
	addi	a0, a0, 1
	addi	a1, a1, -1
	bnez	a1, 1b
	end
