/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains as the DTB describes them; the binding is in docs/domains.md. */
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"
#include "sbi/domain.h"

#define COMPATIBLE_CONFIG DOMAIN_COMPATIBLE "config"

#define RWX (PMP_R | PMP_W | PMP_X)
#define MIN_ORDER 3
#define MAX_ORDER 64
#define PAGE_ORDER 12
#define WHOLE_ORDER 56 /* all physical addresses */

/* Access permissions of a region in a domain */
#define ACCESS_M 0x07
#define ACCESS_S_SHIFT 3
#define ACCESS_ENFORCE 0x40
#define ACCESS_ALL 0x7f

/* --- In the walk --- */

static void note_memregion(struct domain_search *search, const struct dt_node *node)
{
	struct domain_memregion *memregion = &search->memregions[search->memregion_count];
	uint32_t length;

	if (search->memregion_count == DOMAIN_MAX_MEMREGIONS) {
		search->too_many = true;
		return;
	}
	search->memregion_count++;
	*memregion = (struct domain_memregion){
		.name = node->name,
		.phandle = dt_phandle(node),
		.mmio = dt_has_prop(node, "mmio"),
	};
	memregion->base = dt_prop(node, "base", &length);
	if (memregion->base && length != 8)
		memregion->base = NULL;
	memregion->order = dt_prop(node, "order", &length);
	if (memregion->order && length != 4)
		memregion->order = NULL;
}

static void note_instance(struct domain_search *search, const struct dt_node *node)
{
	struct domain_instance *instance = &search->instances[search->instance_count];

	if (search->instance_count == DOMAINS_MAX - 1) {
		search->too_many = true;
		return;
	}
	search->instance_count++;
	*instance = (struct domain_instance){
		.node = *node,
		.phandle = dt_phandle(node),
		.is_outside = !node->parent || !dt_is_compatible(node->parent, COMPATIBLE_CONFIG),
	};
}

void domain_visit(struct domain_search *search, const struct dt_node *node)
{
	uint32_t length;
	const char *compatible = dt_prop(node, "compatible", &length);

	if (!compatible || length < sizeof(DOMAIN_COMPATIBLE) ||
	    memcmp(compatible, DOMAIN_COMPATIBLE, sizeof(DOMAIN_COMPATIBLE) - 1))
		return;
	if (dt_is_compatible(node, COMPATIBLE_CONFIG)) {
		if (search->has_config)
			search->too_many = true;
		search->has_config = true;
		search->config = node->offset;
	} else if (dt_is_compatible(node, DOMAIN_COMPATIBLE "memregion")) {
		note_memregion(search, node);
	} else if (dt_is_compatible(node, DOMAIN_COMPATIBLE "instance")) {
		note_instance(search, node);
	}
}

/* --- After it --- */

struct maker {
	struct domains *domains;
	const struct domain_search *search;
	const struct domain_context *context;
	enum err err; /* the first */
};

/* Says what is wrong with @domain, by name. */
#define complain(maker, domain, error, format, ...) \
	do { \
		printf("domains: %s: " format ": %s\n", (domain)->name, ##__VA_ARGS__, \
		       err_text(error)); \
		if (!(maker)->err) \
			(maker)->err = (error); \
	} while (0)

static void add_hart(struct domain_harts *harts, unsigned int index)
{
	harts->words[index / 64] |= BIT(index % 64);
}

static void remove_hart(struct domain_harts *harts, unsigned int index)
{
	harts->words[index / 64] &= ~BIT(index % 64);
}

/* False: no hart has this phandle. */
static bool find_hart(const struct maker *maker, uint32_t phandle, unsigned int *index)
{
	const struct machine *machine = maker->context->machine;

	for (*index = 0; *index < machine->hart_count; ++*index) {
		if (phandle && machine->harts[*index].phandle == phandle)
			return true;
	}
	return false;
}

/* A number of 64 bits; @number stays as it is when there is none. */
static void read_u64(struct maker *maker, const struct domain *domain, const struct dt_node *node,
		     const char *name, unsigned long *number)
{
	uint32_t length;
	const void *value = dt_prop(node, name, &length);

	if (!value)
		return;
	if (length == 8)
		*number = load_be64(value);
	else
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "%s has %u bytes", name, length);
}

/* A list of @cells each; NULL when there is none. */
static const uint8_t *read_list(struct maker *maker, const struct domain *domain,
				const struct dt_node *node, const char *name, uint32_t cells,
				uint32_t *count)
{
	uint32_t length = 0;
	const uint8_t *list = dt_prop(node, name, &length);

	if (length % (cells * 4))
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "%s has %u bytes", name, length);
	*count = length / (cells * 4);
	return list;
}

static const struct domain_memregion *find_memregion(const struct domain_search *search,
						     uint32_t phandle)
{
	for (unsigned int i = 0; phandle && i < search->memregion_count; i++) {
		if (search->memregions[i].phandle == phandle)
			return &search->memregions[i];
	}
	return NULL;
}

/* Puts it at its place by size. */
static void put_region(struct maker *maker, struct domain *domain, const char *name,
		       struct domain_region region)
{
	unsigned int at = domain->region_count;

