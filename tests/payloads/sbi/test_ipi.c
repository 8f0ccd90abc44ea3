/* SPDX-License-Identifier: BSD-2-Clause */
/* IPI extension (SBI v3.0, chapter "IPI Extension") and hart masks ("Hart list parameter"). */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define ERRORS "IPI Send Errors"
#define MASKS "Hart List Parameter"

static bool ipi_pending(uint64_t wanted)
{
	return !!(csr_read(CSR_SIP) & MIP_SSIP) == wanted;
}

static struct sbiret send(uint64_t mask, uint64_t base)
{
	return sbi(EID_IPI, IPI_SEND, mask, base);
}

static void to_self(uint64_t variant)
{
	(void)variant;
	expect(send(1, self()->id), SUCCESS);
	check(wait_until(ipi_pending, true, 1000), "not pending after a second");
}

/* A job that says when it is ready, and then how many harts got their IPI. */
static volatile uint64_t ready, received, aboard;

static void receive(uint64_t expected)
{
	csr_write(CSR_SIE, 0);
	csr_clear(CSR_SIP, MIP_SSIP);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	check(wait_until(ipi_pending, true, expected ? 3000 : 50) == (bool)expected,
	      expected ? "no IPI arrived" : "an IPI that was not for this hart");
	__atomic_fetch_add(&received, expected, __ATOMIC_SEQ_CST);
}

/* All others wait for an IPI, @target (or each, when NULL) gets one from @mask and @base. */
static void exchange(struct hart *target, uint64_t mask, uint64_t base)
{
	ready = received = aboard = 0;
	for_each_other(hart)
	{
		hart_run(hart, receive, !target || hart == target);
		aboard++;
	}
	check(wait_for(&ready, aboard, 5000), "%lu of %lu harts are ready", ready, aboard);
	expect(send(mask, base), SUCCESS);
	for_each_other(hart) hart_join(hart);
}

static void to_each_other(uint64_t variant)
{
	(void)variant;
	for_each_other(hart) exchange(hart, 1, hart->id);
}

static void to_each_other_by_bit(uint64_t variant)
{
	(void)variant;
	for_each_other(hart)
	{
		if (hart->id < 64)
			exchange(hart, 1ul << hart->id, 0);
	}
}

static uint64_t mask_of_online(void)
{
	uint64_t mask = 0;

	for_each_online(hart)
	{
		if (hart->id < 64)
			mask |= 1ul << hart->id;
	}
	return mask;
}

static void to_all_by_mask(uint64_t variant)
{
	(void)variant;
	exchange(NULL, mask_of_online(), 0);
	check(wait_until(ipi_pending, true, 1000), "not pending at the sender");
}

/* "hart_mask_base can be set to -1 to indicate that hart_mask shall be ignored" */
static void to_all_by_base(uint64_t variant)
{
	static const uint64_t masks[] = { 0, 1, ~0ul };

	exchange(NULL, masks[variant], ~0ul);
	check(wait_until(ipi_pending, true, 1000), "not pending at the sender");
}

static void to_nobody(uint64_t variant)
{
	static const uint64_t bases[] = { 0, 1000000, 1ul << 32, ~0ul - 1 };

	expect(send(0, bases[variant]), SUCCESS);
	sleep_ms(2);
	check(ipi_pending(false), "pending");
}

static void invalid_hart(uint64_t variant)
{
	struct mask m = bad_mask_at(variant);

	expect(send(m.mask, m.base), INVALID_PARAM);
}

/* A hart in the device tree that is no supervisor's: not "available to the supervisor". */
static void unavailable_hart(uint64_t variant)
{
	(void)variant;
	for (unsigned int i = 0; i < machine.ncpus; i++) {
		if (!machine.cpus[i].supervisor) {
			expect(send(1, machine.cpus[i].id), INVALID_PARAM);
			return;
		}
	}
	skip("all harts are available");
}

/* The specification does not say whether a stopped hart is available; nothing may break. */
static void stopped_hart(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	expect(send(1, hart->id), SUCCESS | INVALID_PARAM);
	sleep_ms(5);
	check(sbi(EID_HSM, HSM_STATUS, hart->id).value == HSM_STOPPED, "the IPI started it");
	check(hart_start(hart), "hart %lu does not start again", hart->id);
}

static void wakes_wfi(uint64_t arg)
{
	(void)arg;
	interrupts_off();
	csr_write(CSR_SIE, MIP_SSIP | MIP_STIP);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (!(csr_read(CSR_SIP) & (MIP_SSIP | MIP_STIP)))
		wait_for_interrupt();
	check(ipi_pending(true), "no IPI arrived");
}

static void wakes_sleeper(uint64_t variant)
{
	(void)variant;
	for_each_other(hart)
	{
		ready = 0;
		hart_run(hart, wakes_wfi, 0);
		check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
		sleep_ms(5);
		expect(send(1, hart->id), SUCCESS);
		hart_join(hart);
	}
}

/* All harts shoot at all harts. Requests may merge, but the last one must get through. */
#define STORM_ROUNDS 200

static void shoot(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++) {
		expect(send(0, ~0ul), SUCCESS);
		csr_clear(CSR_SIP, MIP_SSIP);
	}
}

static void storm(uint64_t variant)
{
	(void)variant;
	on_all_harts(shoot, STORM_ROUNDS);
	exchange(NULL, 0, ~0ul);
}

static const char *const any_mask_names[] = { "mask_0", "mask_1", "mask_all", NULL };
static const char *const nobody_names[] = {
	"base_0", "base_far", "base_2_32", "base_minus_2", NULL,
};

static const struct test tests[] = { { "send.self", ERRORS, to_self },
				     { "send.each_other", ERRORS, to_each_other, .min_harts = 2 },
				     { "send.each_other_by_bit", MASKS, to_each_other_by_bit,
				       .min_harts = 2 },
				     { "send.all_by_mask", MASKS, to_all_by_mask },
				     { "send.all_by_base", MASKS, to_all_by_base, any_mask_names },
				     { "send.nobody", MASKS, to_nobody, nobody_names },
				     { "send.invalid_hart", ERRORS, invalid_hart, bad_mask },
				     { "send.unavailable_hart", ERRORS, unavailable_hart },
				     { "send.stopped_hart", ERRORS, stopped_hart, .min_harts = 2 },
				     { "send.wakes_wfi", ERRORS, wakes_sleeper, .min_harts = 2 },
				     { "send.storm", ERRORS, storm, .min_harts = 2 },
				     { 0 } };

const struct suite ipi_suite = { "ipi", EID_IPI, IPI_FIDS, tests };
