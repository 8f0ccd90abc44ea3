/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trap entry. mscratch holds this hart's scratch while it runs a lower mode, which is the top of
 * its stack and where its trap frame is; 0 while it runs M-mode, where a trap is a bug.
 */
#include "lib/riscv/csr.h"
#include "sbi/crash.h"
#include "sbi/sbi.h"
#include "sbi/scratch.h"

#define X(n) ((n) * 8)

/* What C may clobber but t0 (x5), tp (x4), a0 and a1 (x10, x11). */
.macro each_caller_saved insn
	.irp	n, 1, 6, 7, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\insn	x\n, X(\n)(sp)
	.endr
.endm

/* What C preserves. */
.macro each_callee_saved insn
	.irp	n, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\insn	x\n, X(\n)(sp)
	.endr
.endm

/* sp is the scratch, t0 is saved: saves what C may clobber, and sets tp. Leaves mscratch 0. */
.macro save_caller_saved
	sd	tp, X(4)(sp)
	each_caller_saved sd
	csrrw	t0, CSR_MSCRATCH, zero
	sd	t0, X(2)(sp)
	mv	tp, sp
.endm

/* From here on a trap in M-mode is one like others, which can be told from this one (Smdbltrp). */
.macro end_of_trap_entry
	li	t0, MSTATUS_MDT
	csrc	CSR_MSTATUS, t0
.endm

.macro restore_caller_saved_and_return
	csrw	CSR_MSCRATCH, sp
	ld	tp, X(4)(sp)
	ld	t0, X(5)(sp)
	each_caller_saved ld
	ld	sp, X(2)(sp)
	mret
.endm

	.section .text.hot, "ax", @progbits
	.balign	64
	.globl	trap_entry
trap_entry:
	csrrw	sp, CSR_MSCRATCH, sp
	beqz	sp, trap_in_m_mode
	sd	t0, X(5)(sp)
	csrr	t0, CSR_MCAUSE
	bltz	t0, interrupt
no_interrupt:
	addi	t0, t0, -CAUSE_ECALL_S
	bnez	t0, exception

	/* An ecall of S-mode: its arguments are in place, its results go where they are. */
	li	t0, SBI_EXT_TIME
	beq	a7, t0, time_ecall
ecall_in_c:
	save_caller_saved
	end_of_trap_entry
	csrr	t0, CSR_MEPC
	addi	t0, t0, 4
	csrw	CSR_MEPC, t0
	call	ecall_dispatch
	restore_caller_saved_and_return

/*
 * set_timer without C, for which 15 registers would be saved and restored so that one can be written:
 * does what ecall_time() does, and leaves to it what it does not. The scratch says whether it may, and
 * where to write: not while a firmware counter counts these calls, nor on a hart without a timer. No
 * software event can become ready here. Free are t0, and a1, which is going to be 0.
 */
time_ecall:
	bnez	a6, ecall_in_c		/* set_timer's number is 0 */
	ld	t0, SCRATCH_SET_TIMER(sp)
	beqz	t0, ecall_in_c		/* SET_TIMER_IN_C */
	bgtz	t0, set_mtimecmp
	csrw	CSR_STIMECMP, a0	/* STIP follows it */
timer_is_set:
	csrr	t0, CSR_MEPC
	addi	t0, t0, 4
	csrw	CSR_MEPC, t0
	li	a0, SBI_SUCCESS
	li	a1, 0
	ld	t0, X(5)(sp)
	csrrw	sp, CSR_MSCRATCH, sp
	mret

/* A device may refuse the access: while it is made, a trap finds what those in M-mode find. */
set_mtimecmp:
	csrrw	a1, CSR_MSCRATCH, zero
	end_of_trap_entry
	ld	t0, SCRATCH_SET_TIMER(sp)
write_mtimecmp:
	sd	a0, (t0)
	li	t0, MIP_STIP
	csrc	CSR_MIP, t0
	li	t0, MIP_MTIP
	csrs	CSR_MIE, t0
	csrw	CSR_MSCRATCH, a1
	j	timer_is_set

interrupt:
	addi	t0, t0, -IRQ_MTI
	slli	t0, t0, 1
	bnez	t0, other_interrupt
timer_interrupt:
	/* The timer, on a hart without Sstc: it is S-mode's. timer_expired() */
	li	t0, MIP_MTIP
	csrc	CSR_MIE, t0
	li	t0, MIP_STIP
	csrs	CSR_MIP, t0
	ld	t0, X(5)(sp)
	csrrw	sp, CSR_MSCRATCH, sp
	mret

