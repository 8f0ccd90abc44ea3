/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts, jobs, traps and time limits of a payload, see hart.h. */
#include "tests/payloads/common/hart.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/riscv.h"

/*
 * A job on another hart that takes longer has gone wrong; who waits for it waits a bit longer. All
 * limits are stretched, for emulated harts that share few real ones with other work.
 */
#define PATIENCE 4
#define JOB_MS 10000
#define JOIN_MS 11000
#define BOOT_HART_MS 14000

struct hart harts[MAX_HARTS];
unsigned int nharts;
static bool has_time, has_ipi;

_Static_assert(offsetof(struct hart, trap) == HART_TRAP, "layout.h");
_Static_assert(offsetof(struct hart, call) == HART_CALL, "layout.h");
_Static_assert(offsetof(struct hart, result) == HART_RESULT, "layout.h");
_Static_assert(offsetof(struct hart, entry) == HART_ENTRY, "layout.h");
_Static_assert(offsetof(struct hart, kept) == HART_KEPT, "layout.h");
_Static_assert(offsetof(struct hart, entry_stack) == HART_ENTRY_STACK, "layout.h");
_Static_assert(offsetof(struct hart, trap_stack) == HART_TRAP_STACK_TOP, "layout.h");
_Static_assert(offsetof(struct hart, entry_fn) == HART_ENTRY_FN, "layout.h");
_Static_assert(offsetof(struct hart, entry_satp) == HART_ENTRY_SATP, "layout.h");
_Static_assert(offsetof(struct hart, entry_sstatus) == HART_ENTRY_SSTATUS, "layout.h");
_Static_assert(sizeof(((struct hart *)0)->kept) >= sizeof(struct mark), "layout.h");

extern void trap_entry(void);
void trap_handler(struct hart *hart);

uint64_t milliseconds(uint64_t ms)
{
	return machine.timebase * ms / 1000;
}

static bool is_past(uint64_t start, uint64_t limit_ms)
{
	return time_now() - start > milliseconds(limit_ms * PATIENCE);
}

bool wait_until(bool (*done)(uint64_t arg), uint64_t arg, uint64_t ms)
{
	uint64_t start = time_now();

	while (!done(arg)) {
		if (is_past(start, ms))
			return done(arg);
		relax();
	}
	return true;
}

bool wait_for(volatile uint64_t *word, uint64_t value, uint64_t ms)
{
	uint64_t start = time_now();

	while (*word != value) {
		if (is_past(start, ms))
			return *word == value;
		relax();
	}
	barrier();
	return true;
}

static bool never(uint64_t arg)
{
	(void)arg;
	return false;
}

void sleep_ms(uint64_t ms)
{
	wait_until(never, 0, ms);
}

bool interrupts_off(void)
{
	bool on = csr_read(CSR_SSTATUS) & MSTATUS_SIE;

	csr_clear(CSR_SSTATUS, MSTATUS_SIE);
	return on;
}

void interrupts_restore(bool on)
{
	if (on)
		csr_set(CSR_SSTATUS, MSTATUS_SIE);
}

void timer_set(uint64_t when)
{
	if (has_time)
		sbi(EID_TIME, TIME_SET_TIMER, when);
	else
		sbi(EID_LEGACY_SET_TIMER, 0, when);
}

/* ---- Verdicts ---- */

static void __attribute__((noreturn))
end_with(enum verdict verdict, const char *format, va_list args)
{
	struct hart *hart = self();

	hart->verdict = verdict;
	vformat(hart->message, sizeof(hart->message), format, args);
	hart->in_trap = false;
	hart->stepping = false;
	if (!hart->escape) {
		print("Bail out! hart %lu: %s\n", hart->id, hart->message);
		park();
	}
	leap_to(hart->escape);
}

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end_with(FAIL, format, args);
}

void skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end_with(SKIP, format, args);
}

/* What a job may have left behind. */
static void tidy(struct hart *hart)
{
	interrupts_off();
	csr_write(CSR_SIE, 0);
	csr_write(CSR_SATP, 0);
	sfence_vma_all();
	csr_write(CSR_STVEC, (uintptr_t)trap_entry);
	csr_clear(CSR_SIP, MIP_SSIP);
	timer_set(~0ul);
	hart->stepping = false;
	hart->on_interrupt = NULL;
	hart->user_exit = NULL;
}

