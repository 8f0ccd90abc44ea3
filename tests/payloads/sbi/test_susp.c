/* SPDX-License-Identifier: BSD-2-Clause */
/* SUSP extension (SBI v3.0, chapter "System Suspend Extension"). */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define ERRORS "SUSP System Suspend Errors"
#define TYPES "SUSP System Sleep Types"
#define REGISTERS "SUSP System Resume Register State"
#define SUSPEND_TO_RAM 0

static struct sbiret suspend(uint64_t type, uint64_t resume, uint64_t opaque)
{
	return sbi(EID_SUSP, SUSP_SUSPEND, type, resume, opaque);
}

static void stop_others(void)
{
	for_each_other(hart) check(hart_stop(hart), "hart %lu does not stop", hart->id);
}

/* If a call is taken that must not be, the machine wakes up again. */
static void wake_in(uint64_t ms)
{
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(ms));
}

static const char *const reserved_names[] = { "1", "7fffffff", NULL };

static void reserved_type(uint64_t variant)
{
	wake_in(20);
	expect(suspend(variant ? 0x7fffffff : 1, (uintptr_t)park, 0), INVALID_PARAM);
}

static const char *const platform_names[] = {
	"80000000",
	"80000000_sign_extended",
	"ffffffff",
	NULL,
};

static void platform_type(uint64_t variant)
{
	static const uint64_t types[] = { 0x80000000, 0xffffffff80000000, 0xffffffff };

	wake_in(20);
	expect(suspend(types[variant], (uintptr_t)park, 0), INVALID_PARAM | NOT_SUPPORTED);
}

static void others_started(uint64_t variant)
{
	(void)variant;
	wake_in(20);
	expect(suspend(SUSPEND_TO_RAM, (uintptr_t)park, 0), DENIED);
}

static void bad_address(uint64_t variant)
{
	uint64_t address = bad_entry_at(variant);

	stop_others();
	wake_in(20);
	expect(suspend(SUSPEND_TO_RAM, address, 0), INVALID_ADDRESS);
}

static struct mark here;

static void come_back(struct hart *hart)
{
	(void)hart;
	leap_to(&here);
}

static void suspend_here(struct hart *hart)
{
	stop_others();
	wake_in(200);
	paging_on(0);
	if (!mark(&here)) {
		hart->entry_fn = (uintptr_t)come_back;
		hart->entry_stack = hart->trap_stack;
		expect(suspend(SUSPEND_TO_RAM, (uintptr_t)hart_entry, (uintptr_t)hart), SUCCESS);
		fail("came back from the call instead of to resume_addr");
	}
}

static void resumes(uint64_t variant)
{
	struct hart *hart = self();

	(void)variant;
	suspend_here(hart);
	check(!hart->entry_satp, "satp is %lx", hart->entry_satp);
	check(!(hart->entry_sstatus & MSTATUS_SIE), "sstatus is %lx", hart->entry_sstatus);
	check(hart->entry[10] == hart->id, "a0 is %lx", hart->entry[10]);
	check(hart->entry[11] == (uintptr_t)hart, "a1 is %lx", hart->entry[11]);
	for (unsigned int i = 1; i < nharts; i++)
		check(harts[i].lost || sbi(EID_HSM, HSM_STATUS, harts[i].id).value == HSM_STOPPED,
		      "hart %lu is not STOPPED any more", harts[i].id);
}

static void other_registers(uint64_t variant)
{
	(void)variant;
	suspend_here(self());
	check_cleared(self()->entry);
}

static const struct test tests[] = {
	{ "invalid_type", TYPES, reserved_type, reserved_names },
	{ "platform_type", TYPES, platform_type, platform_names },
	{ "denied_others_started", ERRORS, others_started, .min_harts = 2 },
	{ "invalid_address", ERRORS, bad_address, bad_entry },
	{ "resumes", REGISTERS, resumes },
	{ "other_registers_zero", REGISTERS, other_registers, .flags = HOUSE },
	{ 0 }
};

const struct suite susp_suite = { "susp", EID_SUSP, SUSP_FIDS, tests };
