/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of fences and how requests merge: arithmetic only. */
#include "lib/bits.h"
#include "sbi/rfence.h"

#define PAGE_MASK (~(BIT(FENCE_PAGE_SHIFT) - 1))
#define HGATP_VMID (0x3fffUL << 44)

bool fence_span_of(struct fence_span *span, unsigned long start, unsigned long size,
		   unsigned long id)
{
	unsigned long end = start + size - 1; /* the last byte */

	*span = (struct fence_span){ .first = 0, .last = ~0UL, .id = id };
	if (size == ~0UL || (!start && !size))
		return true;
	if (!size) {
		span->first = 1;
		span->last = 0;
		return true;
	}
	if (end < start)
		return false;
	span->first = start & PAGE_MASK;
	span->last = end & PAGE_MASK;
	return true;
}

bool fence_span_is_small(const struct fence_span *span, unsigned long limit)
{
	return (span->last - span->first) >> FENCE_PAGE_SHIFT < limit;
}

static void merge_span(struct fence_span *pending, const struct fence_span *more, bool is_new)
{
	if (is_new) {
		*pending = *more;
		return;
	}
	pending->first = MIN(pending->first, more->first);
	pending->last = MAX(pending->last, more->last);
	if (pending->id != more->id)
		pending->id = FENCE_ANY_ID;
}

bool fence_merge(struct fence_request *pending, const struct fence_request *more)
{
	uint32_t added = more->kinds & ~pending->kinds;

	if (pending->kinds & more->kinds & FENCE_VVMA &&
	    (pending->vvma_hgatp ^ more->vvma_hgatp) & HGATP_VMID)
		return false;
	if (more->kinds & FENCE_SFENCE)
		merge_span(&pending->sfence, &more->sfence, added & FENCE_SFENCE);
	if (more->kinds & FENCE_GVMA)
		merge_span(&pending->gvma, &more->gvma, added & FENCE_GVMA);
	if (more->kinds & FENCE_VVMA) {
		merge_span(&pending->vvma, &more->vvma, added & FENCE_VVMA);
		pending->vvma_hgatp = more->vvma_hgatp;
	}
	pending->kinds |= more->kinds;
	return true;
}
