/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the boot hart, and of the harts that it starts with their stack in a1. */
	.section .text.start, "ax", @progbits
	.globl	_start
_start:
	lla	sp, boot_stack_top
	tail	payload_main

	.balign	4
	.globl	hart_entry
hart_entry:
	mv	sp, a1
	tail	hart_main

	.bss
	.balign	16
	.space	4096
boot_stack_top:
