/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware features of a hart (SBI v3.0, chapter "SBI Firmware Features Extension"): which there
 * are, their values and locks. Pure policy; sbi/ext/fwft.c puts it into CSRs.
 */
#pragma once

#include <stdint.h>

#include "sbi/features.h"

/* Numbers are the specification's. All are local to a hart. */
enum fwft_feature {
	FWFT_MISALIGNED_EXC_DELEG,
	FWFT_LANDING_PAD,
	FWFT_SHADOW_STACK,
	FWFT_DOUBLE_TRAP,
	FWFT_PTE_AD_HW_UPDATING,
	FWFT_POINTER_MASKING_PMLEN,
	FWFT_FEATURES
};

#define FWFT_FLAG_LOCK 1UL

/* All zero when the hart starts. */
struct fwft {
	uint8_t value[FWFT_FEATURES];
	uint8_t locked; /* bit n: feature n */
};

/* Both return an SBI error. */
long fwft_set(struct fwft *fwft, const struct hart_features *features, unsigned long feature,
	      unsigned long value, unsigned long flags);
long fwft_get(const struct fwft *fwft, const struct hart_features *features, unsigned long feature,
	      unsigned long *value);

/* What the values make of menvcfg and medeleg; fields of features that the hart lacks stay. */
uint64_t fwft_menvcfg(const struct fwft *fwft, const struct hart_features *features,
		      uint64_t menvcfg);
uint64_t fwft_medeleg(const struct fwft *fwft, uint64_t medeleg);
