/* SPDX-License-Identifier: BSD-2-Clause */
/* Text out: through DBCN where the firmware has it, else through the legacy putchar. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

void console_init(void);
void console_write(const char *text, size_t length);
/* %s %c %d %u %x with l, a width and 0. The result is always terminated. */
size_t format(char *buffer, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t vformat(char *buffer, size_t size, const char *fmt, va_list args);
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Freestanding C needs these from us. */
void *memset(void *dest, int byte, size_t length);
void *memcpy(void *dest, const void *src, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t length);
