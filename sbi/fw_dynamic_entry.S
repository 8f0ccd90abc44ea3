/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_boot_hart() of fw_dynamic: t0 = the hart that must boot, or ANY_HART; t1 = next mode. What is
 * wrong with the information says next_stage_get() when there is a console. Changes t0 to t2 only.
 */
#include "lib/riscv/csr.h"
#include "sbi/fw_dynamic.h"
#include "sbi/next_stage.h"

	.section .text.entry, "ax", @progbits
	.globl	fw_boot_hart
fw_boot_hart:
	li	t0, ANY_HART
	li	t1, PRV_S
	beqz	a2, 1f
	ld	t2, FW_DYNAMIC_MAGIC * 8(a2)
	li	t1, FW_DYNAMIC_MAGIC_VALUE
	bne	t2, t1, 1f
	ld	t2, FW_DYNAMIC_VERSION * 8(a2)
	ld	t1, FW_DYNAMIC_NEXT_MODE * 8(a2)
	addi	t2, t2, -2
	bnez	t2, 1f
	ld	t0, FW_DYNAMIC_BOOT_HART * 8(a2)
1:	ret
