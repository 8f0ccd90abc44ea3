/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SBI v3.0, chapter "Legacy Extensions". An extension is one function, the result is a0 alone, and
 * hart masks are bit vectors at virtual addresses of the caller.
 */
#include "drivers/reset/reset.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "sbi/console.h"
#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/lifecycle.h"
#include "sbi/platform.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"
#include "sbi/unpriv.h"

enum {
	SET_TIMER,
	CONSOLE_PUTCHAR,
	CONSOLE_GETCHAR,
	CLEAR_IPI,
	SEND_IPI,
	REMOTE_FENCE_I,
	REMOTE_SFENCE_VMA,
	REMOTE_SFENCE_VMA_ASID,
	SHUTDOWN,
};

#define WORD_HARTS 64

typedef void (*action_fn)(const struct hart_mask *mask, const struct fence *fence);

static void send_ipi(const struct hart_mask *mask, const struct fence *fence)
{
	struct hart_mask left = *mask;
	struct scratch *hart;

	(void)fence;
	do {
		for_each_hart_in_word (hart, left) {
			if (!hsm_is_active(&hart->hsm))
				continue;
			pmu_count_ipi(hart);
			hart_post(hart, EVENT_IPI);
		}
	} while (hart_mask_next_word(&left));
}

/* The caller takes its own fault, at the ecall. */
static void redirect(const struct trap_info *fault)
{
	struct trap_frame *frame = &this_hart()->frame;

	frame->mepc = csr_read(CSR_MEPC) - 4;
	frame->mstatus = csr_read(CSR_MSTATUS);
	trap_redirect(frame, fault);
	csr_write(CSR_MEPC, frame->mepc);
	csr_write(CSR_MSTATUS, frame->mstatus);
}

/* Without an address, or with one word a 64 hartids up to the highest. */
static long for_mask(unsigned long addr, action_fn action, const struct fence *fence,
		     bool *faulted)
{
	struct hart_mask mask = hart_mask_of_all();
	unsigned long last = harts.first_id + harts.count - 1;

	if (!addr) {
		action(&mask, fence);
		return SBI_SUCCESS;
	}
	for (unsigned long base = 0; base <= last; base += WORD_HARTS, addr += sizeof(long)) {
		struct guard guard = guard_begin();
		struct trap_info fault = { 0 };
		unsigned long bits;
		bool ok = unpriv_load(guard.mstatus, addr, sizeof(bits), &bits, &fault);

		guard_end(guard);
		if (!ok) {
			*faulted = true;
			redirect(&fault);
			return 0;
		}
		if (!hart_mask_check(&mask, bits, base))
			return SBI_ERR_INVALID_PARAM;
		action(&mask, fence);
	}
	return SBI_SUCCESS;
}

static _Noreturn void shut_down(void)
{
	reset_machine(&platform.resets, RESET_SHUTDOWN, false);
	hart_stop();
}

struct sbiret ecall_legacy(ECALL_PARAMETERS)
{
	struct fence fence = { .kind = FENCE_SFENCE };
	unsigned long id = FENCE_ANY_ID;
	bool faulted = false;
	long result = 0;

	switch (eid) {
	case SET_TIMER:
		timer_set(a0);
		break;
	case CONSOLE_PUTCHAR:
		result = console_put_wait((char)a0) ? 0 : SBI_ERR_FAILED;
		break;
	case CONSOLE_GETCHAR:
		result = console_get();
		break;
	case CLEAR_IPI:
		result = csr_read(CSR_MIP) & MIP_SSIP ? 1 : 0;
		csr_clear(CSR_MIP, MIP_SSIP);
		break;
	case SEND_IPI:
		result = for_mask(a0, send_ipi, NULL, &faulted);
		break;
	case REMOTE_FENCE_I:
		fence.kind = FENCE_I;
		result = for_mask(a0, rfence_request, &fence, &faulted);
		break;
	case REMOTE_SFENCE_VMA_ASID:
		id = a3;
		/* fall through */
	case REMOTE_SFENCE_VMA:
		if (!fence_span_of(&fence.span, a1, a2, id))
			result = SBI_ERR_INVALID_ADDRESS;
		else if (fence.span.first <= fence.span.last)
			result = for_mask(a0, rfence_request, &fence, &faulted);
		break;
	case SHUTDOWN:
		shut_down();
	}
	if (faulted)
		result = (long)a0; /* nothing has changed yet for the caller */
	return (struct sbiret){ result, a1 };
}
