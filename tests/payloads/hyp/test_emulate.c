/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What firmware does for a guest whose hart does not: misaligned loads and stores, and reading
 * counters, through both stages and with the guest's rights. QEMU's harts do all of that; a debugger
 * makes the trap (tests/boot/gdb.py), so these rows want debugger=<anything>.
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

#define OFFSET 0x31

static struct guest guest;

static void set_up(void)
{
	char text[8];

	need_hypervisor();
	if (!option("debugger", text, sizeof(text)))
		skip("needs a debugger");
	guest_on(SV39X4);
}

static void clean_up(void)
{
	if (!isa_has("h"))
		return;
	guest_off();
	csr_write(CSR_SCOUNTEREN, 0);
}

static uint64_t bytes_at(enum guest_page page, unsigned int offset, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, guest_memory[page] + offset, size);
	return value;
}

static void expect_done(enum guest_mode mode, const char *code, uint64_t length)
{
	check(guest_did(&guest, mode, code, length), "scause %lx, sepc %lx, stval %lx",
	      guest.exit.cause, guest.exit.epc, guest.exit.tval);
}

static void misaligned_load(enum guest_mode mode, const char *code, unsigned int length,
			    uint64_t expected)
{
	uint64_t at = guest_page(mode, PAGE_GOOD) + OFFSET;

	guest_run_trapped(&guest, mode, code, GUEST_VALUE, at, CAUSE_LOAD_MISALIGNED, at);
	expect_done(mode, code, length);
	check(guest.x[10] == expected, "loads %lx, expected %lx", guest.x[10], expected);
}

static const char *const load_names[] = {
	"ld_vs", "ld_vu", "lh_vs", "lh_vu", "c_ld_vs", "c_ld_vu", NULL,
};

static void loads(uint64_t variant)
{
	enum guest_mode mode = variant & 1;

	switch (variant >> 1) {
	case 0:
		misaligned_load(mode, code_load, 4, bytes_at(PAGE_GOOD, OFFSET, 8));
		break;
	case 1:
		guest_memory[PAGE_GOOD][OFFSET + 1] = 0x80; /* negative */
		misaligned_load(mode, code_load_half, 4,
				(uint64_t)(int16_t)bytes_at(PAGE_GOOD, OFFSET, 2));
		break;
	default:
		misaligned_load(mode, code_load_c, 2, bytes_at(PAGE_GOOD, OFFSET, 8));
	}
}

static const char *const store_names[] = {
	"sd_vs", "sd_vu", "sw_vs", "sw_vu", "c_sd_vs", "c_sd_vu", NULL,
};

static void stores(uint64_t variant)
{
	static const char *const codes[] = { code_store, code_store_word, code_store_c };
	static const unsigned int sizes[] = { 8, 4, 8 }, lengths[] = { 4, 4, 2 };
	enum guest_mode mode = variant & 1;
	uint64_t at = guest_page(mode, PAGE_GOOD) + OFFSET, kind = variant >> 1;
	uint64_t behind = bytes_at(PAGE_GOOD, OFFSET + sizes[kind], 8), value = GUEST_VALUE;

	guest_run_trapped(&guest, mode, codes[kind], GUEST_VALUE, at, CAUSE_STORE_MISALIGNED, at);
	expect_done(mode, codes[kind], lengths[kind]);
	check(!memcmp(guest_memory[PAGE_GOOD] + OFFSET, &value, sizes[kind]), "stores %lx",
	      bytes_at(PAGE_GOOD, OFFSET, 8));
	check(bytes_at(PAGE_GOOD, OFFSET + sizes[kind], 8) == behind, "stores too much");
}

/* The first half is there, the second is not: whose fault, at which address? */
static void check_fault(enum guest_mode mode, uint64_t cause, uint64_t tval, uint64_t htval)
{
	check(guest.exit.cause == cause, "scause %lx, expected %lx", guest.exit.cause, cause);
	check(guest.exit.epc == guest.x[0], "sepc %lx", guest.exit.epc);
	check(guest.exit.tval == tval, "stval %lx, expected %lx", guest.exit.tval, tval);
	check(guest.exit.htval == htval, "htval %lx, expected %lx", guest.exit.htval, htval);
	check(!guest.exit.htinst, "htinst %lx", guest.exit.htinst);
	check(guest.exit.hstatus & HSTATUS_SPV && guest.exit.hstatus & HSTATUS_GVA, "hstatus %lx",
	      guest.exit.hstatus);
	check(!(guest.exit.hstatus & HSTATUS_SPVP) == (mode == GUEST_VU), "hstatus %lx",
	      guest.exit.hstatus);
}

static const char *const fault_names[] = { "load_vs", "load_vu", "store_vs", "store_vu", NULL };

static void guest_page_fault(uint64_t variant)
{
	enum guest_mode mode = variant & 1;
	bool store = variant & 2;
	uint64_t second = guest_page(mode, PAGE_BEHIND_NOT_IN_G);

	guest_run_trapped(&guest, mode, store ? code_store : code_load, GUEST_VALUE, second - 3,
			  store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED, second - 3);
	check_fault(mode, store ? CAUSE_STORE_GUEST_PAGE_FAULT : CAUSE_LOAD_GUEST_PAGE_FAULT,
		    second, guest_physical(PAGE_BEHIND_NOT_IN_G) >> 2);
}

