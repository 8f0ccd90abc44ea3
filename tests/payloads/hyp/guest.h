/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of a few instructions (privileged ISA, chapter "Hypervisor Extension"): its two stages of
 * translation, running it in VS- or VU-mode, and how it came back. A trap that is delegated to
 * VS-mode comes back, too: the guest's trap vector is a table of ECALLs.
 */
#pragma once

/* For guest_code.S, checked in guest.c. */
#define GUEST_KEPT 256
#define GUEST_HOST_TP 384
#define GUEST_ENTRY 392

#ifndef __ASSEMBLER__

#include "tests/payloads/common/hart.h"

#define GUEST_VMID 3
#define GUEST_ASID 5

enum guest_mode { GUEST_VS, GUEST_VU };

/* hgatp's encodings */
enum gstage { SV39X4 = 8, SV48X4 = 9, SV57X4 = 10 };

/* What HS-mode is told when the guest comes back. */
struct guest_exit {
	uint64_t cause, epc, tval, htval, htinst, hstatus, sstatus;
};

struct guest {
	uint64_t x[32]; /* x[0] is the program counter */
	uint64_t kept[16];
	uint64_t host_tp, entry;
	struct guest_exit exit;
};

/*
 * The pages of the guest's window, by what is wrong with them. Each is at guest_page(), and its
 * memory, where there is some, in guest_memory[].
 */
enum guest_page {
	PAGE_GOOD,
	PAGE_CODE,	/* executable; a copy of code_in_window */
	PAGE_NOT_IN_VS, /* no PTE in the first stage */
	PAGE_RO_IN_VS,	/* read-only in the first stage, and not executable */
	PAGE_NOT_IN_G,	/* no PTE in the second stage */
	PAGE_RO_IN_G,	/* read-only in the second stage, and not executable */
	PAGE_FIRMWARE,	/* memory that PMP denies */
	PAGE_GOOD_2,
	PAGE_BEFORE_NOT_IN_G, /* good; the one behind it is not */
	PAGE_BEHIND_NOT_IN_G,
	PAGE_BEFORE_NOT_IN_VS,
	PAGE_BEHIND_NOT_IN_VS,
	GUEST_PAGES
};
extern uint8_t guest_memory[GUEST_PAGES][4096];

/*
 * Sets both stages up and turns them on: satp is not used. Guest physical addresses of the window
 * are high ones that the shallower modes do not have. Skips the row when the hart lacks the mode.
 */
void guest_on(enum gstage mode);
/* No guest: hgatp, vsatp and what guests can be given are 0. */
void guest_off(void);

/* Addresses as the guest in @mode uses them, and as the second stage sees them. */
uint64_t guest_page(enum guest_mode mode, enum guest_page page);
uint64_t guest_physical(enum guest_page page);
uint64_t guest_text(enum guest_mode mode, const void *code);
/* Where the tables of the first stage are denied (PMP), or not mapped by the second. */
uint64_t guest_behind_denied_table(enum guest_mode mode);
uint64_t guest_behind_lost_table(enum guest_mode mode, uint64_t *pte);
/* The PTE of a page in the first stage, as VS-mode or VU-mode has it, and in the second stage. */
volatile uint64_t *guest_vs_pte(enum guest_mode mode, enum guest_page page);
volatile uint64_t *guest_g_pte(enum guest_page page);

/*
 * Runs @code with a0 and a1 until the guest comes back, which clears hie. Beforehand, CSRs that a trap
 * writes are filled with something else.
 */
void guest_run(struct guest *guest, enum guest_mode mode, const void *code, uint64_t a0,
	       uint64_t a1);
/*
 * The same, but before the first instruction the hart takes a trap to M-mode that QEMU's harts do
 * not take: with @cause and @tval, by the debugger that waits at guest_debugger_here.
 */
void guest_run_trapped(struct guest *guest, enum guest_mode mode, const void *code, uint64_t a0,
		       uint64_t a1, uint64_t cause, uint64_t tval);

/* It came back with the ECALL behind @code, which is @length bytes long. */
bool guest_did(const struct guest *guest, enum guest_mode mode, const void *code, uint64_t length);

/* hfence.gvma, hfence.vvma of everything; hlv.d */
void hfence_all(void);
uint64_t guest_load(uint64_t addr);

/* guest_code.S */
void guest_enter(struct guest *guest);
extern char guest_sret[], guest_debugger_trap[], guest_vector[], code_in_window[];
/* Code: one instruction, and an ECALL behind it. a1 is the address, a0 the value. */
extern char code_load[], code_load_half[], code_load_c[], code_store[], code_store_word[],
	code_store_c[], code_lr[], code_amo[], code_cbo_zero[];
extern char code_jump[], code_landing[], code_unimp[], code_ebreak[], code_ecall[], code_spin[];
extern char code_hlv[], code_hfence[], code_wfi[], code_sret[], code_sfence[], code_sinval[];
extern char code_m_csr[], code_h_csr[], code_s_csr[], code_satp[], code_senvcfg[], code_cycle[],
	code_time[], code_stimecmp[], code_set_timer[], code_claim[];

#endif
