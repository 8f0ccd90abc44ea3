/* SPDX-License-Identifier: BSD-2-Clause */
/* TIME extension (SBI v3.0, chapter "Timer Extension"). */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define SECTION "Timer: Set Timer"

static bool timer_pending(uint64_t wanted)
{
	return !!(csr_read(CSR_SIP) & MIP_STIP) == wanted;
}

static void set_timer(uint64_t when)
{
	expect(sbi(EID_TIME, TIME_SET_TIMER, when), SUCCESS);
}

/* The watchdog's timer is ours now: waits below are bounded by themselves. */
static void no_watchdog(void)
{
	csr_write(CSR_SIE, 0);
}

static void always_succeeds(uint64_t variant)
{
	static const uint64_t times[] = { 0, 1, 1ul << 32, 1ul << 63, ~0ul - 1, ~0ul };

	(void)variant;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		set_timer(times[i]);
}

static void past_fires(uint64_t variant)
{
	(void)variant;
	set_timer(time_now() - 1);
	check(wait_until(timer_pending, true, 1000), "not pending after a second");
}

static void future_fires(uint64_t variant)
{
	uint64_t when = time_now() + milliseconds(30);

	(void)variant;
	set_timer(when);
	check(wait_until(timer_pending, true, 2000), "not pending after two seconds");
	check(time_now() >= when, "pending too early");
}

static void future_does_not_fire_early(uint64_t variant)
{
	(void)variant;
	set_timer(time_now() + milliseconds(60000));
	sleep_ms(20);
	check(timer_pending(false), "pending a minute too early");
}

/* "must clear the pending timer interrupt bit when stime_value is set to some time in the future,
 * regardless of whether timer interrupts are masked or not" */
static void clears_pending(uint64_t enabled)
{
	set_timer(0);
	check(wait_until(timer_pending, true, 1000), "not pending after a second");
	csr_write(CSR_SIE, enabled ? MIP_STIP : 0);
	set_timer(time_now() + milliseconds(60000));
	check(wait_until(timer_pending, false, 100), "still pending");
}

static void infinity_clears_pending(uint64_t variant)
{
	(void)variant;
	set_timer(0);
	check(wait_until(timer_pending, true, 1000), "not pending after a second");
	set_timer(~0ul);
	check(wait_until(timer_pending, false, 100), "still pending");
}

/* A compare of 32 bits, or of signed numbers, would see these as past. */
static void far_future(uint64_t variant)
{
	static const uint64_t times[] = { 1ul << 62, 1ul << 63, ~0ul - 1 };

	set_timer(times[variant]);
	sleep_ms(5);
	check(timer_pending(false), "pending");
}

static volatile uint64_t timer_interrupts;

static void count_timer(struct hart *hart, unsigned int irq)
{
	(void)hart;
	if (irq == IRQ_STI)
		timer_interrupts++;
	csr_clear(CSR_SIE, MIP_STIP);
}

static void interrupt_taken(uint64_t variant)
{
	(void)variant;
	timer_interrupts = 0;
	set_timer(time_now() + milliseconds(5));
	self()->on_interrupt = count_timer;
	csr_write(CSR_SIE, MIP_STIP);
	check(wait_for(&timer_interrupts, 1, 2000), "no interrupt after two seconds");
	sleep_ms(5);
	check(timer_interrupts == 1, "%lu interrupts", timer_interrupts);
}

static void wakes_wfi(uint64_t variant)
{
	uint64_t when = time_now() + milliseconds(20);

	(void)variant;
	interrupts_off();
	set_timer(when);
	csr_write(CSR_SIE, MIP_STIP);
	while (timer_pending(false))
		wait_for_interrupt();
	check(time_now() >= when, "woke too early");
}

/* Each hart has its own timer: it fires everywhere, and only where it is set. */
static void fires_here(uint64_t arg)
{
	(void)arg;
	no_watchdog();
	past_fires(0);
	infinity_clears_pending(0);
	future_fires(0);
}

static void on_every_hart(uint64_t variant)
{
	(void)variant;
	on_all_harts(fires_here, 0);
}

static void not_of_other_harts(uint64_t variant)
{
	(void)variant;
	set_timer(time_now() + milliseconds(60000));
	for_each_other(hart) hart_run(hart, fires_here, 0);
	sleep_ms(10);
	check(timer_pending(false), "another hart's timer is pending here");
	for_each_other(hart) hart_join(hart);
	check(timer_pending(false), "another hart's timer is pending here");
}

static const char *const enabled_names[] = { "masked", "enabled", NULL };
static const char *const far_names[] = { "2_62", "2_63", "2_64_less_2", NULL };

static void setup(void)
{
	interrupts_off();
	no_watchdog();
}

static void interrupt_taken_on(uint64_t variant)
{
	csr_set(CSR_SSTATUS, MSTATUS_SIE);
	interrupt_taken(variant);
}

static const struct test tests[] = {
	{ "set_timer.always_succeeds", SECTION, always_succeeds },
	{ "set_timer.past_fires", SECTION, past_fires },
	{ "set_timer.future_fires", SECTION, future_fires },
	{ "set_timer.not_early", SECTION, future_does_not_fire_early },
	{ "set_timer.clears_pending", SECTION, clears_pending, enabled_names },
	{ "set_timer.infinity_clears_pending", SECTION, infinity_clears_pending },
	{ "set_timer.far_future", SECTION, far_future, far_names },
	{ "set_timer.interrupt_taken", SECTION, interrupt_taken_on },
	{ "set_timer.wakes_wfi", SECTION, wakes_wfi },
	{ "set_timer.on_every_hart", SECTION, on_every_hart, .min_harts = 2 },
	{ "set_timer.not_of_other_harts", SECTION, not_of_other_harts, .min_harts = 2 },
	{ 0 }
};

const struct suite time_suite = { "time", EID_TIME, TIME_FIDS, tests, .setup = setup };
