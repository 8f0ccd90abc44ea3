/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of kvmm: it is a payload as any other, in VS-mode. Prints through the SBI's console, takes
 * timer interrupts, uses the device of kvmm, has a second VCPU started and work, and shuts down.
 */
#include <stdint.h>

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"

#define DEVICE ((volatile uint32_t *)0x10000000UL) /* adds up what is written */
#define TICKS 3

static volatile unsigned int ticks;

static void tick(struct hart *hart, unsigned int irq)
{
	(void)hart;
	check(irq == IRQ_STI, "interrupt %u", irq);
	if (ticks < TICKS)
		ticks++;
	timer_set(ticks < TICKS ? time_now() + milliseconds(2) : ~0UL);
}

static void take_ticks(uint64_t arg)
{
	uint64_t begin = time_now();

	(void)arg;
	self()->on_interrupt = tick;
	timer_set(begin + milliseconds(2));
	/* KVM may forget a deadline (docs/hypervisors.md), so ask again. */
	for (uint64_t overdue = begin; ticks < TICKS; relax()) {
		if (time_now() - overdue < milliseconds(500))
			continue;
		overdue = time_now();
		timer_set(overdue);
	}
	check(time_now() - begin >= TICKS * milliseconds(2), "too early");
	print("guest: %u timer interrupts\n", ticks);
}

static void use_device(uint64_t arg)
{
	(void)arg;
	DEVICE[0] = 40;
	DEVICE[0] = 2;
	check(*DEVICE == 42, "the device says %u", *DEVICE);
	print("guest: the device says %u\n", *DEVICE);
}

static volatile uint64_t worker;

static void work(uint64_t arg)
{
	worker = self()->id + arg;
}

static void use_second(uint64_t arg)
{
	(void)arg;
	check(another_hart(), "there is no second VCPU");
	on_hart(another_hart(), work, 100);
	check(worker == another_hart()->id + 100, "it did not work");
	print("guest: VCPU %lu works\n", another_hart()->id);
}

static void attempt(job_fn part)
{
	if (guarded(part, 0) == FAIL)
		print("guest: FAILED: %s\n", self()->message);
}

void payload_main(void)
{
	print("guest: SBI implementation %lu\n", sbi(EID_BASE, BASE_GET_IMPL_ID).value);
	attempt(take_ticks);
	attempt(use_device);
	attempt(use_second);
	machine_end("srst");
}
