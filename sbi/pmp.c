/* SPDX-License-Identifier: BSD-2-Clause */
/* What is protected, and programming it. */
#include "sbi/pmp.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "sbi/platform.h"
#include "sbi/scratch.h"

#define ENTRIES_A_CONFIG 8
#define MIN_GRANULE_SHIFT 2
#define PAGE_SHIFT 12

#define RW (PMP_R | PMP_W)
#define RX (PMP_R | PMP_X)
#define RWX (PMP_R | PMP_W | PMP_X)

static struct pmp_plan plan;

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

void pmp_probe(struct pmp_limits *limits)
{
	uint64_t value = 0;

	*limits = (struct pmp_limits){ .granule_shift = MIN_GRANULE_SHIFT };
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

static void print_rights(uint8_t rights)
{
	printf("%c%c%c", rights & PMP_R ? 'r' : '-', rights & PMP_W ? 'w' : '-',
	       rights & PMP_X ? 'x' : '-');
}

static void print_entries(void)
{
	for (unsigned int i = 0; i < plan.count && i < PMP_MAX_ENTRIES; i++) {
		struct pmp_region entry;

		if (!pmp_plan_entry(&plan, i, &entry))
			continue;
		printf("  pmp%-2u  ", plan.limits.first + i);
		if (entry.size)
			printf("%012lx-%012lx ", (unsigned long)entry.base,
			       (unsigned long)(entry.base + entry.size - 1));
		else
			printf("%-25s ", "everything else");
		if (plan.limits.smepmp) {
			printf("M:");
			print_rights(entry.m);
			printf(" ");
		}
		printf("S:");
		print_rights(entry.s);
		printf("\n");
	}
}

#define MAX_LISTED 64 /* neighbours become one, so that more can be named than planned */

struct region_list {
	struct pmp_region regions[MAX_LISTED];
	unsigned int count;
};

static void list_region(struct region_list *list, uint64_t base, uint64_t size, uint8_t m)
{
	if (list->count < MAX_LISTED)
		list->regions[list->count] = (struct pmp_region){ base, size, m, 0 };
	list->count++;
}

/* What S-mode must not reach. */
static void list_regions(struct region_list *list)
{
	const struct firmware_memory *memory = &platform.memory;

	list_region(list, memory->start, memory->rw_start - memory->start, RX);
	list_region(list, memory->rw_start, memory->end - memory->rw_start, RW);
	for (unsigned int i = 0; i < platform.aclint.count; i++) {
		const struct aclint_device *aclint = &platform.aclint.devices[i];

		for (unsigned int j = 0; j < ARRAY_SIZE(aclint->regs); j++)
			list_region(list, aclint->regs[j].base, aclint->regs[j].size, RW);
	}
	for (unsigned int i = 0; i < platform.imsics.count; i++) {
		const struct imsic *imsic = &platform.imsics.imsics[i];

		for (unsigned int j = 0; imsic->is_machine && j < imsic->reg_count; j++)
			list_region(list, imsic->regs[j].base, imsic->regs[j].size, RW);
	}
	for (unsigned int i = 0; i < platform.aplics.count; i++) {
		const struct aplic *aplic = &platform.aplics.aplics[i];

		if (aplic->is_machine)
			list_region(list, aplic->regs.base, aplic->regs.size, RW);
	}
	for (unsigned int i = 0; i < platform.rpmi.mailbox_count; i++) {
		const struct rpmi_mailbox *mailbox = &platform.rpmi.mailboxes[i];

		for (unsigned int j = 0; mailbox->is_used && j < RPMI_REGIONS; j++)
			if (mailbox->regions[j].size)
				list_region(list, mailbox->regions[j].base,
					    mailbox->regions[j].size, RW);
	}
}

static const struct pmp_limits usual_limits = { .count = 16, .has_tor = true };

enum err pmp_plan_machine(const struct pmp_limits *limits)
{
	struct pmp_limits common = *limits;
	static struct region_list list; /* much for a stack */
	enum err err;

	/* This hart may have no PMP and others may. */
	if (!limits->count)
		common = usual_limits;
	/* Whole pages, so that the plan does for harts with another granule, too. */
	common.granule_shift = MAX(common.granule_shift, (uint8_t)PAGE_SHIFT);
	list_regions(&list);
	if (list.count > MAX_LISTED || platform.aclint.too_many || platform.imsics.too_many ||
	    platform.aplics.too_many)
		return ERR_TOO_MANY_DEVICES;
	err = pmp_plan_make(&plan, list.regions, list.count, RWX, &common);
	if (err == ERR_PMP_ENTRIES) {
		print_entries();
		printf("pmp: these are %u entries, the hart has %d; device registers that are a power\n"
		       "     of two in size and place take one each, others two\n",
		       plan.count, common.count - common.first);
	}
	return err;
}

/* Eight configs of the plan, as they go into CSR @index. */
static uint64_t packed_configs(unsigned int index)
{
	uint64_t packed = 0;

	for (unsigned int i = ENTRIES_A_CONFIG; i-- > 0;) {
		unsigned int entry = index * ENTRIES_A_CONFIG + i - plan.limits.first;

		packed = packed << 8 | (entry < plan.count ? plan.config[entry] : 0);
	}
	return packed;
}

/* Once is enough. */
static void warn(void)
{
	static uint32_t warned;

	if (!__atomic_exchange_n(&warned, 1, __ATOMIC_RELAXED))
		printf("pmp: WARNING: %s\n", err_text(ERR_PMP_NONE));
}

enum err pmp_protect(const struct pmp_limits *limits)
{
	unsigned int first = plan.limits.first, end = first + plan.count;
	uint64_t value;

	if (!limits->count) {
		warn();
		return ERR_OK;
	}
	if (!pmp_plan_fits(&plan, limits))
		return ERR_PMP_ENTRIES;
	for (unsigned int i = first; i < end; i++) {
		value = plan.address[i - first];
		if (!write_and_read(exchange_address, i, &value))
			return ERR_PMP_READBACK;
		/* Addresses that the hart does not have are not there: the rest is all ones. */
		if (value != plan.address[i - first] && (i != end - 1 || value & (value + 1)))
			return ERR_PMP_READBACK;
	}
	for (unsigned int i = first / ENTRIES_A_CONFIG; i * ENTRIES_A_CONFIG < end; i++) {
		uint64_t wanted = packed_configs(i);

		value = wanted;
		if (!write_and_read(exchange_config, i, &value) || (value & wanted) != wanted)
			return ERR_PMP_READBACK;
	}
	return ERR_OK;
}

void pmp_print(void)
{
	if (this_hart()->pmp.count)
		print_entries();
	else
		printf("  pmp    none\n");
}
