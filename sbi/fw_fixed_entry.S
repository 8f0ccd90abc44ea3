/* SPDX-License-Identifier: BSD-2-Clause */
/* fw_boot_hart() of fw_jump and fw_payload: any hart that can run S-mode. And the payload. */
#include "lib/riscv/csr.h"
#include "sbi/next_stage.h"

	.section .text.entry, "ax", @progbits
	.globl	fw_boot_hart
fw_boot_hart:
	li	t0, ANY_HART
	li	t1, PRV_S
	ret
