/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the firmware features. */
#include "sbi/fwft_policy.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/sbi.h"

#define MISALIGNED (BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_STORE_MISALIGNED))

/* The bit of menvcfg that is the value of a feature. */
static const uint64_t envcfg_bit[FWFT_FEATURES] = {
	[FWFT_LANDING_PAD] = ENVCFG_LPE,
	[FWFT_SHADOW_STACK] = ENVCFG_SSE,
	[FWFT_DOUBLE_TRAP] = ENVCFG_DTE,
	[FWFT_PTE_AD_HW_UPDATING] = ENVCFG_ADUE,
};

static bool is_supported(const struct hart_features *features, unsigned long feature)
{
	switch (feature) {
	case FWFT_LANDING_PAD:
		return feature_has(features, ISA_ZICFILP);
	case FWFT_SHADOW_STACK:
		return feature_has(features, ISA_ZICFISS);
	case FWFT_DOUBLE_TRAP:
		return feature_has(features, ISA_SSDBLTRP);
	case FWFT_PTE_AD_HW_UPDATING:
		/* Without Svade, the DTB has promised S-mode that the hart always updates them. */
		return feature_has(features, ISA_SVADU) && feature_has(features, ISA_SVADE);
	case FWFT_POINTER_MASKING_PMLEN:
		return features->has_pmlen_7 || features->has_pmlen_16;
	default:
		return true;
	}
}

static bool is_valid(const struct hart_features *features, unsigned long feature,
		     unsigned long value)
{
	if (feature != FWFT_POINTER_MASKING_PMLEN)
		return value <= 1;
	return !value || (value == 7 && features->has_pmlen_7) ||
	       (value == 16 && features->has_pmlen_16);
}

static long check(const struct hart_features *features, unsigned long feature)
{
	/* Reserved, or of the platform and not implemented. */
	if (feature >= FWFT_FEATURES)
		return SBI_ERR_DENIED;
	return is_supported(features, feature) ? SBI_SUCCESS : SBI_ERR_NOT_SUPPORTED;
}

long fwft_set(struct fwft *fwft, const struct hart_features *features, unsigned long feature,
	      unsigned long value, unsigned long flags)
{
	long error = check(features, feature);

	if (error)
		return error;
	if (!is_valid(features, feature, value) || flags & ~FWFT_FLAG_LOCK)
		return SBI_ERR_INVALID_PARAM;
	if (fwft->locked >> feature & 1)
		return SBI_ERR_DENIED_LOCKED;
	fwft->value[feature] = (uint8_t)value;
	if (flags & FWFT_FLAG_LOCK)
		fwft->locked |= (uint8_t)BIT(feature);
	return SBI_SUCCESS;
}

long fwft_get(const struct fwft *fwft, const struct hart_features *features, unsigned long feature,
	      unsigned long *value)
{
	long error = check(features, feature);

	*value = error ? 0 : fwft->value[feature];
	return error;
}

uint64_t fwft_menvcfg(const struct fwft *fwft, const struct hart_features *features,
		      uint64_t menvcfg)
{
	uint8_t pmlen = fwft->value[FWFT_POINTER_MASKING_PMLEN];

	for (unsigned int feature = 0; feature < FWFT_FEATURES; feature++) {
		if (!is_supported(features, feature))
			continue;
		menvcfg &= ~envcfg_bit[feature];
		menvcfg |= fwft->value[feature] ? envcfg_bit[feature] : 0;
	}
	menvcfg &= ~ENVCFG_PMM;
	return menvcfg | (pmlen == 16 ? ENVCFG_PMM_16 : pmlen == 7 ? ENVCFG_PMM_7 : 0);
}

uint64_t fwft_medeleg(const struct fwft *fwft, uint64_t medeleg)
{
	return (medeleg & ~MISALIGNED) | (fwft->value[FWFT_MISALIGNED_EXC_DELEG] ? MISALIGNED : 0);
}
