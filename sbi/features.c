/* SPDX-License-Identifier: BSD-2-Clause */
/* What the calling hart implements. A CSR that traps or keeps no bit says more than any DTB. */
#include "sbi/features.h"

#include "lib/bits.h"
#include "lib/riscv/guard.h"

#define MISA_H (1UL << ('H' - 'A'))

static void drop_unless(struct hart_features *features, bool there, enum isa_extension extension)
{
	if (!there)
		features->isa.bits &= ~BIT(extension);
}

/* Which bits of a CSR take a one; all zero when it is not there. */
#define csr_probe_mask(csr) \
	({ \
		unsigned long probe_old = 0, probe_mask = 0; \
		if (csr_try_read(csr, probe_old) && csr_try_write(csr, ~0UL)) { \
			csr_try_read(csr, probe_mask); \
			csr_try_write(csr, probe_old); \
		} \
		probe_mask; \
	})

/* PMM is the one field of menvcfg whose values are not independent bits. */
static bool menvcfg_keeps_pmm(unsigned long pmm)
{
	unsigned long old = 0, kept = 0;

	if (!csr_try_read(CSR_MENVCFG, old))
		return false;
	csr_try_write(CSR_MENVCFG, (old & ~ENVCFG_PMM) | pmm);
	csr_try_read(CSR_MENVCFG, kept);
	csr_try_write(CSR_MENVCFG, old);
	return (kept & ENVCFG_PMM) == pmm;
}

void features_detect(struct hart_features *features, struct isa described)
{
	unsigned long value = 0;

	features->isa = described;
	features->menvcfg_mask = csr_probe_mask(CSR_MENVCFG);
	features->has_menvcfg = csr_try_read(CSR_MENVCFG, value);
	features->has_time_csr = csr_try_read(CSR_TIME, value);
	features->has_pmlen_7 = menvcfg_keeps_pmm(ENVCFG_PMM_7);
	features->has_pmlen_16 = menvcfg_keeps_pmm(ENVCFG_PMM_16);
	features->counters = (uint32_t)csr_probe_mask(CSR_MCOUNTEREN);

	/* It shuts more than what S-mode knows from the DTB: that must not be needed to open it. */
	features->isa.bits |= BIT(ISA_SMSTATEEN);
	drop_unless(features, csr_try_read(CSR_MSTATEEN0, value), ISA_SMSTATEEN);
	drop_unless(features, csr_try_read(CSR_HSTATUS, value), ISA_H);
	if (csr_read(CSR_MISA))
		drop_unless(features, csr_read(CSR_MISA) & MISA_H, ISA_H);
	drop_unless(features, csr_try_read(CSR_MSECCFG, value), ISA_ZKR);
	drop_unless(features, csr_try_read(CSR_SCOUNTOVF, value), ISA_SSCOFPMF);
	drop_unless(features, csr_try_read(CSR_MCYCLECFG, value), ISA_SMCNTRPMF);
	drop_unless(features, features->menvcfg_mask & ENVCFG_LPE, ISA_ZICFILP);
	drop_unless(features, features->menvcfg_mask & ENVCFG_SSE, ISA_ZICFISS);
	drop_unless(features, features->menvcfg_mask & ENVCFG_DTE, ISA_SSDBLTRP);
	drop_unless(features, features->menvcfg_mask & ENVCFG_ADUE, ISA_SVADU);
	drop_unless(features, features->menvcfg_mask & ENVCFG_CBCFE, ISA_ZICBOM);
	drop_unless(features, features->menvcfg_mask & ENVCFG_CBZE, ISA_ZICBOZ);
	drop_unless(features,
		    features->menvcfg_mask & ENVCFG_STCE && csr_try_read(CSR_STIMECMP, value),
		    ISA_SSTC);
}
