/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPL's console: one serial port, polled. */
#pragma once

#include "drivers/serial/serial.h"

/* Sends printf() to @serial, which must stay where it is. NULL: nowhere. */
void console_start(const struct serial *serial);

/* Lets the last characters out, before somebody else sets the port up anew. */
void console_drain(void);
