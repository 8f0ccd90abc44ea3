/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shmem_copy_in(a0 = to, a1 = from, a2 = size) from memory of S-mode, shmem_copy_out() to it: return
 * a0 = mcause + 1 when S-mode's side faults, or 0.
 *
 * S-mode's side is accessed as S-mode would with translation off (MPRV), so that the PMP has the last
 * word, and M-mode needs no rights there of its own. What that and a fault change is put back
 * (lib/riscv/guard.h).
 */
#include "lib/riscv/csr.h"

#define BLOCK 4 /* units that are loaded before they are stored */

.macro block load, store, unit
	csrw	CSR_MSTATUS, t4
	\load	a3, 0 * \unit(a1)
	\load	a4, 1 * \unit(a1)
	\load	a5, 2 * \unit(a1)
	\load	t6, 3 * \unit(a1)
	csrw	CSR_MSTATUS, t5
	\store	a3, 0 * \unit(a0)
	\store	a4, 1 * \unit(a0)
	\store	a5, 2 * \unit(a0)
	\store	t6, 3 * \unit(a0)
	addi	a1, a1, BLOCK * \unit
	addi	a0, a0, BLOCK * \unit
	addi	a2, a2, -BLOCK * \unit
.endm

	.text
	.globl	shmem_copy_in
shmem_copy_in:
	li	a3, 1
	j	copy
	.globl	shmem_copy_out
shmem_copy_out:
	li	a3, 0

/* t4 and t5: mstatus while loading, while storing. */
copy:
	csrr	a6, CSR_MEPC
	csrr	a7, CSR_MSTATUS
	li	t0, MSTATUS_MDT | MSTATUS_MPV | MSTATUS_MPRV | MSTATUS_MPP
	not	t0, t0
	and	t4, a7, t0
	li	t0, MSTATUS_MPRV | PRV_S << MSTATUS_MPP_SHIFT
	or	t5, t4, t0
	beqz	a3, 1f
	mv	t0, t4
	mv	t4, t5
	mv	t5, t0
1:	csrrw	t3, CSR_SATP, zero
	lla	t2, 9f
	lla	t0, guard_vector
	csrrw	t0, CSR_MTVEC, t0
	li	t1, 0
	or	a5, a0, a1
	andi	a5, a5, 7
	bnez	a5, 4f

	addi	a2, a2, -BLOCK * 8	/* what is left behind the next block; below 0: it is none */
	bltz	a2, 3f
2:	block	ld, sd, 8
	bgez	a2, 2b
3:	addi	a2, a2, BLOCK * 8

4:	addi	a2, a2, -BLOCK
	bltz	a2, 6f
5:	block	lbu, sb, 1
	bgez	a2, 5b
6:	addi	a2, a2, BLOCK
	beqz	a2, 9f

7:	csrw	CSR_MSTATUS, t4
	lbu	a3, 0(a1)
	csrw	CSR_MSTATUS, t5
	sb	a3, 0(a0)
	addi	a1, a1, 1
	addi	a0, a0, 1
	addi	a2, a2, -1
	bnez	a2, 7b

9:	csrw	CSR_SATP, t3
	csrw	CSR_MTVEC, t0
	csrw	CSR_MSTATUS, a7
	csrw	CSR_MEPC, a6
	mv	a0, t1
	ret
