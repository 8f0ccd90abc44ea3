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

void features_detect(struct hart_features *features, struct isa described)
{
	unsigned long value = 0;

	features->isa = described;
	features->menvcfg_mask = csr_probe_mask(CSR_MENVCFG);
	features->has_menvcfg = csr_try_read(CSR_MENVCFG, value);
	features->has_time_csr = csr_try_read(CSR_TIME, value);
	features->counters = (uint32_t)csr_probe_mask(CSR_MCOUNTEREN);

	drop_unless(features, csr_try_read(CSR_HSTATUS, value), ISA_H);
	if (csr_read(CSR_MISA))
		drop_unless(features, csr_read(CSR_MISA) & MISA_H, ISA_H);
	drop_unless(features, csr_try_read(CSR_MSECCFG, value), ISA_ZKR);
	drop_unless(features, csr_try_read(CSR_MSTATEEN0, value), ISA_SMSTATEEN);
	drop_unless(features, features->menvcfg_mask & ENVCFG_ADUE, ISA_SVADU);
	drop_unless(features, features->menvcfg_mask & ENVCFG_CBCFE, ISA_ZICBOM);
	drop_unless(features, features->menvcfg_mask & ENVCFG_CBZE, ISA_ZICBOZ);
	drop_unless(features,
		    features->menvcfg_mask & ENVCFG_STCE && csr_try_read(CSR_STIMECMP, value),
		    ISA_SSTC);
}
