/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `perf stat` does: counts cycles and instructions of a known loop by perf_event_open(2), which
 * Linux asks the SBI's PMU for, and says what it counted.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 1000000 /* of two instructions */

static int open_counter(uint64_t event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = event,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static void work(void)
{
	unsigned long n = ROUNDS;

	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(n));
}

int main(void)
{
	static const struct {
		const char *name;
		uint64_t event;
	} events[] = {
		{ "cycles", PERF_COUNT_HW_CPU_CYCLES },
		{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
	};

	for (unsigned int i = 0; i < 2; i++) {
		int counter = open_counter(events[i].event);
		uint64_t value = 0;

		if (counter < 0) {
			perror(events[i].name);
			return 1;
		}
		ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
		work();
		ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
		if (read(counter, &value, sizeof(value)) != sizeof(value)) {
			perror("read");
			return 1;
		}
		printf("%s %lu\n", events[i].name, (unsigned long)value);
	}
	return 0;
}
