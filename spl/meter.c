/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress on the console once a second, and the time that a source has. */
#include "spl/meter.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "spl/watchdog.h"

#define TELL_US 1000000

static uint64_t ends;

void meter_limit(uint32_t timeout_s)
{
	ends = timeout_s ? clock_us() + timeout_s * 1000000ull : UINT64_MAX;
}

bool meter_is_over(uint64_t now)
{
	return now > ends;
}

uint32_t meter_left(uint32_t most)
{
	uint64_t now = clock_us();

	return meter_is_over(now) ? 0 : (uint32_t)MIN(ends - now, (uint64_t)most);
}

static enum err meter_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct meter *meter = (struct meter *)((char *)source - offsetof(struct meter, source));
	enum err err = meter->metered->read(meter->metered, offset, buffer, length);
	uint64_t now = clock_us();

	watchdog_kick();
	meter->bytes += length;
	if (now - meter->told >= TELL_US) {
		printf("%s%lu MiB at %lu KiB/s", meter->told == meter->started ? "  " : ", ",
		       meter->bytes >> 20,
		       (meter->bytes - meter->told_bytes) * 15625 / 16 / (now - meter->told));
		meter->told = now;
		meter->told_bytes = meter->bytes;
	}
	return !err && meter_is_over(now) ? ERR_BOOT_SLOW : err;
}

void meter_start(struct meter *meter, struct source *source)
{
	uint64_t now = clock_us();

	*meter = (struct meter){
		.source = { .read = meter_read, .size = source->size, .name = source->name },
		.metered = source,
		.started = now,
		.told = now,
	};
}

uint64_t meter_stop(struct meter *meter)
{
	if (meter->told != meter->started)
		printf("\n");
	return clock_us() - meter->started;
}
