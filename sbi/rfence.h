/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remote fences (SBI v3.0, chapter "RFENCE"). A request to a hart is merged into what already waits
 * there, so memory is O(harts) and nothing can fill up; a wider fence is always a correct one. The
 * first half of this header is pure policy, for the second see rfence.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "lib/riscv/spinlock.h"

#define FENCE_PAGE_SHIFT 12
#define FENCE_PAGE_MASK (~0UL << FENCE_PAGE_SHIFT)
#define FENCE_ANY_ID (-1UL) /* all ASIDs or VMIDs */

enum fence_kind {
	FENCE_SFENCE,
	FENCE_VVMA,
	FENCE_GVMA,
	FENCE_I, /* has no span */
};
#define FENCE_SPAN_KINDS 3

/* Pages first..last of the address space, as addresses of pages; 0..~0UL is all of it. */
struct fence_span {
	unsigned long first;
	unsigned long last;
	unsigned long id; /* ASID, for GVMA VMID; FENCE_ANY_ID: all */
};

struct fence {
	enum fence_kind kind;
	struct fence_span span;
	unsigned long hgatp; /* VVMA: of the guest that it is about */
};

/* Fences of each kind merged into one. */
struct fence_pending {
	uint32_t kinds; /* bit n: enum fence_kind n */
	struct fence_span spans[FENCE_SPAN_KINDS];
	unsigned long hgatp;
};

/* What one hart is asked for. The n-th request is done when completed has reached n. */
struct rfence_target {
	struct spinlock lock; /* of requested and pending */
	uint32_t requested;
	uint32_t completed;
	struct fence_pending pending;
};

/*
 * The span of [start, start + size): every page of it, all pages when the SBI says so. False when
 * the range wraps. An empty range (size 0, start not 0) has first > last.
 */
static inline bool fence_span_of(struct fence_span *span, unsigned long start, unsigned long size,
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
	span->first = start & FENCE_PAGE_MASK;
	span->last = end & FENCE_PAGE_MASK;
	return end >= start;
}

/* A span of at most @limit pages, which is worth going through page by page. */
static inline bool fence_span_is_small(const struct fence_span *span, unsigned long limit)
{
	return (span->last - span->first) >> FENCE_PAGE_SHIFT < limit;
}

/* Page numbers of guests' virtual addresses say nothing without the guest. */
#define HGATP_VMID (0x3fffUL << 44)

/*
 * Makes @pending cover @fence too. False, and nothing changed, when one request cannot: fences of
 * two different guests' virtual addresses.
 */
static inline bool fence_merge(struct fence_pending *pending, const struct fence *fence)
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

/* Does @fence on this hart. */
void fence_here(const struct fence *fence);

/*
 * Has all active harts that the two name (this one, too) do @fence, and returns when they have.
 * SBI_ERR_INVALID_PARAM for harts that S-mode cannot have, SBI_ERR_NOT_SUPPORTED for those without H
 * when it is about guests.
 */
long rfence_request(const struct fence *fence, unsigned long hart_mask,
		    unsigned long hart_mask_base);

/* Does what is pending for this hart. */
void rfence_serve(void);

/* To be called again and again by a hart that waits for another: others may wait for it. */
void rfence_relax(void);

/* Everything on this hart: before S-mode software sees it for the first time. */
void rfence_everything(void);
