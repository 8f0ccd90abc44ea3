/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See context.h. F, D and V instructions are written as numbers: this is assembled for harts that
 * may be without. Interrupts are off, and sscratch is borrowed when the instruction is over.
 */
#include "lib/riscv/csr.h"
#include "tests/payloads/common/layout.h"
#include "tests/payloads/emulate/context.h"

#define T0 5
#define KEPT_T0 (HART_KEPT + 8 * 15)
#define FLD_T0 0x0002b007 /* fld f0, 0(t0) */
#define FSD_T0 0x0002b027 /* fsd f0, 0(t0) */
#define VL8R_A2 0xe2860007 /* vl8re8.v v0, (a2) */
#define VS8R_A2 0xe2860027 /* vs8r.v v0, (a2) */
#define VSETVL_A0_A1 0x80b57057 /* vsetvl zero, a0, a1 */

.macro each_x op, base, skip1=-1, skip2=-1
	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30, 31
	.if \n != \skip1 && \n != \skip2
	\op	x\n, (8 * \n)(\base)
	.endif
	.endr
.endm

.macro each_kept op
	\op	ra, (HART_KEPT + 0)(tp)
	\op	sp, (HART_KEPT + 8)(tp)
	\op	gp, (HART_KEPT + 16)(tp)
	\op	s0, (HART_KEPT + 24)(tp)
	\op	s1, (HART_KEPT + 32)(tp)
	\op	s2, (HART_KEPT + 40)(tp)
	\op	s3, (HART_KEPT + 48)(tp)
	\op	s4, (HART_KEPT + 56)(tp)
	\op	s5, (HART_KEPT + 64)(tp)
	\op	s6, (HART_KEPT + 72)(tp)
	\op	s7, (HART_KEPT + 80)(tp)
	\op	s8, (HART_KEPT + 88)(tp)
	\op	s9, (HART_KEPT + 96)(tp)
	\op	s10, (HART_KEPT + 104)(tp)
	\op	s11, (HART_KEPT + 112)(tp)
.endm

/* All V registers, eight at a time; a2 is changed, a3 = 8 * vlenb. */
.macro all_v insn
	addi	a2, t0, CONTEXT_V
	csrr	a3, CSR_VLENB
	slli	a3, a3, 3
	.irp	n, 0, 8, 16, 24
	.4byte	\insn | \n << 7
	add	a2, a2, a3
	.endr
.endm

.macro runner name, slot
	.globl	\name, \slot
	.balign	4
\name:
	each_kept sd
	la	t0, context
	lla	t1, context_has_f
	ld	t1, (t1)
	beqz	t1, 1f
	li	t1, MSTATUS_FS
	csrs	CSR_SSTATUS, t1
	call	load_f
1:	lla	t1, context_has_v
	ld	t1, (t1)
	beqz	t1, 1f
	li	t1, MSTATUS_VS
	csrs	CSR_SSTATUS, t1
	call	load_v
	/* Initial */
1:	li	t1, MSTATUS_FS | MSTATUS_VS
	csrc	CSR_SSTATUS, t1
	li	t1, (MSTATUS_FS & MSTATUS_FS >> 1) | (MSTATUS_VS & MSTATUS_VS >> 1)
	csrs	CSR_SSTATUS, t1
	each_x	ld, t0, T0
	ld	t0, (8 * T0)(t0)
	.option	push
	.option	norvc
\slot:	nop
	.option	pop
	csrrw	tp, CSR_SSCRATCH, tp
	sd	t0, KEPT_T0(tp)
	la	t0, context
	each_x	sd, t0, 4, T0
	ld	t1, KEPT_T0(tp)
	sd	t1, (8 * T0)(t0)
	csrrw	t1, CSR_SSCRATCH, tp
	sd	t1, (8 * 4)(t0)
	csrr	t1, CSR_SSTATUS
	sd	t1, CONTEXT_SSTATUS(t0)
	ld	ra, HART_KEPT(tp)
	lla	t1, context_has_f
	ld	t1, (t1)
	beqz	t1, 1f
	call	save_f
1:	lla	t1, context_has_v
	ld	t1, (t1)
	beqz	t1, 1f
	call	save_v
1:	each_kept ld
	ret
.endm

	.text
	runner	run_plain, slot_plain
	runner	run_trapping, slot_trapping

load_f:	.set	n, 0
	.rept	32
	.4byte	FLD_T0 | n << 7 | (CONTEXT_F + 8 * n) << 20
	.set	n, n + 1
	.endr
	ret

save_f:	.set	n, 0
	.rept	32
	.4byte	FSD_T0 | n << 20 | ((CONTEXT_F + 8 * n) & 31) << 7 | ((CONTEXT_F + 8 * n) >> 5) << 25
	.set	n, n + 1
	.endr
	ret

load_v:	all_v	VL8R_A2
	ld	a0, CONTEXT_VL(t0)
	ld	a1, CONTEXT_VTYPE(t0)
	.4byte	VSETVL_A0_A1
	ld	a0, CONTEXT_VSTART(t0)
	csrw	CSR_VSTART, a0
	ret

save_v:	csrr	a0, CSR_VL
	sd	a0, CONTEXT_VL(t0)
	csrr	a0, CSR_VTYPE
	sd	a0, CONTEXT_VTYPE(t0)
	csrr	a0, CSR_VSTART
	sd	a0, CONTEXT_VSTART(t0)
	csrw	CSR_VSTART, zero
	all_v	VS8R_A2
	ret

	.bss
	.balign	64
	.globl	context, context_has_f, context_has_v, injection
context:
	.space	CONTEXT_V + CONTEXT_V_SIZE
context_has_f:
	.space	8
context_has_v:
	.space	8
injection:
	.space	24
