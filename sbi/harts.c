/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding harts. */
#include "sbi/harts.h"

#include "lib/bits.h"

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
	return index < harts.count && hart_is_peer(index) ? hart_at(index) : NULL;
}

static bool all_exist(unsigned long ids, unsigned long id_base)
{
	for (; ids; ids &= ids - 1) {
		unsigned long hartid = id_base + lowest_bit(ids);

		if (hartid < id_base || !hart_of_id(hartid))
			return false;
	}
	return true;
}

bool hart_mask_check_slow(struct hart_mask *mask, unsigned long hart_mask,
			  unsigned long hart_mask_base)
{
	if (hart_mask_base == HART_MASK_ALL) {
		*mask = (struct hart_mask){
			.bits = this_hart()->peers[0],
			.id_base = HART_MASK_ALL,
			.has_more = true,
		};
		return true;
	}
	*mask = (struct hart_mask){
		.ids = hart_mask,
		.id_base = hart_mask_base,
		.has_more = true,
	};
	return all_exist(hart_mask, hart_mask_base);
}

bool hart_mask_next_word_slow(struct hart_mask *mask)
{
	if (mask->id_base == HART_MASK_ALL) {
		mask->base += 64;
		if (mask->base >= harts.count)
			return false;
		mask->bits = this_hart()->peers[mask->base / 64];
		return true;
	}
	if (!mask->ids)
		return false;
	mask->bits = 1;
	mask->base = hart_of_id(mask->id_base + lowest_bit(mask->ids))->index;
	mask->ids &= mask->ids - 1;
	return true;
}
