/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where harts come in: from the firmware's boot (_start), from hart_start and non-retentive suspend
 * (hart_entry), by a trap (trap_entry), and out through an SBI call whose effect on every register
 * is recorded (ecall_recorded). sscratch always holds this hart's struct hart.
 */
#include "lib/riscv/csr.h"
#include "tests/payloads/common/layout.h"
#include "tests/payloads/common/registers.inc"

#define X_TP 4
#define X_A0 10
#define X_A1 11

	.section .text.start, "ax"
	.globl	_start
_start:
	csrw	CSR_SIE, zero
	/* Firmware without HSM lets all harts come here: the first one goes on, and keeps what it has. */
	csrw	CSR_SSCRATCH, t0
	la	t0, boot_lottery
	amoswap.w.aq t0, t0, (t0)
	bnez	t0, park
	la	t0, boot_registers
	each_register sd, t0, 0, 5
	csrr	t1, CSR_SSCRATCH
	sd	t1, 40(t0)
	la	t0, __bss_start
	la	t1, __bss_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	sp, boot_stack_top
	call	payload_start

	.globl	park
park:
	csrw	CSR_SIE, zero
	wfi
	j	park

/* a0 = hart id, a1 = struct hart; the state the hart came with is kept for whoever asked for it. */
	.globl	hart_entry
	.balign	4
hart_entry:
	each_register sd, a1, HART_ENTRY
	csrr	t0, CSR_SATP
	sd	t0, HART_ENTRY_SATP(a1)
	csrr	t0, CSR_SSTATUS
	sd	t0, HART_ENTRY_SSTATUS(a1)
	mv	tp, a1
	csrw	CSR_SSCRATCH, tp
	la	t0, trap_entry
	csrw	CSR_STVEC, t0
	ld	sp, HART_ENTRY_STACK(tp)
	ld	t0, HART_ENTRY_FN(tp)
	mv	a0, tp
	jalr	t0
	j	park

/* Notes a0 and a1 as they came, and stops: for an opaque value that is no pointer. */
	.globl	opaque_entry
	.balign	4
opaque_entry:
	la	t0, opaque_seen
	sd	a1, 8(t0)
	sd	a0, 0(t0)
	fence	rw, rw
	li	t1, 1
	sd	t1, 16(t0)
	li	a7, 0x48534d
	li	a6, 1
	ecall
	j	park

/* void trap_handler(struct hart *): the registers are in hart->trap[], with sepc as x0. */
	.globl	trap_entry
	.balign	4
trap_entry:
	csrrw	tp, CSR_SSCRATCH, tp
	each_register sd, tp, HART_TRAP, X_TP
	csrr	t0, CSR_SEPC
	sd	t0, HART_TRAP(tp)
	csrrw	t0, CSR_SSCRATCH, tp
	sd	t0, (HART_TRAP + 8 * X_TP)(tp)
	ld	sp, HART_TRAP_STACK_TOP(tp)
	mv	a0, tp
	call	trap_handler
	ld	t0, HART_TRAP(tp)
	csrw	CSR_SEPC, t0
	each_register ld, tp, HART_TRAP, X_TP
	ld	tp, (HART_TRAP + 8 * X_TP)(tp)
	sret

/*
 * void ecall_recorded(struct hart *): x1..x31 come from hart->call[], and are in hart->result[]
 * after the call. Interrupts must be off: sscratch is borrowed for a moment.
 */
	.globl	ecall_recorded
ecall_recorded:
	mv	tp, a0
	each_kept sd, tp, HART_KEPT
	each_register ld, tp, HART_CALL, X_TP
	ld	tp, (HART_CALL + 8 * X_TP)(tp)
	ecall
	.globl	ecall_recorded_return
ecall_recorded_return:
	csrrw	tp, CSR_SSCRATCH, tp
	each_register sd, tp, HART_RESULT, X_TP
	csrrw	t0, CSR_SSCRATCH, tp
	sd	t0, (HART_RESULT + 8 * X_TP)(tp)
	each_kept ld, tp, HART_KEPT
	ret

/* int mark(struct mark *): returns 0, and again 1 when leap_to() comes back here. */
	.globl	mark
mark:
	each_kept sd, a0, 0
	li	a0, 0
	ret

/* void leap_to(struct mark *) */
	.globl	leap_to
leap_to:
	each_kept ld, a0, 0
	li	a0, 1
	ret

/* uint64_t counter_csr(unsigned int n): user counter CSR 0xc00 + n, n < 32. */
	.globl	counter_csr
counter_csr:
	andi	a0, a0, 31
	slli	a0, a0, 3
	la	t0, 1f
	add	t0, t0, a0
	jr	t0
	.option	push
	.option	norvc
1:
	.set	n, 0
	.rept	32
	.4byte	0xc0002573 | (n << 20)	/* csrr a0, 0xc00 + n */
	ret
	.set	n, n + 1
	.endr
	.option	pop

/* One instruction each, so that a trap on it is easy to tell and to step over. */
	.globl	touch_load
touch_load:
	ld	a0, (a0)
	ret
	.globl	touch_store
touch_store:
	sd	a1, (a0)
	ret

/* void user_entry(volatile uint64_t *flag): U-mode code; waits for the flag, and calls S-mode. */
	.globl	user_entry
	.balign	4
user_entry:
	ld	t0, 0(a0)
	beqz	t0, user_entry
	ecall

	.data
	.balign	8
boot_lottery:
	.8byte	0
	.globl	boot_registers
boot_registers:
	.skip	32 * 8

	.bss
	.balign	16
	.space	STACK_SIZE
boot_stack_top:
	.globl	opaque_seen
opaque_seen:
	.space	24
