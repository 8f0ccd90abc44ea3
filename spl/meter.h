/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source that tells a person how far it is: what takes longer than a second is not silent. And the time
 * that the device being tried has in all, from before it is opened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fit/source.h"

struct meter {
	struct source source; /* to be read instead of the metered one */
	struct source *metered;
	uint64_t started; /* us */
	uint64_t told;
	uint64_t bytes; /* that were read */
	uint64_t told_bytes;
};

/* The time is over @timeout_s from now; 0: never. To be called before anything else here. */
void meter_limit(uint32_t timeout_s);

/* For who waits for longer than a read may take. @now: clock_us() */
bool meter_is_over(uint64_t now);

/* How many microseconds there are, but no more than @most. */
uint32_t meter_left(uint32_t most);

/* Starts @meter over @source; both stay where they are. Reads that end too late fail with ERR_BOOT_SLOW. */
void meter_start(struct meter *meter, struct source *source);

/* Ends the line that a slow source has begun; returns the microseconds since meter_start(). */
uint64_t meter_stop(struct meter *meter);
