/* SPDX-License-Identifier: BSD-2-Clause */
/* The console. */
#include "sbi/console.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/console.h"
#include "lib/riscv/spinlock.h"
#include "sbi/platform.h"

/* The slowest line in use, 9600 baud, empties a FIFO of 64 characters in this time. */
#define WAIT_US 80000

static struct spinlock lock;
static bool lock_is_broken;
static bool is_stuck; /* it did not take a character in time: do not wait again */

static bool try_lock(void)
{
	return spin_trylock(&lock) || lock_is_broken;
}

bool console_exists(void)
{
	return platform.console;
}

size_t console_put(const char *text, size_t length)
{
	const struct serial *serial = platform.console;
	size_t done;

	if (!serial)
		return length;
	if (!try_lock())
		return 0;
	done = serial->driver->write(serial, text, length);
	if (done)
		is_stuck = false;
	spin_unlock(&lock);
	return done;
}

/* Sends all of @text unless the UART is stuck. */
static size_t put_all(const char *text, size_t length)
{
	size_t done = console_put(text, length);
	uint64_t deadline;

	if (done == length || is_stuck)
		return done;
	deadline = deadline_after(WAIT_US);
	while (done < length && !deadline_passed(deadline)) {
		size_t put = console_put(text + done, length - done);

		done += put;
		if (put)
			deadline = deadline_after(WAIT_US);
	}
	is_stuck = done < length;
	return done;
}

bool console_put_wait(char c)
{
	return put_all(&c, 1) == 1;
}

int console_get(void)
{
	const struct serial *serial = platform.console;
	int c = -1;

	if (serial && try_lock()) {
		c = serial->driver->rx(serial);
		spin_unlock(&lock);
	}
	return c;
}

void console_break_lock(void)
{
	lock_is_broken = true;
}

static void write_lines(const char *text, size_t length)
{
	while (length) {
		size_t line = 0;

		while (line < length && text[line] != '\n')
			line++;
		put_all(text, line);
		if (line < length) {
			put_all("\r\n", 2);
			line++;
		}
		text += line;
		length -= line;
	}
}

void console_start(void)
{
	platform.console = serial_choose(&platform.serials);
	if (!platform.console)
		return;
	platform.console->driver->init(platform.console);
	console_set(write_lines);
}
