/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests, see guest.h. */
#include "tests/payloads/hyp/guest.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/riscv.h"

#define GIGAPAGE_SHIFT 30
#define MEGAPAGE_SHIFT 21
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define READ_ONLY (PTE_V | PTE_R | PTE_A | PTE_D)

/*
 * What the guest sees in its first stage (Sv39), a gigapage each: memory at its own address for
 * VS-mode, memory and the window for both modes, and two tables that cannot be read.
 */
#define USER_ALIAS (3UL << GIGAPAGE_SHIFT) /* VU-mode has everything this much higher */
#define WINDOW_GIGAPAGE 64UL
#define DENIED_GIGAPAGE 72UL
#define LOST_GIGAPAGE 73UL

#define MAX_TABLES 16
#define GARBAGE 0x5a5a5a5aUL

#define PAGE_ALIGNED __attribute__((aligned(4096)))
uint8_t guest_memory[GUEST_PAGES][4096] PAGE_ALIGNED;
static uint64_t vs_root[512] PAGE_ALIGNED, vs_middle[2][512] PAGE_ALIGNED;
static uint64_t vs_leaves[2][512] PAGE_ALIGNED;
static uint64_t g_root[2048] __attribute__((aligned(16384)));
static uint64_t g_tables[MAX_TABLES][512] PAGE_ALIGNED;
static unsigned int g_tables_used;
static enum gstage g_mode;

_Static_assert(offsetof(struct guest, kept) == GUEST_KEPT, "guest.h");
_Static_assert(offsetof(struct guest, host_tp) == GUEST_HOST_TP, "guest.h");
_Static_assert(offsetof(struct guest, entry) == GUEST_ENTRY, "guest.h");

extern void trap_entry(void);

void hfence_all(void)
{
	__asm__ volatile(".4byte 0x62000073\n.4byte 0x22000073" ::: "memory");
}

uint64_t guest_load(uint64_t addr)
{
	register uint64_t a0 __asm__("a0") = addr;

	__asm__ volatile(".4byte 0x6c054573" : "+r"(a0) : : "memory");
	return a0;
}

/* ---- Two stages ---- */

/*
 * Beyond what Sv39, Sv48 and the next smaller mode can address; a PTE of the first stage has 56 bits.
 * Not in the upper half: QEMU 7.2 takes those for sign-extended.
 */
static uint64_t window_gpa(void)
{
	static const unsigned int bit[] = { 39, 48, 55 };

	return 1UL << bit[g_mode - SV39X4] | 1UL << GIGAPAGE_SHIFT;
}

/* The second stage's PTE for @gpa in a table of @leaf_level (0: pages, 2: gigapages). */
static uint64_t *g_pte(uint64_t gpa, unsigned int leaf_level)
{
	unsigned int level = g_mode - SV39X4 + 2;
	uint64_t *pte = &g_root[gpa >> (12 + 9 * level) & 2047];

	for (; level > leaf_level; level--) {
		if (!*pte)
			*pte = pte_of((uintptr_t)g_tables[g_tables_used++], PTE_V);
		pte = (uint64_t *)(*pte >> 10 << 12) + (gpa >> (12 + 9 * (level - 1)) & 511);
	}
	return pte;
}

static uint64_t g_page_pte(enum guest_page page)
{
	switch (page) {
	case PAGE_NOT_IN_G:
	case PAGE_BEHIND_NOT_IN_G:
		return 0;
	case PAGE_RO_IN_G:
		return pte_of((uintptr_t)guest_memory[page], READ_ONLY | PTE_U);
	case PAGE_FIRMWARE:
		return pte_of(machine.firmware, LEAF | PTE_U);
	default:
		return pte_of((uintptr_t)guest_memory[page], LEAF | PTE_U);
	}
}

static uint64_t vs_page_pte(enum guest_page page)
{
	switch (page) {
	case PAGE_NOT_IN_VS:
	case PAGE_BEHIND_NOT_IN_VS:
		return 0;
	case PAGE_RO_IN_VS:
		return pte_of(guest_physical(page), READ_ONLY);
	default:
		return pte_of(guest_physical(page), LEAF);
	}
}

