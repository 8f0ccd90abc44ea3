/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Planning physical memory protection: who may do what where, put into the fewest PMP entries
 * (privileged ISA, "Physical Memory Protection", and Smepmp). Pure: no CSR is touched here.
 *
 * Without Smepmp an entry that is not locked binds S- and U-mode only, so M-mode's own rights are
 * not enforced. With Smepmp (mseccfg.MML) every region also says what M-mode may do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define PMP_MAX_ENTRIES 64
#define PMP_MAX_REGIONS 32

/* Rights are sums of PMP_R, PMP_W and PMP_X (lib/riscv/csr.h). */
struct pmp_region {
	uint64_t base;
	uint64_t size;
	uint8_t m; /* of M-mode */
	uint8_t s; /* of S- and U-mode */
};

/* What a hart's PMP can do. */
struct pmp_limits {
	uint8_t first;	       /* lower entries are locked by somebody before us */
	uint8_t count;	       /* of all entries, locked ones included */
	uint8_t granule_shift; /* log2 of the granule in bytes: 2 or more */
	bool has_tor;	       /* top-of-range matching works */
	bool smepmp;	       /* plan for mseccfg.MML */
};

struct pmp_plan {
	struct pmp_limits limits;	   /* that it was made for */
	unsigned int count;		   /* entries from limits.first on; may be more than fit */
	uint64_t address[PMP_MAX_ENTRIES]; /* pmpaddr */
	uint8_t config[PMP_MAX_ENTRIES];   /* pmpcfg */
};

/*
 * Plans @count regions; what no region covers gets @rest for S- and U-mode, and nothing for M-mode
 * with Smepmp. Regions may come in any order; those that touch or overlap must have the same rights
 * to become one. One that takes rights away grows to whole granules; one that adds rights must
 * consist of whole granules (ERR_PMP_ALIGN).
 * ERR_PMP_ENTRIES: it is complete but needs more entries than there are: plan->count says how many.
 * ERR_RANGE, ERR_FULL, ERR_PMP_OVERLAP, ERR_PMP_RIGHTS: the regions make no sense; no plan.
 */
enum err pmp_plan_make(struct pmp_plan *plan, const struct pmp_region *regions, unsigned int count,
		       uint8_t rest, const struct pmp_limits *limits);

/*
 * What entry @index (from 0 to plan->count - 1) says. False: nothing, it is the bottom of the range
 * above. @size is 0 for the whole address space.
 */
bool pmp_plan_entry(const struct pmp_plan *plan, unsigned int index, struct pmp_region *entry);

/* A hart with @limits can use @plan as it is. */
bool pmp_plan_fits(const struct pmp_plan *plan, const struct pmp_limits *limits);
