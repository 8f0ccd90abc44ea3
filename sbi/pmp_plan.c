/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions to PMP entries. */
#include "sbi/pmp_plan.h"

#include "lib/bits.h"
#include "lib/printf.h"
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

static uint8_t encode_mml(uint8_t m, uint8_t s)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mml_codes); i++) {
		if (mml_codes[i].m == m && mml_codes[i].s == s)
			return mml_codes[i].config;
	}
	return NOT_ENCODABLE;
}

/* With fewer rights for S-mode where it takes that; without any it is M-mode's that are impossible. */
static uint8_t encode(uint8_t m, uint8_t s, bool smepmp)
{
	static const uint8_t masks[] = { RWX, PMP_R | PMP_W, PMP_R, 0 };
	uint8_t config = s;

	if (!smepmp)
		return config;
	for (unsigned int i = 0; i < ARRAY_SIZE(masks); i++) {
		config = encode_mml(m, s & masks[i]);
		if (config != NOT_ENCODABLE)
			break;
	}
	return config;
}

static void decode(struct pmp_region *entry, uint8_t config, bool smepmp)
{
	entry->enforced = !smepmp && (config & PMP_L);
	config &= smepmp ? PMP_L | RWX : RWX;
	entry->m = entry->enforced ? config : RWX;
	entry->s = config;
	for (unsigned int i = 0; smepmp && i < ARRAY_SIZE(mml_codes); i++) {
		if (mml_codes[i].config == config) {
			entry->m = mml_codes[i].m;
			entry->s = mml_codes[i].s;
		}
	}
}

/* What a plan is made of, and on the way. */
#define MAX_LAYERS 4

struct maker {
	struct pmp_plan *plan;
	const struct pmp_region *regions;
	unsigned int count;
	uint8_t rest;
	uint64_t granule;
	/* Regions that get an entry behind those of all ranges, so that a range may be left to them. */
	const struct pmp_region *layers[MAX_LAYERS]; /* from the smallest to the largest */
	unsigned int layer_count;
	uint64_t tor_end; /* where the last TOR entry ends that the next may continue */
};

static uint64_t base_of(const struct maker *maker, const struct pmp_region *region)
{
	return align_down(region->base, maker->granule);
}

static uint64_t end_of(const struct maker *maker, const struct pmp_region *region)
{
	return region->size ? align_up(region->base + region->size, maker->granule)
			    : base_of(maker, region);
}

static bool rights_are_possible(uint8_t rights)
{
	return rights == PMP_UNSAID || (rights <= RWX && (!(rights & PMP_W) || rights & PMP_R));
}

static enum err check_region(const struct maker *maker, const struct pmp_region *region)
{
	uint64_t end = region->base + region->size;

	if (end < region->base || end > BIT(ADDRESS_BITS + 2) - maker->granule)
		return ERR_RANGE;
	if (!rights_are_possible(region->m) || !rights_are_possible(region->s) ||
	    (maker->plan->limits.smepmp && region->m == RWX))
		return ERR_PMP_RIGHTS;
	if (region->s != PMP_UNSAID && (region->s & ~maker->rest) &&
	    (region->base | end) & (maker->granule - 1))
		return ERR_PMP_ALIGN;
	return ERR_OK;
}

/* A range of whole granules, [base, end), with one encoding. */
struct span {
	uint64_t base, end;
	uint8_t config;
};

/* The span from @base to where the next region begins or ends; false when none does. */
static bool span_at(const struct maker *maker, uint64_t base, struct span *span)
{
	uint8_t m = PMP_UNSAID, s = PMP_UNSAID;
	bool enforced = false, smepmp = maker->plan->limits.smepmp;

	*span = (struct span){ base, UINT64_MAX, 0 };
	for (unsigned int i = 0; i < maker->count; i++) {
		const struct pmp_region *region = &maker->regions[i];
		uint64_t start = base_of(maker, region), end = end_of(maker, region);

		if (start > base && start < end) {
			span->end = MIN(span->end, start);
		} else if (end > base) {
			span->end = MIN(span->end, end);
			if (m == PMP_UNSAID)
				m = region->m;
			if (s == PMP_UNSAID && region->s != PMP_UNSAID) {
				s = region->s;
				enforced = region->enforced;
			}
		}
	}
	span->config = encode(m == PMP_UNSAID ? 0 : m, s == PMP_UNSAID ? maker->rest : s, smepmp);
	if (enforced && !smepmp)
		span->config |= PMP_L;
	return span->end != UINT64_MAX;
}

static uint8_t layer_config(const struct maker *maker, const struct pmp_region *layer)
{
	uint8_t config = encode(0, layer->s, maker->plan->limits.smepmp);

	return layer->enforced && !maker->plan->limits.smepmp ? config | PMP_L : config;
}

/* @span needs no entry of its own: what comes behind all ranges says the same. */
static bool is_left_to_layers(const struct maker *maker, const struct span *span)
{
	for (unsigned int i = 0; i < maker->layer_count; i++) {
		const struct pmp_region *layer = maker->layers[i];

		if (span->base >= layer->base && span->end - layer->base <= layer->size)
			return span->config == layer_config(maker, layer);
	}
	return span->config == encode(0, maker->rest, maker->plan->limits.smepmp);
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
static void emit_span(struct maker *maker, struct span span)
{
	struct pmp_plan *plan = maker->plan;
	bool continues = maker->tor_end == span.base;
	unsigned int tor = continues ? 1 : 2, napot = 0;

	for (uint64_t at = span.base; at < span.end && napot <= tor; at += napot_size(at, span.end))
		napot++;
	if (!plan->limits.has_tor || napot < tor) {
		emit_napot(plan, span);
		maker->tor_end = UINT64_MAX;
		return;
	}
	if (!continues)
		emit(plan, span.base >> 2, PMP_A_OFF);
	emit(plan, span.end >> 2, span.config | PMP_A_TOR);
	maker->tor_end = span.end;
}

/* All entries, with the layers as they are chosen now. ERR_PMP_RIGHTS: M-mode cannot have these. */
static enum err make(struct maker *maker)
{
	struct span span, run = { 0, 0, 0 };

	maker->plan->count = 0;
	/* The range below entry 0 is taken to end at 0. */
	maker->tor_end = maker->plan->limits.first ? UINT64_MAX : 0;
	for (uint64_t at = 0; span_at(maker, at, &span); at = span.end) {
		if (span.config == NOT_ENCODABLE)
			return ERR_PMP_RIGHTS;
		if (is_left_to_layers(maker, &span))
			continue;
		if (run.end == span.base && run.config == span.config) {
			run.end = span.end;
			continue;
		}
		if (run.base < run.end)
			emit_span(maker, run);
		run = span;
	}
	if (run.base < run.end)
		emit_span(maker, run);
	for (unsigned int i = 0; i < maker->layer_count; i++) {
		const struct pmp_region *layer = maker->layers[i];

		emit_napot(maker->plan, (struct span){ layer->base, layer->base + layer->size,
						       layer_config(maker, layer) });
	}
	if (maker->rest)
		emit(maker->plan, WHOLE_ADDRESS_SPACE,
		     encode(0, maker->rest, maker->plan->limits.smepmp) | PMP_A_NAPOT);
	return ERR_OK;
}

static bool can_be_layer(const struct maker *maker, const struct pmp_region *region)
{
	return region->m == PMP_UNSAID && region->s != PMP_UNSAID && is_power_of_2(region->size) &&
	       !(region->base & (region->size - 1)) && region->size >= maker->granule;
}

static void put_layer(struct maker *maker, const struct pmp_region *layer)
{
	unsigned int at = maker->layer_count++;

	for (; at && maker->layers[at - 1]->size > layer->size; at--)
		maker->layers[at] = maker->layers[at - 1];
	maker->layers[at] = layer;
}

static void take_layer(struct maker *maker, const struct pmp_region *layer)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < maker->layer_count; i++) {
		if (maker->layers[i] != layer)
			maker->layers[kept++] = maker->layers[i];
	}
	maker->layer_count = kept;
}

/* Tries to save entries of a range with holes: one for the whole of it, behind those of the holes. */
static enum err add_layers(struct maker *maker)
{
	unsigned int fewest = maker->plan->count;
	bool kept = true;

	for (unsigned int i = 0; i < maker->count && maker->layer_count < MAX_LAYERS; i++) {
		if (!can_be_layer(maker, &maker->regions[i]))
			continue;
		put_layer(maker, &maker->regions[i]);
		make(maker);
		kept = maker->plan->count < fewest;
		if (kept)
			fewest = maker->plan->count;
		else
			take_layer(maker, &maker->regions[i]);
	}
	return kept ? ERR_OK : make(maker);
}

enum err pmp_plan_make(struct pmp_plan *plan, const struct pmp_region *regions, unsigned int count,
		       uint8_t rest, const struct pmp_limits *limits)
{
	struct maker maker = {
		.plan = plan,
		.regions = regions,
		.count = count,
		.rest = rest,
		.granule = BIT(limits->granule_shift),
	};
	enum err err = ERR_OK;

	plan->limits = *limits;
	plan->count = 0;
	if (!rights_are_possible(rest) || rest > RWX)
		return ERR_PMP_RIGHTS;
	for (unsigned int i = 0; i < count && !err; i++)
		err = check_region(&maker, &regions[i]);
	if (!err)
		err = make(&maker);
	if (!err)
		err = add_layers(&maker);
	if (err) {
		plan->count = 0;
		return err;
	}
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
	return plan->count && limits->first == plan->limits.first &&
	       limits->first + plan->count <= limits->count &&
	       limits->granule_shift <= plan->limits.granule_shift &&
	       (limits->has_tor || !plan->limits.has_tor) && limits->smepmp == plan->limits.smepmp;
}

static void print_rights(char mode, uint8_t rights)
{
	printf(" %c:%c%c%c", mode, rights & PMP_R ? 'r' : '-', rights & PMP_W ? 'w' : '-',
	       rights & PMP_X ? 'x' : '-');
}

void pmp_plan_print(const struct pmp_plan *plan)
{
	for (unsigned int i = 0; i < plan->count && i < PMP_MAX_ENTRIES; i++) {
		struct pmp_region entry;

		if (!pmp_plan_entry(plan, i, &entry))
			continue;
		printf("  pmp%-2u  ", plan->limits.first + i);
		if (entry.size)
			printf("%012lx-%012lx", (unsigned long)entry.base,
			       (unsigned long)(entry.base + entry.size - 1));
		else
			printf("%-25s", "everything else");
		if (plan->limits.smepmp || entry.enforced)
			print_rights('M', entry.m);
		print_rights('S', entry.s);
		printf("\n");
	}
}
