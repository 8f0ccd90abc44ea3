/* SPDX-License-Identifier: BSD-2-Clause */
/* HSM extension (SBI v3.0, chapter "Hart State Management Extension"). */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define START_ERRORS "HSM Hart Start Errors"
#define START_REGS "HSM Hart Start Register State"
#define STOP_ERRORS "HSM Hart Stop Errors"
#define STATUS_ERRORS "HSM Hart Get Status Errors"
#define STATES "HSM Hart States"
#define SUSPEND_ERRORS "HSM Hart Suspend Errors"
#define SUSPEND_TYPES "HSM Hart Suspend Types"
#define RESUME_REGS "HSM Hart Resume Register State"

typedef void (*life_fn)(struct hart *hart);

static struct sbiret start(uint64_t id, uint64_t address, uint64_t opaque)
{
	return sbi(EID_HSM, HSM_START, id, address, opaque);
}

static bool is_in_state(uint64_t id, uint64_t state)
{
	return expect(sbi(EID_HSM, HSM_STATUS, id), SUCCESS) == state;
}

static void stop_self(void)
{
	sbi(EID_HSM, HSM_STOP);
	park();
}

static struct hart *stopped_hart(void)
{
	struct hart *hart = another_hart();

	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	return hart;
}

/* ---- hart_get_status ---- */

static const char *const id_names[] = {
	"no_such_hart", "bit_32_set", "bit_63_set", "all_ones", NULL,
};

static uint64_t bad_id(uint64_t variant)
{
	const uint64_t id = self()->id;
	const uint64_t ids[] = { no_hart(), 1ul << 32 | id, 1ul << 63 | id, ~0ul };

	return ids[variant];
}

static void status_self(uint64_t variant)
{
	(void)variant;
	check(is_in_state(self()->id, HSM_STARTED), "not STARTED");
}

static void status_others(uint64_t variant)
{
	(void)variant;
	for_each_other(hart)
		check(is_in_state(hart->id, HSM_STARTED), "hart %lu is not STARTED", hart->id);
}

static void status_stopped(uint64_t variant)
{
	(void)variant;
	check(is_in_state(stopped_hart()->id, HSM_STOPPED), "not STOPPED");
}

static void status_invalid_id(uint64_t variant)
{
	expect(sbi(EID_HSM, HSM_STATUS, bad_id(variant)), INVALID_PARAM);
}

/* A hart in the device tree that cannot be started in supervisor mode. */
static void unavailable_hart(uint64_t fid)
{
	for (unsigned int i = 0; i < machine.ncpus; i++) {
		if (!machine.cpus[i].supervisor) {
			expect(sbi(EID_HSM, fid, machine.cpus[i].id, (uintptr_t)park, 0),
			       INVALID_PARAM);
			return;
		}
	}
	skip("all harts are available");
}

static void status_unavailable(uint64_t variant)
{
	(void)variant;
	unavailable_hart(HSM_STATUS);
}

static void start_unavailable(uint64_t variant)
{
	(void)variant;
	unavailable_hart(HSM_START);
}

/* ---- hart_start ---- */

static void start_self(uint64_t variant)
{
	(void)variant;
	expect(start(self()->id, (uintptr_t)park, 0), ALREADY_AVAILABLE);
}

static void start_started(uint64_t variant)
{
	(void)variant;
	expect(start(another_hart()->id, (uintptr_t)park, 0), ALREADY_AVAILABLE);
}

static void start_invalid_id(uint64_t variant)
{
	expect(start(bad_id(variant), (uintptr_t)park, 0), INVALID_PARAM);
}

static void start_bad_address(uint64_t variant)
{
	uint64_t address = bad_entry_at(variant);
	struct hart *hart = stopped_hart();

	expect(start(hart->id, address, 0), INVALID_ADDRESS);
	check(is_in_state(hart->id, HSM_STOPPED), "not STOPPED any more");
}

/* A hart's state when it comes in: hart_entry keeps the registers, this the CSRs. */
static struct {
	uint64_t sip, sie, scounteren, sepc, scause, stval;
} entry_csrs;
static volatile uint64_t alive;

static void note_csrs(struct hart *hart)
{
	(void)hart;
	entry_csrs.sip = csr_read(CSR_SIP);
	entry_csrs.sie = csr_read(CSR_SIE);
	entry_csrs.scounteren = csr_read(CSR_SCOUNTEREN);
	entry_csrs.sepc = csr_read(CSR_SEPC);
	entry_csrs.scause = csr_read(CSR_SCAUSE);
	entry_csrs.stval = csr_read(CSR_STVAL);
	barrier();
	alive = 1;
	stop_self();
}

