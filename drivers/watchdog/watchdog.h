/* SPDX-License-Identifier: BSD-2-Clause */
/* A timer that resets the machine unless it is told in time that the program still gets on. */
#pragma once

#include <stdint.h>

struct watchdog {
	const char *name;
	uint32_t seconds_max; /* the longest time that it can wait */

	/* Resets the machine @seconds, 1 to seconds_max, from now, unless kicked or stopped before. */
	void (*start)(struct watchdog *watchdog, uint32_t seconds);

	/* Gives all of its time again. */
	void (*kick)(struct watchdog *watchdog);

	void (*stop)(struct watchdog *watchdog);
};
