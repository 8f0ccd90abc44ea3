/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress on the console, a figure a second. */
#include "spl/meter.h"

#include <stddef.h>

#include "lib/clock.h"
#include "lib/printf.h"
#include "spl/watchdog.h"

#define TELL_US 1000000

static enum err meter_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct meter *meter = (struct meter *)((char *)source - offsetof(struct meter, source));
	enum err err = meter->metered->read(meter->metered, offset, buffer, length);
	uint64_t now = clock_us();

	watchdog_kick();
	meter->bytes += length;
	if (now - meter->told >= TELL_US) {
		printf("%s%lu", meter->told == meter->started ? "  MiB read: " : " ",
		       meter->bytes >> 20);
		meter->told = now;
	}
	return !err && now > meter->ends ? ERR_BOOT_SLOW : err;
}

void meter_start(struct meter *meter, struct source *source, uint32_t timeout_s)
{
	uint64_t now = clock_us();

	*meter = (struct meter){
		.source = { .read = meter_read, .size = source->size, .name = source->name },
		.metered = source,
		.started = now,
		.told = now,
		.ends = timeout_s ? now + timeout_s * 1000000ull : UINT64_MAX,
	};
}

uint64_t meter_stop(struct meter *meter)
{
	if (meter->told != meter->started)
		printf("\n");
	return clock_us() - meter->started;
}
