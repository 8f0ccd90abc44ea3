/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each exception of a guest lands, and what is said of it: in HS-mode (scause, sepc, stval,
 * htval, htinst, hstatus, sstatus) or, delegated, in VS-mode (vscause, vsepc, vstval, vsstatus).
 */
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

#define OFFSET 0x128 /* of an access in its page */

static struct guest guest;

/* What is to be said of a trap; where the ISA leaves a choice, both values. */
struct want {
	uint64_t cause;
	uint64_t epc; /* 0: the first instruction */
	uint64_t tval, or_tval;
	uint64_t htval;
	uint64_t htinst; /* or 0 */
	bool gva;
};

static void check_in_hs(enum guest_mode mode, const struct want *want)
{
	const struct guest_exit *exit = &guest.exit;
	bool spvp = exit->hstatus & HSTATUS_SPVP, spp = exit->sstatus & MSTATUS_SPP;

	check(exit->cause == want->cause, "scause %lx, expected %lx; sepc %lx", exit->cause,
	      want->cause, exit->epc);
	check(exit->epc == want->epc, "sepc %lx, expected %lx", exit->epc, want->epc);
	check(exit->tval == want->tval || exit->tval == want->or_tval, "stval %lx, expected %lx",
	      exit->tval, want->tval);
	check(exit->htval == want->htval, "htval %lx, expected %lx", exit->htval, want->htval);
	check(!exit->htinst || exit->htinst == want->htinst, "htinst %lx, expected %lx",
	      exit->htinst, want->htinst);
	check(exit->hstatus & HSTATUS_SPV, "hstatus.SPV is 0");
	check(spvp == (mode == GUEST_VS), "hstatus.SPVP is %d", spvp);
	check(spp == (mode == GUEST_VS), "sstatus.SPP is %d", spp);
	check(!(exit->hstatus & HSTATUS_GVA) == !want->gva, "hstatus.GVA is %d", !want->gva);
}

static void check_in_vs(enum guest_mode mode, const struct want *want)
{
	uint64_t cause = csr_read(CSR_VSCAUSE), epc = csr_read(CSR_VSEPC);
	uint64_t tval = csr_read(CSR_VSTVAL);
	bool spp = csr_read(CSR_VSSTATUS) & MSTATUS_SPP;

	check(guest.exit.cause == CAUSE_ECALL_VS && guest.exit.epc == (uintptr_t)guest_vector,
	      "not in VS-mode: scause %lx, sepc %lx", guest.exit.cause, guest.exit.epc);
	check(cause == want->cause, "vscause %lx, expected %lx", cause, want->cause);
	check(epc == want->epc, "vsepc %lx, expected %lx", epc, want->epc);
	check(tval == want->tval || tval == want->or_tval, "vstval %lx, expected %lx", tval,
	      want->tval);
	check(spp == (mode == GUEST_VS), "vsstatus.SPP is %d", spp);
}

/* Rows of exceptions that hedeleg can hand on. */
static const char *const routes[] = { "vs_to_hs", "vu_to_hs", "vs_to_vs", "vu_to_vs", NULL };
/* And of those that are HS-mode's in any case. */
static const char *const modes[] = { "vs", "vu", NULL };

static enum guest_mode mode_of(uint64_t variant)
{
	return variant & 1 ? GUEST_VU : GUEST_VS;
}

static void expect_trap(uint64_t variant, const void *code, uint64_t a1, struct want want)
{
	enum guest_mode mode = mode_of(variant);
	bool delegated = variant & 2;

	if (!want.epc)
		want.epc = guest_text(mode, code);
	/* VS-mode's interrupts are on: the trap must note that, and turn them off. */
	csr_set(CSR_VSSTATUS, MSTATUS_SIE);
	if (delegated)
		csr_set(CSR_HEDELEG, 1UL << want.cause);
	guest_run(&guest, mode, code, GUEST_VALUE, a1);
	if (!delegated) {
		check_in_hs(mode, &want);
		return;
	}
	check_in_vs(mode, &want);
	check((csr_read(CSR_VSSTATUS) & (MSTATUS_SIE | MSTATUS_SPIE)) == MSTATUS_SPIE,
	      "vsstatus is %lx", csr_read(CSR_VSSTATUS));
}

/* ---- The address does not translate, or may not be accessed ---- */

static void at_address(uint64_t variant, uint64_t cause, const void *code, uint64_t a1)
{
	expect_trap(variant, code, a1,
		    (struct want){ cause, .tval = a1, .or_tval = a1, .htinst = htinst_of(code),
				   .gva = true });
}

static void in_page(uint64_t variant, uint64_t cause, const void *code, enum guest_page page)
{
	at_address(variant, cause, code, guest_page(mode_of(variant), page) + OFFSET);
}

static void jump_to(uint64_t variant, uint64_t cause, enum guest_page page)
{
	uint64_t to = guest_page(mode_of(variant), page) + OFFSET;

	expect_trap(variant, code_jump, to,
		    (struct want){ cause, .epc = to, .tval = to, .or_tval = to, .gva = true });
}

static void fetch_access(uint64_t variant)
{
	jump_to(variant, CAUSE_FETCH_ACCESS, PAGE_FIRMWARE);
}

static void load_access(uint64_t variant)
{
	in_page(variant, CAUSE_LOAD_ACCESS, code_load, PAGE_FIRMWARE);
}

static void store_access(uint64_t variant)
{
	in_page(variant, CAUSE_STORE_ACCESS, code_store, PAGE_FIRMWARE);
}

static void amo_access(uint64_t variant)
{
	in_page(variant, CAUSE_STORE_ACCESS, code_amo, PAGE_FIRMWARE);
}

static void fetch_page(uint64_t variant)
{
	jump_to(variant, CAUSE_FETCH_PAGE_FAULT, variant & 2 ? PAGE_RO_IN_VS : PAGE_NOT_IN_VS);
}

static void load_page(uint64_t variant)
{
	in_page(variant, CAUSE_LOAD_PAGE_FAULT, code_load, PAGE_NOT_IN_VS);
}

static void store_page(uint64_t variant)
{
	in_page(variant, CAUSE_STORE_PAGE_FAULT, code_store, PAGE_RO_IN_VS);
}

/* The first stage's own tables are where nobody may read. */
static void table_access(uint64_t variant)
{
	at_address(variant, CAUSE_LOAD_ACCESS, code_load,
		   guest_behind_denied_table(mode_of(variant)) + OFFSET);
}

/* ---- Misaligned accesses that nobody emulates ---- */

static void load_misaligned(uint64_t variant)
{
	uint64_t at = guest_page(mode_of(variant), PAGE_GOOD) + OFFSET + 1;

	expect_trap(variant, code_lr, at,
		    (struct want){ CAUSE_LOAD_MISALIGNED, .tval = at, .or_tval = at,
				   .htinst = htinst_of(code_lr), .gva = true });
}

static void store_misaligned(uint64_t variant)
{
	uint64_t at = guest_page(mode_of(variant), PAGE_GOOD) + OFFSET + 1;

	if (isa_has("zama16b"))
		skip("the hart does misaligned AMOs");
	expect_trap(variant, code_amo, at,
		    (struct want){ CAUSE_STORE_MISALIGNED, .tval = at, .or_tval = at,
				   .htinst = htinst_of(code_amo), .gva = true });
}

/* ---- Instructions ---- */

static void at_instruction(uint64_t variant, uint64_t cause, const void *code)
{
	expect_trap(variant, code, guest_page(mode_of(variant), PAGE_GOOD),
		    (struct want){ cause, .tval = instruction_at(code) });
}

static void illegal(uint64_t variant)
{
	at_instruction(variant, CAUSE_ILLEGAL_INSTRUCTION, code_unimp);
}

static void illegal_csr(uint64_t variant)
{
	at_instruction(variant, CAUSE_ILLEGAL_INSTRUCTION, code_m_csr);
}

static void breakpoint(uint64_t variant)
{
	enum guest_mode mode = mode_of(variant);
	uint64_t at = guest_text(mode, code_ebreak);
	struct want want = { CAUSE_BREAKPOINT, .tval = at };

	/* stval may be 0, which is no guest virtual address; QEMU 7.2 says GVA all the same. */
	csr_set(CSR_VSSTATUS, MSTATUS_SIE);
	if (variant & 2)
		csr_set(CSR_HEDELEG, 1UL << CAUSE_BREAKPOINT);
	guest_run(&guest, mode, code_ebreak, 0, 0);
	want.epc = at;
	want.gva = guest.exit.hstatus & HSTATUS_GVA;
	if (variant & 2)
		check_in_vs(mode, &want);
	else
		check_in_hs(mode, &want);
}

static void ecall_from_vu(uint64_t variant)
{
	expect_trap(variant ? 3 : 1, code_ecall, 0, (struct want){ CAUSE_ECALL_U });
}

static const char *const ecall_names[] = { "to_hs", "to_vs", NULL };

static void ecall_from_vs(uint64_t variant)
{
	(void)variant;
	expect_trap(0, code_ecall, 0, (struct want){ CAUSE_ECALL_VS });
}

static void software_check(uint64_t variant)
{
	enum guest_mode mode = mode_of(variant);
	uint64_t at = guest_text(mode, code_landing) + 16;

	if (!(mode == GUEST_VS ? set_henvcfg(ENVCFG_LPE) : set_senvcfg(ENVCFG_LPE)))
		skip("no landing pads for guests here");
	expect_trap(variant, code_landing, 0,
		    (struct want){ CAUSE_SOFTWARE_CHECK, .epc = at, .tval = 2, .or_tval = 2 });
}

/* ---- Guest page faults ---- */

static void guest_fault(uint64_t variant, uint64_t cause, const void *code, enum guest_page page)
{
	uint64_t at = guest_page(mode_of(variant), page) + OFFSET;

	expect_trap(variant, code, at,
		    (struct want){ cause, .tval = at, .or_tval = at,
				   .htval = (guest_physical(page) + OFFSET) >> 2,
				   .htinst = htinst_of(code), .gva = true });
}

static void fetch_guest_page(uint64_t variant)
{
	uint64_t to = guest_page(mode_of(variant), PAGE_NOT_IN_G) + OFFSET;

	expect_trap(variant, code_jump, to,
		    (struct want){
			    CAUSE_FETCH_GUEST_PAGE_FAULT, .epc = to, .tval = to, .or_tval = to,
			    .htval = (guest_physical(PAGE_NOT_IN_G) + OFFSET) >> 2, .gva = true });
}

static void fetch_guest_no_execute(uint64_t variant)
{
	uint64_t to = guest_page(mode_of(variant), PAGE_RO_IN_G) + OFFSET;

	expect_trap(variant, code_jump, to,
		    (struct want){
			    CAUSE_FETCH_GUEST_PAGE_FAULT, .epc = to, .tval = to, .or_tval = to,
			    .htval = (guest_physical(PAGE_RO_IN_G) + OFFSET) >> 2, .gva = true });
}

static void load_guest_page(uint64_t variant)
{
	guest_fault(variant, CAUSE_LOAD_GUEST_PAGE_FAULT, code_load, PAGE_NOT_IN_G);
}

static void load_guest_page_compressed(uint64_t variant)
{
	guest_fault(variant, CAUSE_LOAD_GUEST_PAGE_FAULT, code_load_c, PAGE_NOT_IN_G);
}

static void store_guest_page(uint64_t variant)
{
	guest_fault(variant, CAUSE_STORE_GUEST_PAGE_FAULT, code_store, PAGE_RO_IN_G);
}

static void amo_guest_page(uint64_t variant)
{
	guest_fault(variant, CAUSE_STORE_GUEST_PAGE_FAULT, code_amo, PAGE_RO_IN_G);
}

/* Reading the first stage's table is what the second stage refuses. */
static void implicit_guest_page(uint64_t variant)
{
	uint64_t pte, at = guest_behind_lost_table(mode_of(variant), &pte) + OFFSET;
	const struct want want = { CAUSE_LOAD_GUEST_PAGE_FAULT, .tval = at,	  .or_tval = at,
				   .htval = pte >> 2,		.htinst = 0x3000, .gva = true };

	expect_trap(variant, code_load, at, want);
	check(!guest.exit.htval || guest.exit.htinst == 0x3000,
	      "htval without its pseudoinstruction: htinst %lx", guest.exit.htinst);
}

/* ---- Virtual-instruction exceptions ---- */

static void virtual(uint64_t variant, const void *code)
{
	at_instruction(variant, CAUSE_VIRTUAL_INSTRUCTION, code);
}

static void virtual_hlv(uint64_t variant)
{
	virtual(variant, code_hlv);
}

static void virtual_hfence(uint64_t variant)
{
	virtual(variant, code_hfence);
}

static void virtual_h_csr(uint64_t variant)
{
	virtual(variant, code_h_csr);
}

static void virtual_in_vu(uint64_t variant)
{
	static const void *const codes[] = { code_s_csr, code_satp, code_sret, code_sfence,
					     code_wfi };

	virtual(1, codes[variant]);
}

static const char *const vu_names[] = { "s_csr", "satp", "sret", "sfence", "wfi", NULL };

static void virtual_wfi(uint64_t variant)
{
	csr_set(CSR_HSTATUS, HSTATUS_VTW);
	virtual(variant, code_wfi);
}

static void virtual_sret(uint64_t variant)
{
	(void)variant;
	csr_set(CSR_HSTATUS, HSTATUS_VTSR);
	virtual(0, code_sret);
}

static void virtual_vtvm(uint64_t variant)
{
	static const void *const codes[] = { code_sfence, code_satp, code_sinval };

	if (variant == 2 && !isa_has("svinval"))
		skip("no Svinval");
	csr_set(CSR_HSTATUS, HSTATUS_VTVM);
	virtual(0, codes[variant]);
}

static const char *const vtvm_names[] = { "sfence", "satp", "sinval", NULL };

static void virtual_counter(uint64_t variant)
{
	csr_write(CSR_HCOUNTEREN, 0);
	virtual(variant & 1, variant & 2 ? code_time : code_cycle);
}

static const char *const counter_names[] = { "cycle_vs", "cycle_vu", "time_vs", "time_vu", NULL };

static void virtual_stimecmp(uint64_t variant)
{
	if (!isa_has("sstc"))
		skip("no Sstc");
	set_henvcfg(0);
	csr_write(CSR_HCOUNTEREN, 2);
	virtual(variant, code_stimecmp);
}

static void virtual_cbo_zero(uint64_t variant)
{
	if (!isa_has("zicboz"))
		skip("no Zicboz");
	set_henvcfg(0);
	virtual(variant, code_cbo_zero);
}

static void set_up(void)
{
	need_hypervisor();
	guest_on(SV39X4);
}

static void clean_up(void)
{
	guest_off();
	set_henvcfg(0);
	set_senvcfg(0);
}

#define DELEGATION "Hypervisor Trap Delegation Registers"
#define MISALIGNED "Trap Cause Codes"
#define TVAL "Transformed Instruction or Pseudoinstruction for mtinst or htinst"
#define VIRTUAL "Virtual-Instruction Exceptions"

static const struct test tests[] = {
	{ "fetch_access", DELEGATION, fetch_access, routes },
	{ "load_access", DELEGATION, load_access, routes },
	{ "store_access", DELEGATION, store_access, routes },
	{ "amo_access", DELEGATION, amo_access, routes },
	{ "table_access", DELEGATION, table_access, routes },
	{ "fetch_page_fault", DELEGATION, fetch_page, routes },
	{ "load_page_fault", DELEGATION, load_page, routes },
	{ "store_page_fault", DELEGATION, store_page, routes },
	{ "load_misaligned", MISALIGNED, load_misaligned, routes },
	{ "store_misaligned", MISALIGNED, store_misaligned, routes },
	{ "illegal_instruction", DELEGATION, illegal, routes },
	{ "illegal_machine_csr", DELEGATION, illegal_csr, routes },
	{ "breakpoint", DELEGATION, breakpoint, routes },
	{ "software_check", DELEGATION, software_check, routes },
	{ "ecall_from_vu", DELEGATION, ecall_from_vu, ecall_names },
	{ "ecall_from_vs", DELEGATION, ecall_from_vs },
	{ "fetch_guest_page_fault", TVAL, fetch_guest_page, modes },
	{ "fetch_guest_no_execute", TVAL, fetch_guest_no_execute, modes },
	{ "load_guest_page_fault", TVAL, load_guest_page, modes },
	{ "load_guest_page_fault_compressed", TVAL, load_guest_page_compressed, modes },
	{ "store_guest_page_fault", TVAL, store_guest_page, modes },
	{ "amo_guest_page_fault", TVAL, amo_guest_page, modes },
	{ "implicit_guest_page_fault", TVAL, implicit_guest_page, modes },
	{ "virtual_hlv", VIRTUAL, virtual_hlv, modes },
	{ "virtual_hfence", VIRTUAL, virtual_hfence, modes },
	{ "virtual_h_csr", VIRTUAL, virtual_h_csr, modes },
	{ "virtual_in_vu", VIRTUAL, virtual_in_vu, vu_names },
	{ "virtual_wfi", VIRTUAL, virtual_wfi, modes },
	{ "virtual_sret", VIRTUAL, virtual_sret },
	{ "virtual_vtvm", VIRTUAL, virtual_vtvm, vtvm_names },
	{ "virtual_counter", VIRTUAL, virtual_counter, counter_names },
	{ "virtual_stimecmp", VIRTUAL, virtual_stimecmp, modes },
	{ "virtual_cbo_zero", VIRTUAL, virtual_cbo_zero, modes },
	{ 0 }
};

const struct suite trap_suite = { "trap", 0, 0, tests, set_up, clean_up, .is_isa = true };
