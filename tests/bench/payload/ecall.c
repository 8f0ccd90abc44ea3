/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each SBI call costs on a quiet machine. Hart by hart: the boot hart calls, the others
 * are stopped, or sleep until they are wanted as a target. Runs on any SBI firmware. On a machine with
 * a platform microcontroller it is the calls about such devices that are measured, and no others.
 */
#include "sbi.h"

#define REPEAT 5
#define TARGET 1 /* hart that calls aim at; must not be the boot hart */
#define TIMER_TICKS 200

enum job { JOB_NONE, JOB_STOP, JOB_SUSPEND_RETENTIVE, JOB_SUSPEND };

static volatile enum job jobs[MAX_HARTS];
static volatile unsigned long ipis[MAX_HARTS];
static volatile bool up[MAX_HARTS];
static unsigned long n_harts, me, target;
static const char text[64] = "The quick brown fox jumps over the lazy dog, and over the fence.";

static unsigned long hart_status(unsigned long hart)
{
	return sbi_call(EID_HSM, HSM_GET_STATUS, hart, 0, 0, 0).value;
}

/* Sleep until another hart wants something. */
static void serve(unsigned long hart)
{
	csr_write(CSR_SIE, MIP_SSIP);
	up[hart] = true;
	for (;;) {
		wfi();
		if (!(csr_read(CSR_SIP) & MIP_SSIP))
			continue;
		csr_clear(CSR_SIP, MIP_SSIP);

		enum job job = jobs[hart];

		jobs[hart] = JOB_NONE;
		ipis[hart]++;
		if (job == JOB_STOP) {
			up[hart] = false;
			sbi_call(EID_HSM, HSM_STOP, 0, 0, 0, 0);
		} else if (job == JOB_SUSPEND_RETENTIVE) {
			measure(WINDOW_SUSPEND_RETENTIVE, EID_HSM, HSM_SUSPEND, 0, 0, 0, 0);
		} else if (job == JOB_SUSPEND) {
			open_window(WINDOW_SUSPEND);
			sbi_call(EID_HSM, HSM_SUSPEND, 0x80000000, (uintptr_t)resume_entry, 0, 0);
		}
	}
}

void started_hart_entry(unsigned long hart)
{
	serve(hart);
}

/* The whole machine, of which this hart is all that runs, until a timer that has expired. */
static void suspend_system(void)
{
	static unsigned int times;

	if (times++ == REPEAT)
		end_run();
	sbi_call(EID_TIME, 0, 0, 0, 0, 0);
	csr_write(CSR_SIE, MIP_STIP);
	open_window(WINDOW_SYSTEM_SUSPEND);
	sbi_call(EID_SUSP, 0, 0, (uintptr_t)resume_entry, 0, 0);
	end_run();
}

void resumed_hart_entry(unsigned long hart)
{
	if (hart == me)
		suspend_system();
	serve(hart);
}

static void start(unsigned long hart)
{
	sbi_call(EID_HSM, HSM_START, hart, (uintptr_t)hart_entry, 0, 0);
	while (!up[hart])
		;
}

static void send_ipi(unsigned long hart)
{
	sbi_call(EID_IPI, 0, 1, hart, 0, 0);
}

static void give_job(unsigned long hart, enum job job)
{
	unsigned long before = ipis[hart];

	jobs[hart] = job;
	send_ipi(hart);
	while (ipis[hart] == before)
		;
}

static void measure_calls(void)
{
	open_window(WINDOW_EMPTY);
	close_window(WINDOW_EMPTY);
	measure(WINDOW_GET_SPEC_VERSION, EID_BASE, BASE_GET_SPEC_VERSION, 0, 0, 0, 0);
	measure(WINDOW_PROBE_EXTENSION, EID_BASE, BASE_PROBE_EXTENSION, EID_DBCN, 0, 0, 0);
	measure(WINDOW_HART_STATUS, EID_HSM, HSM_GET_STATUS, me, 0, 0, 0);
	measure(WINDOW_FENCE_I_SELF, EID_RFENCE, RFENCE_FENCE_I, 1, me, 0, 0);
	measure(WINDOW_SFENCE_SELF, EID_RFENCE, RFENCE_SFENCE_VMA, 1, me, 0x1000, 0x1000);
	measure(WINDOW_CONSOLE_WRITE, EID_DBCN, DBCN_WRITE, sizeof(text), (uintptr_t)text, 0, 0);
	measure(WINDOW_CONSOLE_BYTE, EID_DBCN, DBCN_WRITE_BYTE, '.', 0, 0, 0);
	measure(WINDOW_PUTCHAR, EID_PUTCHAR, 0, '\n', 0, 0, 0);
}

