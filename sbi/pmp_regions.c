/* SPDX-License-Identifier: BSD-2-Clause */
/* What is whose. A device that M-mode touches while S-mode runs must be listed here. */
#include "sbi/pmp_regions.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "sbi/platform.h"

#define PAGE_SHIFT 12

#define RW (PMP_R | PMP_W)
#define RX (PMP_R | PMP_X)

#define MAX_REGIONS 80

/* Much for a stack. */
static struct {
	struct pmp_region regions[MAX_REGIONS];
	unsigned int count;
} list;

static void add(uint64_t base, uint64_t size, uint8_t m, uint8_t s)
{
	if (list.count < MAX_REGIONS)
		list.regions[list.count] = (struct pmp_region){ base, size, m, s, false };
	list.count++;
}

/* The firmware's memory. */
static void add_firmware(const struct firmware_memory *memory)
{
	add(memory->start, memory->rodata_start - memory->start, RX, 0);
	add(memory->rodata_start, memory->rw_start - memory->rodata_start, PMP_R, 0);
	add(memory->rw_start, memory->end - memory->rw_start, RW, 0);
}

/* Devices that are M-mode's alone. */
static void add_m_devices(void)
{
	for (unsigned int i = 0; i < platform.aclint.count; i++) {
		const struct aclint_device *aclint = &platform.aclint.devices[i];

		for (unsigned int j = 0; j < ARRAY_SIZE(aclint->regs); j++)
			add(aclint->regs[j].base, aclint->regs[j].size, RW, 0);
	}
	for (unsigned int i = 0; i < platform.imsics.count; i++) {
		const struct imsic *imsic = &platform.imsics.imsics[i];

		for (unsigned int j = 0; imsic->is_machine && j < imsic->reg_count; j++)
			add(imsic->regs[j].base, imsic->regs[j].size, RW, 0);
	}
	for (unsigned int i = 0; i < platform.aplics.count; i++) {
		const struct aplic *aplic = &platform.aplics.aplics[i];

		if (aplic->is_machine)
			add(aplic->regs.base, aplic->regs.size, RW, 0);
	}
	for (unsigned int i = 0; i < platform.rpmi.mailbox_count; i++) {
		const struct rpmi_mailbox *mailbox = &platform.rpmi.mailboxes[i];

		for (unsigned int j = 0; mailbox->is_used && j < RPMI_REGIONS; j++)
			add(mailbox->regions[j].base, mailbox->regions[j].size, RW, 0);
	}
	if (platform.cppc.driver)
		add(platform.cppc.base, platform.cppc.size, RW, 0);
}

/* Devices that M-mode uses at any time, and S-mode as far as it may. */
static void add_shared_devices(void)
{
	if (platform.console)
		add(platform.console->base, SERIAL_EXTENT, RW, PMP_UNSAID);
	for (unsigned int i = 0; i < platform.resets.count; i++)
		add(platform.resets.devices[i].base, platform.resets.devices[i].extent, RW,
		    PMP_UNSAID);
}

/* What S-mode may do in a domain, but for what has been said before. */
static void add_domain(const struct domain *domain)
{
	for (unsigned int i = 0; i < domain->region_count; i++) {
		const struct domain_region *region = &domain->regions[i];

		add(region->base, BIT(region->order), PMP_UNSAID, region->rights);
		if (list.count <= MAX_REGIONS)
			list.regions[list.count - 1].enforced = region->enforced;
	}
}

enum err pmp_plan_domain(struct pmp_plan *plan, const struct domain *domain,
			 const struct pmp_limits *limits)
{
	struct pmp_limits common = *limits;
	enum err err;

	/* Whole pages, so that the plan does for harts with another granule, too. */
	common.granule_shift = MAX(common.granule_shift, (uint8_t)PAGE_SHIFT);
	list.count = 0;
	add_firmware(&platform.memory);
	add_m_devices();
	add_shared_devices();
	add_domain(domain);
	if (list.count > MAX_REGIONS || platform.aclint.too_many || platform.imsics.too_many ||
	    platform.aplics.too_many)
		return ERR_TOO_MANY_DEVICES;
	err = pmp_plan_make(plan, list.regions, list.count, domain->rest, &common);
	if (err == ERR_PMP_ENTRIES) {
		pmp_plan_print(plan);
		printf("pmp: domain %s: these are %u entries, the hart has %d; ranges that are a power\n"
		       "     of two in size and place take one each, others two\n",
		       domain->name, plan->count, common.count - common.first);
	}
	return err;
}
