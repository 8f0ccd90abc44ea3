/* SPDX-License-Identifier: BSD-2-Clause */
/* What fw_payload carries: FW_PAYLOAD_PATH, or a loop that does nothing. */
	.section .payload, "ax", @progbits
	.balign	16
	.globl	payload
payload:
#ifdef FW_PAYLOAD_PATH
	.incbin	FW_PAYLOAD_PATH
#else
1:	wfi
	j	1b
#endif
