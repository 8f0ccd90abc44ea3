/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests under each mode of the second stage. */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

#define OFFSET 0x238

static struct guest guest;

static const char *const stage_names[] = { "sv39x4", "sv48x4", "sv57x4", NULL };

static void stage_on(uint64_t variant)
{
	guest_on((enum gstage)(SV39X4 + variant));
}

static void expect_done(enum guest_mode mode, const char *code, uint64_t length)
{
	check(guest_did(&guest, mode, code, length), "scause %lx, stval %lx, htval %lx",
	      guest.exit.cause, guest.exit.tval, guest.exit.htval);
}

static uint64_t *word_in(enum guest_page page)
{
	return (uint64_t *)(guest_memory[page] + OFFSET);
}

static void loads_and_stores(uint64_t variant)
{
	stage_on(variant);
	for (enum guest_mode mode = GUEST_VS; mode <= GUEST_VU; mode++) {
		uint64_t at = guest_page(mode, PAGE_GOOD) + OFFSET;

		*word_in(PAGE_GOOD) = 0xabcdef + mode;
		guest_run(&guest, mode, code_load, 0, at);
		expect_done(mode, code_load, 4);
		check(guest.x[10] == 0xabcdef + mode, "loads %lx", guest.x[10]);
		guest_run(&guest, mode, code_store, GUEST_VALUE + mode, at);
		expect_done(mode, code_store, 4);
		check(*word_in(PAGE_GOOD) == GUEST_VALUE + mode, "stores %lx", *word_in(PAGE_GOOD));
	}
}

static void executes(uint64_t variant)
{
	stage_on(variant);
	for (enum guest_mode mode = GUEST_VS; mode <= GUEST_VU; mode++) {
		uint64_t to = guest_page(mode, PAGE_CODE);

		guest_run(&guest, mode, code_jump, 0, to);
		check(guest.exit.epc == to &&
			      guest.exit.cause ==
				      (mode == GUEST_VS ? CAUSE_ECALL_VS : CAUSE_ECALL_U),
		      "scause %lx at %lx", guest.exit.cause, guest.exit.epc);
	}
}

/* Without a first stage, the guest's addresses are physical ones. */
static void without_first_stage(uint64_t variant)
{
	uint64_t at;

	stage_on(variant);
	csr_write(CSR_VSATP, 0);
	hfence_all();
	at = guest_physical(PAGE_GOOD) + OFFSET;
	*word_in(PAGE_GOOD) = 0x123;
	guest_run(&guest, GUEST_VS, code_load, 0, at);
	expect_done(GUEST_VS, code_load, 4);
	check(guest.x[10] == 0x123, "loads %lx", guest.x[10]);
	at = guest_physical(PAGE_NOT_IN_G) + OFFSET;
	guest_run(&guest, GUEST_VS, code_store, 0, at);
	check(guest.exit.cause == CAUSE_STORE_GUEST_PAGE_FAULT && guest.exit.tval == at &&
		      guest.exit.htval == at >> 2,
	      "scause %lx, stval %lx, htval %lx", guest.exit.cause, guest.exit.tval,
	      guest.exit.htval);
}

static void guest_page_fault(uint64_t variant)
{
	stage_on(variant);
	for (enum guest_mode mode = GUEST_VS; mode <= GUEST_VU; mode++) {
		uint64_t at = guest_page(mode, PAGE_NOT_IN_G) + OFFSET;

		guest_run(&guest, mode, code_load, 0, at);
		check(guest.exit.cause == CAUSE_LOAD_GUEST_PAGE_FAULT && guest.exit.tval == at,
		      "scause %lx, stval %lx", guest.exit.cause, guest.exit.tval);
		check(guest.exit.htval == (guest_physical(PAGE_NOT_IN_G) + OFFSET) >> 2,
		      "htval %lx for %lx", guest.exit.htval, guest_physical(PAGE_NOT_IN_G));
	}
}

/* Denied memory is denied to guests, too, and that is nobody's page fault. */
static void firmware_denied(uint64_t variant)
{
	stage_on(variant);
	for (enum guest_mode mode = GUEST_VS; mode <= GUEST_VU; mode++) {
		guest_run(&guest, mode, code_load, 0, guest_page(mode, PAGE_FIRMWARE) + OFFSET);
		check(guest.exit.cause == CAUSE_LOAD_ACCESS, "scause %lx", guest.exit.cause);
		guest_run(&guest, mode, code_store, 0, guest_page(mode, PAGE_FIRMWARE) + OFFSET);
		check(guest.exit.cause == CAUSE_STORE_ACCESS, "scause %lx", guest.exit.cause);
	}
}

/* HLV goes the way of the guest, with its rights. */
static void hlv(uint64_t variant)
{
	struct trap trap;
	uint64_t at;

	stage_on(variant);
	csr_set(CSR_HSTATUS, HSTATUS_SPVP);
	*word_in(PAGE_GOOD) = 0x456;
	check(guest_load(guest_page(GUEST_VS, PAGE_GOOD) + OFFSET) == 0x456,
	      "loads something else");
	at = guest_page(GUEST_VS, PAGE_NOT_IN_G) + OFFSET;
	trap_expect();
	guest_load(at);
	check(trap_taken(&trap) == 1 && trap.cause == CAUSE_LOAD_GUEST_PAGE_FAULT &&
		      trap.tval == at &&
		      csr_read(CSR_HTVAL) == (guest_physical(PAGE_NOT_IN_G) + OFFSET) >> 2,
	      "scause %lx, stval %lx, htval %lx", trap.cause, trap.tval, csr_read(CSR_HTVAL));
}

#define TWO_STAGE "Two-Stage Address Translation"

static const struct test tests[] = {
	{ "loads_and_stores", TWO_STAGE, loads_and_stores, stage_names },
	{ "executes", TWO_STAGE, executes, stage_names },
	{ "without_first_stage", TWO_STAGE, without_first_stage, stage_names },
	{ "guest_page_fault", TWO_STAGE, guest_page_fault, stage_names },
	{ "firmware_denied", TWO_STAGE, firmware_denied, stage_names },
	{ "hlv", "Hypervisor Virtual-Machine Load and Store Instructions", hlv, stage_names },
	{ 0 }
};

const struct suite stage_suite = {
	"stage", 0, 0, tests, need_hypervisor, guest_off, .is_isa = true
};