	if (at == DOMAIN_MAX_REGIONS) {
		complain(maker, domain, ERR_DOMAIN_TOO_MANY, "%s", name);
		return;
	}
	for (unsigned int i = 0; i < domain->region_count; i++) {
		if (domain->regions[i].base == region.base &&
		    domain->regions[i].order == region.order)
			complain(maker, domain, ERR_DOMAIN_OVERLAP, "%s", name);
	}
	for (; at && domain->regions[at - 1].order > region.order; at--)
		domain->regions[at] = domain->regions[at - 1];
	domain->regions[at] = region;
	domain->region_count++;
}

static void add_region(struct maker *maker, struct domain *domain, uint32_t phandle,
		       uint32_t access)
{
	const struct domain_memregion *memregion = find_memregion(maker->search, phandle);
	uint8_t rights = access >> ACCESS_S_SHIFT & RWX;
	uint32_t order;
	uint64_t base;

	if (!memregion) {
		complain(maker, domain, ERR_DOMAIN_REFERENCE, "regions: phandle %#x", phandle);
		return;
	}
	if (!memregion->base || !memregion->order) {
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "%s: base, order", memregion->name);
		return;
	}
	base = load_be64(memregion->base);
	order = load_be32(memregion->order);
	if (order < MIN_ORDER || order > MAX_ORDER ||
	    (order >= WHOLE_ORDER ? base != 0 : base & (BIT(order) - 1) || base >> WHOLE_ORDER)) {
		complain(maker, domain, ERR_DOMAIN_REGION, "%s: base %#lx, order %u",
			 memregion->name, base, order);
		return;
	}
	if (access & ~ACCESS_ALL || (access & ACCESS_M && !rights) ||
	    (rights & PMP_W && !(rights & PMP_R))) {
		complain(maker, domain, ERR_DOMAIN_RIGHTS, "%s: %#x", memregion->name, access);
		return;
	}
	if (order < WHOLE_ORDER) {
		put_region(maker, domain, memregion->name,
			   (struct domain_region){ base, (uint8_t)order, rights, memregion->mmio,
						   access & ACCESS_ENFORCE });
		return;
	}
	/* Everything else. It is memory and devices, and M-mode cannot do without. */
	if (memregion->mmio || access & ACCESS_ENFORCE)
		complain(maker, domain, ERR_DOMAIN_RIGHTS, "%s: %#x%s", memregion->name, access,
			 memregion->mmio ? ", mmio" : "");
	domain->rest = rights;
}

static void read_regions(struct maker *maker, struct domain *domain, const struct dt_node *node)
{
	const char *inheritance = dt_prop_string(node, "root-regions-inheritance");
	uint32_t count;
	const uint8_t *list = read_list(maker, domain, node, "regions", 2, &count);

	if (inheritance && !strcmp(inheritance, "all"))
		domain->rest = RWX;
	else if (dt_has_prop(node, "root-regions-inheritance") &&
		 (!inheritance || strcmp(inheritance, "m-only")))
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "root-regions-inheritance");
	for (uint32_t i = 0; i < count; i++)
		add_region(maker, domain, load_be32(list + i * 8), load_be32(list + i * 8 + 4));
	for (unsigned int i = 0; i < domain->region_count; i++) {
		const struct domain_region *region = &domain->regions[i];

		/* The plan is one of whole pages: this would give more than was asked for. */
		if (region->order < PAGE_ORDER && region->rights & ~domain->rest)
			complain(maker, domain, ERR_DOMAIN_REGION, "%#lx, order %u: below a page",
				 region->base, region->order);
	}
}

/* The harts that @domain may have, and that by itself gives it none. */
static void read_possible_harts(struct maker *maker, const struct domain *domain,
				const struct dt_node *node, struct domain_harts *possible)
{
	uint32_t count;
	const uint8_t *list = read_list(maker, domain, node, "possible-harts", 1, &count);

	*possible = (struct domain_harts){ 0 };
	for (uint32_t i = 0; i < count; i++) {
		uint32_t phandle = load_be32(list + i * 4);
		unsigned int index;

		if (find_hart(maker, phandle, &index))
			add_hart(possible, index);
		else
			complain(maker, domain, ERR_DOMAIN_REFERENCE, "possible-harts: phandle %#x",
				 phandle);
	}
}

/* Harts whose opensbi-domain is @instance. */
static void take_harts(struct maker *maker, struct domain *domain,
		       const struct domain_instance *instance)
{
	const struct machine *machine = maker->context->machine;
	struct domain *root = &maker->domains->list[0];
	struct domain_harts possible;

	read_possible_harts(maker, domain, &instance->node, &possible);
	for (unsigned int i = 0; i < machine->hart_count; i++) {
		const struct hart_desc *hart = &machine->harts[i];
		struct dt_node node;
		uint32_t phandle;

		dt_node_at(&machine->dt, hart->node, &node);
		if (!dt_prop_u32(&node, "opensbi-domain", &phandle) || !phandle ||
		    phandle != instance->phandle || !domain_has_hart(root, i))
			continue;
		if (!(possible.words[i / 64] >> i % 64 & 1))
			complain(maker, domain, ERR_DOMAIN_HART, "hart %lu",
				 (unsigned long)hart->hartid);
		add_hart(&domain->harts, i);
		remove_hart(&root->harts, i);
	}
}