/* One life of the hart, which runs @fn and says so in alive. */
static void live(struct hart *hart, life_fn fn)
{
	hart->entry_fn = (uintptr_t)fn;
	alive = 0;
	barrier();
	expect(start(hart->id, (uintptr_t)hart_entry, (uintptr_t)hart), SUCCESS);
	check(wait_for(&alive, 1, 5000), "hart %lu does not start", hart->id);
}

static void start_regs_satp(uint64_t variant)
{
	struct hart *hart = stopped_hart();

	(void)variant;
	live(hart, note_csrs);
	check(!hart->entry_satp, "satp is %lx", hart->entry_satp);
}

static void start_regs_sie(uint64_t variant)
{
	struct hart *hart = stopped_hart();

	(void)variant;
	live(hart, note_csrs);
	check(!(hart->entry_sstatus & MSTATUS_SIE), "sstatus is %lx", hart->entry_sstatus);
}

static void start_regs_a0(uint64_t variant)
{
	struct hart *hart = stopped_hart();

	(void)variant;
	live(hart, note_csrs);
	check(hart->entry[10] == hart->id, "a0 is %lx on hart %lx", hart->entry[10], hart->id);
}

static const char *const opaque_names[] = { "zero", "all_ones", "bit_63", "pattern", NULL };

static void start_regs_a1(uint64_t variant)
{
	static const uint64_t values[] = { 0, ~0ul, 1ul << 63, 0xfedcba9876543210 };
	struct hart *hart = stopped_hart();

	opaque_seen[2] = 0;
	expect(start(hart->id, (uintptr_t)opaque_entry, values[variant]), SUCCESS);
	check(wait_for(&opaque_seen[2], 1, 5000), "hart %lu does not start", hart->id);
	check(opaque_seen[1] == values[variant], "a1 is %lx", opaque_seen[1]);
	check(opaque_seen[0] == hart->id, "a0 is %lx", opaque_seen[0]);
}

static void boot_regs_others(uint64_t variant)
{
	(void)variant;
	check_cleared(boot_registers);
}

static void start_regs_others(uint64_t variant)
{
	struct hart *hart = stopped_hart();

	(void)variant;
	live(hart, note_csrs);
	check_cleared(hart->entry);
}

static void leave_traces(uint64_t arg)
{
	(void)arg;
	interrupts_off();
	csr_write(CSR_SCOUNTEREN, 7);
	csr_write(CSR_SEPC, 0x1234);
	csr_write(CSR_SCAUSE, 5);
	csr_write(CSR_STVAL, 0x5678);
	csr_write(CSR_SIE, MIP_SSIP | MIP_STIP);
	csr_set(CSR_SIP, MIP_SSIP);
	timer_set(0);
	stop_self();
}

static void start_forgets(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	hart_run(hart, leave_traces, 0);
	hart->online = false;
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	live(hart, note_csrs);
	check(!(entry_csrs.sip & (MIP_SSIP | MIP_STIP)), "sip is %lx", entry_csrs.sip);
	check(!entry_csrs.sie, "sie is %lx", entry_csrs.sie);
	check(!entry_csrs.scounteren, "scounteren is %lx", entry_csrs.scounteren);
	check(!entry_csrs.sepc, "sepc is %lx", entry_csrs.sepc);
	check(!entry_csrs.scause, "scause is %lx", entry_csrs.scause);
	check(!entry_csrs.stval, "stval is %lx", entry_csrs.stval);
}

/* CSRs, what an earlier life left there, and the bits that must be zero. hvip is not all QEMU shows. */
#define NOT_XLEN (~(3UL << 32))
/* clang-format off */
#define GUEST_CSRS(X) \
	X(SENVCFG, 1, ~0UL) \
	X(HSTATUS, 0x7003c0, NOT_XLEN) \
	X(HEDELEG, 0xb100, ~0UL) \
	X(HIDELEG, 0x444, ~0UL) \
	X(HVIP, 0x444, 0x444) \
	X(HIE, 0x444, ~0UL) \
	X(HCOUNTEREN, 7, ~0UL) \
	X(HTIMEDELTA, 0x123456789, ~0UL) \
	X(HTVAL, 0x1000, ~0UL) \
	X(HENVCFG, 1, ~0UL) \
	X(HGATP, ATP_SV39 | 1UL << HGATP_VMID_SHIFT, ~0UL) \
	X(VSSTATUS, MSTATUS_SPIE, NOT_XLEN) \
	X(VSIE, 0x222, ~0UL) \
	X(VSTVEC, 0x1000, ~0UL) \
	X(VSSCRATCH, 1, ~0UL) \
	X(VSEPC, 0x1000, ~0UL) \
	X(VSCAUSE, 5, ~0UL) \
	X(VSTVAL, 0x5678, ~0UL) \
	X(VSATP, ATP_SV39, ~0UL)
/* clang-format on */

static void leave_guest_traces(uint64_t arg)
{
	(void)arg;
	interrupts_off();
#define X(name, value, zero) csr_write(CSR_##name, value);
	GUEST_CSRS(X)
#undef X
	stop_self();
}

static uint64_t guest_csrs[32];

static void note_guest_csrs(struct hart *hart)
{
	unsigned int i = 0;

	(void)hart;
#define X(name, value, zero) guest_csrs[i++] = csr_read(CSR_##name) & (zero);
	GUEST_CSRS(X)
#undef X
	barrier();
	alive = 1;
	stop_self();
}

static void start_forgets_guest(uint64_t variant)
{
#define X(name, value, zero) #name,
	static const char *const names[] = { GUEST_CSRS(X) };
#undef X
	struct hart *hart = another_hart();

	(void)variant;
	if (!isa_has("h"))
		skip("needs the hypervisor extension");
	hart_run(hart, leave_guest_traces, 0);
	hart->online = false;
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	live(hart, note_guest_csrs);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check(!guest_csrs[i], "%s is %lx", names[i], guest_csrs[i]);
}

static void restart_many(uint64_t variant)
{
	(void)variant;
	for (unsigned int i = 0; i < 20; i++) {
		struct hart *hart = stopped_hart();

		check(hart_start(hart), "hart %lu does not start the %u. time", hart->id, i + 1);
	}
}

static volatile uint64_t lives, life_limit;

static void count_life(struct hart *hart)
{
	(void)hart;
	__atomic_fetch_add(&lives, 1, __ATOMIC_SEQ_CST);
	wait_for(&life_limit, 1, 3000);
	stop_self();
}

static void start_all_at_once(uint64_t variant)
{
	unsigned int count = 0;

	(void)variant;
	for_each_other(hart)
	{
		check(hart_stop(hart), "hart %lu does not stop", hart->id);
		count++;
	}
	lives = life_limit = 0;
	for (unsigned int i = 1; i < nharts; i++) {
		harts[i].entry_fn = (uintptr_t)count_life;
		if (!harts[i].lost)
			expect(start(harts[i].id, (uintptr_t)hart_entry, (uintptr_t)&harts[i]),
			       SUCCESS);
	}
	if (!wait_for(&lives, count, 3000))
		fail("%lu of %u harts started", lives, count);
	life_limit = 1;
}

/* ---- Races ---- */

#define RACES 160 /* shared by the harts: emulated ones take turns on fewer real ones */

static struct hart *prize;
static volatile uint64_t gate, at_gate, wins, wrong_losses;

static void race_to_start(uint64_t arg)
{
	struct sbiret ret;

	(void)arg;
	__atomic_fetch_add(&at_gate, 1, __ATOMIC_SEQ_CST);
	while (!gate) /* the watchdog is there; reading time could cost the race */
		relax();
	ret = start(prize->id, (uintptr_t)hart_entry, (uintptr_t)prize);
	if (!ret.error)
		__atomic_fetch_add(&wins, 1, __ATOMIC_SEQ_CST);
	/* The hart is on its way to be started: no code of the table says exactly that. */
	else if (ret.error != SBI_ERR_ALREADY_AVAILABLE && ret.error != SBI_ERR_FAILED &&
		 ret.error != SBI_ERR_INVALID_PARAM)
		__atomic_fetch_add(&wrong_losses, 1, __ATOMIC_SEQ_CST);
}

