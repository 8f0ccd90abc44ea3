/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's interrupts: VSSI, VSTI and VSEI injected by hvip, the timer by vstimecmp, external ones
 * from a guest interrupt file of an IMSIC. Those that hideleg hands on arrive as SSI, STI and SEI.
 */
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

#define VS_INTERRUPTS (MIP_VSSIP | MIP_VSTIP | MIP_VSEIP)
#define ALL_S (MIP_SSIP | MIP_STIP | MIP_SEIP)

/* Registers of an interrupt file behind siselect, vsiselect (AIA, "Interrupt file for one hart") */
#define EIDELIVERY 0x70
#define EITHRESHOLD 0x72
#define EIE0 0xc0
#define MSI 5
#define MSI_CLAIMED (MSI << 16 | MSI)
#define GUEST_FILE 1UL

static struct guest guest;

static void set_up(void)
{
	need_hypervisor();
	/* What is pending is the guest's, or waits until there is one. */
	interrupts_off();
	guest_on(SV39X4);
}

static void check_in_vs(enum guest_mode mode, unsigned int irq)
{
	uint64_t vector = (uintptr_t)guest_vector + 4 * irq;

	check(guest.exit.cause == CAUSE_ECALL_VS && guest.exit.epc == vector,
	      "not in VS-mode: scause %lx, sepc %lx, hip %lx", guest.exit.cause, guest.exit.epc,
	      csr_read(CSR_HIP));
	check(csr_read(CSR_VSCAUSE) == (CAUSE_INTERRUPT | irq), "vscause %lx",
	      csr_read(CSR_VSCAUSE));
	check(!(csr_read(CSR_VSSTATUS) & MSTATUS_SPP) == (mode == GUEST_VU), "vsstatus %lx",
	      csr_read(CSR_VSSTATUS));
}

static void check_in_hs(enum guest_mode mode, unsigned int irq)
{
	check(guest.exit.cause == (CAUSE_INTERRUPT | irq), "scause %lx, sepc %lx, hip %lx",
	      guest.exit.cause, guest.exit.epc, csr_read(CSR_HIP));
	check(guest.exit.hstatus & HSTATUS_SPV, "hstatus %lx", guest.exit.hstatus);
	check(!(guest.exit.hstatus & HSTATUS_SPVP) == (mode == GUEST_VU), "hstatus %lx",
	      guest.exit.hstatus);
	check(!guest.exit.htval && !guest.exit.htinst, "htval %lx, htinst %lx", guest.exit.htval,
	      guest.exit.htinst);
}

/* The guest takes what is its own. */
static void delegate(void)
{
	csr_write(CSR_HIDELEG, VS_INTERRUPTS);
	csr_write(CSR_VSIE, ALL_S);
	csr_set(CSR_VSSTATUS, MSTATUS_SIE);
}

/* ---- hvip ---- */

static const char *const injected_names[] = {
	"vssi_vs_to_hs",
	"vssi_vu_to_hs",
	"vsti_vs_to_hs",
	"vsti_vu_to_hs",
	"vsei_vs_to_hs",
	"vsei_vu_to_hs",
	"vssi_vs_to_vs",
	"vssi_vu_to_vs",
	"vsti_vs_to_vs",
	"vsti_vu_to_vs",
	"vsei_vs_to_vs",
	"vsei_vu_to_vs",
	NULL,
};

static void injected(uint64_t variant)
{
	static const unsigned int irqs[] = { IRQ_VSSI, IRQ_VSTI, IRQ_VSEI };
	enum guest_mode mode = variant & 1;
	unsigned int irq = irqs[variant / 2 % 3];

	if (variant >= 6)
		delegate();
	csr_write(CSR_HVIP, 1UL << irq);
	csr_write(CSR_HIE, 1UL << irq);
	guest_run(&guest, mode, code_spin, 0, 0);
	if (variant >= 6)
		check_in_vs(mode, irq - 1);
	else
		check_in_hs(mode, irq);
}

/* An interrupt that is masked by the guest does not interrupt it. */
static void masked(uint64_t variant)
{
	(void)variant;
	delegate();
	csr_clear(CSR_VSSTATUS, MSTATUS_SIE);
	csr_write(CSR_HVIP, VS_INTERRUPTS);
	guest_run(&guest, GUEST_VS, code_ecall, 0, 0);
	check(guest.exit.epc == (uintptr_t)code_ecall, "scause %lx, sepc %lx", guest.exit.cause,
	      guest.exit.epc);
}

