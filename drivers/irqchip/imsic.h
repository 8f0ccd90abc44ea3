/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Incoming MSI controllers (RISC-V AIA v1.0, chapter 3; binding riscv,imsics). The firmware uses the
 * machine-level interrupt file of each hart for its own IPIs and nothing else.
 */
#pragma once

#define IMSIC_IPI_ID 1 /* the identity of the firmware's IPIs */

/* Registers behind miselect */
#define IMSIC_EIDELIVERY 0x70
#define IMSIC_EITHRESHOLD 0x72
#define IMSIC_EIP0 0x80
#define IMSIC_EIE0 0xc0

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "lib/machine.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"

#define IMSIC_MAX 4
#define IMSIC_MAX_GROUPS 16

/* What the walk finds; zero it first. */
struct imsics {
	struct imsic {
		bool is_machine; /* interrupt files of machine level */
		uint32_t phandle;
		const uint8_t *interrupts; /* interrupts-extended: a (phandle, cause) pair a hart */
		uint32_t files;
		uint32_t ids;
		struct memory_range regs[IMSIC_MAX_GROUPS];
		unsigned int reg_count;
		uint8_t guest_bits; /* of the address of an interrupt file */
		uint8_t hart_bits;
		uint8_t group_bits;
		uint8_t group_shift;
	} imsics[IMSIC_MAX];
	unsigned int count;
	bool too_many; /* there are more */
};

/* To be called for every node of the walk. True when the node belongs to M-mode. */
bool imsic_visit(struct imsics *imsics, const struct dt_node *node);

/* The address of the n-th interrupt file, with its guests' behind it; 0: there is no such. */
uintptr_t imsic_file(const struct imsic *imsic, uint32_t file);

/* The bytes of an interrupt file and its guests'. */
static inline uint64_t imsic_file_size(const struct imsic *imsic)
{
	return 4096UL << imsic->guest_bits;
}

/* After the walk: fills imsic of each hart that has a machine-level interrupt file. */
void imsic_assign(const struct imsics *imsics, struct machine *machine);

/* NULL: there is none. */
const struct imsic *imsic_of(const struct imsics *imsics, uint32_t phandle);

/*
 * On a hart with a machine-level interrupt file (Smaia), once: all identities of the file up to
 * @ids are masked but IMSIC_IPI_ID, and it delivers as MEI.
 */
void imsic_start(uint32_t ids);

/* Sends the IPI to the hart whose interrupt file is @file. */
static inline void imsic_send_ipi(uintptr_t file)
{
	fence_before_io();
	mmio_write32(file, IMSIC_IPI_ID);
}

/* Takes the IPI of the calling hart away. */
static inline void imsic_clear_ipi(void)
{
	csr_swap(CSR_MTOPEI, 0);
	fence_after_io();
}

#endif