static void start_race(uint64_t variant)
{
	(void)variant;
	prize = stopped_hart();
	for (unsigned int round = 0; round < RACES / nharts; round++) {
		unsigned int racers = 1;

		gate = at_gate = wins = wrong_losses = lives = life_limit = 0;
		prize->entry_fn = (uintptr_t)count_life;
		for_each_other(hart)
		{
			hart_run(hart, race_to_start, 0);
			racers++;
		}
		if (!wait_for(&at_gate, racers - 1, 4000))
			fail("%lu of %u harts are at the gate", at_gate, racers - 1);
		gate = 1;
		race_to_start(0);
		for_each_other(hart) hart_join(hart);
		check(wins == 1, "%lu of %u harts started it", wins, racers);
		check(!wrong_losses, "%lu losers got a code that does not fit", wrong_losses);
		check(wait_for(&lives, 1, 3000), "it was started %lu times", lives);
		life_limit = 1;
		check(hart_stop(prize), "hart %lu does not stop", prize->id);
	}
}

/*
 * Each hart that lives starts others, suspends, asks for states, and stops. In the end all are
 * stopped, and as many lives were led as hart_start promised.
 */
#define DANCE_MS 300

static volatile uint64_t dance_end, promised, odd_answers;

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state >> 33;
}

static void dance_step(uint64_t *random)
{
	struct hart *partner = &harts[1 + next_random(random) % (nharts - 1)];
	struct sbiret ret;

	switch (next_random(random) % 4) {
	case 0:
	case 1:
		if (partner->lost)
			break;
		ret = start(partner->id, (uintptr_t)hart_entry, (uintptr_t)partner);
		if (!ret.error)
			__atomic_fetch_add(&promised, 1, __ATOMIC_SEQ_CST);
		else if (ret.error != SBI_ERR_ALREADY_AVAILABLE && ret.error != SBI_ERR_FAILED &&
			 ret.error != SBI_ERR_INVALID_PARAM)
			__atomic_fetch_add(&odd_answers, 1, __ATOMIC_SEQ_CST);
		break;
	case 2:
		ret = sbi(EID_HSM, HSM_STATUS, partner->id);
		if (ret.error || ret.value >= HSM_STATES)
			__atomic_fetch_add(&odd_answers, 1, __ATOMIC_SEQ_CST);
		break;
	default:
		timer_set(time_now() + milliseconds(1));
		csr_write(CSR_SIE, MIP_STIP);
		sbi(EID_HSM, HSM_SUSPEND, SUSPEND_RETENTIVE, 0, 0);
		csr_write(CSR_SIE, 0);
		timer_set(~0ul);
	}
}

static void dance(struct hart *hart)
{
	uint64_t random = time_now() * 64 + hart->index;

	__atomic_fetch_add(&lives, 1, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < 8 && time_now() < dance_end; i++)
		dance_step(&random);
	stop_self();
}

static void transitions_raced(uint64_t variant)
{
	uint64_t random = time_now();

	(void)variant;
	for_each_other(hart) check(hart_stop(hart), "hart %lu does not stop", hart->id);
	lives = promised = odd_answers = 0;
	for (unsigned int i = 1; i < nharts; i++)
		harts[i].entry_fn = (uintptr_t)dance;
	dance_end = time_now() + milliseconds(DANCE_MS);
	interrupts_off();
	while (time_now() < dance_end)
		dance_step(&random);
	for (unsigned int i = 1; i < nharts; i++)
		check(harts[i].lost || hart_stop(&harts[i]), "hart %lu does not stop", harts[i].id);
	check(!odd_answers, "%lu answers that cannot be", odd_answers);
	check(promised == lives, "%lu starts promised, %lu lives led", promised, lives);
	check(promised > 0, "nobody danced");
}

/* ---- hart_stop ---- */

static void stop_and_status(uint64_t variant)
{
	(void)variant;
	for_each_other(hart) check(hart_stop(hart), "hart %lu does not stop", hart->id);
}

static struct mark boot_hart_mark;

static void come_back(struct hart *hart)
{
	(void)hart;
	leap_to(&boot_hart_mark);
}

static void restart_boot_hart(uint64_t arg)
{
	uint64_t begin = time_now();

	(void)arg;
	while (!is_in_state(harts[0].id, HSM_STOPPED))
		check(time_now() - begin < milliseconds(4000), "the boot hart does not stop");
	expect(start(harts[0].id, (uintptr_t)hart_entry, (uintptr_t)&harts[0]), SUCCESS);
}

