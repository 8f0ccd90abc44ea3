/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding harts. */
#include "sbi/harts.h"

#include "lib/bits.h"
#include "sbi/sbi.h"

struct harts harts;

struct scratch *hart_of_id(unsigned long hartid)
{
	unsigned long index = hartid - harts.first_id;

	if (!harts.contiguous) {
		for (index = 0; index < harts.count; index++) {
			if (hart_at(index)->hartid == hartid)
				break;
		}
	}
	return index < harts.count && hart_is_available(index) ? hart_at(index) : NULL;
}

/* The 64 bits of harts.available from index @from on. */
static uint64_t available_from(unsigned long from)
{
	const uint64_t *word = &harts.available[from / 64];
	unsigned int shift = from % 64;

	if (from >= harts.count)
		return 0;
	return shift ? word[0] >> shift | word[1] << (64 - shift) : word[0];
}

long hart_mask_check(struct hart_mask *mask, unsigned long hart_mask, unsigned long hart_mask_base)
{
	struct hart_mask rest = { hart_mask, hart_mask_base };

	if (hart_mask_base == HART_MASK_ALL) {
		*mask = (struct hart_mask){ 0, HART_MASK_ALL };
		return SBI_SUCCESS;
	}
	*mask = rest;
	if (harts.contiguous && hart_mask_base >= harts.first_id)
		return hart_mask & ~available_from(hart_mask_base - harts.first_id)
			     ? SBI_ERR_INVALID_PARAM
			     : SBI_SUCCESS;
	while (rest.bits) {
		unsigned long hartid = rest.base + lowest_bit(rest.bits);

		if (hartid < rest.base || !hart_of_id(hartid))
			return SBI_ERR_INVALID_PARAM;
		rest.bits &= rest.bits - 1;
	}
	return SBI_SUCCESS;
}

struct scratch *hart_mask_next(struct hart_mask *mask)
{
	if (mask->base == HART_MASK_ALL) {
		while (mask->bits < harts.count) {
			unsigned int index = (unsigned int)mask->bits++;

			if (hart_is_available(index))
				return hart_at(index);
		}
		return NULL;
	}
	if (mask->bits) {
		unsigned int bit = lowest_bit(mask->bits);

		mask->bits &= mask->bits - 1;
		return hart_of_id(mask->base + bit);
	}
	return NULL;
}
