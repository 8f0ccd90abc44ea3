/* SPDX-License-Identifier: BSD-2-Clause */
/* Where printf() goes. One console a stage; nothing is lost but everything is dropped before console_set(). */
#pragma once

#include <stddef.h>

typedef void (*console_write_fn)(const char *text, size_t length);

/* Sends all later output to @write; NULL silences it. @write turns "\n" into what its medium wants. */
void console_set(console_write_fn write);

/* Writes @length bytes; takes no lock, so it is safe anywhere, also while another hart prints. */
void console_write(const char *text, size_t length);