other_interrupt:
	save_caller_saved
serve_interrupt:
	sd	a0, X(10)(sp)
	sd	a1, X(11)(sp)
	csrr	a0, CSR_MCAUSE
	call	trap_interrupt
	ld	a0, X(10)(sp)
	ld	a1, X(11)(sp)
	restore_caller_saved_and_return

exception:
	save_caller_saved
	end_of_trap_entry
	sd	a0, X(10)(sp)
	sd	a1, X(11)(sp)
	csrr	t0, CSR_MEPC
	csrr	t1, CSR_MSTATUS
	sd	t0, FRAME_MEPC(sp)
	sd	t1, FRAME_MSTATUS(sp)
	mv	a0, sp
	csrr	a1, CSR_MCAUSE
	call	trap_exception
	beqz	a0, 1f
	/* It wants all registers. */
	each_callee_saved sd
	mv	a0, sp
	call	trap_emulate
	each_callee_saved ld
1:	ld	t0, FRAME_MEPC(sp)
	ld	t1, FRAME_MSTATUS(sp)
	csrw	CSR_MEPC, t0
	csrw	CSR_MSTATUS, t1
	ld	a0, X(10)(sp)
	ld	a1, X(11)(sp)
	restore_caller_saved_and_return

/*
 * The same for harts with Smdbltrp, where an interrupt ends its entry, too: a trap while it is served
 * is a bug like others then, and not a double trap, which would be the end without a word.
 */
	.balign	64
	.globl	trap_entry_smdbltrp
trap_entry_smdbltrp:
	csrrw	sp, CSR_MSCRATCH, sp
	beqz	sp, trap_in_m_mode
	sd	t0, X(5)(sp)
	csrr	t0, CSR_MCAUSE
	bgez	t0, no_interrupt
	addi	t0, t0, -IRQ_MTI
	slli	t0, t0, 1
	beqz	t0, timer_interrupt
	save_caller_saved
	end_of_trap_entry
	j	serve_interrupt

/* A bug of ours, unless it is memory accessed for a lower mode: unpriv.h goes on with the cause. */
trap_in_m_mode:
	csrr	sp, CSR_MSTATUS
	slli	sp, sp, 63 - MSTATUS_MPRV_SHIFT
	bgez	sp, bug
	csrr	sp, CSR_MEPC
	addi	sp, sp, 4
	csrw	CSR_MEPC, sp
	csrr	t1, CSR_MCAUSE
	addi	t1, t1, 1
	csrrw	sp, CSR_MSCRATCH, zero
	mret

/*
 * The first hart to get here saves everything outside of any stack and reports; the others, and
 * whatever happens after that, stop.
 */
bug:	csrrw	sp, CSR_MSCRATCH, sp	/* sp is as it was */
	.globl	rnmi_exception
rnmi_exception:			/* a trap while mnstatus.NMIE is 0 */
	csrw	CSR_MSCRATCH, t0
	lla	t0, hang
	j	report

/* A non-maskable interrupt; or a double trap, which with Smrnmi is no silent end. */
	.globl	rnmi
rnmi:	csrw	CSR_MSCRATCH, t0
	lla	t0, hang_in_rnmi
report:	csrw	CSR_MTVEC, t0
	lla	t0, crash_happened
	amoor.w	t0, t0, (t0)
	bnez	t0, hang
	lla	t0, crash_frame
	.irp	n, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, X(\n)(t0)
	.endr
	csrrw	t1, CSR_MSCRATCH, zero
	sd	t1, X(5)(t0)
	csrr	t1, CSR_MEPC
	csrr	t2, CSR_MSTATUS
	sd	t1, FRAME_MEPC(t0)
	sd	t2, FRAME_MSTATUS(t0)
	lla	tp, bare_scratch	/* tp may be what broke, or of a lower mode */
	mv	a0, t0
	csrr	a1, CSR_MTVEC
	lla	t1, hang
	sub	a1, a1, t1
	snez	a1, a1
	lla	sp, crash_stack_top
	tail	crash_report

	.balign	4
hang:	j	1f
	.balign	4
hang_in_rnmi:
1:	csrw	CSR_MIE, zero
2:	wfi
	j	2b

	.data
	.balign	4
crash_happened:
	.word	0

	.bss
	.balign	16
crash_frame:
	.skip	FRAME_SIZE
	.skip	CRASH_STACK_SIZE
crash_stack_top:
