/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An M-mode program that the SPL starts without an SBI firmware: all harts come in with a0 = hart
 * id, a1 = DTB, a2 = struct fw_dynamic_info. Each notes what it came with; the boot hart reports.
 */
#include "lib/riscv/csr.h"
#include "tests/payloads/mmode/arrival.h"

	.section .text.start, "ax", @progbits
	.globl	_start
_start:
	lla	t0, trap
	csrw	CSR_MTVEC, t0
	lla	t0, arrival_count
	li	t1, 1
	amoadd.d t0, t1, (t0)
	li	t1, MAX_ARRIVALS
	bgeu	t0, t1, park
	li	t1, ARRIVAL_SIZE
	mul	t0, t0, t1
	lla	t1, arrivals
	add	t0, t0, t1
	sd	a0, ARRIVAL_A0(t0)
	sd	a1, ARRIVAL_A1(t0)
	sd	a2, ARRIVAL_A2(t0)
	csrr	t1, CSR_MHARTID
	sd	t1, ARRIVAL_HARTID(t0)
	csrr	t1, CSR_MIE
	sd	t1, ARRIVAL_MIE(t0)
	csrr	t1, CSR_MIP
	sd	t1, ARRIVAL_MIP(t0)
	csrr	t1, CSR_MSTATUS
	sd	t1, ARRIVAL_MSTATUS(t0)
	fence	w, w
	li	t1, 1
	sd	t1, ARRIVAL_VALID(t0)

	/* struct fw_dynamic_info: the sixth word is the boot hart */
	ld	t1, 40(a2)
	bne	t1, a0, park
	lla	sp, stack_top
	call	mmode_main
park:
	wfi
	j	park

	.balign	4
trap:
	j	park

	.bss
	.balign	16
	.space	16384
stack_top:
