/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypervisor finds in its CSRs: nothing, in each life of a hart, and everything that the hart
 * implements open to it.
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

/* clang-format off */
/* X(name, extension that it is of, value that stands for nothing) */
#define CSRS(X) \
	X(HSTATUS, "h", XL_64 << HSTATUS_VSXL_SHIFT) X(HEDELEG, "h", 0) X(HIDELEG, "h", 0) \
	X(HIE, "h", 0) X(HTIMEDELTA, "h", 0) X(HCOUNTEREN, "h", 0) X(HGEIE, "h", 0) \
	X(HENVCFG, "h", 0) X(HTVAL, "h", 0) X(HVIP, "h", 0) X(HTINST, "h", 0) X(HGATP, "h", 0) \
	X(VSSTATUS, "h", XL_64 << MSTATUS_UXL_SHIFT) X(VSIE, "h", 0) X(VSTVEC, "h", 0) \
	X(VSSCRATCH, "h", 0) X(VSEPC, "h", 0) X(VSCAUSE, "h", 0) X(VSTVAL, "h", 0) \
	X(VSIP, "h", 0) X(VSATP, "h", 0) X(VSTIMECMP, "sstc", 0) X(HSTATEEN0, "smstateen", 0) \
	X(HSTATEEN1, "smstateen", 0) X(HSTATEEN2, "smstateen", 0) X(HSTATEEN3, "smstateen", 0) \
	X(VSISELECT, "ssaia", 0) X(HVIEN, "ssaia", 0) X(HVICTL, "ssaia", 0) \
	X(HVIPRIO1, "ssaia", 0) X(HVIPRIO2, "ssaia", 0) X(VSCTRCTL, "ssctr", 0) \
	X(SCTRCTL, "ssctr", 0) X(SCTRSTATUS, "ssctr", 0)
/* clang-format on */

enum csr_index {
#define X(name, extension, nothing) INDEX_##name,
	CSRS(X)
#undef X
		CSR_COUNT
};

static const char *const csr_names[] = {
#define X(name, extension, nothing) #name,
	CSRS(X)
#undef X
		NULL
};

struct state {
	uint64_t csr[CSR_COUNT];
	uint64_t trapped; /* bit n: reading csr[n] did */
};

static struct state at_boot, now, dirtied;
static bool htinst_is_written; /* QEMU 10 ignores writes */

static bool is_there(const char *extension)
{
	return isa_has("h") && isa_has(extension);
}

#define INTERRUPTS_OF_AIA (~0UL << 13)

/* Those have a vsie of their own, and in QEMU an hvip, only when hvien has them and hideleg has not. */
static void open_virtual_interrupts(void)
{
	csr_write(CSR_HIDELEG, 0);
	csr_write(CSR_HVIEN, ~0UL);
}

static void note_virtual_interrupts(struct state *state)
{
	uint64_t hideleg = csr_read(CSR_HIDELEG), hvien, hvip, vsie;

	trap_expect();
	hvien = csr_read(CSR_HVIEN);
	open_virtual_interrupts();
	hvip = csr_read(CSR_HVIP);
	vsie = csr_read(CSR_VSIE);
	csr_write(CSR_HVIEN, hvien);
	if (!trap_taken(NULL)) {
		state->csr[INDEX_HVIP] = hvip;
		state->csr[INDEX_VSIE] = vsie;
	}
	csr_write(CSR_HIDELEG, hideleg);
}

static void dirty_virtual_interrupts(void)
{
	trap_expect();
	open_virtual_interrupts();
	csr_write(CSR_HVIP, ~0UL);
	csr_write(CSR_VSIE, ~0UL);
	trap_taken(NULL);
}

static void note(struct state *state)
{
	state->trapped = 0;
#define X(name, extension, nothing) \
	if (is_there(extension)) { \
		trap_expect(); \
		state->csr[INDEX_##name] = csr_read(CSR_##name) ^ (nothing); \
		state->trapped |= (uint64_t)trap_taken(NULL) << INDEX_##name; \
	}
	CSRS(X)
#undef X
	if (is_there("ssaia"))
		note_virtual_interrupts(state);
	/* Never is as good as the 0 of a reset. */
	if (state->csr[INDEX_VSTIMECMP] == ~0UL)
		state->csr[INDEX_VSTIMECMP] = 0;
	/* QEMU 10 shows other interrupts, too. */
	state->csr[INDEX_HVIP] &= MIP_VSSIP | MIP_VSTIP | MIP_VSEIP | INTERRUPTS_OF_AIA;
}

/* All that can be set but what would interrupt this hart, or leave it without a stack or memory. */
static void dirty(struct state *state)
{
	interrupts_off();
	if (is_there("ssaia"))
		dirty_virtual_interrupts();
	trap_expect();
#define X(name, extension, nothing) \
	if (is_there(extension)) { \
		csr_write(CSR_##name, ~0UL); \
		if (!csr_read(CSR_##name)) \
			csr_write(CSR_##name, ATP_SV39 | 1); /* hgatp, vsatp */ \
	}
	CSRS(X)
#undef X
	if (is_there("sstc"))
		csr_write(CSR_VSTIMECMP, ~1UL); /* all ones are never, which is nothing */
	if (is_there("ssaia"))
		csr_write(CSR_HVIEN, MIP_LCOFIP); /* the others' hvip and vsie are out of reach */
	trap_taken(NULL);
	note(state);
	csr_write(CSR_HTINST, 0);
	htinst_is_written = !csr_read(CSR_HTINST);
	csr_write(CSR_HTINST, ~0UL);
}

void payload_arrived(void)
{
	note(&at_boot);
}

static void check_zero(const struct state *state, uint64_t index)
{
	need_hypervisor();
	if (state == &now && index == INDEX_HTINST && !htinst_is_written)
		skip("writing htinst changes nothing here");
#define X(name, extension, nothing) \
	if (index == INDEX_##name && !isa_has(extension)) \
		skip("no " extension);
	CSRS(X)
#undef X
	check(!(state->trapped >> index & 1), "reading it traps");
	check(!state->csr[index], "%lx", state->csr[index]);
}

static void zero_at_boot(uint64_t index)
{
	check_zero(&at_boot, index);
}

/* ---- A hart's next life ---- */

static volatile uint64_t alive;

static void note_and_stop(struct hart *hart)
{
	(void)hart;
	note(&now);
	barrier();
	alive = 1;
	sbi(EID_HSM, HSM_STOP);
	park();
}

static void dirty_here(uint64_t arg)
{
	dirty((struct state *)arg);
}

static void zero_at_start(uint64_t index)
{
	static bool done;
	struct hart *hart = another_hart();

	need_hypervisor();
	if (!done) {
		on_hart(hart, dirty_here, (uintptr_t)&dirtied);
		check(hart_stop(hart), "hart %lu does not stop", hart->id);
		hart->entry_fn = (uintptr_t)note_and_stop;
		alive = 0;
		barrier();
		expect(sbi(EID_HSM, HSM_START, hart->id, (uintptr_t)hart_entry, (uintptr_t)hart),
		       SUCCESS);
		check(wait_for(&alive, 1, 5000), "hart %lu does not start", hart->id);
		done = true;
	}
	check_zero(&now, index);
}

static struct mark suspended;

static void note_and_go_on(struct hart *hart)
{
	(void)hart;
	note(&now);
	leap_to(&suspended);
}

static void zero_at_resume(uint64_t index)
{
	static bool done;
	struct hart *hart = self();

	need_hypervisor();
	if (!done) {
		dirty(&dirtied);
		hart->entry_fn = (uintptr_t)note_and_go_on;
		hart->entry_stack = (uintptr_t)hart->stacks + STACK_SIZE;
		csr_write(CSR_SIE, MIP_SSIP);
		csr_set(CSR_SIP, MIP_SSIP); /* wakes it at once */
		if (!mark(&suspended)) {
			expect(sbi(EID_HSM, HSM_SUSPEND, SUSPEND_NON_RETENTIVE,
				   (uintptr_t)hart_entry, (uintptr_t)hart),
			       NOT_SUPPORTED);
			guest_off();
			skip("no non-retentive suspend");
		}
		csr_clear(CSR_SIP, MIP_SSIP);
		done = true;
	}
	check_zero(&now, index);
}

/* ---- What is open ---- */

static const struct {
	const char *name, *extension;
	uint64_t bits;
} environment[] = {
	{ "stce", "sstc", ENVCFG_STCE },   { "pbmte", "svpbmt", ENVCFG_PBMTE },
	{ "cbze", "zicboz", ENVCFG_CBZE }, { "cbcfe", "zicbom", ENVCFG_CBCFE },
	{ "cbie", "zicbom", ENVCFG_CBIE }, { "fiom", "h", ENVCFG_FIOM },
};
static const char *const environment_names[] = {
	"stce", "pbmte", "cbze", "cbcfe", "cbie", "fiom", NULL,
};

static void environment_open(uint64_t i)
{
	need_hypervisor();
	if (!isa_has(environment[i].extension))
		skip("no %s", environment[i].extension);
	check(set_henvcfg(environment[i].bits), "henvcfg cannot have it");
}

static const struct {
	const char *name, *extension;
	uint64_t bits;
} stateen[] = {
	{ "se0", "smstateen", STATEEN0_SSTATEEN }, { "envcfg", "smstateen", STATEEN0_HSENVCFG },
	{ "csrind", "sscsrind", STATEEN0_CSRIND }, { "aia", "ssaia", STATEEN0_AIA },
	{ "imsic", "ssaia", STATEEN0_IMSIC },	   { "context", "sdtrig", STATEEN0_CONTEXT },
	{ "srmcfg", "ssqosid", STATEEN0_SRMCFG },  { "ctr", "ssctr", STATEEN0_CTR },
};
static const char *const stateen_names[] = {
	"se0", "envcfg", "csrind", "aia", "imsic", "context", "srmcfg", "ctr", NULL,
};

static void stateen_open(uint64_t i)
{
	need_hypervisor();
	if (!isa_has("smstateen") || !isa_has(stateen[i].extension))
		skip("no smstateen, or no %s", stateen[i].extension);
	csr_write(CSR_HSTATEEN0, ~0UL);
	check(csr_read(CSR_HSTATEEN0) & stateen[i].bits, "hstateen0 is %lx",
	      csr_read(CSR_HSTATEEN0));
}

/* The guest does what its instruction is for. */
static void expect_done(enum guest_mode mode, const char *code, uint64_t a1, struct guest *guest)
{
	guest_run(guest, mode, code, 0, a1);
	check(guest_did(guest, mode, code, 4), "scause %lx, stval %lx, sepc %lx", guest->exit.cause,
	      guest->exit.tval, guest->exit.epc);
}

static void counters_open(uint64_t variant)
{
	static const char *const code[] = { code_cycle, code_time };
	static struct guest guest;

	need_hypervisor();
	guest_on(SV39X4);
	csr_write(CSR_HCOUNTEREN, ~0UL);
	csr_write(CSR_SCOUNTEREN, ~0UL);
	expect_done(variant & 1, code[variant >> 1], 0, &guest);
}

static const char *const counter_names[] = { "cycle_vs", "cycle_vu", "time_vs", "time_vu", NULL };

static void cbo_zero_open(uint64_t variant)
{
	static struct guest guest;
	uint64_t to = guest_page(variant, PAGE_GOOD);

	need_hypervisor();
	if (!isa_has("zicboz"))
		skip("no Zicboz");
	guest_on(SV39X4);
	check(set_henvcfg(ENVCFG_CBZE) && set_senvcfg(ENVCFG_CBZE), "it stays shut");
	expect_done(variant, code_cbo_zero, to, &guest);
	check(!guest_memory[PAGE_GOOD][0] && !guest_memory[PAGE_GOOD][15], "not zeroed");
}

static void senvcfg_open(uint64_t variant)
{
	static struct guest guest;

	(void)variant;
	need_hypervisor();
	guest_on(SV39X4);
	if (isa_has("smstateen"))
		csr_write(CSR_HSTATEEN0, ~0UL);
	expect_done(GUEST_VS, code_senvcfg, 0, &guest);
}

static const char *const modes[] = { "vs", "vu", NULL };

static void clean_up(void)
{
	if (!isa_has("h"))
		return;
	guest_off();
	set_henvcfg(0);
	set_senvcfg(0);
	csr_write(CSR_SCOUNTEREN, 0);
	if (isa_has("smstateen"))
		csr_write(CSR_HSTATEEN0, 0);
}

#define RESET "Reset"

static const struct test tests[] = {
	{ "zero_at_boot", RESET, zero_at_boot, csr_names, .flags = HOUSE },
	{ "zero_at_start", RESET, zero_at_start, csr_names, .min_harts = 2, .flags = HOUSE },
	{ "zero_at_resume", RESET, zero_at_resume, csr_names, .flags = HOUSE },
	{ "henvcfg", "Hypervisor Environment Configuration Register", environment_open,
	  environment_names },
	{ "hstateen", "Smstateen", stateen_open, stateen_names },
	{ "counters", "Hypervisor Counter-Enable Register", counters_open, counter_names },
	{ "cbo_zero", "Hypervisor Environment Configuration Register", cbo_zero_open, modes },
	{ "senvcfg", "Smstateen", senvcfg_open },
	{ 0 }
};

const struct suite state_suite = { "state", 0, 0, tests, .cleanup = clean_up, .is_isa = true };
