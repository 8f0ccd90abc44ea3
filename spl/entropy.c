/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed CSR (RISC-V Cryptography Extensions Volume I, section 4.1), or what else differs. */
#include "spl/entropy.h"

#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"

#define CSR_SEED 0x015
#define SEED_OPST(seed) ((seed) >> 30 & 3)
#define SEED_ES16 2

#define SEED_POLLS 1000
#define SEED_WORDS 4

/* 16 bits of entropy; false where there are none. */
static bool read_seed(uint64_t *bits)
{
	for (unsigned int i = 0; i < SEED_POLLS; i++) {
		unsigned long seed = 0;

		if (guard_run("csrrw %[value], %[csr], zero", seed, [csr] "i"(CSR_SEED)))
			return false;
		if (SEED_OPST(seed) == SEED_ES16) {
			*bits = seed & 0xffff;
			return true;
		}
	}
	return false;
}

uint64_t entropy_seed(uint64_t salt)
{
	uint64_t state = salt ^ csr_read(CSR_MCYCLE) << 32 ^ clock_us(), bits;

	for (unsigned int i = 0; i < SEED_WORDS && read_seed(&bits); i++)
		state = state << 16 ^ state >> 48 ^ bits;
	return state;
}
