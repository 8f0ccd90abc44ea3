/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains from device trees, right ones and wrong ones, and what they may do where. */
/* sources: sbi/domain.c sbi/domain_config.c lib/dt.c lib/machine.c lib/riscv/isa.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/domain.h"
#include "tests/unit/dtb.h"

#define RWX (PMP_R | PMP_W | PMP_X)
#define HARTS 4
#define NONE 0xffffffff

/* Phandles */
enum { CPU = 1, TMEM = 10, TUART, ALLMEM, TRUSTED, UNTRUSTED, NOTHING = 99 };

#define FIRMWARE 0x80000000
#define NEXT 0x80200000
#define DTB 0x82200000

/* The two domains of every test, and what a test changes of them. */
struct wish {
	uint32_t harts[HARTS]; /* opensbi-domain; 0: none */
	bool hart_disabled[HARTS];
	uint32_t base[3], base_cells, order, order_cells;
	bool mmio;
	uint32_t access;
	uint32_t region;       /* phandle */
	uint32_t extra_access; /* of a second region, the rest; NONE: not there */
	uint32_t possible[HARTS], possible_count;
	uint32_t boot_hart;
	uint32_t next_mode;
	uint32_t next_addr[3], next_addr_cells;
	uint32_t arg1_cells;
	const char *inheritance;
	unsigned int more_instances, more_regions, more_configs, same_region;
	bool outside;
};

static const struct wish usual = {
	.harts = { TRUSTED, UNTRUSTED, UNTRUSTED, 0 },
	.base = { 0, 0x81000000 },
	.base_cells = 2,
	.order = 24,
	.order_cells = 1,
	.access = 0x3f,
	.region = TMEM,
	.extra_access = NONE,
	.possible = { CPU },
	.possible_count = 1,
	.boot_hart = CPU,
	.next_mode = PRV_U,
	.next_addr = { 0, 0x81000000 },
	.next_addr_cells = 2,
};

static struct machine machine;
static struct hart_desc hart_descs[HARTS];
static struct domain_search search;
static struct domains domains;
static struct domain_context context;

static void write_cpus(const struct wish *wish)
{
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	for (uint32_t i = 0; i < HARTS; i++) {
		char name[8];

		snprintf(name, sizeof(name), "cpu@%u", i);
		DTB_NODE(name);
		DTB_STRING("device_type", "cpu");
		DTB_CELLS("reg", i);
		DTB_STRING("mmu-type", "riscv,sv39");
		DTB_CELLS("phandle", CPU + i);
		if (wish->hart_disabled[i])
			DTB_STRING("status", "disabled");
		if (wish->harts[i])
			DTB_CELLS("opensbi-domain", wish->harts[i]);
		DTB_END();
	}
	DTB_END();
}

static void write_memregion(const char *name, uint32_t phandle, uint32_t low, uint32_t order)
{
	DTB_NODE(name);
	DTB_STRING("compatible", "opensbi,domain,memregion");
	DTB_CELLS("base", 0, low);
	DTB_CELLS("order", order);
	DTB_CELLS("phandle", phandle);
	DTB_END();
}

static void write_trusted(const struct wish *wish)
{
	uint32_t regions[2 * 24] = { wish->region, wish->access, ALLMEM, wish->extra_access };
	size_t count = wish->extra_access == NONE ? 2 : 4;

	for (unsigned int i = 0; i < wish->same_region; i++) {
		regions[count++] = wish->region;
		regions[count++] = wish->access;
	}
	DTB_NODE("trusted-domain-with-a-long-name");
	DTB_STRING("compatible", "opensbi,domain,instance");
	DTB_CELLS("phandle", TRUSTED);
	dtb_cells("possible-harts", wish->possible, wish->possible_count);
	if (wish->region)
		dtb_cells("regions", regions, count);
	else
		DTB_CELLS("regions", TMEM);
	if (wish->boot_hart == NONE)
		DTB_CELLS("boot-hart", 0, 0);
	else if (wish->boot_hart)
		DTB_CELLS("boot-hart", wish->boot_hart);
	if (wish->next_mode == NONE)
		DTB_CELLS("next-mode", 0, 0);
	else
		DTB_CELLS("next-mode", wish->next_mode);
	dtb_cells("next-addr", wish->next_addr, wish->next_addr_cells);
	if (wish->arg1_cells)
		dtb_cells("next-arg1", wish->base, wish->arg1_cells);
	if (wish->inheritance)
		DTB_STRING("root-regions-inheritance", wish->inheritance);
	DTB_CELLS("system-reset-allowed");
	DTB_END();
}

