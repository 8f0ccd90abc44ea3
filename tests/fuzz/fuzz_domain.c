/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as a DTB with domains. A hart is in one domain; no PMP plan gives a
 * domain's S-mode more than its regions do, or anything of the firmware; and what is handed over is
 * still a DTB.
 */
/* sources: sbi/domain.c sbi/domain_config.c sbi/domain_fdt.c sbi/fdt_fixup.c sbi/platform.c */
/* sources: sbi/pmp_plan.c sbi/pmp_regions.c sbi/pmu_policy.c lib/dt.c lib/err.c lib/machine.c */
/* sources: lib/riscv/isa.c drivers/serial/serial.c drivers/serial/sifive.c drivers/serial/8250.c */
/* sources: drivers/timer/aclint.c drivers/reset/reset.c drivers/reset/sifive_test.c */
/* sources: drivers/reset/syscon.c drivers/reset/gpio.c drivers/cppc/cppc.c drivers/cppc/memory.c */
/* sources: drivers/irqchip/plic.c drivers/irqchip/aplic.c drivers/irqchip/imsic.c */
/* sources: drivers/mailbox/rpmi.c drivers/mailbox/rpmi_queue.c dtc/libfdt/fdt.c dtc/libfdt/fdt_ro.c */
/* sources: dtc/libfdt/fdt_check.c dtc/libfdt/fdt_strerror.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "sbi/domain_fdt.h"
#include "sbi/platform.h"
#include "sbi/pmp_regions.h"

#define FIRMWARE 0x80000000UL
#define FIRMWARE_SIZE 0x40000UL
#define MAX_HARTS 8
#define SLACK 65536

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

uint64_t clock_us(void)
{
	return 0;
}

static struct hart_desc harts[MAX_HARTS];

static uint8_t planned_rights(const struct pmp_plan *plan, uint64_t address)
{
	for (unsigned int i = 0; i < plan->count; i++) {
		struct pmp_region entry;

		if (pmp_plan_entry(plan, i, &entry) &&
		    (!entry.size || address - entry.base < entry.size))
			return entry.s;
	}
	return 0;
}

static void check_plan(const struct domain *domain, bool smepmp)
{
	static struct pmp_plan plan;
	struct pmp_limits limits = {
		.count = PMP_MAX_ENTRIES,
		.granule_shift = 2,
		.has_tor = true,
		.smepmp = smepmp,
	};

	if (pmp_plan_domain(&plan, domain, &limits))
		return;
	for (uint64_t at = FIRMWARE; at < FIRMWARE + FIRMWARE_SIZE; at += 4096)
		require(!planned_rights(&plan, at));
	for (unsigned int i = 0; i < domain->region_count; i++) {
		uint64_t first = domain->regions[i].base;
		uint64_t last = first + BIT(domain->regions[i].order) - 1;
		uint64_t at[] = { first - 4, first, last - 3, last + 1 };

		for (unsigned int j = 0; j < ARRAY_SIZE(at); j++) {
			uint64_t address = at[j] & (BIT(56) - 4), unused;
			bool mmio;

			require(!(planned_rights(&plan, address) &
				  ~domain_rights_at(domain, address, &unused, &mmio)));
		}
	}
}

static bool offers(unsigned int index)
{
	return domain_has_hart(&platform.domains.list[platform.domains.count - 1], index);
}

static void hand_over(void *blob, const struct domain *domain)
{
	struct fdt_handover handover = {
		.machine = &platform.machine,
		.plics = &platform.plics,
		.offers_hart = offers,
		.kept = { { FIRMWARE, FIRMWARE_SIZE } },
		.kept_count = 1,
		.next_addr = FIRMWARE + 0x200000,
	};
	uintptr_t place = (uintptr_t)blob;

	/* The blob is where there is memory. */
	platform.machine.memory[0] = (struct memory_range){ place, fdt_totalsize(blob) + SLACK };
	if (domain_fdt_restrict(domain, &platform.fixup, &handover) ||
	    fdt_fixup_apply(&platform.fixup, &handover, &place) || place != (uintptr_t)blob)
		return;
	require(!domain_fdt_hide(blob));
	require(!fdt_check_full(blob, fdt_totalsize(blob)));
}

static enum err read_domains(const void *blob)
{
	static struct domain_harts available;
	struct domain_context context = {
		.machine = &platform.machine,
		.available = &available,
		.firmware = { FIRMWARE, FIRMWARE_SIZE },
		.next_addr = FIRMWARE + 0x200000,
		.next_mode = PRV_S,
	};
	enum err err;

	memset(&platform, 0, sizeof(platform));
	platform.machine.harts = harts;
	platform.machine.hart_capacity = MAX_HARTS;
	err = platform_discover(blob);
	if (err)
		return err;
	available = (struct domain_harts){ 0 };
	for (unsigned int i = 0; i < platform.machine.hart_count; i++)
		available.words[0] |= harts[i].enabled ? BIT(i) : 0;
	platform.console = serial_choose(&platform.serials);
	platform.memory = (struct firmware_memory){ FIRMWARE, FIRMWARE + 0x10000,
						    FIRMWARE + 0x20000, FIRMWARE + FIRMWARE_SIZE };
	return domains_make(&platform.domains, &platform.domain_search, &context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *quiet;
	uint64_t all = 0;
	uint8_t *blob;

	if (size < sizeof(struct fdt_header) || fdt_totalsize(data) > size)
		return 0;
	blob = calloc(1, size + SLACK);
	memcpy(blob, data, size);
	if (!quiet)
		quiet = freopen("/dev/null", "w", stdout);
	if (!read_domains(blob)) {
		const struct domains *domains = &platform.domains;

		for (unsigned int i = 0; i < domains->count; i++) {
			require(!(all & domains->list[i].harts.words[0]));
			all |= domains->list[i].harts.words[0];
			check_plan(&domains->list[i], false);
			check_plan(&domains->list[i], true);
		}
		/* libfdt takes for granted that blocks are aligned. */
		if (!(fdt_off_mem_rsvmap(blob) % 8 || fdt_off_dt_struct(blob) % 4) &&
		    !fdt_check_full(blob, fdt_totalsize(blob)))
			hand_over(blob, &domains->list[domains->count - 1]);
	}
	free(blob);
	return 0;
}
