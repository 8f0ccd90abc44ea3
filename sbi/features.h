/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one hart implements: what its ISA string says and its CSRs confirm. Harts of one machine may
 * differ.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/isa.h"

struct hart_features {
	struct isa isa;	       /* of the DTB, less what a probe did not find */
	uint64_t menvcfg_mask; /* bits of menvcfg that can be set */
	uint32_t counters;     /* mcounteren bits whose counter exists */
	bool has_menvcfg;
	bool has_time_csr; /* the time CSR can be read in M-mode */
	bool has_pmlen_7;  /* pointer masking for S-mode (menvcfg.PMM) */
	bool has_pmlen_16;
};

static inline bool feature_has(const struct hart_features *features, enum isa_extension extension)
{
	return isa_has(features->isa, extension);
}

/* Finds out about the calling hart; @described is what the DTB says. */
void features_detect(struct hart_features *features, struct isa described);
