/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where all harts arrive, in M-mode with a0 = hartid, a1 = DTB, a2 = what fw_boot_hart() knows to
 * read. One of them wins the lottery and boots the machine (init.c); the others wait here until
 * they have a block of memory. Until then there is no stack, and before the winner has relocated
 * the image no pointer in memory is valid: only PC-relative addresses.
 */
#include "drivers/irqchip/imsic.h"
#include "lib/riscv/csr.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/next_stage.h"
#include "sbi/scratch.h"

/* For the deep work of cold boot; harts then run on the stacks of their blocks. */
#define BOOT_STACK_SIZE 8192

	.section .text.start, "ax", @progbits
	.globl	_start
_start:
	fence.i
	.option	push
	.option	norvc
	j	start
	/* Where a platform sends what has no vector in a CSR (Smrnmi): docs/porting.md knows. */
	.globl	rnmi_vector, rnmi_exception_vector
rnmi_vector:
	j	rnmi
	.balign	8
rnmi_exception_vector:
	j	rnmi_exception
	.option	pop

start:
	/*
	 * With Smrnmi, a trap goes astray until NMIE is set; without, setting it traps to here. That is
	 * not a double trap when MDT, which is 1 after reset, is cleared first.
	 */
	lla	t0, 1f
	csrw	CSR_MTVEC, t0
	csrw	CSR_MSTATUS, zero
	csrsi	CSR_MNSTATUS, MNSTATUS_NMIE
	.balign	4
1:	csrw	CSR_MIE, zero
	csrw	CSR_MSTATUS, zero	/* also MDT: from here on a trap is just a trap */
	csrw	CSR_MSCRATCH, zero
	lla	t0, early_trap
	csrw	CSR_MTVEC, t0

	/*
	 * A hart that the stage before names boots even if it cannot run the next stage, which then
	 * goes to another one: QEMU names hart 0 also where that has no S-mode.
	 */
	call	fw_boot_hart		/* t0 = ANY_HART or a hartid, t1 = next mode */
	beq	t0, a0, 2f
	li	t2, ANY_HART
	bne	t0, t2, wait_for_block
	li	t2, PRV_M
	beq	t1, t2, 2f
	csrr	t2, CSR_MISA		/* may read 0: then nobody knows better */
	beqz	t2, 2f
	srli	t2, t2, 'S' - 'A'
	andi	t2, t2, 1
	beqz	t2, wait_for_block
2:	lla	t0, boot_lottery
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, wait_for_block

	/* The winner. */
	mv	s0, a0
	mv	s1, a1
	mv	s2, a2
	lla	a0, _fw_start
	call	relocate
	lla	t0, _bss_start
	lla	t1, _bss_end
1:	bgeu	t0, t1, 2f
	.irp	offset, 0, 8, 16, 24, 32, 40, 48, 56
	sd	zero, \offset(t0)
	.endr
	addi	t0, t0, 64
	j	1b
2:	lla	sp, boot_stack_top
	lla	tp, bare_scratch
	mv	a0, s0
	mv	a1, s1
	mv	a2, s2
	tail	cold_boot

/*
 * wfi needs a reason to end: the winner sends a software interrupt to each hart that it gives a
 * block. Where it comes as an MSI, this hart must first open its interrupt file.
 */
wait_for_block:
	li	t0, MIP_MSIP | MIP_MEIP
	csrw	CSR_MIE, t0
	lla	t2, 1f
	lla	t0, guard_vector
	csrw	CSR_MTVEC, t0
	li	t0, IMSIC_EIDELIVERY
	csrw	CSR_MISELECT, t0
	csrwi	CSR_MIREG, 1
	li	t0, IMSIC_EITHRESHOLD
	csrw	CSR_MISELECT, t0
	csrwi	CSR_MIREG, 0
	li	t0, IMSIC_EIE0
	csrw	CSR_MISELECT, t0
	csrwi	CSR_MIREG, 1 << IMSIC_IPI_ID
1:	lla	t0, early_trap
	csrw	CSR_MTVEC, t0

	lla	t0, harts_released
1:	lw	t1, (t0)
	bnez	t1, 2f
	wfi
	j	1b

	/*
	 * The block with my hartid in its scratch: as far behind the first one as hartids are, unless
	 * there are gaps. All harts search at once: without the guess that is quadratic in them.
	 */
2:	fence	r, rw
	lla	t0, harts
	ld	t4, HARTS_FIRST(t0)
	lwu	t1, HARTS_COUNT(t0)
	ld	t2, HARTS_FIRST_ID(t0)
	li	t3, HART_BLOCK_SIZE
	sub	t2, a0, t2
	bgeu	t2, t1, 3f
	mul	tp, t2, t3
	add	tp, tp, t4
	ld	t2, SCRATCH_HARTID(tp)
	beq	t2, a0, 5f
3:	mv	tp, t4
4:	beqz	t1, early_trap		/* the DTB does not know me */
	ld	t2, SCRATCH_HARTID(tp)
	beq	t2, a0, 5f
	add	tp, tp, t3
	addi	t1, t1, -1
	j	4b
5:	mv	sp, tp
	tail	warm_boot

	.balign	4
early_trap:
	csrw	CSR_MIE, zero
1:	wfi
	j	1b

	/* Not in BSS: harts look at these while the winner clears it. */
	.data
	.balign	4
boot_lottery:
	.word	0
	.globl	harts_released
harts_released:
	.word	0

	.bss
	.balign	64
	.globl	bare_scratch
bare_scratch:	/* zeros, never written: of a hart that has nothing */
	.skip	BOOT_STACK_SIZE
boot_stack_top:
