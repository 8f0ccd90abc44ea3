/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions to PMP entries. */
#include "sbi/pmp_plan.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"

#define RWX (PMP_R | PMP_W | PMP_X)
#define ADDRESS_BITS 54 /* of pmpaddr, in units of four bytes */
#define WHOLE_ADDRESS_SPACE (BIT(ADDRESS_BITS) - 1)
#define NOT_ENCODABLE 0xff

struct mml_code {
	uint8_t m, s, config;
};

/* Smepmp, "Access control with MML set". What is missing here hardware cannot express. */
static const struct mml_code mml_codes[] = {
	{ 0, 0, 0 },
	{ 0, PMP_R, PMP_R },
	{ 0, PMP_X, PMP_X },
	{ 0, PMP_R | PMP_W, PMP_R | PMP_W },
	{ 0, PMP_R | PMP_X, PMP_R | PMP_X },
	{ 0, RWX, RWX },
	{ PMP_R, 0, PMP_L | PMP_R },
	{ PMP_X, 0, PMP_L | PMP_X },
	{ PMP_R | PMP_W, 0, PMP_L | PMP_R | PMP_W },
	{ PMP_R | PMP_X, 0, PMP_L | PMP_R | PMP_X },
	{ PMP_R | PMP_W, PMP_R, PMP_W },
	{ PMP_R | PMP_W, PMP_R | PMP_W, PMP_W | PMP_X },
	{ PMP_X, PMP_X, PMP_L | PMP_W },
	{ PMP_R | PMP_X, PMP_X, PMP_L | PMP_W | PMP_X },
	{ PMP_R, PMP_R, PMP_L | RWX },
};

static uint8_t encode(uint8_t m, uint8_t s, bool smepmp)
{
	if (!smepmp)
		return (s & PMP_W) && !(s & PMP_R) ? NOT_ENCODABLE : s;
	for (unsigned int i = 0; i < ARRAY_SIZE(mml_codes); i++) {
		if (mml_codes[i].m == m && mml_codes[i].s == s)
			return mml_codes[i].config;
	}
	return NOT_ENCODABLE;
}

static void decode(struct pmp_region *entry, uint8_t config, bool smepmp)
{
	config &= PMP_L | RWX;
	entry->m = RWX;
	entry->s = config;
	for (unsigned int i = 0; smepmp && i < ARRAY_SIZE(mml_codes); i++) {
		if (mml_codes[i].config == config) {
			entry->m = mml_codes[i].m;
			entry->s = mml_codes[i].s;
		}
	}
}

/* A range of whole granules, [base, end), with one encoding. */
struct span {
	uint64_t base, end;
	uint8_t config;
};

static enum err span_of(struct span *span, const struct pmp_region *region, uint8_t rest,
			const struct pmp_limits *limits)
{
	uint64_t granule = BIT(limits->granule_shift);
	uint64_t end = region->base + region->size;
	bool takes_away = (region->s & rest) == region->s;

	if (end < region->base || end >= (1UL << (ADDRESS_BITS + 2)) - granule)
		return ERR_RANGE;
	if (!takes_away && (region->base | end) & (granule - 1))
		return ERR_PMP_ALIGN;
	span->config = encode(region->m, region->s, limits->smepmp);
	if (span->config == NOT_ENCODABLE)
		return ERR_PMP_RIGHTS;
	span->base = align_down(region->base, granule);
	span->end = align_up(end, granule);
	return ERR_OK;
}

/* Puts @span at its place among the sorted @spans, together with those of its kind it touches. */
static enum err add_span(struct span *spans, unsigned int *count, struct span span)
{
	unsigned int from = 0, to;

	while (from < *count &&
	       (spans[from].end < span.base ||
		(spans[from].end == span.base && spans[from].config != span.config)))
		from++;
	for (to = from; to < *count && spans[to].base <= span.end; to++) {
		if (spans[to].config == span.config) {
			span.base = MIN(span.base, spans[to].base);
			span.end = MAX(span.end, spans[to].end);
		} else if (spans[to].base < span.end) {
			return ERR_PMP_OVERLAP;
		} else {
			break;
		}
	}
	if (from == to) {
		if (*count == PMP_MAX_REGIONS)
			return ERR_FULL;
		for (unsigned int i = (*count)++; i > from; i--)
			spans[i] = spans[i - 1];
	} else {
		unsigned int gone = to - from - 1;

		for (unsigned int i = to; i < *count; i++)
			spans[i - gone] = spans[i];
		*count -= gone;
	}
	spans[from] = span;
	return ERR_OK;
}

static void emit(struct pmp_plan *plan, uint64_t address, uint8_t config)
{
	if (plan->count < PMP_MAX_ENTRIES) {
		plan->address[plan->count] = address;
		plan->config[plan->count] = config;
	}
	plan->count++;
}

/* The size of the largest naturally aligned power of two at @base that ends by @end. */
static uint64_t napot_size(uint64_t base, uint64_t end)
{
	uint64_t size = base ? base & -base : BIT(63);

	while (size > end - base)
		size >>= 1;
	return size;
}

static void emit_napot(struct pmp_plan *plan, struct span span)
{
	while (span.base < span.end) {
		uint64_t size = napot_size(span.base, span.end);

		if (size == 4)
			emit(plan, span.base >> 2, span.config | PMP_A_NA4);
		else
			emit(plan, (span.base | (size / 2 - 1)) >> 2, span.config | PMP_A_NAPOT);
		span.base += size;
	}
}

/*
 * TOR takes one entry where the range below ended here, also as TOR, else two; NAPOT takes one for
 * each power of two. Taking TOR whenever it is not dearer is best: it alone can make the range
 * above cheaper, and by no more than the one entry that NAPOT saves.
 */
static void emit_span(struct pmp_plan *plan, struct span span, uint64_t *tor_end)
{
	bool continues = *tor_end == span.base;
	unsigned int tor = continues ? 1 : 2, napot = 0;

	for (uint64_t at = span.base; at < span.end && napot <= tor; at += napot_size(at, span.end))
		napot++;
	if (!plan->limits.has_tor || napot < tor) {
		emit_napot(plan, span);
		*tor_end = UINT64_MAX;
		return;
	}
	if (!continues)
		emit(plan, span.base >> 2, PMP_A_OFF);
	emit(plan, span.end >> 2, span.config | PMP_A_TOR);
	*tor_end = span.end;
}

enum err pmp_plan_make(struct pmp_plan *plan, const struct pmp_region *regions, unsigned int count,
		       uint8_t rest, const struct pmp_limits *limits)
{
	struct span spans[PMP_MAX_REGIONS];
	unsigned int span_count = 0;
	uint8_t rest_config = encode(0, rest, limits->smepmp);
	/* The range below entry 0 is taken to end at 0. */
	uint64_t tor_end = limits->first ? UINT64_MAX : 0;

	plan->limits = *limits;
	plan->count = 0;
	if (rest_config == NOT_ENCODABLE)
		return ERR_PMP_RIGHTS;
	for (unsigned int i = 0; i < count; i++) {
		struct span span;
		enum err err = span_of(&span, &regions[i], rest, limits);

		if (!err && span.base < span.end)
			err = add_span(spans, &span_count, span);
		if (err)
			return err;
	}
	for (unsigned int i = 0; i < span_count; i++) {
		if (spans[i].config != rest_config)
			emit_span(plan, spans[i], &tor_end);
	}
	if (rest)
		emit(plan, WHOLE_ADDRESS_SPACE, rest_config | PMP_A_NAPOT);
	return pmp_plan_fits(plan, limits) ? ERR_OK : ERR_PMP_ENTRIES;
}

bool pmp_plan_entry(const struct pmp_plan *plan, unsigned int index, struct pmp_region *entry)
{
	uint64_t address = plan->address[index];
	uint64_t size;

	decode(entry, plan->config[index], plan->limits.smepmp);
	switch (plan->config[index] & PMP_A) {
	case PMP_A_OFF:
		return false;
	case PMP_A_TOR:
		entry->base = index ? plan->address[index - 1] << 2 : 0;
		entry->size = (address << 2) - entry->base;
		return true;
	case PMP_A_NA4:
		entry->base = address << 2;
		entry->size = 4;
		return true;
	default:
		size = address == WHOLE_ADDRESS_SPACE ? 0 : (~address & (address + 1)) << 3;
		entry->base = size ? (address << 2) & ~(size - 1) : 0;
		entry->size = size;
		return true;
	}
}

bool pmp_plan_fits(const struct pmp_plan *plan, const struct pmp_limits *limits)
{
	return limits->first == plan->limits.first &&
	       limits->first + plan->count <= limits->count &&
	       limits->granule_shift <= plan->limits.granule_shift &&
	       (limits->has_tor || !plan->limits.has_tor) && limits->smepmp == plan->limits.smepmp;
}