/* Counter overflows: virtual ones by hvien, the hart's own when hideleg can (Shlcofideleg). */
static void counter_overflow(uint64_t variant)
{
	if (!isa_has("sscofpmf") || !isa_has("ssaia"))
		skip("no Sscofpmf, or no AIA");
	csr_write(CSR_VSIE, 0);
	if (variant) {
		csr_write(CSR_HIDELEG, MIP_LCOFIP);
		if (!(csr_read(CSR_HIDELEG) & MIP_LCOFIP))
			skip("hideleg cannot have it");
		csr_set(CSR_SIP, MIP_LCOFIP);
	} else {
		csr_write(CSR_HVIEN, MIP_LCOFIP);
		if (!(csr_read(CSR_HVIEN) & MIP_LCOFIP))
			skip("hvien cannot have it");
		csr_set(CSR_HVIP, MIP_LCOFIP);
	}
	csr_write(CSR_VSIE, MIP_LCOFIP);
	csr_set(CSR_VSSTATUS, MSTATUS_SIE);
	guest_run(&guest, GUEST_VS, code_spin, 0, 0);
	check_in_vs(GUEST_VS, IRQ_LCOFI);
}

static const char *const overflow_names[] = { "hvien", "hideleg", NULL };

/* ---- The timer ---- */

static void need_guest_timer(void)
{
	if (!isa_has("sstc"))
		skip("no Sstc");
	csr_write(CSR_VSTIMECMP, ~0UL);
	check(set_henvcfg(ENVCFG_STCE), "henvcfg.STCE stays 0");
}

#define FAR 0x123456789abcUL

static void vstimecmp(uint64_t variant)
{
	uint64_t begin = time_now(), when = begin + FAR + milliseconds(2);

	need_guest_timer();
	csr_write(CSR_HTIMEDELTA, FAR);
	if (variant)
		delegate();
	else
		csr_write(CSR_HIE, MIP_VSTIP);
	check(!(csr_read(CSR_HIP) & MIP_VSTIP), "pending too early");
	csr_write(CSR_VSTIMECMP, when);
	guest_run(&guest, GUEST_VS, code_spin, 0, 0);
	check(time_now() + FAR >= when, "%lu ticks too early", when - time_now() - FAR);
	if (variant)
		check_in_vs(GUEST_VS, IRQ_STI);
	else
		check_in_hs(GUEST_VS, IRQ_VSTI);
}

static const char *const route_names[] = { "to_hs", "to_vs", NULL };

static void own_timer(uint64_t variant)
{
	uint64_t when = time_now() + FAR + milliseconds(2);

	(void)variant;
	need_guest_timer();
	csr_write(CSR_HTIMEDELTA, FAR);
	csr_write(CSR_HCOUNTEREN, 2);
	delegate();
	guest_run(&guest, GUEST_VS, code_set_timer, 0, when);
	check(time_now() + FAR >= when, "too early");
	check_in_vs(GUEST_VS, IRQ_STI);
}

static void reads_time(uint64_t variant)
{
	enum guest_mode mode = variant;
	uint64_t before, after;

	csr_write(CSR_HTIMEDELTA, FAR);
	csr_write(CSR_HCOUNTEREN, 2);
	csr_write(CSR_SCOUNTEREN, 2);
	before = time_now() + FAR;
	guest_run(&guest, mode, code_time, 0, 0);
	after = time_now() + FAR;
	check(guest_did(&guest, mode, code_time, 4), "scause %lx", guest.exit.cause);
	check(guest.x[10] >= before && guest.x[10] <= after, "%lx, not within %lx and %lx",
	      guest.x[10], before, after);
}

static const char *const modes[] = { "vs", "vu", NULL };

static void ignore(struct hart *hart, unsigned int irq)
{
	(void)hart;
	(void)irq;
}

/* HS-mode's own timer interrupt comes back to it from a guest. */
static void hs_timer(uint64_t variant)
{
	delegate();
	self()->on_interrupt = ignore;
	timer_set(time_now() + milliseconds(2));
	csr_write(CSR_SIE, MIP_STIP);
	guest_run(&guest, variant, code_spin, 0, 0);
	csr_write(CSR_SIE, 0);
	check_in_hs(variant, IRQ_STI);
}

static void hs_ipi(uint64_t variant)
{
	delegate();
	csr_write(CSR_SIE, MIP_SSIP | MIP_STIP);
	expect(sbi(EID_IPI, IPI_SEND, 1, self()->id), SUCCESS);
	guest_run(&guest, variant, code_spin, 0, 0);
	csr_write(CSR_SIE, 0);
	csr_clear(CSR_SIP, MIP_SSIP);
	check_in_hs(variant, IRQ_SSI);
}