/* The boot hart is a hart like any other. */
static void stop_boot_hart(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	interrupts_off();
	if (!mark(&boot_hart_mark)) {
		self()->entry_fn = (uintptr_t)come_back;
		self()->entry_stack = self()->trap_stack;
		hart_run(hart, restart_boot_hart, 0);
		sbi(EID_HSM, HSM_STOP);
		fail("hart_stop came back");
	}
	hart_join(hart);
}

/* ---- hart_suspend ---- */

static struct sbiret suspend(uint64_t type, uint64_t resume, uint64_t opaque)
{
	return sbi(EID_HSM, HSM_SUSPEND, type, resume, opaque);
}

static bool may_suspend(struct sbiret ret)
{
	if (ret.error == SBI_ERR_NOT_SUPPORTED)
		skip("this type is not supported");
	return expect(ret, SUCCESS) || true;
}

/* An interrupt to come, which the hart sees pending and does not take. */
static void wake_in(uint64_t ms)
{
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(ms));
}

static void retentive_by_timer(uint64_t variant)
{
	uint64_t wake = time_now() + milliseconds(50);

	(void)variant;
	wake_in(50);
	while (!(csr_read(CSR_SIP) & MIP_STIP))
		may_suspend(suspend(SUSPEND_RETENTIVE, 0, 0));
	check(time_now() >= wake, "woke before the interrupt");
}

static void retentive_pending(uint64_t variant)
{
	(void)variant;
	wake_in(0);
	sleep_ms(1);
	may_suspend(suspend(SUSPEND_RETENTIVE, 0, 0));
}

/* "The resume_addr parameter is unused during retentive suspend." */
static void retentive_any_address(uint64_t variant)
{
	(void)variant;
	wake_in(5);
	may_suspend(suspend(SUSPEND_RETENTIVE, ~0ul, ~0ul));
}

static void suspend_until_ipi(uint64_t type)
{
	interrupts_off();
	csr_write(CSR_SIE, MIP_SSIP | MIP_STIP);
	alive = 1;
	barrier();
	while (!(csr_read(CSR_SIP) & MIP_SSIP)) {
		check(!(csr_read(CSR_SIP) & MIP_STIP), "no IPI arrived");
		may_suspend(suspend(type, 0, 0));
	}
}

static void retentive_by_ipi(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	alive = 0;
	hart_run(hart, suspend_until_ipi, SUSPEND_RETENTIVE);
	check(wait_for(&alive, 1, 3000), "hart %lu is not ready", hart->id);
	sleep_ms(10);
	expect(sbi(EID_IPI, IPI_SEND, 1, hart->id), SUCCESS);
	hart_join(hart);
}

static void suspended_for_a_while(uint64_t arg)
{
	(void)arg;
	wake_in(300);
	alive = 1;
	barrier();
	while (!(csr_read(CSR_SIP) & MIP_STIP))
		may_suspend(suspend(SUSPEND_RETENTIVE, 0, 0));
}

static bool is_suspended(uint64_t id)
{
	return is_in_state(id, HSM_SUSPENDED);
}

static void suspended_state(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	alive = 0;
	hart_run(hart, suspended_for_a_while, 0);
	check(wait_for(&alive, 1, 3000), "hart %lu is not ready", hart->id);
	check(wait_until(is_suspended, hart->id, 250), "never seen SUSPENDED");
	hart_join(hart);
	check(is_in_state(hart->id, HSM_STARTED), "not STARTED again");
}

/* The specification has no code for this; a SUSPENDED hart is not STOPPED and cannot be started. */
static void start_suspended(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	alive = 0;
	hart_run(hart, suspended_for_a_while, 0);
	check(wait_for(&alive, 1, 3000), "hart %lu is not ready", hart->id);
	check(wait_until(is_suspended, hart->id, 250), "never seen SUSPENDED");
	expect(start(hart->id, (uintptr_t)park, 0), ALREADY_AVAILABLE | FAILED | INVALID_PARAM);
	hart_join(hart);
}

/* Non-retentive: the hart comes back at hart_entry, on another stack, and leaps to where it was. */
static struct mark suspend_marks[MAX_HARTS];

static void resume_here(struct hart *hart)
{
	leap_to(&suspend_marks[hart->index]);
}

