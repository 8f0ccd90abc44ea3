/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine as its device tree and a look around from S-mode describe it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/payloads/common/layout.h"

struct cpu {
	uint64_t id;
	const char *isa;	    /* riscv,isa */
	const char *isa_extensions; /* riscv,isa-extensions, isa_extensions_size bytes of strings */
	size_t isa_extensions_size;
	bool supervisor; /* has an MMU and is not disabled */
};

struct machine {
	struct cpu cpus[MAX_HARTS];
	unsigned int ncpus;
	uint64_t timebase;	    /* ticks of time a second */
	uint64_t ram_base, ram_end; /* the bank that this program is in */
	uint64_t uart;		    /* registers of a serial port */
	uint64_t test_device;	    /* sifive,test0: writing 0x5555 ends QEMU */
	uint64_t imsic;		    /* the first supervisor-level interrupt file; 0: none */
	unsigned int imsic_guest_bits;
	const char *bootargs;

	/* Found by looking, 0 where there is none: */
	uint64_t firmware, firmware_end; /* RAM that S-mode may not read */
	uint64_t hole;			 /* no memory and no device */
};

extern struct machine machine;

void machine_init(const void *dtb);
/* Needs harts_init(): finds firmware and hole. */
void machine_look_around(void);

/* A multi-letter ("sscofpmf") or single-letter ("h") extension on this CPU. */
bool cpu_has(const struct cpu *cpu, const char *extension);
const struct cpu *cpu_of_hart(uint64_t id);
/* The place of a hart among the CPU nodes. */
unsigned int machine_cpu_index(uint64_t id);
/* On all harts that the payload uses; on this one. */
bool isa_has(const char *extension);
bool isa_has_here(const char *extension);

/* "name=value" in bootargs: copies the value. */
bool option(const char *name, char *value, size_t size);
uint64_t option_number(const char *name, uint64_t otherwise);
