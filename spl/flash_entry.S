/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes before the SPL in flash that harts start in: it runs in place, without memory, and copies
 * the SPL to where it is to run. Nobody may look at that memory before it is done, for its content is
 * unknown after a reset; so the others are told by a software interrupt.
 */
#define MIP_MSIP 8

	.option norelax

	.section .text.start, "ax"
	.globl _start
_start:
	csrw	mie, zero
	csrr	t0, mhartid
	li	t1, BOARD_FLASH_HART
	li	t2, BOARD_FLASH_MSWI
	li	t6, BOARD_SPL_ADDRESS
	bne	t0, t1, follow

	lla	t3, image
	mv	t4, t6
	li	t5, BOARD_SPL_MAX
	add	t5, t4, t5
copy:
	ld	t0, 0(t3)
	sd	t0, 0(t4)
	addi	t3, t3, 8
	addi	t4, t4, 8
	bltu	t4, t5, copy
	fence	rw, rw

	li	t3, 1
	mv	t4, t2
	li	t5, 4 * BOARD_MAX_HARTS
	add	t5, t4, t5
wake:
	sw	t3, 0(t4)
	addi	t4, t4, 4
	bltu	t4, t5, wake
	mv	t0, t1
	j	go

follow:
	csrsi	mie, MIP_MSIP
wait:
	wfi
	csrr	t3, mip
	andi	t3, t3, MIP_MSIP
	beqz	t3, wait
	csrw	mie, zero
go:
	slli	t0, t0, 2
	add	t0, t0, t2
	sw	zero, 0(t0)
	fence	io, io
	fence.i
	jr	t6

	.balign	64
image:
