/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the bench's S-mode payloads. tp is the hart id, as long as a hart runs. */
#include "lib/riscv/csr.h"
#include "marker.h"
#include "windows.h"

#define STACK_SHIFT 12

	.section .text.start, "ax"
	.globl _start
_start:
	la t0, boot_hart_entry
	j 1f

	/* Where hart_start sends a hart: a0 = hart id, a1 = what the caller gave. */
	.globl hart_entry
hart_entry:
	MARKER(MARKER_CLOSE_ANY | WINDOW_HART_START)	/* whichever of the two it was */
	MARKER(MARKER_CLOSE_ANY | WINDOW_HART_RESTART)
	la t0, started_hart_entry
	j 1f

	/* Where a hart comes back from a non-retentive suspend. */
	.globl resume_entry
resume_entry:
	MARKER(MARKER_CLOSE | WINDOW_SUSPEND)		/* whichever of the two it was */
	MARKER(MARKER_CLOSE | WINDOW_SYSTEM_SUSPEND)
	la t0, resumed_hart_entry

1:	mv tp, a0
	la sp, stacks
	addi t1, a0, 1
	slli t1, t1, STACK_SHIFT
	add sp, sp, t1
	la t1, trap_entry
	csrw CSR_STVEC, t1
	jr t0

	/* An expected exception: go on behind it. Every instruction that traps here has 4 bytes. */
	.balign 4
trap_entry:
	csrw CSR_SSCRATCH, t0
	csrr t0, CSR_SEPC
	addi t0, t0, 4
	csrw CSR_SEPC, t0
	csrr t0, CSR_SSCRATCH
	sret

	/*
	 * Two instructions that real harts trap on and QEMU's do not. The runner stops at these
	 * labels and makes the hart take the trap, see tests/bench/inject.py.
	 */
	.globl misaligned_load, read_time
	.balign 4
misaligned_load:
	.option push
	.option norvc
	ld a0, 1(a0)
	ret
read_time:
	csrr a0, CSR_TIME
	ret
	.option pop

	.bss
	.balign 16
stacks:
	.skip MAX_HARTS << STACK_SHIFT