static void suspend_non_retentive(uint64_t type, uint64_t sie)
{
	struct hart *hart = self();
	uint64_t stack = hart->entry_stack;

	csr_write(CSR_SIE, sie);
	if (!mark(&suspend_marks[hart->index])) {
		hart->entry_fn = (uintptr_t)resume_here;
		hart->entry_stack = hart->trap_stack;
		may_suspend(suspend(type, (uintptr_t)hart_entry, (uintptr_t)hart));
		fail("came back from the call instead of to resume_addr");
	}
	hart->entry_stack = stack;
}

static void non_retentive_by_timer(uint64_t variant)
{
	uint64_t wake = time_now() + milliseconds(50);

	(void)variant;
	wake_in(50);
	suspend_non_retentive(SUSPEND_NON_RETENTIVE, MIP_STIP);
	check(time_now() >= wake, "woke before the interrupt");
}

/* uint32_t arguments are sign-extended by the C calling convention, and zero-extended by Linux. */
static void non_retentive_sign_extended(uint64_t variant)
{
	(void)variant;
	wake_in(10);
	suspend_non_retentive(0xffffffff80000000, MIP_STIP);
}

static void resume_regs(uint64_t variant)
{
	struct hart *hart = self();

	(void)variant;
	wake_in(10);
	paging_on(0);
	suspend_non_retentive(SUSPEND_NON_RETENTIVE, MIP_STIP);
	check(!hart->entry_satp, "satp is %lx", hart->entry_satp);
	check(!(hart->entry_sstatus & MSTATUS_SIE), "sstatus is %lx", hart->entry_sstatus);
	check(hart->entry[10] == hart->id, "a0 is %lx", hart->entry[10]);
	check(hart->entry[11] == (uintptr_t)hart, "a1 is %lx", hart->entry[11]);
}

static void resume_regs_others(uint64_t variant)
{
	(void)variant;
	wake_in(10);
	suspend_non_retentive(SUSPEND_NON_RETENTIVE, MIP_STIP);
	check_cleared(self()->entry);
}

static void non_retentive_until_ipi(uint64_t arg)
{
	(void)arg;
	interrupts_off();
	alive = 1;
	barrier();
	suspend_non_retentive(SUSPEND_NON_RETENTIVE, MIP_SSIP);
}

static void non_retentive_by_ipi(uint64_t variant)
{
	(void)variant;
	for_each_other(hart)
	{
		alive = 0;
		hart_run(hart, non_retentive_until_ipi, 0);
		check(wait_for(&alive, 1, 3000), "hart %lu is not ready", hart->id);
		sleep_ms(10);
		expect(sbi(EID_IPI, IPI_SEND, 1, hart->id), SUCCESS);
		hart_join(hart);
	}
}

static void suspend_many(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 10; i++) {
		wake_in(2);
		suspend_non_retentive(SUSPEND_NON_RETENTIVE, MIP_STIP);
		wake_in(2);
		may_suspend(suspend(SUSPEND_RETENTIVE, 0, 0));
	}
}

static void all_harts_suspend(uint64_t variant)
{
	(void)variant;
	on_all_harts(suspend_many, 0);
}

static const char *const reserved_names[] = {
	"1", "0fffffff", "80000001", "8fffffff", "8fffffff_sign_extended", NULL,
};

static void suspend_reserved(uint64_t variant)
{
	static const uint64_t types[] = {
		1, 0x0fffffff, 0x80000001, 0x8fffffff, 0xffffffff8fffffff,
	};

	wake_in(10);
	expect(suspend(types[variant], (uintptr_t)park, 0), INVALID_PARAM);
}

/* "platform-specific and unimplemented"; the QEMU machines have none. */
static const char *const platform_names[] = {
	"10000000", "7fffffff", "90000000", "ffffffff", NULL,
};

static void suspend_platform(uint64_t variant)
{
	static const uint64_t types[] = { 0x10000000, 0x7fffffff, 0x90000000, 0xffffffff };

	wake_in(10);
	expect(suspend(types[variant], (uintptr_t)park, 0), INVALID_PARAM | NOT_SUPPORTED);
}

static void suspend_with_bad_address(uint64_t address)
{
	wake_in(10);
	expect(suspend(SUSPEND_NON_RETENTIVE, address, 0), INVALID_ADDRESS);
}

/* On another hart where there is one: a firmware that takes the address loses the hart. */
static void suspend_bad_address(uint64_t variant)
{
	uint64_t address = bad_entry_at(variant);
	struct hart *hart = another_hart();

	on_hart(hart ? hart : self(), suspend_with_bad_address, address);
}

