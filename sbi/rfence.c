/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing fences here, and asking other harts to. The arithmetic is in sbi/fence_request.c. */
#include "sbi/rfence.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/fence.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/platform.h"

#define FENCE_SPAN_FUNCTION(name, kind, shift) \
	static void name(const struct fence_span *span) \
	{ \
		bool any = span->id == FENCE_ANY_ID; \
\
		if (!fence_span_is_small(span, platform.config.fence_page_limit)) { \
			any ? kind##_all() : kind##_id(span->id); \
			return; \
		} \
		for (unsigned long page = span->first;; page += BIT(FENCE_PAGE_SHIFT)) { \
			any ? kind##_addr(page >> (shift)) \
			    : kind##_addr_id(page >> (shift), span->id); \
			if (page == span->last) \
				break; \
		} \
	}

FENCE_SPAN_FUNCTION(do_sfence, sfence_vma, 0)
FENCE_SPAN_FUNCTION(do_vvma, hfence_vvma, 0)
FENCE_SPAN_FUNCTION(do_gvma, hfence_gvma, HFENCE_GVMA_SHIFT)

/* HFENCE.VVMA is about the guest in hgatp. */
static void do_vvma_of_guest(const struct fence_request *request)
{
	unsigned long hgatp = csr_swap(CSR_HGATP, request->vvma_hgatp);

	do_vvma(&request->vvma);
	csr_write(CSR_HGATP, hgatp);
}

static void do_request(const struct fence_request *request)
{
	if (request->kinds & FENCE_SFENCE)
		do_sfence(&request->sfence);
	if (request->kinds & FENCE_I)
		fence_i();
	if (request->kinds & FENCE_GVMA)
		do_gvma(&request->gvma);
	if (request->kinds & FENCE_VVMA)
		do_vvma_of_guest(request);
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

static bool has_pending(const struct rfence_target *target)
{
	return __atomic_load_n(&target->requested, __ATOMIC_ACQUIRE) !=
	       __atomic_load_n(&target->completed, __ATOMIC_RELAXED);
}

void rfence_serve(void)
{
	struct rfence_target *self = &this_hart()->rfence;
	struct fence_request request;
	uint32_t ticket;

	spin_lock(&self->lock);
	request = self->pending;
	self->pending.kinds = 0;
	ticket = self->requested;
	spin_unlock(&self->lock);

	do_request(&request);
	__atomic_store_n(&self->completed, ticket, __ATOMIC_RELEASE);
}

/* While a hart waits for another, others may wait for it. */
static void serve_while_waiting(void)
{
	if (has_pending(&this_hart()->rfence))
		rfence_serve();
	cpu_relax();
}

static void post(struct scratch *target, const struct fence_request *request)
{
	struct rfence_target *to = &target->rfence;

	for (;;) {
		bool merged;

		spin_lock(&to->lock);
		merged = fence_merge(&to->pending, request);
		if (merged)
			__atomic_store_n(&to->requested, to->requested + 1, __ATOMIC_RELEASE);
		spin_unlock(&to->lock);
		if (merged)
			break;
		serve_while_waiting();
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
	uint32_t ticket = __atomic_load_n(&to->requested, __ATOMIC_ACQUIRE);

	while ((int32_t)(__atomic_load_n(&to->completed, __ATOMIC_ACQUIRE) - ticket) < 0)
		serve_while_waiting();
}

void rfence_request(const struct hart_mask *mask, const struct fence_request *request)
{
	struct scratch *self = this_hart(), *hart;
	struct hart_mask left = *mask;
	bool posted = false, here = false;

	/* A hart that is seen stopped below fences everything when it starts, which is later. */
	fence_full();
	while ((hart = hart_mask_next(&left))) {
		if (hart == self) {
			here = true;
		} else if (hsm_is_active(&hart->hsm)) {
			post(hart, request);
			posted = true;
		}
	}
	if (here)
		do_request(request);
	if (!posted)
		return;
	for (left = *mask; (hart = hart_mask_next(&left));) {
		if (hart != self)
			wait_for(hart);
	}
}