static void build(void)
{
	uint64_t ram = machine.ram_base >> GIGAPAGE_SHIFT;

	memset(g_root, 0, sizeof(g_root));
	memset(g_tables, 0, sizeof(g_tables));
	g_tables_used = 0;
	*g_pte(ram << GIGAPAGE_SHIFT, 2) = pte_of(ram << GIGAPAGE_SHIFT, LEAF | PTE_U);
	vs_root[ram] = pte_of(ram << GIGAPAGE_SHIFT, LEAF);
	vs_root[ram + (USER_ALIAS >> GIGAPAGE_SHIFT)] = pte_of(ram << GIGAPAGE_SHIFT, LEAF | PTE_U);
	for (unsigned int user = 0; user < 2; user++) {
		vs_root[WINDOW_GIGAPAGE + user * (USER_ALIAS >> GIGAPAGE_SHIFT)] =
			pte_of((uintptr_t)vs_middle[user], PTE_V);
		vs_middle[user][0] = pte_of((uintptr_t)vs_leaves[user], PTE_V);
	}
	vs_root[DENIED_GIGAPAGE] = pte_of(guest_physical(PAGE_FIRMWARE), PTE_V);
	vs_root[LOST_GIGAPAGE] = pte_of(guest_physical(PAGE_NOT_IN_G), PTE_V);
	for (enum guest_page page = 0; page < GUEST_PAGES; page++) {
		uint64_t pte = vs_page_pte(page);

		vs_leaves[GUEST_VS][page] = pte;
		vs_leaves[GUEST_VU][page] = pte ? pte | PTE_U : 0;
		*g_pte(guest_physical(page), 0) = g_page_pte(page);
		for (unsigned int i = 0; i < 4096; i++)
			guest_memory[page][i] = (uint8_t)(i * 7 + page * 31 + 1);
	}
	memcpy(guest_memory[PAGE_CODE], code_in_window, 4);
	fence_i();
	barrier();
}

void guest_on(enum gstage mode)
{
	uint64_t hgatp = (uint64_t)mode << 60 | (uint64_t)GUEST_VMID << HGATP_VMID_SHIFT |
			 (uintptr_t)g_root >> 12;

	if (!machine.firmware)
		skip("no memory is denied to S-mode here");
	g_mode = mode;
	build();
	csr_write(CSR_HGATP, hgatp);
	if (csr_read(CSR_HGATP) >> 60 != mode) {
		csr_write(CSR_HGATP, 0);
		skip("the hart has no such mode");
	}
	csr_write(CSR_VSATP,
		  ATP_SV39 | (uint64_t)GUEST_ASID << SATP_ASID_SHIFT | (uintptr_t)vs_root >> 12);
	csr_write(CSR_VSTVEC, (uintptr_t)guest_vector | 1);
	csr_write(CSR_VSSTATUS, XL_64 << MSTATUS_UXL_SHIFT);
	csr_write(CSR_HEDELEG, 0);
	csr_write(CSR_HIDELEG, 0);
	csr_write(CSR_HSTATUS, XL_64 << HSTATUS_VSXL_SHIFT);
	hfence_all();
}

void guest_off(void)
{
	csr_write(CSR_HIE, 0);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_HGEIE, 0);
	csr_write(CSR_HIDELEG, 0);
	csr_write(CSR_HEDELEG, 0);
	csr_write(CSR_HCOUNTEREN, 0);
	csr_write(CSR_HTIMEDELTA, 0);
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_VSSTATUS, XL_64 << MSTATUS_UXL_SHIFT);
	csr_write(CSR_HSTATUS, XL_64 << HSTATUS_VSXL_SHIFT);
	csr_write(CSR_HGATP, 0);
	hfence_all();
}

static uint64_t alias(enum guest_mode mode)
{
	return mode == GUEST_VU ? USER_ALIAS : 0;
}

uint64_t guest_page(enum guest_mode mode, enum guest_page page)
{
	return (WINDOW_GIGAPAGE << GIGAPAGE_SHIFT) + page * PAGE_SIZE + alias(mode);
}

uint64_t guest_physical(enum guest_page page)
{
	return window_gpa() + page * PAGE_SIZE;
}

uint64_t guest_text(enum guest_mode mode, const void *code)
{
	return (uintptr_t)code + alias(mode);
}

uint64_t guest_behind_denied_table(enum guest_mode mode)
{
	(void)mode;
	return DENIED_GIGAPAGE << GIGAPAGE_SHIFT;
}