static const struct test tests[] = {
	{ "hart_get_status.self", STATES, status_self },
	{ "hart_get_status.others", STATES, status_others, .min_harts = 2 },
	{ "hart_get_status.stopped", STATES, status_stopped, .min_harts = 2 },
	{ "hart_get_status.suspended", STATES, suspended_state, .min_harts = 2 },
	{ "hart_get_status.invalid_hartid", STATUS_ERRORS, status_invalid_id, id_names },
	{ "hart_get_status.unavailable_hart", STATUS_ERRORS, status_unavailable },
	{ "hart_start.already_available_self", START_ERRORS, start_self },
	{ "hart_start.already_available_other", START_ERRORS, start_started, .min_harts = 2 },
	{ "hart_start.suspended", START_ERRORS, start_suspended, .min_harts = 2 },
	{ "hart_start.invalid_hartid", START_ERRORS, start_invalid_id, id_names },
	{ "hart_start.unavailable_hart", START_ERRORS, start_unavailable },
	{ "boot.other_registers_zero", START_REGS, boot_regs_others, .flags = HOUSE },
	{ "hart_start.satp", START_REGS, start_regs_satp, .min_harts = 2 },
	{ "hart_start.sstatus_sie", START_REGS, start_regs_sie, .min_harts = 2 },
	{ "hart_start.a0", START_REGS, start_regs_a0, .min_harts = 2 },
	{ "hart_start.a1", START_REGS, start_regs_a1, opaque_names, .min_harts = 2 },
	{ "hart_start.other_registers_zero", START_REGS, start_regs_others, .min_harts = 2,
	  .flags = HOUSE },
	{ "hart_start.nothing_of_earlier_life", START_REGS, start_forgets, .min_harts = 2,
	  .flags = HOUSE },
	{ "hart_start.nothing_of_earlier_guests", START_REGS, start_forgets_guest, .min_harts = 2,
	  .flags = HOUSE },
	{ "hart_start.many_times", START_ERRORS, restart_many, .min_harts = 2 },
	{ "hart_start.all_at_once", START_ERRORS, start_all_at_once, .min_harts = 2 },
	{ "hart_start.raced", START_ERRORS, start_race, .min_harts = 2 },
	{ "hart_stop.stopped", STOP_ERRORS, stop_and_status, .min_harts = 2 },
	{ "hart_stop.boot_hart", STOP_ERRORS, stop_boot_hart, .min_harts = 2 },
	{ "transitions_raced", STATES, transitions_raced, .min_harts = 2 },
	{ "hart_suspend.retentive_by_timer", SUSPEND_ERRORS, retentive_by_timer },
	{ "hart_suspend.retentive_by_ipi", SUSPEND_ERRORS, retentive_by_ipi, .min_harts = 2 },
	{ "hart_suspend.retentive_pending", SUSPEND_ERRORS, retentive_pending },
	{ "hart_suspend.retentive_any_address", SUSPEND_ERRORS, retentive_any_address },
	{ "hart_suspend.non_retentive_by_timer", SUSPEND_ERRORS, non_retentive_by_timer },
	{ "hart_suspend.non_retentive_by_ipi", SUSPEND_ERRORS, non_retentive_by_ipi,
	  .min_harts = 2 },
	{ "hart_suspend.type_sign_extended", SUSPEND_TYPES, non_retentive_sign_extended },
	{ "hart_suspend.resume_registers", RESUME_REGS, resume_regs },
	{ "hart_suspend.other_registers_zero", RESUME_REGS, resume_regs_others, .flags = HOUSE },
	{ "hart_suspend.all_harts", SUSPEND_ERRORS, all_harts_suspend },
	{ "hart_suspend.reserved_type", SUSPEND_TYPES, suspend_reserved, reserved_names },
	{ "hart_suspend.platform_type", SUSPEND_TYPES, suspend_platform, platform_names },
	{ 0 }
};

const struct suite hsm_suite = { "hsm", EID_HSM, HSM_FIDS, tests };

/* A firmware that takes one of these addresses loses a hart, so they come late. */
static const struct test address_tests[] = { { "hart_start.invalid_address", START_ERRORS,
					       start_bad_address, bad_entry, .min_harts = 2 },
					     { "hart_suspend.invalid_address", SUSPEND_ERRORS,
					       suspend_bad_address, bad_entry },
					     { 0 } };

const struct suite hsm_address_suite = { "hsm_address", EID_HSM, 0, address_tests };
