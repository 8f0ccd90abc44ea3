/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of fences and how they merge: arithmetic only. */
#include "lib/bits.h"
#include "sbi/rfence.h"

#define PAGE_MASK  (~(BIT(FENCE_PAGE_SHIFT) - 1))
#define HGATP_VMID (0x3fffUL << 44)

bool fence_span_of(struct fence_span *span, unsigned long start, unsigned long size,
		   unsigned long id)
{
	unsigned long end = start + size - 1; /* the last byte */

	span->id = id;
	if (size == ~0UL || !(start | size)) {
		span->first = 0;
		span->last = ~0UL;
		return true;
	}
	if (!size) {
		span->first = 1;
		span->last = 0;
		return true;
	}
	span->first = start & PAGE_MASK;
	span->last = end & PAGE_MASK;
	return end >= start;
}

bool fence_merge(struct fence_pending *pending, const struct fence *fence)
{
	struct fence_span *span = &pending->spans[fence->kind];
	bool is_new = !(pending->kinds & BIT(fence->kind));

	if (fence->kind == FENCE_VVMA) {
		if (!is_new && (pending->hgatp ^ fence->hgatp) & HGATP_VMID)
			return false;
		pending->hgatp = fence->hgatp;
	}
	pending->kinds |= (uint32_t)BIT(fence->kind);
	if (fence->kind == FENCE_I)
		return true;
	if (is_new) {
		*span = fence->span;
		return true;
	}
	span->first = MIN(span->first, fence->span.first);
	span->last = MAX(span->last, fence->span.last);
	if (span->id != fence->span.id)
		span->id = FENCE_ANY_ID;
	return true;
}
