/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPL's console: one serial port, polled. */
#pragma once

#include "drivers/serial/serial.h"

/* Sends printf() to @serial, which must stay where it is. NULL: nowhere. */
void console_start(const struct serial *serial);

/* The next character that was typed, or -1 when none came for @timeout_us. */
int console_get(uint32_t timeout_us);

/* A character as it is. */
void console_put(char c);

/* Lets the last characters out, before somebody else sets the port up anew. */
void console_drain(void);