/* As a mask; numbers may be missing in between. */
static unsigned long all_counters(void)
{
	unsigned long n = sbi_call(EID_PMU, PMU_NUM_COUNTERS, 0, 0, 0, 0).value, mask = 0;

	for (unsigned long i = 0; i < n; i++) {
		if (!sbi_call(EID_PMU, PMU_GET_INFO, i, 0, 0, 0).error)
			mask |= 1UL << i;
	}
	return mask;
}

/* What takes longest of each extension; its bounds are of interest, more than its cost. */
static void measure_long_calls(void)
{
	static char kib[1024];
	static unsigned long attributes[SSE_ATTRS];
	unsigned long counters = all_counters();
	struct sbiret matched;

	for (unsigned int i = 0; i < sizeof(kib); i++)
		kib[i] = text[i % sizeof(text)];
	measure(WINDOW_CONSOLE_KIB, EID_DBCN, DBCN_WRITE, sizeof(kib), (uintptr_t)kib, 0, 0);
	measure(WINDOW_CONSOLE_READ, EID_DBCN, DBCN_READ, sizeof(kib), (uintptr_t)kib, 0, 0);
	measure(WINDOW_SFENCE_EVERYTHING, EID_RFENCE, RFENCE_SFENCE_VMA, 1, me, 0, -1UL);
	measure(WINDOW_SFENCE_RANGE, EID_RFENCE, RFENCE_SFENCE_VMA, 1, me, 0x1000, 64 << 12);
	measure(WINDOW_FWFT_SET, EID_FWFT, FWFT_SET, FWFT_MISALIGNED_EXC_DELEG, 0, 0, 0);
	measure(WINDOW_FWFT_GET, EID_FWFT, FWFT_GET, FWFT_MISALIGNED_EXC_DELEG, 0, 0, 0);
	matched = measure(WINDOW_PMU_MATCH, EID_PMU, PMU_CONFIG_MATCHING, 0, counters, 0,
			  PMU_EVENT_CYCLES);
	measure(WINDOW_PMU_START, EID_PMU, PMU_START, matched.value, 1, 0, 0);
	measure(WINDOW_PMU_STOP, EID_PMU, PMU_STOP, matched.value, 1, PMU_STOP_RESET, 0);
	measure(WINDOW_SSE_READ, EID_SSE, SSE_READ_ATTRS, SSE_SOFTWARE_LOCAL, 0, SSE_ATTRS,
		(uintptr_t)attributes);
	measure(WINDOW_DBTR_COUNT, EID_DBTR, DBTR_NUM_TRIGGERS, 0, 0, 0, 0);
}

static void measure_timer(void)
{
	measure(WINDOW_SET_TIMER, EID_TIME, 0, read_time() + TIMER_TICKS, 0, 0, 0);
	open_window(WINDOW_TIMER_INTERRUPT);
	while (!(csr_read(CSR_SIP) & MIP_STIP))
		;
	close_window(WINDOW_TIMER_INTERRUPT);
	sbi_call(EID_TIME, 0, -1UL, 0, 0, 0);
}

static void measure_traps(void)
{
	static const uint64_t words[2] = { 0x8877665544332211, 0x99 };

	open_window(WINDOW_ILLEGAL);
	__asm__ volatile(".4byte 0x0000000b");
	close_window(WINDOW_ILLEGAL);

	open_window(WINDOW_MISALIGNED_LOAD);
	unsigned long loaded = misaligned_load(words);
	close_window(WINDOW_MISALIGNED_LOAD);
	if (loaded != 0x9988776655443322)
		end_run(); /* The runner misses what comes after. */

	open_window(WINDOW_READ_TIME);
	read_time();
	close_window(WINDOW_READ_TIME);
}

/* The runner misses what comes after a call that fails. */
static void must(struct sbiret ret)
{
	if (ret.error)
		end_run();
}

/* The channel of tests/payloads/sbi/rpmi_peer.py that takes messages without an answer. */
#define CHANNEL 0x1001
#define MESSAGE 2

