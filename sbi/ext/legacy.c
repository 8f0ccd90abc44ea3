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

typedef void (*action_fn)(const struct hart_mask *mask, const struct fence_request *request);

static void send_ipi(const struct hart_mask *mask, const struct fence_request *request)
{
	struct hart_mask left = *mask;
	struct scratch *hart;

	(void)request;
	while ((hart = hart_mask_next(&left))) {
		if (hsm_is_active(&hart->hsm))
			hart_post(hart, EVENT_IPI);
	}
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
static long for_mask(unsigned long addr, action_fn action, const struct fence_request *request,
		     bool *faulted)
{
	struct hart_mask mask = { 0, HART_MASK_ALL };
	unsigned long last = harts.first_id + harts.count - 1;

	if (!addr) {
		action(&mask, request);
		return SBI_SUCCESS;
	}
	for (unsigned long base = 0; base <= last; base += WORD_HARTS, addr += sizeof(long)) {
		struct guard guard = guard_begin();
		struct trap_info fault = { 0 };
		unsigned long bits;
		bool ok = unpriv_load(guard.mstatus, addr, sizeof(bits), &bits, &fault);
		long error;

		guard_end(guard);
		if (!ok) {
			*faulted = true;
			redirect(&fault);
			return 0;
		}
		error = hart_mask_check(&mask, bits, base);
		if (error)
			return error;
		action(&mask, request);
	}
	return SBI_SUCCESS;
}

static long fence(unsigned long addr, const struct fence_request *request, bool *faulted)
{
	if (request->kinds == FENCE_SFENCE && request->sfence.first > request->sfence.last)
		return SBI_SUCCESS;
	return for_mask(addr, rfence_request, request, faulted);
}

static _Noreturn void shut_down(void)
{
	reset_machine(&platform.resets, RESET_SHUTDOWN, false);
	hart_stop();
}

static struct sbiret legacy(ECALL_PARAMETERS)
{
	struct fence_request request = { .kinds = FENCE_SFENCE };
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
		request.kinds = FENCE_I;
		result = fence(a0, &request, &faulted);
		break;
	case REMOTE_SFENCE_VMA_ASID:
		id = a3;
		/* fall through */
	case REMOTE_SFENCE_VMA:
		if (!fence_span_of(&request.sfence, a1, a2, id))
			result = SBI_ERR_INVALID_ADDRESS;
		else
			result = fence(a0, &request, &faulted);
		break;
	case SHUTDOWN:
		shut_down();
	}
	if (faulted)
		result = (long)a0; /* nothing has changed yet for the caller */
	return (struct sbiret){ result, a1 };
}

const struct sbi_extension ext_legacy = {
	.first_eid = SBI_EXT_LEGACY_FIRST,
	.last_eid = SBI_EXT_LEGACY_LAST,
	.handle = legacy,
};
