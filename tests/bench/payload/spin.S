/* SPDX-License-Identifier: BSD-2-Clause */
/* The next stage of the boot bench: it is reached, and stays. */
	.section .text.start, "ax"
	.globl _start
_start:
	j _start
