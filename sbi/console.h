/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: the firmware's own lines (printf), S-mode's through DBCN, and the dump of a crash.
 * Nothing here waits for a UART longer than a bounded time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool console_exists(void);

/* Sets up platform.console and lets printf() use it. */
void console_start(void);

/*
 * Sends as much of @text as the UART takes without waiting; returns how much, 0 when another hart
 * is at it. Adds nothing of its own.
 */
size_t console_put(const char *text, size_t length);

/* A received character; -1: none. */
int console_get(void);

/* Waits for room for one character, but not forever; false when there was none. */
bool console_put_wait(char c);

/* For the dump of a crash: from now on no lock is respected. */
void console_break_lock(void);
