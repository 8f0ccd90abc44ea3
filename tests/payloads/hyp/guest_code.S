/* SPDX-License-Identifier: BSD-2-Clause */
/* The world switch, and what the guest runs, see guest.h. */
#include "lib/riscv/csr.h"
#include "tests/payloads/common/registers.inc"
#include "tests/payloads/hyp/guest.h"

#define X_A0 10

	.text
	.option	norvc
	.option	norelax
/*
 * void guest_enter(struct guest *): interrupts are off, sepc, sstatus and hstatus say where to.
 * Comes back with the guest's registers in the struct.
 */
	.globl	guest_enter, guest_sret, guest_debugger_trap, guest_debugger_here
guest_enter:
	each_kept sd, a0, GUEST_KEPT
	sd	tp, GUEST_HOST_TP(a0)
	csrw	CSR_SSCRATCH, a0
	la	t0, guest_exit
	csrw	CSR_STVEC, t0
	ld	t0, GUEST_ENTRY(a0)
	jr	t0

guest_sret:
	each_register ld, a0, 0, X_A0
	ld	a0, (8 * X_A0)(a0)
	sret

guest_debugger_trap:
	each_register ld, a0, 0, X_A0
	ld	a0, (8 * X_A0)(a0)
guest_debugger_here:
	j	guest_debugger_here

	.balign	4
guest_exit:
	csrrw	a0, CSR_SSCRATCH, a0
	each_register sd, a0, 0, X_A0
	ld	tp, GUEST_HOST_TP(a0)
	csrrw	t0, CSR_SSCRATCH, tp
	sd	t0, (8 * X_A0)(a0)
	each_kept ld, a0, GUEST_KEPT
	ret

/* The guest's vstvec, vectored. */
	.balign	256
	.globl	guest_vector
guest_vector:
	.rept	64
	ecall
	.endr

.macro code name:req
	.balign	4
	.globl	code_\name
code_\name:
.endm

code load
	ld	a0, (a1)
	ecall
code store
	sd	a0, (a1)
	ecall
code load_half
	lh	a0, (a1)
	ecall
code store_word
	sw	a0, (a1)
	ecall
	.option	rvc
code load_c
	c.ld	a0, 0(a1)
	ecall
	c.nop
code store_c
	c.sd	a0, 0(a1)
	ecall
	c.nop
	.option	norvc
code jump
	jr	a1
	ecall
code unimp
	.4byte	0xffffffff
	ecall
code m_csr
	csrr	a0, CSR_MSCRATCH
	ecall
code ebreak
	ebreak
	ecall
code lr
	lr.d	a0, (a1)
	ecall
code amo
	amoadd.d a0, a0, (a1)
	ecall
code ecall
	ecall
	ecall
code hlv
	.4byte	0x6c05c573	/* hlv.d a0, (a1) */
	ecall
code hfence
	.4byte	0x62000073	/* hfence.gvma */
	ecall
code h_csr
	csrr	a0, CSR_HGATP
	ecall
code s_csr
	csrr	a0, CSR_SSCRATCH
	ecall
code satp
	csrr	a0, CSR_SATP
	ecall
code wfi
	wfi
	ecall
code sret
	sret
	ecall
code sfence
	sfence.vma
	ecall
code sinval
	.4byte	0x16000073	/* sinval.vma */
	ecall
code cycle
	csrr	a0, CSR_CYCLE
	ecall
code time
	csrr	a0, CSR_TIME
	ecall
code cbo_zero
	.4byte	0x0045a00f	/* cbo.zero (a1) */
	ecall
code stimecmp
	csrw	CSR_STIMECMP, a1
	ecall
code senvcfg
	csrr	a0, CSR_SENVCFG
	ecall
code claim
	csrrw	a0, CSR_STOPEI, zero
	ecall
code spin
	j	code_spin
	ecall
/* Programs its timer for a1, and waits for the interrupt. */
code set_timer
	csrw	CSR_STIMECMP, a1
1:	j	1b
	ecall
/* An indirect jump to where no landing pad is (Zicfilp). */
code landing
	auipc	t1, 0
	jr	16(t1)
	ecall
	ecall
	ecall

/* For PAGE_CODE. */
	.balign	4
	.globl	code_in_window
code_in_window:
	ecall