static unsigned int watchdog_ms(const struct hart *hart)
{
	return hart == harts ? BOOT_HART_MS : JOB_MS;
}

enum verdict guarded(job_fn fn, uint64_t arg)
{
	struct hart *hart = self();
	struct mark here;

	hart->verdict = PASS;
	hart->message[0] = '\0';
	if (!mark(&here)) {
		hart->escape = &here;
		timer_set(time_now() + milliseconds(watchdog_ms(hart) * PATIENCE));
		csr_write(CSR_SIE, MIP_STIP);
		csr_set(CSR_SSTATUS, MSTATUS_SIE);
		fn(arg);
	}
	hart->escape = NULL;
	tidy(hart);
	return hart->verdict;
}

/* ---- Traps ---- */

static uint64_t next_instruction(uint64_t epc)
{
	return epc + ((*(const volatile uint16_t *)epc & 3) == 3 ? 4 : 2);
}

static void interrupt(struct hart *hart, unsigned int irq)
{
	if (hart->on_interrupt) {
		hart->on_interrupt(hart, irq);
		return;
	}
	csr_clear(CSR_SIE, 1ul << irq);
	if (irq == IRQ_STI)
		fail("not done in %u ms, at %lx", watchdog_ms(hart), hart->trap[0]);
	fail("interrupt %u that nobody asked for, at %lx", irq, hart->trap[0]);
}

void trap_handler(struct hart *hart)
{
	uint64_t cause = csr_read(CSR_SCAUSE), epc = hart->trap[0];

	if (cause & CAUSE_INTERRUPT) {
		interrupt(hart, (unsigned int)(cause & 0xff));
		return;
	}
	if (hart->in_trap) {
		hart->escape = NULL;
		fail("trap %lu in the trap handler, sepc %lx stval %lx", cause, epc,
		     csr_read(CSR_STVAL));
	}
	if ((cause == CAUSE_ECALL_U || cause == CAUSE_ECALL_VS) && hart->user_exit)
		leap_to(hart->user_exit);
	hart->in_trap = true;
	if (!hart->stepping)
		fail("trap %lu, sepc %lx stval %lx", cause, epc, csr_read(CSR_STVAL));
	hart->stepped.count++;
	hart->stepped.cause = cause;
	hart->stepped.epc = epc;
	hart->stepped.tval = csr_read(CSR_STVAL);
	hart->stepped.status = csr_read(CSR_SSTATUS);
	/* A jump into nowhere goes back to where it came from, anything else is stepped over. */
	if (cause == CAUSE_FETCH_ACCESS || cause == CAUSE_FETCH_PAGE_FAULT)
		hart->trap[0] = hart->trap[1];
	else
		hart->trap[0] = next_instruction(epc);
	csr_clear(CSR_SSTATUS, MSTATUS_SPELP); /* the landing pad that was missing */
	hart->in_trap = false;
}

void trap_expect(void)
{
	struct hart *hart = self();

	hart->stepped = (struct trap){ 0 };
	hart->stepping = true;
}

unsigned int trap_taken(struct trap *last)
{
	struct hart *hart = self();

	hart->stepping = false;
	if (last)
		*last = hart->stepped;
	return hart->stepped.count;
}

bool load_traps(uint64_t addr, struct trap *trap)
{
	trap_expect();
	touch_load(addr);
	return trap_taken(trap) != 0;
}

bool store_traps(uint64_t addr, uint64_t value, struct trap *trap)
{
	trap_expect();
	touch_store(addr, value);
	return trap_taken(trap) != 0;
}

/* ---- Jobs on other harts ---- */

static struct hart *add_hart(uint64_t id)
{
	struct hart *hart = &harts[nharts];

	hart->id = id;
	hart->index = nharts++;
	hart->trap_stack = (uintptr_t)hart->stacks + sizeof(hart->stacks);
	return hart;
}

struct hart *hart_by_id(uint64_t id)
{
	for (unsigned int i = 1; i < nharts; i++) {
		if (harts[i].id == id)
			return &harts[i];
	}
	return harts;
}

