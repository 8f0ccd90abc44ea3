/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "RFENCE Extension". */
#include "sbi/rfence.h"

#include "lib/riscv/csr.h"
#include "sbi/ecall.h"
#include "sbi/harts.h"

#define ASID_MAX 0xffff
#define VMID_MAX 0x3fff

enum {
	REMOTE_FENCE_I,
	REMOTE_SFENCE_VMA,
	REMOTE_SFENCE_VMA_ASID,
	REMOTE_HFENCE_GVMA_VMID,
	REMOTE_HFENCE_GVMA,
	REMOTE_HFENCE_VVMA_ASID,
	REMOTE_HFENCE_VVMA,
	FUNCTION_COUNT
};

static const struct {
	uint8_t kind;
	uint16_t max_id; /* 0: a fence for all of them, there is no a4 */
} functions[FUNCTION_COUNT] = {
	[REMOTE_FENCE_I] = { FENCE_I, 0 },
	[REMOTE_SFENCE_VMA] = { FENCE_SFENCE, 0 },
	[REMOTE_SFENCE_VMA_ASID] = { FENCE_SFENCE, ASID_MAX },
	[REMOTE_HFENCE_GVMA_VMID] = { FENCE_GVMA, VMID_MAX },
	[REMOTE_HFENCE_GVMA] = { FENCE_GVMA, 0 },
	[REMOTE_HFENCE_VVMA_ASID] = { FENCE_VVMA, ASID_MAX },
	[REMOTE_HFENCE_VVMA] = { FENCE_VVMA, 0 },
};

/* HFENCE is for harts that have it, on both sides. */
static bool all_have_h(struct hart_mask mask)
{
	const struct scratch *hart;

	do {
		for_each_hart_in_word (hart, mask) {
			if (!feature_has(&hart->features, ISA_H))
				return false;
		}
	} while (hart_mask_next_word(&mask));
	return feature_has(&this_hart()->features, ISA_H);
}

struct sbiret ecall_rfence(ECALL_PARAMETERS)
{
	struct hart_mask mask;
	struct fence fence;
	unsigned long id = FENCE_ANY_ID;

	if (fid >= FUNCTION_COUNT)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (!hart_mask_check(&mask, a0, a1))
		return sbi_error(SBI_ERR_INVALID_PARAM);

	fence.kind = functions[fid].kind;
	if (fence.kind != FENCE_I) {
		if (functions[fid].max_id) {
			if (a4 > functions[fid].max_id)
				return sbi_error(SBI_ERR_INVALID_PARAM);
			id = a4;
		}
		if (fence.kind != FENCE_SFENCE) {
			if (!all_have_h(mask))
				return sbi_error(SBI_ERR_NOT_SUPPORTED);
			fence.hgatp = csr_read(CSR_HGATP);
		}
		if (!fence_span_of(&fence.span, a2, a3, id))
			return sbi_error(SBI_ERR_INVALID_ADDRESS);
		if (fence.span.first > fence.span.last)
			return sbi_value(0);
	}
	if (hart_mask_is_self(&mask))
		fence_here(&fence);
	else
		rfence_request(&mask, &fence);
	return sbi_value(0);
}
