/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables to look through: physical memory at its own address, and a window of a few pages
 * whose mapping a test changes without telling the TLB. The same window exists as Sv39 (satp,
 * vsatp) and as guest physical memory in Sv39x4 (hgatp).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WINDOW 0x2000000000ul
#define WINDOW_PAGES 8

/* Two sets of pages to show; the first word of each is window_word(set, page). */
uint64_t window_word(unsigned int set, unsigned int page);
void window_show(unsigned int set);
/* Any leaf PTE for one page of the window, 0 for none. */
void window_set_pte(unsigned int page, uint64_t pte);
uint64_t window_get_pte(unsigned int page);
/* The PTE that shows a page of a set. */
uint64_t window_pte(unsigned int set, unsigned int page);

/* Skips the row when the hart has no Sv39. */
void paging_on(uint64_t asid);
void paging_off(void);
uint64_t paging_vsatp(uint64_t asid);
uint64_t paging_hgatp(uint64_t vmid);

static inline uint64_t window_read(unsigned int page)
{
	return *(volatile uint64_t *)(WINDOW + page * 4096ul);
}
