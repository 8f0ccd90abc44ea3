/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain may do where. */
#include "sbi/domain.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"

uint8_t domain_rights_at(const struct domain *domain, uint64_t addr, uint64_t *last, bool *mmio)
{
	const struct domain_region *found = NULL;

	*last = UINT64_MAX;
	for (unsigned int i = 0; i < domain->region_count; i++) {
		const struct domain_region *region = &domain->regions[i];

		if (region->base > addr) {
			*last = MIN(*last, region->base - 1);
		} else if (!found && addr - region->base < BIT(region->order)) {
			/* The smallest that it is in; all that are smaller are inside or apart. */
			found = region;
			*last = MIN(*last, region->base + BIT(region->order) - 1);
		}
	}
	*mmio = found && found->mmio;
	return found ? found->rights : domain->rest;
}

bool domain_reaches(const struct domain *domain, uint64_t base, uint64_t length)
{
	uint64_t end = base + length - 1, last;
	bool mmio;

	for (;; base = last + 1) {
		if (!(domain_rights_at(domain, base, &last, &mmio) & (PMP_R | PMP_W)))
			return false;
		if (last >= end)
			return true;
	}
}

bool domain_allows_slow(const struct domain *domain, uint64_t base, uint64_t length, uint8_t rights)
{
	uint64_t end = base + length - 1, last;
	bool mmio;

	for (;; base = last + 1) {
		if ((rights & ~domain_rights_at(domain, base, &last, &mmio)) || mmio)
			return false;
		if (last >= end)
			return true;
	}
}

struct domain *domain_of_hart(struct domains *domains, unsigned int hart)
{
	for (unsigned int i = 1; i < domains->count; i++) {
		if (domain_has_hart(&domains->list[i], hart))
			return &domains->list[i];
	}
	return &domains->list[0];
}

bool domain_has_harts(const struct domain *domain)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(domain->harts.words); i++)
		any |= domain->harts.words[i];
	return any;
}

static void print_harts(const struct domain *domain, const struct machine *machine)
{
	const char *separator = " ";

	for (unsigned int i = 0; i < machine->hart_count; i++) {
		unsigned int first = i;

		if (!domain_has_hart(domain, i))
			continue;
		while (i + 1 < machine->hart_count && domain_has_hart(domain, i + 1) &&
		       machine->harts[i + 1].hartid == machine->harts[i].hartid + 1)
			i++;
		printf("%s%lu", separator, (unsigned long)machine->harts[first].hartid);
		if (i > first)
			printf("-%lu", (unsigned long)machine->harts[i].hartid);
		separator = ",";
	}
	if (*separator == ' ')
		printf(" none");
}

void domains_print(const struct domains *domains, const struct machine *machine)
{
	for (unsigned int i = 0; i < domains->count; i++) {
		const struct domain *domain = &domains->list[i];

		printf("domain    %s: harts", domain->name);
		print_harts(domain, machine);
		if (domain->starts)
			printf(", %c-mode @%lx on hart %lu, a1 %lx", "USHM"[domain->next_mode & 3],
			       domain -> next_addr,
			       (unsigned long)machine -> harts[domain->boot_hart].hartid,
			       domain->next_arg1);
		else
			printf(", not started");
		printf("%s%s\n", domain->may_reset ? ", may reset" : "",
		       domain->may_suspend ? ", may suspend" : "");
	}
}
