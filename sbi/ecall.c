/* SPDX-License-Identifier: BSD-2-Clause */
/* From an extension id to its handler. */
#include "sbi/ecall.h"

#include <stddef.h>

#include "sbi/console.h"
#include "sbi/timer.h"

/* No two extensions of the specification share a slot; the compiler refuses it if two ever do. */
#define SLOTS 32
#define SLOT(eid) (((eid) | (eid) >> 25) % SLOTS)

/* Two words each: the address of one is a shift away. */
struct sbi_extension {
	unsigned long eid;
	ecall_fn handle;
};

/* An empty slot has id 0, which is found in its own slot alone. */
static const struct sbi_extension extensions[SLOTS] = {
	[SLOT(SBI_EXT_LEGACY_FIRST)] = { SBI_EXT_LEGACY_FIRST, ecall_legacy },
	[SLOT(SBI_EXT_BASE)] = { SBI_EXT_BASE, ecall_base },
	[SLOT(SBI_EXT_TIME)] = { SBI_EXT_TIME, ecall_time },
	[SLOT(SBI_EXT_IPI)] = { SBI_EXT_IPI, ecall_ipi },
	[SLOT(SBI_EXT_RFENCE)] = { SBI_EXT_RFENCE, ecall_rfence },
	[SLOT(SBI_EXT_HSM)] = { SBI_EXT_HSM, ecall_hsm },
	[SLOT(SBI_EXT_SRST)] = { SBI_EXT_SRST, ecall_srst },
	[SLOT(SBI_EXT_PMU)] = { SBI_EXT_PMU, ecall_pmu },
	[SLOT(SBI_EXT_DBCN)] = { SBI_EXT_DBCN, ecall_dbcn },
	[SLOT(SBI_EXT_SUSP)] = { SBI_EXT_SUSP, ecall_susp },
	[SLOT(SBI_EXT_SSE)] = { SBI_EXT_SSE, ecall_sse },
	[SLOT(SBI_EXT_FWFT)] = { SBI_EXT_FWFT, ecall_fwft },
	[SLOT(SBI_EXT_DBTR)] = { SBI_EXT_DBTR, ecall_dbtr },
	[SLOT(SBI_EXT_CPPC)] = { SBI_EXT_CPPC, ecall_cppc },
	[SLOT(SBI_EXT_MPXY)] = { SBI_EXT_MPXY, ecall_mpxy },
};

/* Those that are not always available. */
static bool (*const probes[SLOTS])(void) = {
	[SLOT(SBI_EXT_TIME)] = timer_exists,   [SLOT(SBI_EXT_SRST)] = srst_exists,
	[SLOT(SBI_EXT_DBCN)] = console_exists, [SLOT(SBI_EXT_SUSP)] = susp_exists,
	[SLOT(SBI_EXT_DBTR)] = dbtr_exists,    [SLOT(SBI_EXT_CPPC)] = cppc_exists,
	[SLOT(SBI_EXT_MPXY)] = mpxy_exists,
};

struct sbiret ecall_dispatch(ECALL_PARAMETERS)
{
	const struct sbi_extension *extension = &extensions[SLOT(eid)];

	if (extension->eid == eid)
		return extension->handle(a0, a1, a2, a3, a4, a5, fid, eid);
	return ecall_legacy(a0, a1, a2, a3, a4, a5, fid, eid);
}

unsigned long ecall_probe(unsigned long eid)
{
	if (extensions[SLOT(eid)].eid == eid)
		return !probes[SLOT(eid)] || probes[SLOT(eid)]();
	return eid <= SBI_EXT_LEGACY_LAST;
}
