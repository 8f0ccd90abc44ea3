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

static void print_devices(const struct scratch *self)
{
	if (platform.console)
		printf("console   %s @%lx\n", platform.console->driver->compatible[0],
		       (unsigned long)platform.console->base);
	printf("timer     ");
	if (feature_has(&self->features, ISA_SSTC))
		printf("sstc, ");
	if (self->desc->mtimecmp)
		printf("mtimer @%lx, ", (unsigned long)self->desc->mtimecmp);
	printf("%u Hz\n", platform.machine.timebase_hz);
	if (self->imsic)
		printf("ipi       imsic @%lx\n", (unsigned long)self->imsic);
	else if (self->msip)
		printf("ipi       mswi @%lx\n", (unsigned long)self->msip);
	printf("reset    ");
	for (unsigned int i = 0; i < platform.resets.count; i++)
		printf(" %s @%lx", platform.resets.devices[i].driver->name,
		       (unsigned long)platform.resets.devices[i].base);
	printf(platform.resets.count ? "\n" : " none\n");
}

void banner_print(void)
{
	const struct scratch *self = this_hart();
	const struct firmware_memory *memory = &platform.memory;

	printf("\nhartline " FIRMWARE_VERSION ", SBI v%u.%u\n", SBI_SPEC_MAJOR, SBI_SPEC_MINOR);
	if (platform.machine.model)
		printf("platform  %s\n", platform.machine.model);
	printf("harts     %u:", count_available());
	print_harts(true);
	printf(", boot hart %lu", self->hartid);
	if (count_available() < harts.count) {
		printf(", not for S-mode:");
		print_harts(false);
	}
	printf("\n");
	print_isa(self->features.isa);
	print_devices(self);
	printf("memory    %lx-%lx, writable from %lx\n", (unsigned long)memory->start,
	       (unsigned long)memory->end - 1, (unsigned long)memory->rw_start);
	pmp_print();
	printf("delegate  medeleg %lx, mideleg %lx\n", csr_read(CSR_MEDELEG),
	       csr_read(CSR_MIDELEG));
	printf("next      %c-mode @%lx, a1 %lx\n\n", next_stage.mode == PRV_M ? 'M' : 'S',
	       next_stage.addr, next_stage.dtb);
}