static void measure_devices(void)
{
	static uint32_t shared[MPXY_SHMEM_SIZE / 4] __attribute__((aligned(MPXY_SHMEM_SIZE)));
	unsigned long length;

	must(measure(WINDOW_CPPC_WRITE, EID_CPPC, CPPC_WRITE, CPPC_DESIRED_PERFORMANCE, 7, 0, 0));
	must(measure(WINDOW_CPPC_READ, EID_CPPC, CPPC_READ, CPPC_DESIRED_PERFORMANCE, 0, 0, 0));
	must(measure(WINDOW_MPXY_SHMEM, EID_MPXY, MPXY_SET_SHMEM, (uintptr_t)shared, 0, 0, 0));
	must(measure(WINDOW_MPXY_IDS, EID_MPXY, MPXY_GET_CHANNEL_IDS, 0, 0, 0, 0));
	must(measure(WINDOW_MPXY_READ, EID_MPXY, MPXY_READ_ATTRS, CHANNEL, 0, MPXY_ATTRS, 0));
	length = shared[MPXY_DATA_MAX_LEN];
	shared[0] = 1;
	must(measure(WINDOW_MPXY_WRITE, EID_MPXY, MPXY_WRITE_ATTRS, CHANNEL, MPXY_EVENTS_STATE, 1,
		     0));
	must(measure(WINDOW_MPXY_POST, EID_MPXY, MPXY_POST, CHANNEL, MESSAGE, length, 0));
	must(measure(WINDOW_MPXY_EVENTS, EID_MPXY, MPXY_GET_NOTIFICATIONS, CHANNEL, 0, 0, 0));
}

/* A call with one target, which sleeps. */
static void measure_target(void)
{
	unsigned long before = ipis[target];

	measure(WINDOW_SEND_IPI, EID_IPI, 0, 1, target, 0, 0);
	while (ipis[target] == before)
		;
	open_window(WINDOW_IPI_TAKEN);
	send_ipi(target);
	while (ipis[target] == before + 1)
		;
	close_window(WINDOW_IPI_TAKEN);
	measure(WINDOW_SFENCE_ONE, EID_RFENCE, RFENCE_SFENCE_VMA, 1, target, 0x1000, 0x1000);
}

static void measure_suspend(enum job job)
{
	unsigned long before;

	give_job(target, job);
	while (hart_status(target) != HART_SUSPENDED)
		;
	before = ipis[target];
	send_ipi(target);
	while (ipis[target] == before)
		;
}

static void measure_restart(void)
{
	give_job(target, JOB_STOP);
	while (hart_status(target) != HART_STOPPED)
		;
	open_window(WINDOW_HART_RESTART);
	start(target);
}

/* All others at once, in as few calls as the mask allows: the first 64. */
static void measure_all(void)
{
	unsigned long mask = (n_harts < 64 ? (1UL << n_harts) - 1 : -1UL) & ~(1UL << me);
	unsigned long last = n_harts < 64 ? n_harts - 1 : 63;
	unsigned long before = ipis[last];

	measure(WINDOW_SFENCE_ALL, EID_RFENCE, RFENCE_SFENCE_VMA, mask, 0, 0x1000, 0x1000);
	measure(WINDOW_SEND_IPI_ALL, EID_IPI, 0, mask, 0, 0, 0);
	while (ipis[last] == before)
		;
}

void boot_hart_entry(unsigned long hart)
{
	me = hart;
	if (sbi_call(EID_BASE, BASE_PROBE_EXTENSION, EID_MPXY, 0, 0, 0).value) {
		for (int i = 0; i < REPEAT; i++)
			measure_devices();
		suspend_system();
	}
	target = me == TARGET ? 0 : TARGET;
	while (n_harts < MAX_HARTS && !sbi_call(EID_HSM, HSM_GET_STATUS, n_harts, 0, 0, 0).error)
		n_harts++;

	for (int i = 0; i < REPEAT; i++) {
		measure_calls();
		measure_long_calls();
		measure_timer();
		measure_traps();
	}
	for (unsigned long i = 0; i < n_harts; i++) {
		if (i == me)
			continue;
		open_window(WINDOW_HART_START);
		start(i);
	}
	for (int i = 0; i < REPEAT && n_harts > 1; i++) {
		measure_target();
		measure_restart();
		measure_suspend(JOB_SUSPEND_RETENTIVE);
		measure_suspend(JOB_SUSPEND);
		measure_all();
	}
	end_run();
}
