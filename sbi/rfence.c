/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing fences here, and asking other harts to. */
#include "sbi/rfence.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/fence.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/platform.h"
#include "sbi/pmu.h"
#include "sbi/sbi.h"

/* Defines a function that fences a span page by page. */
#define FENCE_PAGES_FUNCTION(name, fence, shift) \
	static void name(const struct fence_span *span) \
	{ \
		for (unsigned long page = span->first;; page += BIT(FENCE_PAGE_SHIFT)) { \
			span->id == FENCE_ANY_ID ? fence##_addr(page >> (shift)) \
						 : fence##_addr_id(page >> (shift), span->id); \
			if (page == span->last) \
				return; \
		} \
	}

FENCE_PAGES_FUNCTION(sfence_pages, sfence_vma, 0)
FENCE_PAGES_FUNCTION(vvma_pages, hfence_vvma, 0)
FENCE_PAGES_FUNCTION(gvma_pages, hfence_gvma, HFENCE_GVMA_SHIFT)
FENCE_PAGES_FUNCTION(sinval_pages, sinval_vma, 0)
FENCE_PAGES_FUNCTION(vvma_inval_pages, hinval_vvma, 0)
FENCE_PAGES_FUNCTION(gvma_inval_pages, hinval_gvma, HFENCE_GVMA_SHIFT)

/* Defines a function that fences a span, as a whole or by its pages, some at a time with Svinval. */
#define FENCE_SPAN_FUNCTION(name, fence, pages, inval_pages) \
	static void name(const struct fence_span *span) \
	{ \
		if (!fence_span_is_small(span, platform.config.fence_page_limit)) { \
			span->id == FENCE_ANY_ID ? fence##_all() : fence##_id(span->id); \
		} else if (span->first != span->last && \
			   feature_has(&this_hart()->features, ISA_SVINVAL)) { \
			fence_inval_begin(); \
			inval_pages(span); \
			fence_inval_end(); \
		} else { \
			pages(span); \
		} \
	}

FENCE_SPAN_FUNCTION(do_sfence, sfence_vma, sfence_pages, sinval_pages)
FENCE_SPAN_FUNCTION(do_vvma, hfence_vvma, vvma_pages, vvma_inval_pages)
FENCE_SPAN_FUNCTION(do_gvma, hfence_gvma, gvma_pages, gvma_inval_pages)

static void do_span(enum fence_kind kind, const struct fence_span *span, unsigned long hgatp)
{
	switch (kind) {
	case FENCE_SFENCE:
		do_sfence(span);
		break;
	case FENCE_VVMA:
		/* The instruction is about the guest in hgatp. */
		hgatp = csr_swap(CSR_HGATP, hgatp);
		do_vvma(span);
		csr_write(CSR_HGATP, hgatp);
		break;
	case FENCE_GVMA:
		do_gvma(span);
		break;
	case FENCE_I:
		fence_i();
		break;
	}
}

void fence_here(const struct fence *fence)
{
	do_span(fence->kind, &fence->span, fence->hgatp);
}

void rfence_everything(void)
{
	fence_i();
	sfence_vma_all();
	if (feature_has(&this_hart()->features, ISA_H)) {
		hfence_gvma_all();
		hfence_vvma_all();
	}
}

static __attribute__((noinline)) void serve_guests(const struct fence_pending *pending)
{
	if (pending->kinds & BIT(FENCE_VVMA))
		do_span(FENCE_VVMA, &pending->spans[FENCE_VVMA], pending->hgatp);
	if (pending->kinds & BIT(FENCE_GVMA))
		do_gvma(&pending->spans[FENCE_GVMA]);
}

void rfence_serve(void)
{
	struct rfence_target *self = &this_hart()->rfence;
	struct fence_pending *pending = &self->pending;

	/* Who wants to add to it waits for the lock, and would have to wait for the fence anyway. */
	spin_lock(&self->lock);
	if (pending->kinds & BIT(FENCE_SFENCE))
		do_sfence(&pending->spans[FENCE_SFENCE]);
	if (pending->kinds & BIT(FENCE_I))
		fence_i();
	if (pending->kinds & (BIT(FENCE_VVMA) | BIT(FENCE_GVMA)))
		serve_guests(pending);
	pending->kinds = 0;
	__atomic_store_n(&self->completed, self->requested, __ATOMIC_RELEASE);
	spin_unlock(&self->lock);
}

void rfence_relax(void)
{
	const struct rfence_target *self = &this_hart()->rfence;

	if (__atomic_load_n(&self->requested, __ATOMIC_RELAXED) != self->completed)
		rfence_serve();
	cpu_relax();
}

static void post(struct scratch *target, const struct fence *fence)
{
	struct rfence_target *to = &target->rfence;
	bool merged;

	pmu_count_fence(target, fence);
	for (;;) {
		spin_lock(&to->lock);
		merged = fence_merge(&to->pending, fence);
		if (merged)
			__atomic_store_n(&to->requested, to->requested + 1, __ATOMIC_RELAXED);
		spin_unlock(&to->lock);
		if (merged)
			break;
		rfence_relax();
	}
	hart_post(target, EVENT_FENCE);
}

/*
 * Waits for all that @target is asked for until now, which includes what we asked. It needs no
 * time-out: S-mode cannot hold back M-mode's interrupts, and all that waits in M-mode serves fences.
 */
static void wait_for(const struct scratch *target)
{
	const struct rfence_target *to = &target->rfence;
	uint32_t ticket = __atomic_load_n(&to->requested, __ATOMIC_RELAXED);

	while ((int32_t)(__atomic_load_n(&to->completed, __ATOMIC_ACQUIRE) - ticket) < 0)
		rfence_relax();
}

static __attribute__((noinline)) bool all_have_h(struct hart_mask mask)
{
	struct scratch *hart;

	do {
		for_each_hart_in_word(hart, mask)
		{
			if (!feature_has(&hart->features, ISA_H))
				return false;
		}
	} while (hart_mask_next_word(&mask));
	return true;
}

long rfence_request(const struct fence *fence, unsigned long hart_mask,
		    unsigned long hart_mask_base)
{
	struct scratch *self = this_hart(), *hart;
	struct hart_mask mask;
	bool here = false;

	if (!hart_mask_check(&mask, hart_mask, hart_mask_base))
		return SBI_ERR_INVALID_PARAM;
	if ((fence->kind == FENCE_VVMA || fence->kind == FENCE_GVMA) && !all_have_h(mask))
		return SBI_ERR_NOT_SUPPORTED;
	if (fence->kind != FENCE_I && fence->span.first > fence->span.last)
		return SBI_SUCCESS;

	/* A hart that is seen stopped from now on fences everything when it starts, which is later. */
	fence_full();
	do {
		for_each_hart_in_word(hart, mask)
		{
			if (hart == self)
				here = true;
			else if (hsm_is_active(&hart->hsm))
				post(hart, fence);
		}
	} while (hart_mask_next_word(&mask));
	if (here)
		fence_here(fence);
	if (mask.has_more)
		hart_mask_check(&mask, hart_mask, hart_mask_base);
	do {
		for_each_hart_in_word(hart, mask)
		{
			if (hart != self)
				wait_for(hart);
		}
	} while (hart_mask_next_word(&mask));
	return SBI_SUCCESS;
}
