/* SPDX-License-Identifier: BSD-2-Clause */
/* CSRs of a hart: delegation, environment, and the state in which S-mode is entered. */
#include "sbi/hart.h"

#include "drivers/irqchip/imsic.h"
#include "lib/bits.h"
#include "lib/riscv/guard.h"
#include "lib/riscv/io.h"
#include "sbi/dbtr.h"
#include "sbi/ipi.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"
#include "sbi/trap.h"

/* What is S-mode's own business. Illegal instructions and misaligned accesses are emulated here. */
#define DELEGATED_EXCEPTIONS \
	(BIT(CAUSE_FETCH_MISALIGNED) | BIT(CAUSE_FETCH_ACCESS) | BIT(CAUSE_BREAKPOINT) | \
	 BIT(CAUSE_LOAD_ACCESS) | BIT(CAUSE_STORE_ACCESS) | BIT(CAUSE_ECALL_U) | \
	 BIT(CAUSE_FETCH_PAGE_FAULT) | BIT(CAUSE_LOAD_PAGE_FAULT) | BIT(CAUSE_STORE_PAGE_FAULT) | \
	 BIT(CAUSE_SOFTWARE_CHECK) | BIT(CAUSE_HARDWARE_ERROR))
#define DELEGATED_EXCEPTIONS_H \
	(BIT(CAUSE_ECALL_VS) | BIT(CAUSE_FETCH_GUEST_PAGE_FAULT) | \
	 BIT(CAUSE_LOAD_GUEST_PAGE_FAULT) | BIT(CAUSE_VIRTUAL_INSTRUCTION) | \
	 BIT(CAUSE_STORE_GUEST_PAGE_FAULT))
#define DELEGATED_INTERRUPTS (MIP_SSIP | MIP_STIP | MIP_SEIP | MIP_LCOFIP)

/* Everything that S-mode's stateen may hand on. */
#define STATEEN0_ALL \
	(STATEEN0_SSTATEEN | STATEEN0_HSENVCFG | STATEEN0_CSRIND | STATEEN0_AIA | STATEEN0_IMSIC | \
	 STATEEN0_CONTEXT | STATEEN0_P1P13 | STATEEN0_SRMCFG | STATEEN0_CTR | STATEEN0_JVT | \
	 STATEEN0_FCSR | STATEEN0_C)

static unsigned long menvcfg_value(const struct hart_features *features)
{
	unsigned long value = ENVCFG_PBMTE | ENVCFG_CDE;

	/* With STCE the timer is in S-mode's hands, whether S-mode knows or not. */
	if (feature_has(features, ISA_SSTC))
		value |= ENVCFG_STCE;
	if (feature_has(features, ISA_ZICBOM))
		value |= ENVCFG_CBIE | ENVCFG_CBCFE;
	if (feature_has(features, ISA_ZICBOZ))
		value |= ENVCFG_CBZE;
	/* Without Svade, software counts on the hart to set A and D; with both, FWFT decides. */
	if (feature_has(features, ISA_SVADU) && !feature_has(features, ISA_SVADE))
		value |= ENVCFG_ADUE;
	return value & features->menvcfg_mask;
}

unsigned long hart_entry_mstatus(unsigned long mode)
{
	unsigned long mstatus = csr_read(CSR_MSTATUS) & (MSTATUS_SXL | MSTATUS_UXL);

	return mstatus | mode << MSTATUS_MPP_SHIFT;
}

void hart_init(void)
{
	struct scratch *self = this_hart();

	csr_write(CSR_MTVEC, trap_entry);
	features_detect(&self->features, self->desc->isa);
	if (feature_has(&self->features, ISA_SMDBLTRP))
		csr_write(CSR_MTVEC, trap_entry_smdbltrp);
	pmu_init();
	timer_init();
	dbtr_init();
	if (feature_has(&self->features, ISA_ZKR))
		csr_set(CSR_MSECCFG, MSECCFG_SSEED);
	if (self->imsic && csr_try_write(CSR_MISELECT, 0))
		imsic_start(self->desc->imsic_ids);
	else
		self->imsic = 0;
}

/* Leaves everything shut: with Sstc on, QEMU 10 does not let M-mode clear hvip.VSTIP. */
static void reset_environment(const struct hart_features *features)
{
	/* What menvcfg shuts cannot be cleared below it, and would be there again when it opens. */
	csr_write(CSR_MENVCFG, features->menvcfg_mask);
	csr_write(CSR_SENVCFG, 0);
	csr_try_clear_all(CSR_HENVCFG);
	csr_write(CSR_MENVCFG, 0);
}

