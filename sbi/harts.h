/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All harts that the firmware has a block of memory for, by index and by hartid, and the hart masks
 * of the SBI (v3.0, chapter "Hart list parameter").
 */
#pragma once

#include "sbi/scratch.h"

#define HARTS_FIRST 0 /* for assembly, checked below */
#define HARTS_COUNT 8

#ifndef __ASSEMBLER__

#define HARTS_MAX 512

struct harts {
	struct scratch *first; /* the others follow at multiples of HART_BLOCK_SIZE */
	uint32_t count;
	bool contiguous; /* hartid = first_id + index: no need to search */
	unsigned long first_id;
	uint64_t available[HARTS_MAX / 64 + 1]; /* by index: S-mode may know of it */
};

extern struct harts harts;

_Static_assert(offsetof(struct harts, first) == HARTS_FIRST, "");
_Static_assert(offsetof(struct harts, count) == HARTS_COUNT, "");

static inline struct scratch *hart_at(unsigned int index)
{
	return (struct scratch *)((char *)harts.first + (size_t)index * HART_BLOCK_SIZE);
}

static inline bool hart_is_available(unsigned int index)
{
	return harts.available[index / 64] >> index % 64 & 1;
}

/* The hart with this id that S-mode may know of; NULL: none. */
struct scratch *hart_of_id(unsigned long hartid);

/* A checked hart_mask and hart_mask_base; hart_mask_next() takes it apart. */
struct hart_mask {
	unsigned long bits; /* all harts: the index that comes next */
	unsigned long base; /* -1: all harts */
};

#define HART_MASK_ALL (-1UL)

/* SBI_SUCCESS, or SBI_ERR_INVALID_PARAM when a bit names a hart that is not available to S-mode. */
long hart_mask_check(struct hart_mask *mask, unsigned long hart_mask, unsigned long hart_mask_base);

/* One of the harts that are left in @mask, taken out of it; NULL: no more. */
struct scratch *hart_mask_next(struct hart_mask *mask);

#endif
