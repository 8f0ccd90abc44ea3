/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware would make of a DTB: its domains and the memory protection of each, from the very
 * code that the firmware has. See scripts/domains.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "sbi/platform.h"
#include "sbi/pmp_regions.h"
#include "sbi/scratch.h"

#define PAGE 4096UL
#define MAX_DTB 0x1000000
#define NEXT_STAGE_OFFSET 0x200000

struct options {
	const char *dtb;
	uint64_t firmware[4]; /* offsets of code, constants, data, end */
	uint64_t base, next_addr, next_arg1;
	bool has_base, has_next_addr, has_cold_hart;
	uint64_t cold_hart;
	struct pmp_limits limits;
};

/* Nothing here touches a device, to wait for it. */
uint64_t clock_us(void)
{
	return 0;
}

static void usage(void)
{
	fputs("usage: scripts/domains [option]... DTB\n"
	      "  --base ADDR          where the firmware is loaded (the first memory bank)\n"
	      "  --layout RO,RW,END   where its constants and data begin and it ends, from there on\n"
	      "  --next-addr ADDR     the next stage (2 MiB behind the base)\n"
	      "  --next-arg1 ADDR     its device tree\n"
	      "  --boot-hart ID       the hart that boots (the first that can)\n"
	      "  --entries N          PMP entries of the harts (16)\n"
	      "  --granule SHIFT      log2 of their granule in bytes (2)\n"
	      "  --no-tor             they have no top-of-range matching\n",
	      stderr);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = text ? strtoull(text, &end, 0) : 0;

	if (!text || !*text || *end)
		usage();
	return value;
}

static void read_options(struct options *options, char **argv)
{
	while (*++argv) {
		const char *option = *argv;

		if (!strcmp(option, "--base")) {
			options->base = number(*++argv);
			options->has_base = true;
		} else if (!strcmp(option, "--layout")) {
			if (!*++argv ||
			    sscanf(*argv, "%" SCNi64 ",%" SCNi64 ",%" SCNi64, &options->firmware[1],
				   &options->firmware[2], &options->firmware[3]) != 3)
				usage();
		} else if (!strcmp(option, "--next-addr")) {
			options->next_addr = number(*++argv);
			options->has_next_addr = true;
		} else if (!strcmp(option, "--next-arg1")) {
			options->next_arg1 = number(*++argv);
		} else if (!strcmp(option, "--boot-hart")) {
			options->cold_hart = number(*++argv);
			options->has_cold_hart = true;
		} else if (!strcmp(option, "--entries")) {
			options->limits.count = (uint8_t)number(*++argv);
		} else if (!strcmp(option, "--granule")) {
			options->limits.granule_shift = (uint8_t)number(*++argv);
		} else if (!strcmp(option, "--no-tor")) {
			options->limits.has_tor = false;
		} else if (*option == '-' || options->dtb) {
			usage();
		} else {
			options->dtb = option;
		}
	}
	if (!options->dtb || options->limits.granule_shift < 2 ||
	    options->limits.granule_shift > 30 || options->limits.count > PMP_MAX_ENTRIES)
		usage();
}

static const void *read_dtb(const char *path)
{
	/* What is not there reads as 0: a blob that claims to be longer is still refused or harmless. */
	uint8_t *blob = calloc(1, MAX_DTB);
	FILE *file = fopen(path, "rb");

	if (!file || !blob || !fread(blob, 1, MAX_DTB, file)) {
		perror(path);
		exit(2);
	}
	fclose(file);
	return blob;
}

static void place_firmware(struct options *options)
{
	struct firmware_memory *memory = &platform.memory;

	if (!options->has_base)
		options->base = platform.machine.memory[0].base;
	if (!options->has_next_addr)
		options->next_addr = options->base + NEXT_STAGE_OFFSET;
	memory->start = options->base;
	memory->rodata_start = options->base + options->firmware[1];
	memory->rw_start = options->base + options->firmware[2];
	memory->end = options->base + options->firmware[3] +
		      platform.machine.hart_count * (HART_BLOCK_SIZE + sizeof(struct hart_desc));
	memory->end = align_up(memory->end, PAGE);
}

static bool is_usable(unsigned int hart)
{
	const struct hart_desc *desc = &platform.machine.harts[hart];

	return desc->enabled && desc->has_mmu;
}

static unsigned int find_cold_hart(const struct options *options)
{
	const struct machine *machine = &platform.machine;

	for (unsigned int i = 0; i < machine->hart_count; i++) {
		if (options->has_cold_hart ? machine->harts[i].hartid == options->cold_hart
					   : is_usable(i) && config_allows_boot(&platform.config,
										&machine->harts[i]))
			return i;
	}
	printf("%s\n", err_text(ERR_NO_BOOT_HART));
	exit(1);
}

static enum err make_domains(const struct options *options)
{
	static struct domain_harts available;
	struct domain_context context = {
		.machine = &platform.machine,
		.available = &available,
		.firmware = { platform.memory.start, platform.memory.end - platform.memory.start },
		.cold_hart = find_cold_hart(options),
		.next_addr = options->next_addr,
		.next_arg1 = options->next_arg1,
		.next_mode = PRV_S,
	};

	for (unsigned int i = 0; i < platform.machine.hart_count; i++) {
		if (is_usable(i))
			available.words[i / 64] |= BIT(i % 64);
	}
	return domains_make(&platform.domains, &platform.domain_search, &context);
}

/* Harts of @domain that are like each other, by whether they have Smepmp. */
static enum err plan_kind(const struct domain *domain, const struct options *options, bool smepmp)
{
	struct pmp_limits limits = options->limits;
	static struct pmp_plan plan;
	unsigned int harts = 0;
	enum err err;

	for (unsigned int i = 0; i < platform.machine.hart_count; i++)
		harts += domain_has_hart(domain, i) &&
			 isa_has(platform.machine.harts[i].isa, ISA_SMEPMP) == smepmp;
	if (!harts)
		return ERR_OK;
	limits.smepmp = smepmp;
	err = pmp_plan_domain(&plan, domain, &limits);
	if (err) {
		printf("domain %s: %s\n", domain->name, err_text(err));
		return err;
	}
	printf("\n%s, %u hart%s %s Smepmp: %u of %u PMP entries\n", domain->name, harts,
	       harts == 1 ? "" : "s", smepmp ? "with" : "without", plan.count, limits.count);
	pmp_plan_print(&plan);
	return ERR_OK;
}

int main(int argc, char **argv)
{
	static struct hart_desc harts[DOMAIN_MAX_HARTS];
	struct options options = {
		.firmware = { 0, 0x10000, 0x18000, 0x28000 },
		.limits = { .count = 16, .granule_shift = 2, .has_tor = true },
	};
	enum err err;

	(void)argc;
	read_options(&options, argv);
	platform.machine.harts = harts;
	platform.machine.hart_capacity = ARRAY_SIZE(harts);
	err = platform_discover(read_dtb(options.dtb));
	if (!err) {
		platform.console = serial_choose(&platform.serials);
		place_firmware(&options);
		err = make_domains(&options);
	} else {
		printf("%s: %s\n", options.dtb, err_text(err));
	}
	if (!err)
		domains_print(&platform.domains, &platform.machine);
	for (unsigned int i = 0; i < platform.domains.count && !err; i++) {
		err = plan_kind(&platform.domains.list[i], &options, false);
		if (!err)
			err = plan_kind(&platform.domains.list[i], &options, true);
	}
	return err ? 1 : 0;
}
