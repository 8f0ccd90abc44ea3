/* SPDX-License-Identifier: BSD-2-Clause */
/* The one walk over the DTB. */
#include "sbi/platform.h"

#include "lib/bits.h"
#include "lib/string.h"

#define DT_MAX_SIZE 0x1000000 /* bytes */
#define DEFAULT_FENCE_PAGE_LIMIT 16

struct platform platform;

/* /chosen/opensbi-config: what users of OpenSBI have in their DTBs. */
static void config_visit(struct config *config, const struct dt_node *node)
{
	const char *on_crash;
	uint32_t length = 0;

	if (node->depth != 2 || !dt_name_is(node->parent, "chosen") ||
	    !dt_is_compatible(node, "opensbi,config"))
		return;
	config->cold_boot_harts = dt_prop(node, "cold-boot-harts", &length);
	config->cold_boot_hart_count = length / 4;
	config->system_suspend_test = dt_has_prop(node, "system-suspend-test");
	dt_prop_u32(node, "hartline,fence-page-limit", &config->fence_page_limit);
	on_crash = dt_prop_string(node, "hartline,on-crash");
	config->reset_on_crash = on_crash && !strcmp(on_crash, "reset");
}

bool config_allows_boot(const struct config *config, const struct hart_desc *hart)
{
	for (uint32_t i = 0; i < config->cold_boot_hart_count; i++) {
		if (load_be32(config->cold_boot_harts + i * 4) == hart->phandle)
			return true;
	}
	return !config->cold_boot_hart_count;
}

/* With many harts most nodes are; none of them is a device. */
static bool is_below_cpus(const struct dt_node *node)
{
	while (node->depth > 1)
		node = node->parent;
	return !strcmp(node->name, "cpus");
}

static enum err visit(const struct dt_node *node, void *context)
{
	struct platform *p = context;
	enum err err = machine_visit(&p->machine, node);
	const char *compatible;
	uint32_t length;

	if (err || is_below_cpus(node))
		return err;
	fdt_fixup_visit(&p->fixup, node);
	serial_visit(&p->serials, node);
	compatible = dt_prop(node, "compatible", &length);
	if (!compatible || !length)
		return ERR_OK;
	config_visit(&p->config, node);
	if (*compatible == DOMAIN_COMPATIBLE[0])
		domain_visit(&p->domain_search, node);
	plic_visit(&p->plics, node);
	reset_visit(&p->resets, node);
	rpmi_visit(&p->rpmi, node);
	pmu_visit(&p->pmu, node);
	if (aclint_visit(&p->aclint, node) || cppc_visit(&p->cppc, node) ||
	    imsic_visit(&p->imsics, node) || aplic_visit(&p->aplics, node))
		fdt_fixup_disable(&p->fixup, node->offset);
	return ERR_OK;
}

/* Only now it is known which ones have channels. */
static void disable_mailboxes(struct platform *p)
{
	for (unsigned int i = 0; i < p->rpmi.mailbox_count; i++) {
		if (p->rpmi.mailboxes[i].is_used)
			fdt_fixup_disable(&p->fixup, p->rpmi.mailboxes[i].node);
	}
}

enum err platform_discover(const void *dtb)
{
	struct machine *machine = &platform.machine;
	enum err err;

	platform.config.fence_page_limit = DEFAULT_FENCE_PAGE_LIMIT;
	err = dt_open(&machine->dt, dtb, DT_MAX_SIZE);
	if (!err)
		err = dt_walk(&machine->dt, visit, &platform);
	aclint_assign(&platform.aclint, machine);
	imsic_assign(&platform.imsics, machine);
	reset_resolve(&platform.resets);
	rpmi_resolve(&platform.rpmi);
	disable_mailboxes(&platform);
	if (err)
		return err;
	if (!machine->hart_count)
		return ERR_DT_NO_HARTS;
	return machine->memory_count ? ERR_OK : ERR_DT_NO_MEMORY;
}