static void reset_hypervisor(void)
{
	csr_write(CSR_HSTATUS, XL_64 << HSTATUS_VSXL_SHIFT);
	csr_write(CSR_HEDELEG, 0);
	csr_write(CSR_HIDELEG, 0);
	csr_write(CSR_HIE, 0);
	/* AIA: interrupts 13 and up may be out of reach, and kept, while hvien does not have them. */
	csr_try_write(CSR_HVIEN, ~0UL);
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_VSIE, 0);
	csr_write(CSR_HGEIE, 0);
	csr_write(CSR_HCOUNTEREN, 0);
	csr_write(CSR_HTIMEDELTA, 0);
	csr_write(CSR_HTVAL, 0);
	csr_write(CSR_HTINST, 0);
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_VSSTATUS, XL_64 << MSTATUS_UXL_SHIFT);
	csr_write(CSR_VSTVEC, 0);
	csr_write(CSR_VSSCRATCH, 0);
	csr_write(CSR_VSEPC, 0);
	csr_write(CSR_VSCAUSE, 0);
	csr_write(CSR_VSTVAL, 0);
	csr_write(CSR_VSATP, 0);
	csr_try_write(CSR_VSTIMECMP, TIMER_NEVER);
	csr_try_clear_all(CSR_VSCTRCTL, CSR_HVIEN, CSR_HVICTL, CSR_HVIPRIO1, CSR_HVIPRIO2,
			  CSR_VSISELECT, CSR_HCONTEXT);
}

/* Each mode opens to the next what it has itself; S-mode starts with everything shut below it. */
static void reset_stateen(void)
{
	csr_write(CSR_MSTATEEN0, STATEEN0_ALL);
	csr_write(CSR_MSTATEEN0 + 1, STATEEN_SE);
	csr_write(CSR_MSTATEEN0 + 2, STATEEN_SE);
	csr_write(CSR_MSTATEEN0 + 3, STATEEN_SE);
	csr_try_clear_all(CSR_HSTATEEN0, CSR_HSTATEEN1, CSR_HSTATEEN2, CSR_HSTATEEN3);
	csr_write(CSR_SSTATEEN0, 0);
	csr_write(CSR_SSTATEEN0 + 1, 0);
	csr_write(CSR_SSTATEEN0 + 2, 0);
	csr_write(CSR_SSTATEEN0 + 3, 0);
}

static unsigned long m_interrupts(const struct scratch *self)
{
	return MIP_MSIP | (self->imsic ? MIP_MEIP : 0);
}

/* Interrupts that S-mode has not seen yet belong to the life that it had. */
static void reset_interrupts(void)
{
	csr_write(CSR_MIE, m_interrupts(this_hart()));
	csr_clear(CSR_MIP, MIP_SSIP | MIP_STIP);
	timer_set(TIMER_NEVER);
}

void hart_quiet_supervisor(enum life_event why)
{
	unsigned long keep = why == LIFE_SUSPEND ? MIP_MTIP : 0;

	/* The trap that led here is over: another one is not a double trap (Smdbltrp). */
	csr_clear(CSR_MSTATUS, MSTATUS_MDT);

	csr_write(CSR_MIE, m_interrupts(this_hart()) | (csr_read(CSR_MIE) & keep));
}

void hart_reset_supervisor(enum life_event why)
{
	const struct hart_features *features = &this_hart()->features;
	bool has_h = feature_has(features, ISA_H);

	csr_write(CSR_MEDELEG, DELEGATED_EXCEPTIONS | (has_h ? DELEGATED_EXCEPTIONS_H : 0));
	csr_write(CSR_MIDELEG, DELEGATED_INTERRUPTS);
	csr_write(CSR_MCOUNTEREN, ~0U);
	if (features->has_menvcfg)
		reset_environment(features);
	if (has_h)
		reset_hypervisor();
	if (features->has_menvcfg)
		csr_write(CSR_MENVCFG, menvcfg_value(features));
	/* AIA leaves open what a reset makes of mvien; mctrctl has what S-mode sees of it as sctrctl. */
	csr_try_clear_all(CSR_MVIEN, CSR_MCTRCTL, CSR_SCTRSTATUS, CSR_SRMCFG);
	if (why == LIFE_RESUME)
		csr_write(CSR_MIE, m_interrupts(this_hart()) | (csr_read(CSR_MIE) & MIP_MTIP));
	else
		reset_interrupts();

	csr_write(CSR_SATP, 0);
	csr_write(CSR_STVEC, 0);
	csr_write(CSR_SSCRATCH, 0);
	csr_write(CSR_SEPC, 0);
	csr_write(CSR_SCAUSE, 0);
	csr_write(CSR_STVAL, 0);
	csr_write(CSR_SCOUNTEREN, 0);
	if (feature_has(features, ISA_SMSTATEEN))
		reset_stateen();
}

_Noreturn void hart_sleep_forever(void)
{
	csr_write(CSR_MIE, 0);
	for (;;)
		wfi();
}
