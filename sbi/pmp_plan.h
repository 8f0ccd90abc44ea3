/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Planning physical memory protection: who may do what where, put into few PMP entries (privileged
 * ISA, "Physical Memory Protection", and Smepmp). Pure: no CSR is touched here.
 *
 * Without Smepmp an entry that is not locked binds S- and U-mode only, so M-mode's own rights are
 * not enforced. With Smepmp (mseccfg.MML, MMWP) M-mode has the rights that a region gives it and no
 * others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define PMP_MAX_ENTRIES 64

/* Rights are sums of PMP_R, PMP_W and PMP_X (lib/riscv/csr.h). */
#define PMP_UNSAID 0xff /* for this mode, what comes behind counts */

struct pmp_region {
	uint64_t base;
	uint64_t size; /* 0: it is not there */
	uint8_t m;     /* of M-mode */
	uint8_t s;     /* of S- and U-mode */
	bool enforced; /* without Smepmp: what S-mode may not, M-mode may not either */
};

/* What a hart's PMP can do. */
struct pmp_limits {
	uint8_t first;	       /* lower entries are locked by somebody before us */
	uint8_t count;	       /* of all entries, locked ones included */
	uint8_t granule_shift; /* log2 of the granule in bytes: 2 or more */
	bool has_tor;	       /* top-of-range matching works */
	bool smepmp;	       /* plan for mseccfg.MML and MMWP */
};

struct pmp_plan {
	struct pmp_limits limits;	   /* that it was made for */
	unsigned int count;		   /* entries from limits.first on; may be more than fit */
	uint64_t address[PMP_MAX_ENTRIES]; /* pmpaddr */
	uint8_t config[PMP_MAX_ENTRIES];   /* pmpcfg */
};

/*
 * Plans @count regions, in which those of a smaller index count before those that overlap them. Where
 * none says anything, S- and U-mode get @rest, and M-mode nothing.
 *
 * A region that leaves S-mode no more than @rest grows to whole granules; one that gives it more must
 * consist of whole granules (ERR_PMP_ALIGN). Where Smepmp cannot express both modes' rights in one
 * place, S-mode loses X, then W, then R there.
 * ERR_PMP_ENTRIES: it is complete but needs more entries than there are: plan->count says how many.
 * ERR_RANGE, ERR_PMP_RIGHTS: the regions make no sense; no plan.
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

/* One line an entry that says something. */
void pmp_plan_print(const struct pmp_plan *plan);