static void write_instance(const char *name, uint32_t phandle)
{
	DTB_NODE(name);
	DTB_STRING("compatible", "opensbi,domain,instance");
	DTB_CELLS("phandle", phandle);
	DTB_CELLS("possible-harts", CPU + 1, CPU + 2, CPU + 3);
	DTB_CELLS("regions", TMEM, 0, TUART, 0, ALLMEM, 0x3f);
	DTB_CELLS("boot-hart", CPU + 1);
	DTB_CELLS("next-addr", 0, 0x80400000);
	DTB_CELLS("next-arg1", 0, 0x90000000);
	DTB_CELLS("system-suspend-allowed");
	DTB_END();
}

static void write_tree(const struct wish *wish)
{
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("memory@80000000");
	DTB_STRING("device_type", "memory");
	DTB_CELLS("reg", 0, 0x80000000, 0, 0x20000000);
	DTB_END();
	write_cpus(wish);
	DTB_NODE("chosen");
	if (wish->outside)
		write_instance("outside", 70);
	DTB_NODE("domains");
	DTB_STRING("compatible", "opensbi,domain,config");
	DTB_NODE("tmem");
	DTB_STRING("compatible", "opensbi,domain,memregion");
	dtb_cells("base", wish->base, wish->base_cells);
	DTB_CELLS("phandle", TMEM);
	if (wish->order_cells == 1)
		DTB_CELLS("order", wish->order);
	else
		DTB_CELLS("order", 0, wish->order);
	if (wish->mmio)
		DTB_CELLS("mmio");
	DTB_END();
	write_memregion("tuart", TUART, 0x10011000, 12);
	write_memregion("allmem", ALLMEM, 0, 64);
	for (unsigned int i = 0; i < wish->more_regions; i++)
		write_memregion("another", 100 + i, 0x80000000 + (i << 20), 20);
	write_trusted(wish);
	write_instance("untrusted", UNTRUSTED);
	for (unsigned int i = 0; i < wish->more_instances; i++)
		write_instance("more", 200 + i);
	DTB_END();
	for (unsigned int i = 0; i < wish->more_configs; i++) {
		DTB_NODE("more-domains");
		DTB_STRING("compatible", "opensbi,domain,config");
		DTB_END();
	}
	DTB_END();
	dtb_finish();
}

static enum err visit(const struct dt_node *node, void *unused)
{
	(void)unused;
	if (node->depth < 2 || !dt_name_is(node->parent, "cpus"))
		domain_visit(&search, node);
	return machine_visit(&machine, node);
}

static enum err make(void)
{
	static struct domain_harts available;

	machine = (struct machine){ .harts = hart_descs, .hart_capacity = HARTS };
	search = (struct domain_search){ 0 };
	assert_int_equal(dt_open(&machine.dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&machine.dt, visit, NULL), ERR_OK);
	available = (struct domain_harts){ 0 };
	for (unsigned int i = 0; i < HARTS; i++) {
		if (hart_descs[i].enabled)
			available.words[0] |= BIT(i);
	}
	context = (struct domain_context){
		.machine = &machine,
		.available = &available,
		.firmware = { FIRMWARE, 0x40000 },
		.cold_hart = context.cold_hart,
		.next_addr = NEXT,
		.next_arg1 = DTB,
		.next_mode = context.next_mode,
	};
	return domains_make(&domains, &search, &context);
}

static int set_up(void **state)
{
	static struct wish wish;

	wish = usual;
	*state = &wish;
	context.cold_hart = 0;
	context.next_mode = PRV_S;
	return 0;
}

static enum err of(const struct wish *wish)
{
	write_tree(wish);
	return make();
}

static void no_configuration(void **state)
{
	(void)state;
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	write_cpus(&(struct wish){ 0 });
	DTB_NODE("soc");
	DTB_STRING("compatible", "opensbi,config");
	DTB_END();
	DTB_NODE("other");
	DTB_STRING("compatible", "simple-bus");
	DTB_END();
	dtb_finish();
	context.cold_hart = 2;
	context.next_mode = PRV_M;
	assert_int_equal(make(), ERR_OK);
	assert_int_equal(domains.count, 1);
	assert_string_equal(domains.list[0].name, "root");
	assert_int_equal(domains.list[0].harts.words[0], 0xf);
	assert_true(domains.list[0].starts && domains.list[0].may_reset);
	assert_int_equal(domains.list[0].boot_hart, 2);
	assert_int_equal(domains.list[0].next_mode, PRV_M);
	assert_true(domain_allows(&domains.list[0], 0, UINT64_MAX, RWX));
	assert_ptr_equal(domain_of_hart(&domains, 3), &domains.list[0]);
}

