/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relocate(a0 = address where the image is now): adds to each pointer in it how far it has moved since
 * this was last called, or from 0, for which it is linked. A stage calls it as its first step, and
 * again after it was copied. Needs no stack, changes t0-t5.
 *
 * Where the pointers are say the words of relr, which scripts/pack-relocations writes into the linked
 * image, in the format of SHT_RELR (System V ABI): an even word is the address of a pointer; an odd one
 * says of the 63 words behind it, in bits 1 to 63, which are pointers too. Zero ends it.
 */
#define RELR_SIZE 192

	.section .text.entry, "ax", @progbits
	.globl	relocate
	.balign	4
relocate:
	lla	t0, relocated_to
	ld	t1, 0(t0)
	sd	a0, 0(t0)
	sub	t1, a0, t1		/* what to add */
	lla	t0, relr
1:	ld	t2, 0(t0)
	addi	t0, t0, 8
	andi	t3, t2, 1
	bnez	t3, 2f
	beqz	t2, 5f
	add	t4, t2, a0
	li	t2, 3			/* that one alone */
	addi	t5, t4, 8
	j	3f
2:	mv	t4, t5
	addi	t5, t5, 63 * 8
3:	srli	t2, t2, 1
	beqz	t2, 1b
	andi	t3, t2, 1
	beqz	t3, 4f
	ld	t3, 0(t4)
	add	t3, t3, t1
	sd	t3, 0(t4)
4:	addi	t4, t4, 8
	j	3b
5:	ret

	.data
	.balign	8
relocated_to:
	.8byte	0

	.section .rodata.relr, "a", @progbits
	.balign	8
relr:	.space	RELR_SIZE
	.size	relr, RELR_SIZE
