/* SPDX-License-Identifier: BSD-2-Clause */
/* printf() to a serial port. A port that stands still loses text, and never stops the boot. */
#include "spl/console.h"

#include <stddef.h>

#include "lib/clock.h"
#include "lib/console.h"
#include "spl/clock.h"

#define CHARACTER_US 2000000 /* no port is so slow, but an emulated one on a busy host may be */
#define DOZE_BAUD_MAX 115200
#define FIFO_US 2000 /* 16 characters at 115200 */

static const struct serial *port;
static bool stuck;

void console_put(char c)
{
	uint64_t deadline = deadline_after(CHARACTER_US);

	while (port && !port->driver->write(port, &c, 1)) {
		if (stuck || deadline_passed(deadline)) {
			stuck = true; /* try once from now on, so that the boot stays fast */
			return;
		}
	}
	stuck = false;
}

static void write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			console_put('\r');
		console_put(text[i]);
	}
}

void console_start(const struct serial *serial)
{
	port = serial;
	if (port) {
		port->driver->init(port);
		console_set(write);
	}
}

int console_get(uint32_t timeout_us)
{
	uint64_t deadline = deadline_after(timeout_us);
	int c;

	for (;;) {
		c = port ? port->driver->rx(port) : -1;
		if (c >= 0 || deadline_passed(deadline))
			return c;
		/* No FIFO fills up meanwhile. */
		if (port && port->baud <= DOZE_BAUD_MAX)
			clock_doze();
	}
}

void console_drain(void)
{
	uint64_t deadline = deadline_after(FIFO_US);

	while (port && !deadline_passed(deadline))
		clock_doze();
}
