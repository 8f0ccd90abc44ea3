/* SPDX-License-Identifier: BSD-2-Clause */
/* What is protected, and programming it. */
#include "sbi/pmp.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "lib/riscv/spinlock.h"
#include "sbi/platform.h"
#include "sbi/pmp_regions.h"
#include "sbi/scratch.h"

#define ENTRIES_A_CONFIG 8
#define MIN_GRANULE_SHIFT 2

/* Tables of pmp_csr.S. */
#define TABLE_STRIDE 8
extern const char pmpaddr_table[], pmpcfg_table[];

/* Exchanges *@value with a CSR; false when it is not there. */
static bool exchange(const char *table, unsigned int index, uint64_t *value)
{
	register unsigned long a0 __asm__("a0") = *value;

	if (guard_run("jr %[entry]", a0, [entry] "r"(table + index * TABLE_STRIDE)))
		return false;
	*value = a0;
	return true;
}

static bool exchange_address(unsigned int entry, uint64_t *value)
{
	return exchange(pmpaddr_table, entry, value);
}

/* The CSR that has the config of eight entries from 8 * @index on. */
static bool exchange_config(unsigned int index, uint64_t *value)
{
	return exchange(pmpcfg_table, index, value);
}

/* What the CSR is when @value has been written to it. */
static bool write_and_read(bool (*swap)(unsigned int, uint64_t *), unsigned int index,
			   uint64_t *value)
{
	uint64_t written = *value;

	if (!swap(index, value))
		return false;
	*value = written;
	return swap(index, value);
}

/* The entries above the last locked one are ours. */
static void find_locked(struct pmp_limits *limits)
{
	for (unsigned int i = 0; i < PMP_MAX_ENTRIES / ENTRIES_A_CONFIG; i++) {
		uint64_t config = 0;

		if (!write_and_read(exchange_config, i, &config))
			return;
		for (unsigned int j = 0; j < ENTRIES_A_CONFIG; j++) {
			if (config >> (j * 8) & PMP_L)
				limits->first = (uint8_t)(i * ENTRIES_A_CONFIG + j + 1);
		}
	}
}

/*
 * mseccfg.MML cannot be tried out: it stays. RLB can, unless there are locked entries, but need not be
 * there; so what the DTB says counts as well, and pmp_protect() finds out whether that is true.
 */
static bool probe_smepmp(bool described)
{
	unsigned long old = 0, kept = 0;

	if (!csr_try_read(CSR_MSECCFG, old))
		return false;
	csr_write(CSR_MSECCFG, old | MSECCFG_RLB);
	kept = csr_read(CSR_MSECCFG);
	csr_write(CSR_MSECCFG, old);
	return described || kept & (MSECCFG_RLB | MSECCFG_MML);
}

void pmp_probe(struct pmp_limits *limits, bool smepmp_described)
{
	uint64_t value = 0;

	*limits = (struct pmp_limits){ .granule_shift = MIN_GRANULE_SHIFT };
	limits->smepmp = probe_smepmp(smepmp_described);
	find_locked(limits);
	for (unsigned int i = limits->first; i < PMP_MAX_ENTRIES; i++) {
		uint64_t ones = UINT64_MAX;

		if (!write_and_read(exchange_address, i, &ones) || !ones)
			break;
		if (i == limits->first)
			limits->granule_shift = (uint8_t)(MIN_GRANULE_SHIFT + lowest_bit(ones));
		limits->count = (uint8_t)(i + 1);
	}
	if (!limits->count)
		return;
	value = (uint64_t)PMP_A_TOR << (limits->first % ENTRIES_A_CONFIG * 8);
	limits->has_tor =
		write_and_read(exchange_config, limits->first / ENTRIES_A_CONFIG, &value) &&
		(value >> (limits->first % ENTRIES_A_CONFIG * 8) & PMP_A) == PMP_A_TOR;
	value = 0;
	exchange_config(limits->first / ENTRIES_A_CONFIG, &value);
}

#define VARIANTS 2

/*
 * Each domain needs a plan, and so do harts with and without Smepmp. A plan is made when the first hart
 * wants it.
 */
static struct {
	struct spinlock lock;
	struct pmp_plan plans[DOMAINS_MAX][VARIANTS];
} state;

static const struct pmp_limits usual_limits = { .count = 16, .has_tor = true };

static struct pmp_plan *plan_of(const struct domain *domain, bool smepmp)
{
	return &state.plans[domain - platform.domains.list][smepmp];
}

static enum err make_plan(const struct domain *domain, const struct pmp_limits *limits)
{
	return pmp_plan_domain(plan_of(domain, limits->smepmp), domain, limits);
}

static struct pmp_plan *plan_for(const struct domain *domain, const struct pmp_limits *limits)
{
	struct pmp_plan *plan = plan_of(domain, limits->smepmp);

	spin_lock(&state.lock);
	if (!plan->count)
		make_plan(domain, limits);
	spin_unlock(&state.lock);
	return plan;
}

enum err pmp_plan_machine(const struct pmp_limits *limits)
{
	/* This hart may have no PMP and others may. */
	struct pmp_limits common = limits->count ? *limits : usual_limits;
	enum err err = ERR_OK;

	if (!limits->count && platform.domains.count > 1)
		return ERR_PMP_NONE;
	for (unsigned int i = 0; i < platform.domains.count && !err; i++) {
		if (domain_has_harts(&platform.domains.list[i]))
			err = make_plan(&platform.domains.list[i], &common);
	}
	return err;
}

/* Entries of no kind that is in @kinds are off. */
enum entry_kinds { LOCKED_ENTRIES, ALL_ENTRIES };

/* Eight configs of the plan, as they go into CSR @index. */
static uint64_t packed_configs(const struct pmp_plan *plan, unsigned int index,
			       enum entry_kinds kinds)
{
	uint64_t packed = 0;

	for (unsigned int i = ENTRIES_A_CONFIG; i-- > 0;) {
		unsigned int entry = index * ENTRIES_A_CONFIG + i - plan->limits.first;
		uint8_t config = entry < plan->count ? plan->config[entry] : 0;

		packed = packed << 8 | (kinds == ALL_ENTRIES || config & PMP_L ? config : 0);
	}
	return packed;
}

static enum err write_addresses(const struct pmp_plan *plan)
{
	for (unsigned int i = 0; i < plan->count; i++) {
		uint64_t value = plan->address[i];

		if (!write_and_read(exchange_address, plan->limits.first + i, &value))
			return ERR_PMP_READBACK;
		/* Addresses that the hart does not have are not there: the rest is all ones. */
		if (value != plan->address[i] && (i != plan->count - 1 || value & (value + 1)))
			return ERR_PMP_READBACK;
	}
	return ERR_OK;
}

static enum err write_configs(const struct pmp_plan *plan, enum entry_kinds kinds)
{
	unsigned int first = plan->limits.first, end = first + plan->count;

	for (unsigned int i = first / ENTRIES_A_CONFIG; i * ENTRIES_A_CONFIG < end; i++) {
		uint64_t wanted = packed_configs(plan, i, kinds), value = wanted;

		if (!write_and_read(exchange_config, i, &value) || (value & wanted) != wanted)
			return ERR_PMP_READBACK;
	}
	return ERR_OK;
}

/*
 * M-mode binds itself. What it executes must be said before MML is set, for no such rule can be added
 * later, and what it shares with S-mode after, for then alone is there an encoding for it. RLB, where
 * there is such a thing, lifts that for the while: QEMU 7.2 refuses some rules that it should take.
 */
static enum err switch_smepmp_on(const struct pmp_plan *plan)
{
	enum err err;

	csr_set(CSR_MSECCFG, MSECCFG_RLB);
	err = write_configs(plan, LOCKED_ENTRIES);
	if (err)
		return err;
	csr_set(CSR_MSECCFG, MSECCFG_MML | MSECCFG_MMWP);
	if (~csr_read(CSR_MSECCFG) & (MSECCFG_MML | MSECCFG_MMWP))
		return ERR_PMP_SMEPMP;
	err = write_configs(plan, ALL_ENTRIES);
	csr_clear(CSR_MSECCFG, MSECCFG_RLB);
	return err;
}

/*
 * A hart without any PMP starts all the same, because nothing would come of refusing it: but not where
 * domains are to be kept apart. Once is enough to say so.
 */
static enum err go_unprotected(void)
{
	static uint32_t warned;

	if (platform.domains.count > 1)
		return ERR_PMP_NONE;
	if (!__atomic_exchange_n(&warned, 1, __ATOMIC_RELAXED))
		printf("pmp: WARNING: %s; it starts all the same\n", err_text(ERR_PMP_NONE));
	return ERR_OK;
}

enum err pmp_protect(const struct pmp_limits *limits)
{
	const struct pmp_plan *plan;
	enum err err;

	if (!limits->count)
		return go_unprotected();
	plan = plan_for(this_hart()->domain, limits);
	if (!pmp_plan_fits(plan, limits))
		return ERR_PMP_ENTRIES;
	err = write_addresses(plan);
	if (err)
		return err;
	if (limits->smepmp && !(csr_read(CSR_MSECCFG) & MSECCFG_MML))
		return switch_smepmp_on(plan);
	return write_configs(plan, ALL_ENTRIES);
}

void pmp_print(void)
{
	const struct pmp_limits *limits = &this_hart()->pmp;
	const struct domains *domains = &platform.domains;

	if (!limits->count)
		printf("  pmp    none\n");
	for (unsigned int i = 0; i < domains->count && limits->count; i++) {
		if (domains->count > 1 && domain_has_harts(&domains->list[i]))
			printf(" domain %s\n", domains->list[i].name);
		pmp_plan_print(plan_of(&domains->list[i], limits->smepmp));
	}
}
