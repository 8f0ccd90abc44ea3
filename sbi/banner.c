/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot banner. A character costs a UART 87 microseconds: no frame, no line without news. */
#include "sbi/banner.h"

#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "sbi/harts.h"
#include "sbi/next_stage.h"
#include "sbi/platform.h"
#include "sbi/pmp.h"
#include "sbi/sbi.h"

#ifndef FIRMWARE_VERSION
#define FIRMWARE_VERSION "unknown"
#endif

const char firmware_version[] = FIRMWARE_VERSION;
_Static_assert(sizeof(firmware_version) <= FDT_RECORD_VERSION_MAX, "the tree has no room for it");

#define MAX_HART_RUNS 8

/* Ids of harts that S-mode can have, or of the others, runs of them as first-last. */
static void print_harts(bool available)
{
	unsigned int runs = 0;

	for (unsigned int i = 0; i < harts.count;) {
		unsigned long first = hart_at(i)->hartid, last = first;

		if (hart_is_available(i) != available) {
			i++;
			continue;
		}
		while (++i < harts.count && hart_is_available(i) == available &&
		       hart_at(i)->hartid == last + 1)
			last++;
		if (++runs > MAX_HART_RUNS) {
			printf(" ...");
			return;
		}
		printf(first == last ? " %lu" : " %lu-%lu", first, last);
	}
}

static unsigned int count_available(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < harts.count; i++)
		count += hart_is_available(i);
	return count;
}

static void print_isa(struct isa isa)
{
#define X(name, text) { ISA_##name, text },
	static const struct {
		uint8_t extension;
		char name[11];
	} single[] = { ISA_SINGLE_LETTERS(X) }, multi[] = { ISA_MULTI_LETTERS(X) };
#undef X

	printf("isa       rv64");
	for (unsigned int i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (isa_has(isa, single[i].extension))
			printf("%s", single[i].name);
	}
	for (unsigned int i = 0; i < sizeof(multi) / sizeof(multi[0]); i++) {
		if (isa_has(isa, multi[i].extension))
			printf("_%s", multi[i].name);
	}
	printf("\n");
}

static void print_reset(const char *what, enum reset_type type)
{
	for (unsigned int i = 0; i < platform.resets.count; i++) {
		const struct reset_device *device = &platform.resets.devices[i];

		if (device->types >> type & 1) {
			printf("%s by %s @%lx", what, device->driver->name,
			       (unsigned long)device->base);
			return;
		}
	}
	printf("no %s", what);
}

static void print_devices(const struct scratch *hart)
{
	if (platform.console)
		printf("console   %s @%lx\n", platform.console->driver->compatible[0],
		       (unsigned long)platform.console->base);
	printf("timer     ");
	if (isa_has(hart->desc->isa, ISA_SSTC))
		printf("sstc, ");
	if (hart->desc->mtimecmp)
		printf("mtimer @%lx, ", (unsigned long)hart->desc->mtimecmp);
	printf("%u Hz\n", platform.machine.timebase_hz);
	if (hart->imsic)
		printf("ipi       imsic @%lx\n", (unsigned long)hart->imsic);
	else if (hart->msip)
		printf("ipi       mswi @%lx\n", (unsigned long)hart->msip);
	printf("reset     ");
	print_reset("power-off", RESET_SHUTDOWN);
	printf(", ");
	print_reset("reboot", RESET_COLD_REBOOT);
	printf("\n");
}

void banner_print(const struct scratch *boot_hart)
{
	const struct firmware_memory *memory = &platform.memory;

	printf("\nhartline %s, SBI v%u.%u\n", firmware_version, SBI_SPEC_MAJOR, SBI_SPEC_MINOR);
	if (platform.machine.model)
		printf("platform  %s\n", platform.machine.model);
	printf("harts     %u:", count_available());
	print_harts(true);
	if (count_available() < harts.count) {
		printf(", not for S-mode:");
		print_harts(false);
	}
	printf(", booted by %lu\n", this_hart()->hartid);
	print_isa(boot_hart->desc->isa);
	print_devices(boot_hart);
	printf("memory    %lx-%lx, writable from %lx\n", (unsigned long)memory->start,
	       (unsigned long)memory->end - 1, (unsigned long)memory->rw_start);
	if (platform.domains.count > 1)
		domains_print(&platform.domains, &platform.machine);
	pmp_print();
	if (boot_hart == this_hart())
		printf("delegate  medeleg %lx, mideleg %lx\n", csr_read(CSR_MEDELEG),
		       csr_read(CSR_MIDELEG));
	printf("next      %c-mode @%lx on hart %lu, a1 %lx\n\n",
	       next_stage.mode == PRV_M ? 'M' : 'S', next_stage.addr, boot_hart->hartid,
	       next_stage.dtb);
}
