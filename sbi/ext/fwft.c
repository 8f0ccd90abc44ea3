/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "SBI Firmware Features Extension"; the rules are in sbi/fwft_policy.c. */
#include "sbi/fwft.h"

#include "lib/riscv/csr.h"
#include "sbi/ecall.h"
#include "sbi/rfence.h"
#include "sbi/scratch.h"

enum { SET, GET };

static void apply(void)
{
	const struct scratch *self = this_hart();
	const struct hart_features *features = &self->features;

	csr_write(CSR_MEDELEG, fwft_medeleg(&self->fwft, csr_read(CSR_MEDELEG)));
	if (features->has_menvcfg)
		csr_write(CSR_MENVCFG, fwft_menvcfg(&self->fwft, features, csr_read(CSR_MENVCFG)));
}

void fwft_enter(enum life_event why)
{
	if (why == LIFE_START)
		this_hart()->fwft = (struct fwft){ 0 };
	apply();
	if (feature_has(&this_hart()->features, ISA_ZICFISS))
		csr_write(CSR_SSP, 0);
}

struct sbiret ecall_fwft(ECALL_PARAMETERS)
{
	struct scratch *self = this_hart();
	unsigned long value = 0;
	long error;

	switch (fid) {
	case SET:
		error = fwft_set(&self->fwft, &self->features, a0, a1, a2);
		if (!error) {
			apply();
			/* How page tables are read may have changed. */
			rfence_everything();
		}
		return sbi_error(error);
	case GET:
		error = fwft_get(&self->fwft, &self->features, a0, &value);
		return (struct sbiret){ error, value };
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
