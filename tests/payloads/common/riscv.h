/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an S-mode payload needs of the privileged architecture beyond lib/riscv/csr.h: page tables
 * (Sv39 and Sv39x4), and a few instructions.
 */
#pragma once

#include <stdint.h>

#include "lib/riscv/csr.h"

#define CSR_SSP 0x011

#define PAGE_SIZE 4096UL
#define PTE_V (1UL << 0)
#define PTE_R (1UL << 1)
#define PTE_W (1UL << 2)
#define PTE_X (1UL << 3)
#define PTE_U (1UL << 4)
#define PTE_A (1UL << 6)
#define PTE_D (1UL << 7)
#define ATP_SV39 (8UL << 60) /* satp, vsatp; in hgatp the same number is Sv39x4 */
#define SATP_ASID_SHIFT 44
#define HGATP_VMID_SHIFT 44

static inline uint64_t pte_of(uint64_t phys, uint64_t flags)
{
	return phys >> 12 << 10 | flags;
}

static inline uint64_t time_now(void)
{
	return csr_read(CSR_TIME);
}

static inline void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

/* A hint that this hart spins (pause, a no-op where it is not implemented). */
static inline void relax(void)
{
	__asm__ volatile(".4byte 0x0100000f" : : : "memory");
}

static inline void sfence_vma_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

static inline void fence_i(void)
{
	__asm__ volatile("fence.i" : : : "memory");
}

static inline void barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
