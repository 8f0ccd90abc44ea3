/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All harts that the firmware has a block of memory for, by index and by hartid, and the hart masks
 * of the SBI (v3.0, chapter "Hart list parameter").
 */
#pragma once

#include "sbi/scratch.h"

#define HARTS_FIRST 0 /* for assembly, checked below */
#define HARTS_COUNT 8
#define HARTS_FIRST_ID 16

#ifndef __ASSEMBLER__

#include "lib/bits.h"

#define HARTS_MAX DOMAIN_MAX_HARTS

struct harts {
	struct scratch *first; /* the others follow at multiples of HART_BLOCK_SIZE */
	uint32_t count;
	bool contiguous; /* hartid = first_id + index: no need to search */
	unsigned long first_id;
	struct domain_harts available; /* that can run S-mode */
};

extern struct harts harts;

_Static_assert(offsetof(struct harts, first) == HARTS_FIRST, "");
_Static_assert(offsetof(struct harts, count) == HARTS_COUNT, "");
_Static_assert(offsetof(struct harts, first_id) == HARTS_FIRST_ID, "");

static inline struct scratch *hart_at(size_t index)
{
	return (struct scratch *)((char *)harts.first + index * HART_BLOCK_SIZE);
}

static inline bool hart_is_available(unsigned int index)
{
	return harts.available.words[index / 64] >> index % 64 & 1;
}

/* S-mode on the calling hart may know of this one. */
static inline bool hart_is_peer(size_t index)
{
	return this_hart()->peers[index / 64] >> index % 64 & 1;
}

/* The hart with this id that S-mode on the calling hart may know of; NULL: none. */
struct scratch *hart_of_id(unsigned long hartid);

#define HART_MASK_ALL (-1UL) /* as hart_mask_base: all harts of the calling hart's domain */

/*
 * A checked hart_mask and hart_mask_base, as words of harts: bit n of bits is the hart with index
 * base + n. Most masks are one word. To go through all of it:
 *	do {
 *		for_each_hart_in_word(hart, mask) ...
 *	} while (hart_mask_next_word(&mask));
 */
struct hart_mask {
	unsigned long bits;
	unsigned long base;
	unsigned long ids;     /* hartids that are left: bit n is id_base + n */
	unsigned long id_base; /* HART_MASK_ALL: the other words of peers follow */
	bool has_more;
};

#define for_each_hart_in_word(hart, mask) \
	for (unsigned long word_bits = hart_mask_first(&(mask), &(hart)); word_bits; \
	     word_bits = hart_mask_next(word_bits, &(hart)))

static inline struct scratch *hart_after(struct scratch *hart, size_t n)
{
	return (struct scratch *)((char *)hart + n * HART_BLOCK_SIZE);
}

/* What is left of the word: bit 0 is @hart. 0: nothing is. */
static inline unsigned long hart_mask_first(const struct hart_mask *mask, struct scratch **hart)
{
	unsigned int n;

	if (!mask->bits)
		return 0;
	n = lowest_bit(mask->bits);
	*hart = hart_at(mask->base + n);
	return mask->bits >> n;
}

/* Harts that are next to each other, as they mostly are, come by an addition. */
static inline unsigned long hart_mask_next(unsigned long left, struct scratch **hart)
{
	unsigned int n = 1;

	left >>= 1;
	if (left && !(left & 1)) {
		n += lowest_bit(left);
		left >>= n - 1;
	}
	*hart = hart_after(*hart, n);
	return left;
}

/* For masks of more than a word. */
bool hart_mask_check_slow(struct hart_mask *mask, unsigned long hart_mask,
			  unsigned long hart_mask_base);
bool hart_mask_next_word_slow(struct hart_mask *mask);

/* False when there is none. */
static inline bool hart_mask_next_word(struct hart_mask *mask)
{
	return __builtin_expect(mask->has_more, 0) && hart_mask_next_word_slow(mask);
}

/* The 64 bits of the calling hart's peers from index @from on, which is that of a hart. */
static inline uint64_t hart_peers_from(unsigned long from)
{
	const uint64_t *word = &this_hart()->peers[from / 64];
	unsigned int shift = from % 64;

	/* In two steps: a shift by 64 is none. */
	return word[0] >> shift | word[1] << 1 << (63 - shift);
}

/* False (SBI_ERR_INVALID_PARAM) when a bit names a hart that S-mode may not know of. */
static inline bool hart_mask_check(struct hart_mask *mask, unsigned long hart_mask,
				   unsigned long hart_mask_base)
{
	unsigned long first = hart_mask_base - harts.first_id;

	if (__builtin_expect(!harts.contiguous || first >= harts.count, 0))
		return hart_mask_check_slow(mask, hart_mask, hart_mask_base);
	mask->bits = hart_mask;
	mask->base = first;
	mask->has_more = false;
	return !(hart_mask & ~hart_peers_from(first));
}

/*
 * The hart that most masks name: the one at the base, and no other. NULL: it is another mask, or
 * one that takes longer to check.
 */
static inline struct scratch *hart_mask_only(unsigned long hart_mask, unsigned long hart_mask_base)
{
	unsigned long index = hart_mask_base - harts.first_id;

	if (hart_mask != 1 || !harts.contiguous || index >= harts.count || !hart_is_peer(index))
		return NULL;
	return hart_at(index);
}

/* A hart_mask and hart_mask_base that name the calling hart and no other. */
static inline bool hart_mask_is_self(unsigned long hart_mask, unsigned long hart_mask_base)
{
	unsigned long self = this_hart()->hartid - hart_mask_base;

	return hart_mask_base <= this_hart()->hartid && self < 64 && hart_mask == BIT(self);
}

#endif
