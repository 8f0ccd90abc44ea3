/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypervisor finds when firmware starts it: an HS-mode program that runs guests of a few
 * instructions, and looks where their traps, interrupts and fences land. Options in /chosen/bootargs
 * are those of the SBI conformance suite, and debugger=<anything> for rows that need one
 * (tests/boot/gdb.py).
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

extern const struct suite state_suite, trap_suite, stage_suite, interrupt_suite, fence_suite,
	emulate_suite;

static const struct suite *const suites[] = {
	&state_suite, &trap_suite,    &stage_suite, &interrupt_suite,
	&fence_suite, &emulate_suite, NULL,
};

void need_hypervisor(void)
{
	if (!isa_has("h"))
		skip("needs the hypervisor extension");
}

uint64_t instruction_at(const void *code)
{
	uint32_t low = *(const uint16_t *)code;

	return (low & 3) == 3 ? low | (uint32_t)((const uint16_t *)code)[1] << 16 : low;
}

#define LOAD 0x03
#define STORE 0x23
#define AMO 0x2f
#define C_LD_A0_A1 0x6188
#define LD_A0 0x3503

/* "Transformed Instruction or Pseudoinstruction for mtinst or htinst"; the offset is 0. */
uint64_t htinst_of(const void *code)
{
	uint64_t insn = instruction_at(code);

	if (insn == C_LD_A0_A1)
		return LD_A0 & ~2UL;
	switch (insn & 0x7f) {
	case LOAD:
		return insn & 0x7fff;
	case STORE:
		return insn & 0x01f0707f;
	case AMO:
		return insn & ~0xf8000UL;
	default:
		return 0;
	}
}

bool set_henvcfg(uint64_t bits)
{
	struct trap trap;

	trap_expect();
	csr_write(CSR_HENVCFG, bits);
	return !trap_taken(&trap) && (csr_read(CSR_HENVCFG) & bits) == bits;
}

bool set_senvcfg(uint64_t bits)
{
	struct trap trap;

	trap_expect();
	csr_write(CSR_SENVCFG, bits);
	return !trap_taken(&trap) && (csr_read(CSR_SENVCFG) & bits) == bits;
}

void payload_main(void)
{
	char how[8] = "srst";

	print("# harts %u, firmware %lx-%lx, hypervisor extension: %s\n", count_online(),
	      machine.firmware, machine.firmware_end, isa_has("h") ? "yes" : "no");
	tap_run(suites);
	option("end", how, sizeof(how));
	print("# end %s\n", how);
	machine_end(how);
	print("# still here\n");
	machine_end("test");
}