void harts_init(uint64_t boot_id)
{
	struct hart *boot = add_hart(boot_id);

	boot->online = true;
	__asm__ volatile("mv tp, %0" : : "r"(boot));
	csr_write(CSR_SSCRATCH, (uintptr_t)boot);
	has_time = sbi_probe(EID_TIME);
	has_ipi = sbi_probe(EID_IPI);
	tidy(boot);
	for (unsigned int i = 0; i < machine.ncpus && nharts < MAX_HARTS; i++) {
		if (machine.cpus[i].id != boot_id && machine.cpus[i].supervisor)
			add_hart(machine.cpus[i].id);
	}
}

static void idle_loop(struct hart *hart)
{
	tidy(hart);
	hart->online = true;
	for (;;) {
		csr_write(CSR_SIE, MIP_SSIP);
		/* One IPI, one job: a job taken before its IPI would find that later. */
		while (!(csr_read(CSR_SIP) & MIP_SSIP))
			wait_for_interrupt();
		csr_clear(CSR_SIP, MIP_SSIP);
		barrier();
		if (!hart->job)
			continue;
		guarded(hart->job, hart->arg);
		barrier();
		hart->job = NULL;
	}
}

bool hart_start(struct hart *hart)
{
	hart->online = false;
	hart->job = NULL;
	hart->entry_fn = (uintptr_t)idle_loop;
	hart->entry_stack = (uintptr_t)hart->stacks + STACK_SIZE;
	barrier();
	if (sbi(EID_HSM, HSM_START, hart->id, (uintptr_t)hart_entry, (uintptr_t)hart).error)
		return false;
	for (uint64_t start = time_now(); !*(volatile bool *)&hart->online; relax()) {
		if (is_past(start, JOIN_MS)) {
			hart->lost = true;
			return false;
		}
	}
	return true;
}

static void stop_here(uint64_t arg)
{
	(void)arg;
	tidy(self());
	sbi(EID_HSM, HSM_STOP);
	fail("hart_stop came back");
}

static bool is_stopped(uint64_t id)
{
	struct sbiret ret = sbi(EID_HSM, HSM_STATUS, id);

	return !ret.error && ret.value == HSM_STOPPED;
}

bool hart_stop(struct hart *hart)
{
	if (hart->online)
		hart_run(hart, stop_here, 0);
	hart->online = false;
	return wait_until(is_stopped, hart->id, JOIN_MS);
}

void harts_start(void)
{
	if (!sbi_probe(EID_HSM))
		return;
	for (unsigned int i = 1; i < nharts; i++) {
		if (!hart_start(&harts[i]))
			print("# hart %lu did not start\n", harts[i].id);
	}
}

unsigned int count_online(void)
{
	unsigned int count = 0;

	for_each_online(hart) count++;
	return count;
}

struct hart *another_hart(void)
{
	for_each_other(hart) return hart;
	return NULL;
}

void hart_run(struct hart *hart, job_fn fn, uint64_t arg)
{
	hart->verdict = PASS;
	hart->arg = arg;
	barrier();
	hart->job = fn;
	barrier();
	if (has_ipi)
		sbi(EID_IPI, IPI_SEND, 1, hart->id);
	else
		sbi(EID_LEGACY_SEND_IPI, 0, (uintptr_t) & (uint64_t){ 1ul << hart->id });
}

static bool is_idle(uint64_t index)
{
	return !harts[index].job;
}

static bool settle(struct hart *hart)
{
	if (wait_until(is_idle, hart->index, JOIN_MS)) {
		barrier();
		return true;
	}
	hart->online = false;
	hart->lost = true;
	return false;
}

void hart_join(struct hart *hart)
{
	if (!settle(hart))
		fail("hart %lu does not answer any more", hart->id);
	if (hart->verdict == SKIP)
		skip("%s", hart->message);
	if (hart->verdict == FAIL)
		fail("hart %lu: %s", hart->id, hart->message);
}

void harts_settle(void)
{
	for_each_other(hart) settle(hart);
}

void on_hart(struct hart *hart, job_fn fn, uint64_t arg)
{
	if (hart == self()) {
		fn(arg);
		return;
	}
	hart_run(hart, fn, arg);
	hart_join(hart);
}

void on_all_harts(job_fn fn, uint64_t arg)
{
	for_each_other(hart) hart_run(hart, fn, arg);
	fn(arg);
	for_each_other(hart) hart_join(hart);
}
