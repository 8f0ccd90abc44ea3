/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relocate(a0 = address where the image is now, linked for 0): applies .rela.dyn. R_RISCV_RELATIVE
 * is the only type in a static PIE without symbols; the build refuses others. Changes t0-t3 only
 * and needs no stack, so that a stage can call it as its first step, and again after it was copied
 * (the addends stay in the table).
 */
	.section .text.entry, "ax", @progbits
	.globl	relocate
	.balign	4
relocate:
	lla	t0, _rela_start
	lla	t1, _rela_end
1:	bgeu	t0, t1, 2f
	ld	t2, 0(t0)		/* r_offset */
	ld	t3, 16(t0)		/* r_addend */
	add	t2, t2, a0
	add	t3, t3, a0
	sd	t3, 0(t2)
	addi	t0, t0, 24
	j	1b
2:	ret
