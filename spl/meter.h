/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that tells a person how far it is: what takes longer than a second is not silent. */
#pragma once

#include "fit/source.h"

struct meter {
	struct source source; /* to be read instead of the metered one */
	struct source *metered;
	uint64_t started; /* us */
	uint64_t told;
	uint64_t ends;
	uint64_t bytes; /* that were read */
};

/*
 * Starts @meter over @source; both stay where they are. Reads that end more than @timeout_s later fail
 * with ERR_BOOT_SLOW; 0: they may take as long as they want.
 */
void meter_start(struct meter *meter, struct source *source, uint32_t timeout_s);

/* Ends the line that a slow source has begun; returns the microseconds since meter_start(). */
uint64_t meter_stop(struct meter *meter);
