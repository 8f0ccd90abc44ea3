/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes by MPRV. a0 = address, a1 = size, a2 = mstatus to access with, a3 = value to store.
 * unpriv_load_bytes returns a0 = value; both return a1 = mcause + 1, or 0.
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
	csrw	CSR_MSTATUS, t3
	csrw	CSR_MTVEC, t0
	mv	a1, t1
	ret
.endm

	.text
	.globl	unpriv_load_bytes
unpriv_load_bytes:
	li	a4, 0			/* value */
	li	a5, 0			/* shift */
	begin
1:	lbu	a6, 0(a0)
	sll	a6, a6, a5
	or	a4, a4, a6
	addi	a0, a0, 1
	addi	a5, a5, 8
	addi	a1, a1, -1
	bnez	a1, 1b
2:	mv	a0, a4
	end

	.globl	unpriv_store_bytes
unpriv_store_bytes:
	begin
1:	sb	a3, 0(a0)
	srli	a3, a3, 8
	addi	a0, a0, 1
	addi	a1, a1, -1
	bnez	a1, 1b
2:	end