static void two_domains(void **state)
{
	const struct domain *root = &domains.list[0], *trusted = root + 1, *untrusted = root + 2;

	assert_int_equal(of(*state), ERR_OK);
	assert_int_equal(domains.count, 3);
	assert_string_equal(trusted->name, "trusted-domain-with-a-l");
	assert_int_equal(trusted->harts.words[0], 1);
	assert_int_equal(untrusted->harts.words[0], 6);
	assert_int_equal(root->harts.words[0], 8);
	assert_ptr_equal(domain_of_hart(&domains, 0), trusted);
	assert_ptr_equal(domain_of_hart(&domains, 2), untrusted);
	assert_ptr_equal(domain_of_hart(&domains, 3), root);

	assert_true(trusted->starts);
	assert_int_equal(trusted->next_addr, 0x81000000);
	assert_int_equal(trusted->next_arg1, DTB);
	assert_true(trusted->shares_dtb);
	assert_int_equal(trusted->next_mode, PRV_U);
	assert_true(trusted->may_reset && !trusted->may_suspend);
	assert_true(untrusted->starts);
	assert_int_equal(untrusted->boot_hart, 1);
	assert_int_equal(untrusted->next_addr, 0x80400000);
	assert_int_equal(untrusted->next_arg1, 0x90000000);
	assert_false(untrusted->shares_dtb);
	assert_int_equal(untrusted->next_mode, PRV_S);
	assert_true(!untrusted->may_reset && untrusted->may_suspend);
	assert_false(root->starts);
	domains_print(&domains, &machine);

	assert_true(domain_allows(trusted, 0x81000000, 0x1000000, RWX));
	assert_false(domain_allows(trusted, 0x81000000, 0x1000001, PMP_R));
	assert_false(domain_allows(trusted, 0x80ffffff, 2, PMP_R));
	assert_false(domain_allows(untrusted, 0x81ffffff, 1, PMP_R));
	assert_true(domain_allows(untrusted, 0x82000000, 1, RWX));
	assert_true(domain_allows(untrusted, 0x80000000, 0x1000000, RWX));
	assert_false(domain_allows(untrusted, 0x80000000, 0x1000001, PMP_R));
	assert_false(domain_allows(untrusted, 0, UINT64_MAX, PMP_R));
	assert_true(domain_allows(untrusted, UINT64_MAX, 1, PMP_W));
	assert_true(domain_allows(root, 0x81000000, 0x1000000, RWX));
}

static void the_cold_hart_boots_its_domain(void **state)
{
	struct wish *wish = *state;
	const struct domain *trusted = &domains.list[1];

	/* It is forced to be the boot hart, and passes its next stage on. */
	wish->possible[1] = CPU + 3;
	wish->possible_count = 2;
	wish->harts[3] = TRUSTED;
	wish->next_addr_cells = 0;
	wish->extra_access = 0x38;
	context.cold_hart = 3;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY); /* next-addr is there, and empty */
	wish->next_addr_cells = 2;
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(trusted->boot_hart, 3);
	assert_true(trusted->starts);
	/* The untrusted domain's boot hart is its own; that of one without is not. */
	context.cold_hart = 1;
	wish->boot_hart = 0;
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[2].boot_hart, 1);
	assert_false(trusted->starts);
	domains_print(&domains, &machine);
}

static void harts(void **state)
{
	struct wish *wish = *state;

	wish->harts[3] = TRUSTED;
	assert_int_equal(of(wish), ERR_DOMAIN_HART);
	wish->harts[3] = NOTHING;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	wish->harts[3] = TMEM;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	/* One that nobody can use is nobody's. */
	wish->hart_disabled[3] = true;
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[1].harts.words[0], 1);
	wish->possible[0] = NOTHING;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	wish->possible[0] = CPU;
	wish->boot_hart = NOTHING;
	context.cold_hart = 1;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	wish->boot_hart = NONE;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
	wish->boot_hart = CPU;
	assert_int_equal(of(wish), ERR_OK);
}

static void regions(void **state)
{
	struct wish *wish = *state;
	static const uint32_t bad_access[] = { 0x01, 0x07, 0x10, 0x30, 0x80, 0x80000000 };

	for (size_t i = 0; i < ARRAY_SIZE(bad_access); i++) {
		wish->access = bad_access[i];
		assert_int_equal(of(wish), ERR_DOMAIN_RIGHTS);
	}
	wish->access = 0x7f;
	assert_int_equal(of(wish), ERR_OK);
	assert_true(domains.list[1].regions[0].enforced);
	wish->access = 0x08; /* its first instruction is not to be executed there */
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);

	*wish = usual;
	wish->order = 25;
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);
	wish->order = 2;
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);
	wish->order = 65;
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);
	wish->order = 64;
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);
	wish->order = 11; /* would become a page */
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);
	wish->extra_access = 0x3f;
	assert_int_equal(of(wish), ERR_OK);
	wish->base[0] = 0x1000000;
	assert_int_equal(of(wish), ERR_DOMAIN_REGION);

	*wish = usual;
	wish->base_cells = 1;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
	wish->base_cells = 2;
	wish->order_cells = 2;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
	wish->order_cells = 1;
	wish->region = NOTHING;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	wish->region = TRUSTED;
	assert_int_equal(of(wish), ERR_DOMAIN_REFERENCE);
	wish->region = 0;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);

	*wish = usual;
	wish->same_region = 1;
	assert_int_equal(of(wish), ERR_DOMAIN_OVERLAP);
	wish->same_region = 17;
	assert_int_equal(of(wish), ERR_DOMAIN_OVERLAP);

	/* The whole address space is what there is besides the others. */
	*wish = usual;
	wish->extra_access = 0x78;
	assert_int_equal(of(wish), ERR_DOMAIN_RIGHTS);
	wish->extra_access = 0x18;
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[1].rest, PMP_R | PMP_W);
}

