/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting, kicking and letting go of the one watchdog that is used. */
#include "spl/watchdog.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/printf.h"

/* Those that the board has, in the order of board.mk, and the end. */
static const struct watchdog_source *const sources[] = {
#define X(kind) &watchdog_##kind,
	BOARD_WATCHDOGS
#undef X
		NULL,
};

static struct watchdog *running; /* always NULL without SPL_WATCHDOG */
static const struct watchdog_source *running_source;
static uint32_t running_seconds;

void watchdog_visit(const struct dt_node *node)
{
	for (unsigned int i = 0; sources[i]; i++)
		sources[i]->visit(node);
}

void watchdog_forget(void)
{
	for (unsigned int i = 0; sources[i]; i++)
		sources[i]->forget();
}

void watchdog_start(uint32_t seconds)
{
	if (!SPL_WATCHDOG || !seconds)
		return;
	for (unsigned int i = 0; sources[i] && !running; i++) {
		running_source = sources[i];
		running = running_source->open();
	}
	if (!running) {
		printf("E%03d %s\n", ERR_WATCHDOG_NONE, err_text(ERR_WATCHDOG_NONE));
		return;
	}
	running_seconds = MIN(seconds, running->seconds_max);
	printf("  watchdog %s, %u seconds\n", running->name, running_seconds);
	running->start(running, running_seconds);
}

void watchdog_kick(void)
{
	if (SPL_WATCHDOG && running)
		running->kick(running);
}

uint32_t watchdog_seconds(void)
{
	return SPL_WATCHDOG && running ? running_seconds : 0;
}

static void let_go(void)
{
	running_source->close();
	running = NULL;
}

void watchdog_stop(void)
{
	if (!SPL_WATCHDOG || !running)
		return;
	running->stop(running);
	let_go();
}

void watchdog_leave_running(void)
{
	if (!SPL_WATCHDOG || !running)
		return;
	watchdog_kick();
	let_go();
}
