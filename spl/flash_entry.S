/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where harts start in flash, in place and without memory. One of them copies to memory what has to be
 * there: the whole SPL, or, of one that is executed in place (xip.ld), its variables. Nobody may look at
 * that memory before it is done, for its content is unknown after a reset; so the others are told by a
 * software interrupt. What is copied where, says the linker.
 */
#define MIP_MSIP 8
#define NS16550_LSR 5
#define NS16550_LSR_THRE 0x20

	.option norelax

	.section .text.flash_start, "ax"
	.globl	flash_start
flash_start:
	csrw	mie, zero
	csrr	t0, mhartid
	li	t1, BOARD_FLASH_HART
	li	t2, BOARD_FLASH_MSWI
	bne	t0, t1, follow

	lla	t3, no_memory
	csrw	mtvec, t3
	lla	t3, flash_from
	ld	t4, to
	ld	t5, to_end
copy:
	ld	t0, 0(t3)
	sd	t0, 0(t4)
	addi	t3, t3, 8
	addi	t4, t4, 8
	bltu	t4, t5, copy
	ld	t6, last
	sd	t6, 0(t6)
	fence	rw, rw
	ld	t5, -8(t4)
	bne	t5, t0, no_memory
	ld	t5, 0(t6)
	bne	t5, t6, no_memory

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
	ld	t6, entry
	jr	t6

/* Without memory nothing else can say it. A board that says no BOARD_FLASH_NS16550 is silent. */
	.balign	4
no_memory:
	lla	t3, stop
	csrw	mtvec, t3
	li	t1, BOARD_FLASH_NS16550
	beqz	t1, stop
	lla	t3, text
	li	t5, 64			/* the number's bits that are still to come */
1:	lbu	t0, 0(t3)
	beqz	t0, stop
	li	t4, '#'
	bne	t0, t4, 2f
	addi	t5, t5, -4
	ld	t0, last
	srl	t0, t0, t5
	andi	t0, t0, 15
	sltiu	t4, t0, 10
	addi	t0, t0, 'a' - 10
	beqz	t4, 2f
	addi	t0, t0, '0' - 'a' + 10
2:	lbu	t4, NS16550_LSR(t1)
	andi	t4, t4, NS16550_LSR_THRE
	beqz	t4, 2b
	sb	t0, 0(t1)
	addi	t3, t3, 1
	j	1b
	.balign	4
stop:
	wfi
	j	stop

	.balign	8
to:	.8byte	flash_to
to_end:	.8byte	flash_to_end
last:	.8byte	flash_last		/* a word of the SPL's that is not copied */
entry:	.8byte	_start
text:	.asciz	"\r\nhartline SPL: no memory at 0x################, which it needs; is there more DRAM, and is it on?\r\n"

	.balign	64, 0xff		/* as erased flash */
	.globl	flash_end
flash_end:
