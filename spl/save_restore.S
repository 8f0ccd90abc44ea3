/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What functions compiled with -msave-restore call to keep s0..sN and ra on the stack: one call
 * instead of up to 13 stores (RISC-V toolchain convention; t0 is the return address of a save).
 * Registers lie in pairs, the frame is as large as the pairs that are asked for.
 */
	.macro	entry names:vararg
	.irp	name, \names
	.globl	\name
\name:
	.endr
	.endm

	.section .text.__riscv_save, "ax", @progbits
	entry	__riscv_save_12
	addi	sp, sp, -112
	li	t1, 0
	sd	s11, 8(sp)
	j	1f
	entry	__riscv_save_11, __riscv_save_10
	addi	sp, sp, -112
	li	t1, 16
1:	sd	s10, 16(sp)
	sd	s9, 24(sp)
	j	2f
	entry	__riscv_save_9, __riscv_save_8
	addi	sp, sp, -112
	li	t1, 32
2:	sd	s8, 32(sp)
	sd	s7, 40(sp)
	j	3f
	entry	__riscv_save_7, __riscv_save_6
	addi	sp, sp, -112
	li	t1, 48
3:	sd	s6, 48(sp)
	sd	s5, 56(sp)
	j	4f
	entry	__riscv_save_5, __riscv_save_4
	addi	sp, sp, -112
	li	t1, 64
4:	sd	s4, 64(sp)
	sd	s3, 72(sp)
	j	5f
	entry	__riscv_save_3, __riscv_save_2
	addi	sp, sp, -112
	li	t1, 80
5:	sd	s2, 80(sp)
	sd	s1, 88(sp)
	sd	s0, 96(sp)
	sd	ra, 104(sp)
	add	sp, sp, t1
	jr	t0
	entry	__riscv_save_1, __riscv_save_0
	addi	sp, sp, -16
	sd	s0, 0(sp)
	sd	ra, 8(sp)
	jr	t0

	.section .text.__riscv_restore, "ax", @progbits
	entry	__riscv_restore_12
	ld	s11, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_11, __riscv_restore_10
	ld	s10, 0(sp)
	ld	s9, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_9, __riscv_restore_8
	ld	s8, 0(sp)
	ld	s7, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_7, __riscv_restore_6
	ld	s6, 0(sp)
	ld	s5, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_5, __riscv_restore_4
	ld	s4, 0(sp)
	ld	s3, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_3, __riscv_restore_2
	ld	s2, 0(sp)
	ld	s1, 8(sp)
	addi	sp, sp, 16
	entry	__riscv_restore_1, __riscv_restore_0
	ld	s0, 0(sp)
	ld	ra, 8(sp)
	addi	sp, sp, 16
	ret
