/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Remote fences (SBI v3.0, chapter "RFENCE"). A request to a hart is merged into the one that
 * already waits there, so memory is O(harts) and nothing can fill up; a wider fence is always a
 * correct one. This header is the policy, host-testable; sbi/rfence.c does the rest.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/spinlock.h"

#define FENCE_PAGE_SHIFT 12
#define FENCE_ANY_ID (-1UL) /* all ASIDs or VMIDs */

enum fence_kind {
	FENCE_I = 1 << 0,
	FENCE_SFENCE = 1 << 1,
	FENCE_GVMA = 1 << 2,
	FENCE_VVMA = 1 << 3,
};

/* Pages first..last of the address space, as addresses of pages; 0..~0UL is all of it. */
struct fence_span {
	unsigned long first;
	unsigned long last;
	unsigned long id; /* ASID, for GVMA VMID; FENCE_ANY_ID: all */
};

struct fence_request {
	uint32_t kinds; /* enum fence_kind bits, each with its span */
	struct fence_span sfence;
	struct fence_span gvma;
	struct fence_span vvma;
	unsigned long vvma_hgatp; /* the guest that vvma is about */
};

/* What one hart is asked for. A ticket is done when completed has reached it. */
struct rfence_target {
	struct spinlock lock;
	uint32_t requested; /* changes under lock */
	uint32_t completed;
	struct fence_request pending;
};

/*
 * The span of [start, start + size): every page of it, all pages when the SBI says so. False when
 * the range wraps. An empty range (size 0, start not 0) has first > last.
 */
bool fence_span_of(struct fence_span *span, unsigned long start, unsigned long size,
		   unsigned long id);

/* A span of at most @limit pages is worth going through page by page. */
bool fence_span_is_small(const struct fence_span *span, unsigned long limit);

/*
 * Makes @pending cover @more too. False, and nothing changed, when one request cannot: fences of
 * two different guests' virtual addresses.
 */
bool fence_merge(struct fence_request *pending, const struct fence_request *more);

struct hart_mask;

/* Has all active harts of @mask (this one, too) do @request, and returns when they have. */
void rfence_request(const struct hart_mask *mask, const struct fence_request *request);

/* Does what is pending for this hart. */
void rfence_serve(void);

/* Everything on this hart: before S-mode software sees it for the first time. */
void rfence_everything(void);
