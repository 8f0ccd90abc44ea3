/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See registers.h. An instruction names its register itself, so there is one for each. They are
 * written as numbers: the firmware is built for harts without F and V, by assemblers without, too.
 */
#include "lib/riscv/csr.h"

#define FMV_X_D_A0 0xe2000553 /* fmv.x.d a0, f0 */
#define FMV_D_X_A1 0xf2058053 /* fmv.d.x f0, a1 */
#define VLE8_A3 0x02068007    /* vle8.v v0, (a3) */
#define VSE8_A3 0x02068027    /* vse8.v v0, (a3) */
#define VSETVLI_T0_E8_M1 0x0002f057 /* vsetvli zero, t0, e8, m1, tu, mu */
#define VSETVL_A0_A1 0x80b57057 /* vsetvl zero, a0, a1 */

#define RD_SHIFT 7
#define RS1_SHIFT 15

/* Runs \insn with its register field at \shift set to a0, and returns; uses t0. */
.macro for_register insn, shift
	.option	push
	.option	norvc
	slli	a0, a0, 3
	lla	t0, 1f
	add	t0, t0, a0
	jr	t0
1:
	.set	n, 0
	.rept	32
	.4byte	\insn | n << \shift
	ret
	.set	n, n + 1
	.endr
	.option	pop
.endm

	.text
	.globl	float_read
float_read:
	for_register FMV_X_D_A0, RS1_SHIFT

	.globl	float_write
float_write:
	for_register FMV_D_X_A1, RD_SHIFT

/*
 * Elements vstart to vl - 1 of a unit-stride access of bytes are those that are wanted, and the
 * first of them is at the address where the value is: the stack.
 */
.macro select_bytes
	add	t0, a1, a2
	.4byte	VSETVLI_T0_E8_M1
	csrw	CSR_VSTART, a1
	sub	a3, sp, a1
.endm

	.globl	vector_read
vector_read:
	addi	sp, sp, -16
	sd	ra, 8(sp)
	sd	zero, 0(sp)
	select_bytes
	call	store_bytes
	ld	a0, 0(sp)
	ld	ra, 8(sp)
	addi	sp, sp, 16
	ret
store_bytes:
	for_register VSE8_A3, RD_SHIFT

	.globl	vector_write
vector_write:
	addi	sp, sp, -16
	sd	ra, 8(sp)
	sd	a3, 0(sp)
	select_bytes
	call	load_bytes
	ld	ra, 8(sp)
	addi	sp, sp, 16
	ret
load_bytes:
	for_register VLE8_A3, RD_SHIFT

	.globl	vector_configure
vector_configure:
	.4byte	VSETVL_A0_A1
	csrw	CSR_VSTART, a2
	ret