uint64_t guest_behind_lost_table(enum guest_mode mode, uint64_t *pte)
{
	uint64_t index = 5;

	(void)mode;
	*pte = guest_physical(PAGE_NOT_IN_G) + index * 8;
	return (LOST_GIGAPAGE << GIGAPAGE_SHIFT) + (index << MEGAPAGE_SHIFT);
}

volatile uint64_t *guest_vs_pte(enum guest_mode mode, enum guest_page page)
{
	return &vs_leaves[mode][page];
}

volatile uint64_t *guest_g_pte(enum guest_page page)
{
	return g_pte(guest_physical(page), 0);
}

/* ---- Running ---- */

static void note_exit(struct guest_exit *exit)
{
	exit->cause = csr_read(CSR_SCAUSE);
	exit->epc = csr_read(CSR_SEPC);
	exit->tval = csr_read(CSR_STVAL);
	exit->htval = csr_read(CSR_HTVAL);
	exit->htinst = csr_read(CSR_HTINST);
	exit->hstatus = csr_read(CSR_HSTATUS);
	exit->sstatus = csr_read(CSR_SSTATUS);
}

/* The opposite of what a trap is going to say. */
static void spoil(enum guest_mode mode)
{
	csr_write(CSR_HTVAL, GARBAGE);
	csr_write(CSR_HTINST, GARBAGE);
	csr_write(CSR_VSCAUSE, 63);
	csr_write(CSR_VSEPC, GARBAGE & ~3UL);
	csr_write(CSR_VSTVAL, GARBAGE);
	if (mode == GUEST_VS) {
		csr_clear(CSR_HSTATUS, HSTATUS_SPVP);
		csr_clear(CSR_VSSTATUS, MSTATUS_SPP);
	} else {
		csr_set(CSR_HSTATUS, HSTATUS_SPVP);
		csr_set(CSR_VSSTATUS, MSTATUS_SPP);
	}
	csr_set(CSR_HSTATUS, HSTATUS_SPV | HSTATUS_GVA);
}

static void enter(struct guest *guest, enum guest_mode mode)
{
	struct hart *hart = self();
	bool were_on = interrupts_off();

	csr_write(CSR_SEPC, guest->x[0]);
	if (mode == GUEST_VS)
		csr_set(CSR_SSTATUS, MSTATUS_SPP);
	else
		csr_clear(CSR_SSTATUS, MSTATUS_SPP);
	csr_clear(CSR_SSTATUS, MSTATUS_SPELP); /* of an earlier guest */
	guest_enter(guest);
	csr_write(CSR_HIE, 0);
	csr_write(CSR_STVEC, (uintptr_t)trap_entry);
	note_exit(&guest->exit);
	guest->x[0] = guest->exit.epc;
	/* The watchdog, when no test has taken its interrupt for itself. */
	if (guest->exit.cause == (CAUSE_INTERRUPT | IRQ_STI) && !hart->on_interrupt) {
		csr_clear(CSR_SIE, MIP_STIP);
		fail("the guest does not come back, at %lx", guest->exit.epc);
	}
	interrupts_restore(were_on);
}

static void prepare(struct guest *guest, enum guest_mode mode, const void *code, uint64_t a0,
		    uint64_t a1)
{
	memset(guest->x, 0, sizeof(guest->x));
	guest->x[0] = guest_text(mode, code);
	guest->x[10] = a0;
	guest->x[11] = a1;
	spoil(mode);
}

void guest_run(struct guest *guest, enum guest_mode mode, const void *code, uint64_t a0,
	       uint64_t a1)
{
	prepare(guest, mode, code, a0, a1);
	guest->entry = (uintptr_t)guest_sret;
	enter(guest, mode);
}

void guest_run_trapped(struct guest *guest, enum guest_mode mode, const void *code, uint64_t a0,
		       uint64_t a1, uint64_t cause, uint64_t tval)
{
	prepare(guest, mode, code, a0, a1);
	guest->entry = (uintptr_t)guest_debugger_trap;
	/* The debugger reads here what M-mode is to find in its own. */
	csr_write(CSR_SCAUSE, cause);
	csr_write(CSR_STVAL, tval);
	enter(guest, mode);
}

bool guest_did(const struct guest *guest, enum guest_mode mode, const void *code, uint64_t length)
{
	uint64_t cause = mode == GUEST_VS ? CAUSE_ECALL_VS : CAUSE_ECALL_U;

	return guest->exit.cause == cause && guest->exit.epc == guest_text(mode, code) + length;
}
