/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables for tests, see paging.h (RISC-V privileged ISA, "Sv39" and "Sv39x4"). */
#include "tests/payloads/sbi/paging.h"

#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define GIGAPAGE_SHIFT 30
#define MEGAPAGE_SHIFT 21
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

#define PAGE_ALIGNED __attribute__((aligned(4096)))
static uint64_t root[512] PAGE_ALIGNED, middle[512] PAGE_ALIGNED, leaves[512] PAGE_ALIGNED;
/* The G-stage root is four pages, and its leaves are user pages. */
static uint64_t guest_root[2048] __attribute__((aligned(16384)));
static uint64_t guest_middle[512] PAGE_ALIGNED, guest_leaves[512] PAGE_ALIGNED;
static uint64_t shown[2][WINDOW_PAGES][512] PAGE_ALIGNED;

uint64_t window_word(unsigned int set, unsigned int page)
{
	return 0x3170000 | set << 8 | page;
}

uint64_t window_pte(unsigned int set, unsigned int page)
{
	return pte_of((uintptr_t)shown[set][page], LEAF);
}

void window_set_pte(unsigned int page, uint64_t pte)
{
	volatile uint64_t *plain = &leaves[page], *guest = &guest_leaves[page];

	*plain = pte;
	*guest = pte ? pte | PTE_U : 0;
	barrier();
}

uint64_t window_get_pte(unsigned int page)
{
	return *(volatile uint64_t *)&leaves[page];
}

void window_show(unsigned int set)
{
	for (unsigned int page = 0; page < WINDOW_PAGES; page++) {
		shown[set][page][0] = window_word(set, page);
		window_set_pte(page, window_pte(set, page));
	}
}

static void build(void)
{
	uint64_t gigapages = (machine.ram_end - 1) >> GIGAPAGE_SHIFT;

	for (uint64_t i = 0; i <= gigapages && i < WINDOW >> GIGAPAGE_SHIFT; i++)
		root[i] = pte_of(i << GIGAPAGE_SHIFT, LEAF);
	root[WINDOW >> GIGAPAGE_SHIFT] = pte_of((uintptr_t)middle, PTE_V);
	middle[WINDOW >> MEGAPAGE_SHIFT & 511] = pte_of((uintptr_t)leaves, PTE_V);
	guest_root[WINDOW >> GIGAPAGE_SHIFT] = pte_of((uintptr_t)guest_middle, PTE_V);
	guest_middle[WINDOW >> MEGAPAGE_SHIFT & 511] = pte_of((uintptr_t)guest_leaves, PTE_V);
	barrier();
}

uint64_t paging_vsatp(uint64_t asid)
{
	build();
	return ATP_SV39 | asid << SATP_ASID_SHIFT | (uintptr_t)root >> 12;
}

uint64_t paging_hgatp(uint64_t vmid)
{
	build();
	return ATP_SV39 | vmid << HGATP_VMID_SHIFT | (uintptr_t)guest_root >> 12;
}

void paging_on(uint64_t asid)
{
	uint64_t satp = paging_vsatp(asid);

	sfence_vma_all();
	csr_write(CSR_SATP, satp);
	sfence_vma_all();
	if (csr_read(CSR_SATP) >> 60 != ATP_SV39 >> 60)
		skip("no Sv39");
}

void paging_off(void)
{
	csr_write(CSR_SATP, 0);
	sfence_vma_all();
}
