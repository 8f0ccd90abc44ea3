/* SPDX-License-Identifier: BSD-2-Clause */
/* uint32_t __bswapsi2(uint32_t): GCC calls it for __builtin_bswap32(): no instruction does that. */
	.section .text.__bswapsi2, "ax", @progbits
	.globl	__bswapsi2
__bswapsi2:
	slli	t0, a0, 24		/* byte 0 on top */
	srliw	a5, a0, 24		/* byte 3 at the bottom */
	or	t0, t0, a5
	srli	a5, a0, 8
	lui	a4, 0x10
	addi	a4, a4, -256		/* 0xff00 */
	and	a5, a5, a4
	or	t0, t0, a5
	and	a0, a0, a4
	slli	a0, a0, 8
	or	a0, a0, t0
	sext.w	a0, a0
	ret