static void inheritance(void **state)
{
	struct wish *wish = *state;

	wish->inheritance = "all";
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[1].rest, RWX);
	wish->inheritance = "m-only";
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[1].rest, 0);
	wish->inheritance = "some";
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
}

static void next_stages(void **state)
{
	struct wish *wish = *state;

	wish->next_mode = PRV_M;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	wish->next_mode = NONE;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
	*wish = usual;
	wish->next_addr[1]++;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	wish->next_addr[1] = 0x82000000; /* not its own */
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	wish->next_addr[0] = 1; /* no memory */
	wish->extra_access = 0x3f;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	wish->next_addr[0] = 0;
	wish->next_addr[1] = FIRMWARE;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	*wish = usual;
	wish->mmio = true;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
	*wish = usual;
	wish->arg1_cells = 1;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
	wish->arg1_cells = 2;
	assert_int_equal(of(wish), ERR_OK);
	assert_int_equal(domains.list[1].next_arg1, 0x81000000);
	context.next_mode = PRV_M;
	assert_int_equal(of(wish), ERR_DOMAIN_NEXT);
}

static void too_many(void **state)
{
	struct wish *wish = *state;

	wish->more_instances = DOMAINS_MAX - 3;
	assert_int_equal(of(wish), ERR_OK);
	wish->more_instances++;
	assert_int_equal(of(wish), ERR_DOMAIN_TOO_MANY);
	*wish = usual;
	wish->more_regions = DOMAIN_MAX_MEMREGIONS - 3;
	assert_int_equal(of(wish), ERR_OK);
	wish->more_regions++;
	assert_int_equal(of(wish), ERR_DOMAIN_TOO_MANY);
	*wish = usual;
	wish->more_configs = 1;
	assert_int_equal(of(wish), ERR_DOMAIN_TOO_MANY);
	*wish = usual;
	wish->outside = true;
	assert_int_equal(of(wish), ERR_DOMAIN_PROPERTY);
}

/* A domain's rights are those of the smallest region: tried against that sentence. */
static void nested_regions(void **state)
{
	(void)state;
	srand(3);
	for (unsigned int round = 0; round < 2000; round++) {
		struct domain domain = { .rest = (uint8_t)(rand() % 2 * RWX) };
		unsigned int count = 1 + (unsigned int)rand() % 6;
		uint8_t page_rights[64];
		bool page_mmio[64];

		for (unsigned int order = 12; order <= 17 && domain.region_count < count; order++) {
			domain.regions[domain.region_count++] = (struct domain_region){
				.base = (uint64_t)(rand() % 64) << 12 & ~(BIT(order) - 1),
				.order = (uint8_t)order,
				.rights = (uint8_t)(rand() % 2 ? RWX : PMP_R),
				.mmio = !(rand() % 4),
			};
		}
		for (uint64_t page = 0; page < 64; page++) {
			page_rights[page] = domain.rest;
			page_mmio[page] = false;
			for (unsigned int i = domain.region_count; i-- > 0;) {
				const struct domain_region *region = &domain.regions[i];

				if ((page << 12) - region->base < BIT(region->order)) {
					page_rights[page] = region->rights;
					page_mmio[page] = region->mmio;
				}
			}
		}
		for (unsigned int first = 0; first < 64; first += 3) {
			bool ok = true;

			for (unsigned int last = first; last < 64; last++) {
				ok = ok && page_rights[last] == RWX && !page_mmio[last];
				assert_int_equal(domain_allows(&domain, (uint64_t)first << 12,
							       (last - first + 1UL) << 12, RWX),
						 ok);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_configuration, set_up),
		cmocka_unit_test_setup(two_domains, set_up),
		cmocka_unit_test_setup(the_cold_hart_boots_its_domain, set_up),
		cmocka_unit_test_setup(harts, set_up),
		cmocka_unit_test_setup(regions, set_up),
		cmocka_unit_test_setup(inheritance, set_up),
		cmocka_unit_test_setup(next_stages, set_up),
		cmocka_unit_test_setup(too_many, set_up),
		cmocka_unit_test_setup(nested_regions, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
