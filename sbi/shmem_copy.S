/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shmem_copy(a0 = to, a1 = from, a2 = size): returns a0 = mcause + 1 when either side faults, or 0.
 * What a fault changes of the trap that is being handled is put back (lib/riscv/guard.h).
 */
#include "lib/riscv/csr.h"

	.text
	.globl	shmem_copy
shmem_copy:
	csrr	a6, CSR_MEPC
	csrr	a7, CSR_MSTATUS
	li	t0, MSTATUS_MDT
	csrc	CSR_MSTATUS, t0
	lla	t2, 4f
	lla	t0, guard_vector
	csrrw	t0, CSR_MTVEC, t0
	li	t1, 0
	add	a4, a0, a2
	or	a5, a0, a1
	andi	a5, a5, 7
	addi	a3, a4, -7		/* as long as to is below this, 8 bytes are left */
	bnez	a5, 3f
1:	bgeu	a0, a3, 3f
	ld	a5, 0(a1)
	addi	a1, a1, 8
	sd	a5, 0(a0)
	addi	a0, a0, 8
	j	1b
2:	lbu	a5, 0(a1)
	addi	a1, a1, 1
	sb	a5, 0(a0)
	addi	a0, a0, 1
3:	bne	a0, a4, 2b
4:	csrw	CSR_MTVEC, t0
	csrw	CSR_MSTATUS, a7
	csrw	CSR_MEPC, a6
	mv	a0, t1
	ret
