/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's watchdog, where /chosen of the control DTB asks for one (docs/porting.md): it runs from
 * before the first source is opened, and is kicked whenever the SPL has got on. Without one, nothing
 * here does anything.
 */
#pragma once

#include <stdint.h>

#include "drivers/watchdog/watchdog.h"
#include "lib/dt.h"

/* Where watchdogs are found. One kind is one file, watchdog_<kind>.c (BOARD_WATCHDOGS of board.mk). */
struct watchdog_source {
	/* These two are as a boot source's (spl/boot_source.h). */
	void (*visit)(const struct dt_node *node);
	void (*forget)(void);

	/* The first of its kind, ready to be started; NULL: there is none. */
	struct watchdog *(*open)(void);

	/* Leaves what open() found to the next stage, whether it runs or not. */
	void (*close)(void);
};

extern const struct watchdog_source watchdog_i6300esb;

/* visit() and forget() of all sources. */
void watchdog_visit(const struct dt_node *node);
void watchdog_forget(void);

/* Starts the first watchdog that there is, or says that there is none. @seconds 0: does nothing. */
void watchdog_start(uint32_t seconds);

void watchdog_kick(void);

/* How many seconds after its last kick the watchdog resets the machine; 0: none runs. */
uint32_t watchdog_seconds(void);

void watchdog_stop(void);

/* The next stage has all of the time from now on to take it over. */
void watchdog_leave_running(void);
