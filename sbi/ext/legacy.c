/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SBI v3.0, chapter "Legacy Extensions". An extension is one function, the result is a0 alone, and
 * hart masks are bit vectors at virtual addresses of the caller.
 */
#include "drivers/reset/reset.h"
#include "lib/riscv/csr.h"
#include "sbi/console.h"
#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/lifecycle.h"
#include "sbi/platform.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"
#include "sbi/trap.h"
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

#define ECALL_LENGTH 4

typedef long (*action_fn)(const struct fence *fence, unsigned long hart_mask,
			  unsigned long hart_mask_base);

static long send_ipi(const struct fence *fence, unsigned long hart_mask,
		     unsigned long hart_mask_base)
{
	(void)fence;
	return ipi_send(hart_mask, hart_mask_base).error;
}

/* A word of memory of the caller. False: the caller takes its own fault, at the ecall. */
static bool load_word(unsigned long addr, unsigned long *word)
{
	struct trap_frame *frame = &this_hart()->frame;
	unsigned long mepc = csr_read(CSR_MEPC);
	bool ok;

	frame->mstatus = csr_read(CSR_MSTATUS);
	frame->mepc = mepc - ECALL_LENGTH;
	ok = unpriv_load(frame, addr, sizeof(*word), word);
	if (!ok) {
		trap_redirect(frame);
		mepc = frame->mepc;
	}
	csr_write(CSR_MEPC, mepc);
	csr_write(CSR_MSTATUS, frame->mstatus);
	return ok;
}

/* All harts, or those of a bit vector as long as the number of harts demands. */
static long for_mask(unsigned long addr, action_fn action, const struct fence *fence, bool *faulted)
{
	if (!addr)
		return action(fence, 0, HART_MASK_ALL);
	for (unsigned long base = 0; base < harts.count; base += 64, addr += 8) {
		unsigned long bits;
		long error;

		if (!load_word(addr, &bits)) {
			*faulted = true;
			return 0;
		}
		error = action(fence, bits, base);
		if (error)
			return error;
	}
	return SBI_SUCCESS;
}

static _Noreturn void shut_down(void)
{
	if (this_hart()->domain->may_reset)
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
		pmu_count(PMU_SET_TIMER);
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
		else
			result = for_mask(a0, rfence_request, &fence, &faulted);
		break;
	case SHUTDOWN:
		shut_down();
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
	if (faulted)
		result = (long)a0; /* nothing has changed yet for the caller */
	return (struct sbiret){ result, a1 };
}
