/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where all harts come in from reset or the previous stage: a0 = hart id, a1 = DTB, both perhaps
 * garbage. One hart wins the lottery and leads; the others follow it to the SPL's home and wait
 * there, outside of the memory that the next stage takes, until the leader lets them go.
 *
 * Registers of a hart on its way: s0 = hart id, s1 = a1 of the previous stage, s2 = where this
 * image is, s3 = the word in which the followers wait for the address of the SPL's home.
 */
#include "lib/riscv/csr.h"
#include "spl/layout.h"

#define MISA_S_SHIFT 18

/* The linker takes gp for what is near it (spl.ld), here as in C: each image has its own. */
	.macro	set_gp
	.option	push
	.option	norelax
	lla	gp, __global_pointer$
	.option	pop
	.endm

	.section .text.start, "ax", @progbits
	.globl	_start
_start:
	set_gp
	csrw	CSR_MIE, zero
	csrci	CSR_MSTATUS, MSTATUS_MIE
	li	t2, MSTATUS_MDT		/* Smdbltrp: a trap may be taken */
	csrc	CSR_MSTATUS, t2
	/* With Smrnmi exceptions go nowhere before this; elsewhere there is no such CSR. */
	lla	t0, 1f
	csrw	CSR_MTVEC, t0
	csrsi	CSR_MNSTATUS, MNSTATUS_NMIE
	.balign	4
1:	csrc	CSR_MSTATUS, t2		/* that was one */
	csrw	CSR_MSCRATCH, zero	/* no stack yet */
	lla	t0, trap_entry
	csrw	CSR_MTVEC, t0

	csrr	s0, CSR_MHARTID
	mv	s1, a1
	lla	s2, _start
	lla	s3, home

	lla	t1, lottery
#ifdef BOARD_BOOT_HART
	li	t0, BOARD_BOOT_HART
	beq	s0, t0, 3f
#else
	csrr	t0, CSR_MISA
	beqz	t0, 3f			/* misa says nothing: it may well be able */
	slli	t0, t0, 63 - MISA_S_SHIFT
	bltz	t0, 3f
#endif
	li	t2, LOTTERY_PATIENCE
2:	lw	t0, (t1)
	bnez	t0, follow
	addi	t2, t2, -1
	bnez	t2, 2b
3:	li	t0, 1
	amoswap.w.aqrl t0, t0, (t1)
	bnez	t0, follow

lead:
	set_gp
	mv	a0, s2
	call	relocate
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	lla	sp, boot_stack_top
	lla	t0, trap_stack_top
	csrw	CSR_MSCRATCH, t0
	lla	t0, trap_entry
	csrw	CSR_MTVEC, t0
	mv	a0, s0
	mv	a1, s1
	mv	a2, s3
	call	spl_main
	j	stop

/* void lead_from(hartid, dtb, home word, image): goes on in a copy of this image. */
	.globl	lead_from
lead_from:
	mv	s0, a0
	mv	s1, a1
	mv	s3, a2
	mv	s2, a3
	fence.i
	lla	t0, lead
	lla	t1, _start
	sub	t0, t0, t1
	add	t0, t0, s2
	jr	t0

follow:
	ld	t0, (s3)
	bnez	t0, 1f
	.4byte	0x0100000f		/* pause */
	j	follow
1:	fence	r, rw
	fence.i
	lla	t1, park
	sub	t1, t1, s2
	add	t1, t1, t0
	jr	t1

/*
 * At home: takes the next slot, and waits. A hart whose slot names its software interrupt register
 * sleeps, one that cannot be woken looks again and again.
 */
park:
	set_gp
	lla	t0, trap_entry
	csrw	CSR_MTVEC, t0
	lla	t0, hart_arrivals
	li	t1, 1
	amoadd.d t1, t1, (t0)
	li	t2, BOARD_MAX_HARTS
	bgeu	t1, t2, stop
	li	t2, SLOT_SIZE
	mul	t1, t1, t2
	lla	s3, hart_slots
	add	s3, s3, t1
	sd	s0, SLOT_HARTID(s3)
	fence	w, w
	li	t0, SLOT_PARKED
	sw	t0, SLOT_STATE(s3)
	li	t0, MIP_MSIP
	csrw	CSR_MIE, t0
	lla	s4, hart_go
1:	ld	t0, GO_ENTRY(s4)
	bnez	t0, 3f
	ld	a1, SLOT_MSIP(s3)
	bnez	a1, 2f
	.4byte	0x0100000f		/* pause */
	j	1b
2:
#if FIT_CREW
	ld	a0, SLOT_WORK(s3)
	beqz	a0, 4f
	sd	zero, SLOT_WORK(s3)
	fence	r, rw
	mv	sp, a0
	call	crew_work
	j	1b
4:
#endif
	wfi
	j	1b
3:	fence	r, rw
	csrw	CSR_MIE, zero
	ld	t1, SLOT_MSIP(s3)
	beqz	t1, 4f
	sw	zero, (t1)
	lw	t2, (t1)		/* it is low before the next stage looks */
4:	mv	a0, s0
	ld	a1, GO_DTB(s4)
	ld	a2, GO_INFO(s4)
	fence	iorw, iorw
	fence.i
	li	t1, SLOT_LEFT		/* the leader leaves when all have said this */
	sw	t1, SLOT_STATE(s3)
	jr	t0

/* void enter(hartid, dtb, info, entry): the leader's own way out. */
	.globl	enter
enter:
	csrw	CSR_MIE, zero
	fence	iorw, iorw
	fence.i
	jr	a3

	.globl	stop
stop:
	csrw	CSR_MIE, zero
1:	wfi
	j	1b

	.balign	4
trap_entry:
	set_gp				/* whatever ran wild may have changed it */
	csrrw	sp, CSR_MSCRATCH, sp
	beqz	sp, follower_trap
	/* Another trap on the way to its report ends in follower_trap. */
	addi	sp, sp, -FRAME_SIZE
	sd	ra, FRAME_RA(sp)
	csrrw	t0, CSR_MSCRATCH, zero
	sd	t0, FRAME_SP(sp)
	mv	a0, sp
	call	fill_frame
	call	trap_report
	j	stop

/* A hart without a stack notes its trap for the leader to report; the first one counts. */
follower_trap:
	lla	a0, follower_frame
	addi	t0, a0, FRAME_VALID
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, stop
	sd	ra, FRAME_RA(a0)
	csrrw	t0, CSR_MSCRATCH, zero
	sd	t0, FRAME_SP(a0)
	call	fill_frame
	j	stop

/* a0 = struct trap_frame, kept; ra and sp are in it already */
fill_frame:
	csrr	t0, CSR_MCAUSE
	sd	t0, FRAME_CAUSE(a0)
	csrr	t0, CSR_MEPC
	sd	t0, FRAME_PC(a0)
	csrr	t0, CSR_MTVAL
	sd	t0, FRAME_TVAL(a0)
	csrr	t0, CSR_MHARTID
	sd	t0, FRAME_HARTID(a0)
	ret

	.data
	.balign	8
	.globl	home
home:
	.8byte	0
lottery:
	.4byte	0

	.bss
	.balign	16
	.space	BOOT_STACK_SIZE
boot_stack_top:
	.space	TRAP_STACK_SIZE
trap_stack_top:
