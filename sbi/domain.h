/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains: partitions of a machine, each with harts, memory and a next stage of its own. They are
 * read from the DTB in the binding that OpenSBI has for them (docs/domains.md); without any, all harts
 * are in the root domain, which has everything but what is the firmware's. Pure: this says who may do
 * what, sbi/pmp.c and the SBI extensions see to it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/machine.h"

#define DOMAINS_MAX 8 /* with the root domain */
#define DOMAIN_MAX_REGIONS 16
#define DOMAIN_MAX_MEMREGIONS 32 /* that domains can choose from */
#define DOMAIN_NAME_SIZE 24
#define DOMAIN_MAX_HARTS 512

/* A naturally aligned range of 2^order bytes. */
struct domain_region {
	uint64_t base;
	uint8_t order;	/* 64: the whole address space */
	uint8_t rights; /* of S- and U-mode, PMP_R and so on */
	bool mmio;	/* not to be used as memory */
	bool enforced;	/* M-mode has no more rights than S-mode, with or without Smepmp */
};

/* A set of harts by their index. The last word is always 0. */
struct domain_harts {
	uint64_t words[DOMAIN_MAX_HARTS / 64 + 1];
};

struct domain {
	char name[DOMAIN_NAME_SIZE];
	struct domain_harts harts; /* that it runs on, S-mode capable ones only */
	struct domain_region regions[DOMAIN_MAX_REGIONS]; /* from the smallest to the largest */
	unsigned int region_count;
	uint8_t rest; /* rights where no region says anything */
	bool may_reset;
	bool may_suspend;

	/* Where it starts */
	bool starts;		/* false: its boot hart is not one of its own */
	unsigned int boot_hart; /* index */
	unsigned long next_addr;
	unsigned long next_arg1;
	bool shares_dtb;	 /* it says nothing of next_arg1: what the DTB's address will be */
	unsigned long next_mode; /* PRV_S or PRV_U; the root domain's may be PRV_M */
};

struct domains {
	struct domain list[DOMAINS_MAX]; /* the first is the root domain */
	unsigned int count;
};

/* What the walk over the DTB finds; zero it first. Pointers are into the DTB. */
struct domain_search {
	struct domain_memregion {
		const char *name;
		uint32_t phandle;
		const uint8_t *base; /* NULL: not there, or not 64 bits */
		const uint8_t *order;
		bool mmio;
	} memregions[DOMAIN_MAX_MEMREGIONS];
	unsigned int memregion_count;

	struct domain_instance {
		struct dt_node node; /* its properties only */
		uint32_t phandle;
		bool is_outside; /* not a child of a config node */
	} instances[DOMAINS_MAX - 1];
	unsigned int instance_count;

	bool too_many;	 /* of either */
	uint32_t config; /* libfdt offset of the config node */
	bool has_config;
};

/* To be called for every node of the walk that is not below /cpus, and whose compatible begins so. */
#define DOMAIN_COMPATIBLE "opensbi,domain,"
void domain_visit(struct domain_search *search, const struct dt_node *node);

/* What domains_make() has to know beside what the DTB says of domains. */
struct domain_context {
	const struct machine *machine;
	const struct domain_harts *available; /* harts that can run S-mode */
	struct memory_range firmware;
	unsigned int cold_hart; /* index of the hart that the next stage starts on */
	unsigned long next_addr;
	unsigned long next_arg1;
	unsigned long next_mode;
};

/*
 * The domains of a machine. Everything that is wrong with them is printed, a line each; the result is
 * the first of it, and the machine must then not start: what the root domain would have is not what
 * somebody who wrote that configuration wants. ERR_DOMAIN_...
 */
enum err domains_make(struct domains *domains, const struct domain_search *search,
		      const struct domain_context *context);

/* The domain that a hart is in, by index. */
struct domain *domain_of_hart(struct domains *domains, unsigned int hart);

static inline bool domain_has_hart(const struct domain *domain, unsigned int hart)
{
	return domain->harts.words[hart / 64] >> hart % 64 & 1;
}

bool domain_has_harts(const struct domain *domain);

/*
 * What @domain's S-mode may do at @addr, as far as its regions say (the firmware's memory and M-mode's
 * devices are nobody's); @last is the last address up to which that is so.
 */
uint8_t domain_rights_at(const struct domain *domain, uint64_t addr, uint64_t *last, bool *mmio);

/* @domain may read or write all of [base, base + length), which neither wraps nor is empty. */
bool domain_reaches(const struct domain *domain, uint64_t base, uint64_t length);

/* For a domain with regions: see domain_allows(). */
bool domain_allows_slow(const struct domain *domain, uint64_t base, uint64_t length,
			uint8_t rights);

/* @domain may use all of [base, base + length), which does not wrap, as memory with these @rights. */
static inline bool domain_allows(const struct domain *domain, uint64_t base, uint64_t length,
				 uint8_t rights)
{
	if (!domain->region_count)
		return !(rights & ~domain->rest);
	return domain_allows_slow(domain, base, length, rights);
}

/* One line a domain. */
void domains_print(const struct domains *domains, const struct machine *machine);