/* A hart that names a domain is in it; nobody may believe it to be where it is not. */
static void check_references(struct maker *maker)
{
	const struct machine *machine = maker->context->machine;
	const struct domain *root = &maker->domains->list[0];

	for (unsigned int i = 0; i < machine->hart_count; i++) {
		struct dt_node node;
		uint32_t length;

		dt_node_at(&machine->dt, machine->harts[i].node, &node);
		if (dt_prop(&node, "opensbi-domain", &length) && domain_has_hart(root, i))
			complain(maker, root, ERR_DOMAIN_REFERENCE, "opensbi-domain of hart %lu",
				 (unsigned long)machine->harts[i].hartid);
	}
}

static void check_next_addr(struct maker *maker, const struct domain *domain)
{
	const struct domain_context *context = maker->context;
	uint64_t addr = domain->next_addr;

	if (addr % 2 || !machine_is_memory(context->machine, addr, 2) ||
	    ranges_overlap(addr, 2, context->firmware.base, context->firmware.size) ||
	    !domain_allows(domain, addr, 2, PMP_X))
		complain(maker, domain, ERR_DOMAIN_NEXT, "next-addr %#lx", addr);
}

static void read_start(struct maker *maker, struct domain *domain, const struct dt_node *node)
{
	const struct domain_context *context = maker->context;
	bool is_cold = domain_has_hart(domain, context->cold_hart);
	uint32_t mode = is_cold ? (uint32_t)context->next_mode : PRV_S, phandle;

	domain->boot_hart = context->cold_hart;
	if (dt_prop_u32(node, "boot-hart", &phandle)) {
		unsigned int index;

		if (!find_hart(maker, phandle, &index))
			complain(maker, domain, ERR_DOMAIN_REFERENCE, "boot-hart: phandle %#x",
				 phandle);
		else if (!is_cold)
			domain->boot_hart = index;
	} else if (dt_has_prop(node, "boot-hart")) {
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "boot-hart");
	}
	domain->starts = domain_has_hart(domain, domain->boot_hart);

	domain->next_addr = is_cold ? context->next_addr : 0;
	read_u64(maker, domain, node, "next-addr", &domain->next_addr);
	domain->next_arg1 = context->next_arg1;
	domain->shares_dtb = !dt_has_prop(node, "next-arg1");
	read_u64(maker, domain, node, "next-arg1", &domain->next_arg1);
	if (!dt_prop_u32(node, "next-mode", &mode) && dt_has_prop(node, "next-mode"))
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "next-mode");
	domain->next_mode = mode;
	if (mode != PRV_S && mode != PRV_U)
		complain(maker, domain, ERR_DOMAIN_NEXT, "next-mode %u", mode);
	else if (domain->starts)
		check_next_addr(maker, domain);
}

static void make_root(struct domain *root, const struct domain_context *context)
{
	*root = (struct domain){
		.harts = *context->available,
		.rest = RWX,
		.may_reset = true,
		.may_suspend = true,
		.boot_hart = context->cold_hart,
		.next_addr = context->next_addr,
		.next_arg1 = context->next_arg1,
		.shares_dtb = true,
		.next_mode = context->next_mode,
		.starts = true,
	};
	snprintf(root->name, sizeof(root->name), "root");
}

static void make_domain(struct maker *maker, struct domain *domain,
			const struct domain_instance *instance)
{
	const struct dt_node *node = &instance->node;

	*domain = (struct domain){
		.may_reset = dt_has_prop(node, "system-reset-allowed"),
		.may_suspend = dt_has_prop(node, "system-suspend-allowed"),
	};
	snprintf(domain->name, sizeof(domain->name), "%s", node->name);
	if (instance->is_outside)
		complain(maker, domain, ERR_DOMAIN_PROPERTY, "not below a " COMPATIBLE_CONFIG);
	read_regions(maker, domain, node);
	take_harts(maker, domain, instance);
	read_start(maker, domain, node);
}

enum err domains_make(struct domains *domains, const struct domain_search *search,
		      const struct domain_context *context)
{
	struct maker maker = { .domains = domains, .search = search, .context = context };
	struct domain *root = &domains->list[0];

	domains->count = 1;
	make_root(root, context);
	if (!search->has_config && !search->instance_count)
		return ERR_OK;
	if (search->too_many)
		complain(&maker, root, ERR_DOMAIN_TOO_MANY,
			 "%u memory regions, %u domains below one node", DOMAIN_MAX_MEMREGIONS,
			 DOMAINS_MAX - 1);
	if (context->next_mode != PRV_S && search->instance_count)
		complain(&maker, root, ERR_DOMAIN_NEXT, "next stage in M-mode");
	for (unsigned int i = 0; i < search->instance_count; i++)
		make_domain(&maker, &domains->list[domains->count++], &search->instances[i]);
	check_references(&maker);
	root->starts = domain_has_hart(root, context->cold_hart);
	return maker.err;
}
