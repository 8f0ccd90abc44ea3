/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor that is just enough: enter_guest() goes on in VS-mode where it was called in HS-mode,
 * ecalls are the firmware's (but one, for hcounteren), and any other trap is noted and stepped over.
 */
#include "lib/riscv/csr.h"
#include "tests/payloads/emulate/context.h"

#define NOTE_COUNT 0
#define NOTE_T1 8
#define NOTE_CAUSE 16
#define INSN_LENGTH 4 /* slots have two instructions when they are of two bytes */

	.text
	.globl	enter_guest
enter_guest:
	la	t0, hypervisor_note
	csrr	t1, CSR_SSCRATCH
	csrw	CSR_VSSCRATCH, t1
	csrw	CSR_SSCRATCH, t0
	csrr	t1, CSR_STVEC
	csrw	CSR_VSTVEC, t1
	lla	t1, hypervisor
	csrw	CSR_STVEC, t1
	li	t1, HSTATUS_SPV
	csrs	CSR_HSTATUS, t1
	li	t1, MSTATUS_SPP | MSTATUS_FS | MSTATUS_VS
	csrs	CSR_SSTATUS, t1
	csrw	CSR_SEPC, ra
	sret

	.balign	4
hypervisor:
	csrrw	t0, CSR_SSCRATCH, t0
	sd	t1, NOTE_T1(t0)
	csrr	t1, CSR_SCAUSE
	addi	t1, t1, -CAUSE_ECALL_VS
	beqz	t1, 1f
	ld	t1, NOTE_COUNT(t0)
	addi	t1, t1, 1
	sd	t1, NOTE_COUNT(t0)
	csrr	t1, CSR_SCAUSE
	sd	t1, NOTE_CAUSE(t0)
	csrr	t1, CSR_STVAL
	sd	t1, (NOTE_CAUSE + 8)(t0)
	csrr	t1, CSR_HTVAL
	sd	t1, (NOTE_CAUSE + 16)(t0)
	csrr	t1, CSR_HSTATUS
	sd	t1, (NOTE_CAUSE + 24)(t0)
	j	2f
1:	li	t1, HYPERCALL_HCOUNTEREN
	bne	a7, t1, 3f
	csrw	CSR_HCOUNTEREN, a0
	j	2f
3:	ld	t1, NOTE_T1(t0)
	csrrw	t0, CSR_SSCRATCH, t0
	ecall
	csrrw	t0, CSR_SSCRATCH, t0
2:	csrr	t1, CSR_SEPC
	addi	t1, t1, INSN_LENGTH
	csrw	CSR_SEPC, t1
	ld	t1, NOTE_T1(t0)
	csrrw	t0, CSR_SSCRATCH, t0
	sret

	.bss
	.balign	8
	.globl	hypervisor_note
hypervisor_note:
	.space	48
