/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves the counter: run as firmware, every hart at the same time does work of a known size
 * that depends on its number h. A counter that confuses harts cannot get it right.
 * Window 1 is 5000 * (h + 1) instructions, with 1000 * (h + 1) loads and twice as many stores;
 * window 2 is 3 * (h + 1), with h + 1 device accesses (the console's scratch register).
 */
#include "marker.h"

#define HARTS 5
#define UART_SCRATCH 0x10000007	/* of QEMU's virt machine */

	.section .text.start, "ax"
	.globl _start
_start:
	csrr s0, mhartid
	addi s0, s0, 1
	la s1, scratch
	slli t0, s0, 4
	add s1, s1, t0

	li t0, 1000
	mul s2, s0, t0
	MARKER(1)
1:	ld t1, (s1)
	sd s2, (s1)
	sd s2, 8(s1)
	addi s2, s2, -1
	bnez s2, 1b
	MARKER(MARKER_CLOSE | 1)

	li t0, UART_SCRATCH
	mv s2, s0
	MARKER(2)
2:	sb s2, (t0)
	addi s2, s2, -1
	bnez s2, 2b
	MARKER(MARKER_CLOSE | 2)

	/* The last hart to come ends the run. */
	la t0, arrived
	li t1, 1
	amoadd.w t1, t1, (t0)
	addi t1, t1, 1
	li t2, HARTS
	bne t1, t2, 3f
	MARKER(MARKER_END)
3:	wfi
	j 3b

	.bss
	.balign 16
arrived:
	.skip 16
scratch:
	.skip 16 * (HARTS + 1)