static void page_fault(uint64_t variant)
{
	enum guest_mode mode = variant & 1;
	bool store = variant & 2;
	uint64_t second = guest_page(mode, PAGE_BEHIND_NOT_IN_VS);

	guest_run_trapped(&guest, mode, store ? code_store : code_load, GUEST_VALUE, second - 3,
			  store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED, second - 3);
	check_fault(mode, store ? CAUSE_STORE_PAGE_FAULT : CAUSE_LOAD_PAGE_FAULT, second, 0);
}

/* The same, and hedeleg says that the guest knows what to do. */
static void page_fault_delegated(uint64_t variant)
{
	enum guest_mode mode = variant & 1;
	bool store = variant & 2;
	uint64_t second = guest_page(mode, PAGE_BEHIND_NOT_IN_VS);
	const char *code = store ? code_store : code_load;
	uint64_t cause = store ? CAUSE_STORE_PAGE_FAULT : CAUSE_LOAD_PAGE_FAULT;

	csr_set(CSR_HEDELEG, 1UL << cause);
	guest_run_trapped(&guest, mode, code, GUEST_VALUE, second - 3,
			  store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED, second - 3);
	check(guest.exit.epc == (uintptr_t)guest_vector, "not in VS-mode: scause %lx, sepc %lx",
	      guest.exit.cause, guest.exit.epc);
	check(csr_read(CSR_VSCAUSE) == cause, "vscause %lx", csr_read(CSR_VSCAUSE));
	check(csr_read(CSR_VSTVAL) == second, "vstval %lx", csr_read(CSR_VSTVAL));
	check(csr_read(CSR_VSEPC) == guest_text(mode, code), "vsepc %lx", csr_read(CSR_VSEPC));
	check(!(csr_read(CSR_VSSTATUS) & MSTATUS_SPP) == (mode == GUEST_VU), "vsstatus %lx",
	      csr_read(CSR_VSSTATUS));
}

/* ---- Counters ---- */

#define AHEAD 0x7700000000UL

static const char *const modes[] = { "vs", "vu", NULL };

static void trapped_read(enum guest_mode mode, const char *code)
{
	guest_run_trapped(&guest, mode, code, 0, 0, CAUSE_ILLEGAL_INSTRUCTION,
			  instruction_at(code));
}

static void time_read(uint64_t variant)
{
	uint64_t before = time_now() + AHEAD;

	csr_write(CSR_HTIMEDELTA, AHEAD);
	csr_write(CSR_HCOUNTEREN, 2);
	csr_write(CSR_SCOUNTEREN, 2);
	trapped_read(variant, code_time);
	expect_done(variant, code_time, 4);
	check(guest.x[10] >= before && guest.x[10] <= time_now() + AHEAD, "time is %lx, now %lx",
	      guest.x[10], before);
}

static void cycle_read(uint64_t variant)
{
	csr_write(CSR_HCOUNTEREN, 1);
	csr_write(CSR_SCOUNTEREN, 1);
	trapped_read(variant, code_cycle);
	expect_done(variant, code_cycle, 4);
	check(guest.x[10], "cycle is 0");
}

/* A counter that the hypervisor keeps for itself, or the guest's kernel from its processes. */
static void shut(enum guest_mode mode, const char *code, uint64_t hcounteren)
{
	csr_write(CSR_HCOUNTEREN, hcounteren);
	trapped_read(mode, code);
	check(guest.exit.cause == CAUSE_VIRTUAL_INSTRUCTION, "scause %lx", guest.exit.cause);
	check(!guest.exit.tval || guest.exit.tval == instruction_at(code), "stval %lx",
	      guest.exit.tval);
	check(guest.exit.epc == guest_text(mode, code), "sepc %lx", guest.exit.epc);
}

static void shut_by_hypervisor(uint64_t variant)
{
	csr_write(CSR_SCOUNTEREN, 3);
	shut(variant & 1, variant & 2 ? code_time : code_cycle, 0);
}

static const char *const counter_names[] = { "cycle_vs", "cycle_vu", "time_vs", "time_vu", NULL };

static void shut_by_guest(uint64_t variant)
{
	csr_write(CSR_SCOUNTEREN, 0);
	shut(GUEST_VU, variant ? code_time : code_cycle, 3);
}

static const char *const shut_names[] = { "cycle", "time", NULL };

#define MISALIGNED "Trap Cause Codes"
#define COUNTERS "Hypervisor Counter-Enable Register"

static const struct test tests[] = {
	{ "load", MISALIGNED, loads, load_names },
	{ "store", MISALIGNED, stores, store_names },
	{ "guest_page_fault", MISALIGNED, guest_page_fault, fault_names },
	{ "page_fault", MISALIGNED, page_fault, fault_names },
	{ "page_fault_delegated", MISALIGNED, page_fault_delegated, fault_names },
	{ "time", COUNTERS, time_read, modes },
	{ "cycle", COUNTERS, cycle_read, modes },
	{ "shut_by_hypervisor", COUNTERS, shut_by_hypervisor, counter_names },
	{ "shut_by_guest", COUNTERS, shut_by_guest, shut_names },
	{ 0 }
};

const struct suite emulate_suite = { "emulate", 0, 0, tests, set_up, clean_up, .is_isa = true };