/* ---- A guest's interrupt file ---- */

static void write_file(uint64_t number, uint64_t value)
{
	csr_write(CSR_VSISELECT, number);
	csr_write(CSR_VSIREG, value);
}

/* The guest has the file, which takes MSI 5. Returns where MSIs go. */
static volatile uint32_t *open_file(void)
{
	if (!machine.imsic)
		skip("no IMSIC");
	csr_write(CSR_HGEIE, ~0UL);
	if (!csr_read(CSR_HGEIE))
		skip("the IMSIC has no guest interrupt files");
	csr_write(CSR_HGEIE, 0);
	if (isa_has("smstateen"))
		csr_write(CSR_HSTATEEN0, ~0UL);
	csr_write(CSR_HSTATUS, GUEST_FILE << HSTATUS_VGEIN_SHIFT);
	write_file(EIDELIVERY, 1);
	write_file(EITHRESHOLD, 0);
	write_file(EIE0, 1 << MSI);
	return (volatile uint32_t *)(machine.imsic +
				     ((uint64_t)machine_cpu_index(self()->id)
				      << (12 + machine.imsic_guest_bits)) +
				     GUEST_FILE * PAGE_SIZE);
}

static void external(uint64_t variant)
{
	volatile uint32_t *file = open_file();

	check(!csr_read(CSR_HGEIP), "hgeip is %lx", csr_read(CSR_HGEIP));
	*file = MSI;
	barrier();
	check(csr_read(CSR_HGEIP) == 1 << GUEST_FILE, "hgeip is %lx", csr_read(CSR_HGEIP));
	check(csr_read(CSR_HIP) & MIP_VSEIP, "hip is %lx", csr_read(CSR_HIP));
	if (variant == 0) {
		/* Somebody else's: SGEI says so to HS-mode. */
		csr_clear(CSR_HSTATUS, HSTATUS_VGEIN);
		csr_write(CSR_HGEIE, 1 << GUEST_FILE);
		csr_write(CSR_HIE, MIP_SGEIP);
		guest_run(&guest, GUEST_VS, code_spin, 0, 0);
		check_in_hs(GUEST_VS, IRQ_SGEI);
		csr_set(CSR_HSTATUS, GUEST_FILE << HSTATUS_VGEIN_SHIFT);
	} else {
		delegate();
		guest_run(&guest, GUEST_VS, code_spin, 0, 0);
		check_in_vs(GUEST_VS, IRQ_SEI);
	}
	/* And it claims it, by stopei. */
	csr_clear(CSR_VSSTATUS, MSTATUS_SIE);
	guest_run(&guest, GUEST_VS, code_claim, 0, 0);
	check(guest_did(&guest, GUEST_VS, code_claim, 4), "scause %lx", guest.exit.cause);
	check(guest.x[10] == MSI_CLAIMED, "stopei is %lx", guest.x[10]);
	check(!csr_read(CSR_HGEIP), "hgeip is %lx", csr_read(CSR_HGEIP));
}

static const char *const external_names[] = { "sgei_to_hs", "vgein_to_vs", NULL };

static void clean_up(void)
{
	if (!isa_has("h"))
		return;
	if (isa_has("sstc"))
		csr_write(CSR_VSTIMECMP, ~0UL);
	if (isa_has("sscofpmf"))
		csr_clear(CSR_SIP, MIP_LCOFIP);
	if (isa_has("ssaia"))
		csr_write(CSR_HVIEN, 0);
	guest_off();
	set_henvcfg(0);
	csr_write(CSR_SCOUNTEREN, 0);
	if (isa_has("smstateen"))
		csr_write(CSR_HSTATEEN0, 0);
}

#define HVIP "Hypervisor Interrupt Registers"
#define SSTC "Sstc"

static const struct test tests[] = {
	{ "injected", HVIP, injected, injected_names },
	{ "masked", HVIP, masked },
	{ "counter_overflow", "Virtualizing Local-Counter-Overflow Interrupts", counter_overflow,
	  overflow_names },
	{ "vstimecmp", SSTC, vstimecmp, route_names },
	{ "own_timer", SSTC, own_timer },
	{ "reads_time", "Hypervisor Time Delta Register", reads_time, modes },
	{ "hs_timer", HVIP, hs_timer, modes },
	{ "hs_ipi", HVIP, hs_ipi, modes },
	{ "external", "Hypervisor Guest External Interrupt Registers", external, external_names },
	{ 0 }
};

const struct suite interrupt_suite = { "interrupt", 0, 0, tests, set_up, clean_up, .is_isa = true };
