/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bookkeeping of debug triggers (SBI v3.0, chapter "Debug Triggers Extension"): which
 * configurations S-mode may have, and which trigger gets which. Pure; sbi/ext/dbtr.c has the CSRs.
 *
 * trig_idx is the number that the hardware knows a trigger by, so a chain is contiguous in both.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/shmem.h"

#define DBTR_MAX_TRIGGERS 16

/* trig_state */
#define DBTR_MAPPED (1UL << 0)
#define DBTR_U (1UL << 1)
#define DBTR_S (1UL << 2)
#define DBTR_VU (1UL << 3)
#define DBTR_VS (1UL << 4)
#define DBTR_MODES (DBTR_U | DBTR_S | DBTR_VU | DBTR_VS)
#define DBTR_HAVE_HW_TRIG (1UL << 5)
#define DBTR_HW_TRIG_SHIFT 8

/* tdata1 */
#define TDATA1_TYPE_SHIFT 60
#define TDATA1_TYPE (15UL << TDATA1_TYPE_SHIFT)
#define TDATA1_DMODE (1UL << 59)

struct dbtr_trigger {
	uint8_t types; /* bit n: it can have type n */
	uint8_t type;  /* that it has; 0: not mapped */
	uint8_t modes; /* of DBTR_MODES: those in which it matches when it is enabled */
	bool chain;
};

/* A hart's triggers. */
struct dbtr {
	unsigned int count; /* trig_max */
	struct dbtr_trigger triggers[DBTR_MAX_TRIGGERS];
	struct shmem shmem; /* empty: none */
	bool has_tdata3;
};

/* As in shared memory; trig_state stands in the place of index when triggers are read. */
struct dbtr_config {
	uint64_t index;
	uint64_t tdata1;
	uint64_t tdata2;
	uint64_t tdata3;
};

/* Types that can be offered, of those that a trigger has (tinfo.info). */
uint8_t dbtr_types(unsigned long info);

/* SBI_SUCCESS when S-mode may have @tdata1, whatever the hardware then says to it. */
long dbtr_check(uint64_t tdata1);

/* The modes of a valid @tdata1 as trig_state has them, and @tdata1 with other modes. */
unsigned long dbtr_modes(uint64_t tdata1);
uint64_t dbtr_with_modes(uint64_t tdata1, unsigned long modes);

/* The hardware keeps @tdata1 when it reads back as @kept: other bits are its own to change. */
bool dbtr_is_kept(uint64_t tdata1, uint64_t kept);

/*
 * Judge @count configurations; plan_install also gives each a trigger out of the set @unused. An
 * SBI error: *@failing is the first configuration that is at fault. Nothing is mapped yet.
 */
long dbtr_plan_install(const struct dbtr *dbtr, uint32_t unused, struct dbtr_config *configs,
		       unsigned int count, unsigned int *failing);
long dbtr_plan_update(const struct dbtr *dbtr, const struct dbtr_config *configs,
		      unsigned int count, unsigned int *failing);

/* The hardware has taken @config. */
void dbtr_map(struct dbtr *dbtr, const struct dbtr_config *config);

/* The set of triggers of an index base and mask; false when one does not exist or is not mapped. */
bool dbtr_set(const struct dbtr *dbtr, unsigned long base, unsigned long mask, uint32_t *set);

unsigned long dbtr_state(const struct dbtr *dbtr, unsigned int index);
