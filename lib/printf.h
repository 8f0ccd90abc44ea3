/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatted output: %d %i %u %x %X %c %s %p %%, length hh h l ll z t j, flags - 0 + space and #,
 * a width and a precision (numbers or *). Enough for firmware, with C's meaning.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "lib/message.h"

int printf(const char *format, ...) __attribute__((format(__printf__, 1, 2)));
int vprintf(const char *format, va_list args) __attribute__((format(__printf__, 1, 0)));

/* At most @size bytes with the final NUL; returns the length that the whole text has. */
int snprintf(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(__printf__, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
	__attribute__((format(__printf__, 3, 0)));

#ifdef PACKED_MESSAGES
#define printf(format, ...) WITH_FORMAT(format, printf(format_, ##__VA_ARGS__))
#define snprintf(buffer, size, format, ...) \
	WITH_FORMAT(format, snprintf(buffer, size, format_, ##__VA_ARGS__))
#endif
