/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hart implements, from `riscv,isa-extensions` or `riscv,isa` (ISA manual, "ISA Extension
 * Naming Conventions"). Only extensions that firmware acts on have a name here; all others are
 * skipped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/dt.h"

/* clang-format off */
#define ISA_SINGLE_LETTERS(X) \
	X(I, "i") X(M, "m") X(A, "a") X(F, "f") X(D, "d") X(C, "c") X(V, "v") X(H, "h")

#define ISA_MULTI_LETTERS(X) \
	X(SSTC, "sstc") X(SSCOFPMF, "sscofpmf") X(SMCNTRPMF, "smcntrpmf") X(SMSTATEEN, "smstateen") \
	X(SMAIA, "smaia") X(SSAIA, "ssaia") X(SMCSRIND, "smcsrind") X(SSCSRIND, "sscsrind") \
	X(SMEPMP, "smepmp") X(SMRNMI, "smrnmi") X(SMDBLTRP, "smdbltrp") X(SSDBLTRP, "ssdbltrp") \
	X(SSNPM, "ssnpm") X(SMNPM, "smnpm") X(SVADU, "svadu") X(SVADE, "svade") X(SVPBMT, "svpbmt") \
	X(SVINVAL, "svinval") X(SDTRIG, "sdtrig") X(SMCTR, "smctr") X(SSCTR, "ssctr") \
	X(SSQOSID, "ssqosid") X(ZICBOM, "zicbom") X(ZICBOZ, "zicboz") X(ZICFILP, "zicfilp") \
	X(ZICFISS, "zicfiss") X(ZICNTR, "zicntr") X(ZIHPM, "zihpm") X(ZKR, "zkr") X(ZKNH, "zknh") \
	X(ZBB, "zbb") X(ZCB, "zcb") X(ZFH, "zfh") X(ZFHMIN, "zfhmin") X(SMCDELEG, "smcdeleg") \
	X(SSCCFG, "ssccfg")
/* clang-format on */

enum isa_extension {
#define X(name, text) ISA_##name,
	ISA_SINGLE_LETTERS(X) ISA_MULTI_LETTERS(X)
#undef X
		ISA_EXTENSION_COUNT
};

_Static_assert(ISA_EXTENSION_COUNT <= 64, "struct isa is one word");

struct isa {
	uint64_t bits;
};

static inline bool isa_has(struct isa isa, enum isa_extension extension)
{
	return isa.bits >> extension & 1;
}

/* Reads a riscv,isa string such as "rv64imafdch_zicntr_sstc"; versions ("2p1") are passed over. */
struct isa isa_parse(const char *text);

/* The ISA that a /cpus/cpu node describes. */
struct isa isa_of(const struct dt_node *cpu);
