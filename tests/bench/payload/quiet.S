/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enters the firmware as QEMU's reset vector does, with what that tells it, but asks it to print nothing
 * (struct fw_dynamic_info, options). QEMU's loader device has hart 0 begin here.
 */
#define RESET_VECTOR 1 /* its page */
#define RESET_DTB 0x20
#define RESET_INFO 0x28
#define INFO_OPTIONS 32
#define INFO_SIZE 48
#define OPTION_NO_PRINTS 1
#define FIRMWARE 0x80000000

	.section .text.start, "ax"
	.globl _start
_start:
	csrr	a0, mhartid
	lui	t0, RESET_VECTOR
	ld	a1, RESET_DTB(t0)
	addi	t0, t0, RESET_INFO
	lla	a2, info
	mv	t1, a2
	addi	t2, a2, INFO_SIZE
1:	ld	t3, (t0)
	sd	t3, (t1)
	addi	t0, t0, 8
	addi	t1, t1, 8
	bltu	t1, t2, 1b
	ld	t3, INFO_OPTIONS(a2)
	ori	t3, t3, OPTION_NO_PRINTS
	sd	t3, INFO_OPTIONS(a2)
	li	t0, FIRMWARE
	jr	t0

	.data
	.balign	8
info:	.zero	INFO_SIZE
