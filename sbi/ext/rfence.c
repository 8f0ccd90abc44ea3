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

/* What @fid asks for, but for the harts; SBI_SUCCESS or what is wrong with it. */
static inline long read_call(struct fence *fence, unsigned long fid, unsigned long start,
			     unsigned long size, unsigned long id)
{
	if (fid >= FUNCTION_COUNT)
		return SBI_ERR_NOT_SUPPORTED;
	fence->kind = functions[fid].kind;
	if (fence->kind == FENCE_I)
		return SBI_SUCCESS;
	if (!functions[fid].max_id)
		id = FENCE_ANY_ID;
	else if (id > functions[fid].max_id)
		return SBI_ERR_INVALID_PARAM;
	if (fence->kind != FENCE_SFENCE) {
		if (!feature_has(&this_hart()->features, ISA_H))
			return SBI_ERR_NOT_SUPPORTED;
		fence->hgatp = csr_read(CSR_HGATP);
	}
	return fence_span_of(&fence->span, start, size, id) ? SBI_SUCCESS : SBI_ERR_INVALID_ADDRESS;
}

struct sbiret ecall_rfence(ECALL_PARAMETERS)
{
	struct fence fence;
	long error = read_call(&fence, fid, a2, a3, a4);

	if (error)
		return sbi_error(error);
	if (!hart_mask_is_self(a0, a1))
		return sbi_error(rfence_request(&fence, a0, a1));
	fence_here(&fence);
	return sbi_value(0);
}
