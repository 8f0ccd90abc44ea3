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

static bool all_have_h(struct hart_mask mask)
{
	const struct scratch *hart;

	while ((hart = hart_mask_next(&mask))) {
		if (!feature_has(&hart->features, ISA_H))
			return false;
	}
	return true;
}

static struct sbiret rfence(ECALL_PARAMETERS)
{
	struct fence_request request;
	struct fence_span *span;
	struct hart_mask mask;
	unsigned long id = FENCE_ANY_ID;
	long error;

	if (fid >= FUNCTION_COUNT)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	error = hart_mask_check(&mask, a0, a1);
	if (error)
		return sbi_error(error);

	request.kinds = functions[fid].kind;
	if (functions[fid].max_id) {
		if (a4 > functions[fid].max_id)
			return sbi_error(SBI_ERR_INVALID_PARAM);
		id = a4;
	}
	switch (request.kinds) {
	case FENCE_I:
		rfence_request(&mask, &request);
		return sbi_value(0);
	case FENCE_SFENCE:
		span = &request.sfence;
		break;
	case FENCE_GVMA:
		span = &request.gvma;
		break;
	default:
		span = &request.vvma;
		break;
	}
	if (request.kinds != FENCE_SFENCE) {
		if (!feature_has(&this_hart()->features, ISA_H) || !all_have_h(mask))
			return sbi_error(SBI_ERR_NOT_SUPPORTED);
		request.vvma_hgatp = csr_read(CSR_HGATP);
	}
	if (!fence_span_of(span, a2, a3, id))
		return sbi_error(SBI_ERR_INVALID_ADDRESS);
	if (span->first <= span->last)
		rfence_request(&mask, &request);
	return sbi_value(0);
}

const struct sbi_extension ext_rfence = {
	.first_eid = SBI_EXT_RFENCE,
	.last_eid = SBI_EXT_RFENCE,
	.handle = rfence,
};
