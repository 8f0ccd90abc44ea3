/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SBI conformance suite: which calls of SBI v3.0 does the firmware answer as the specification
 * says? Options in /chosen/bootargs:
 *	only=<prefix>,...	rows whose id begins with one of these
 *	after=<id>	rows that come after this one
 *	end=<how>	srst (default), cold, warm, legacy, test: how the machine ends
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/sbi/tap.h"

extern const struct suite base_suite, time_suite, ipi_suite, rfence_suite, hsm_suite, legacy_suite,
	dbcn_suite, pmu_suite, fwft_suite, sse_suite, dbtr_suite, mpxy_suite, mpxy_rpmi_suite,
	cppc_suite, susp_suite, srst_suite, hsm_address_suite, trap_suite;

static const struct suite *const suites[] = {
	&base_suite,   &time_suite,	   &ipi_suite,	     &rfence_suite, &hsm_suite,
	&legacy_suite, &dbcn_suite,	   &pmu_suite,	     &fwft_suite,   &sse_suite,
	&dbtr_suite,   &mpxy_suite,	   &mpxy_rpmi_suite, &cppc_suite,   &susp_suite,
	&trap_suite,   &hsm_address_suite, &srst_suite,	     NULL,
};

static void describe_machine(void)
{
	struct sbiret version = sbi(EID_BASE, BASE_GET_SPEC_VERSION);
	struct sbiret impl = sbi(EID_BASE, BASE_GET_IMPL_ID);
	struct sbiret impl_version = sbi(EID_BASE, BASE_GET_IMPL_VERSION);

	print("# SBI %lu.%lu, implementation %lu version %lx\n", version.value >> 24 & 0x7f,
	      version.value & 0xffffff, impl.value, impl_version.value);
	print("# harts %u of %u, boot hart %lu, RAM %lx-%lx, firmware %lx-%lx, "
	      "hole %lx, uart %lx\n",
	      count_online(), machine.ncpus, harts[0].id, machine.ram_base, machine.ram_end,
	      machine.firmware, machine.firmware_end, machine.hole, machine.uart);
}

void payload_main(void)
{
	char how[8] = "srst";

	describe_machine();
	tap_run(suites);
	option("end", how, sizeof(how));
	print("# end %s\n", how);
	machine_end(how);
	print("# still here\n");
	machine_end("test");
}
