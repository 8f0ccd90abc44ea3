/* SPDX-License-Identifier: BSD-2-Clause */
/* The string functions of C that firmware needs, with C's meaning. libfdt and BearSSL use them too. */
#pragma once

#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *dest, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Like strcmp(), A-Z equal to a-z. */
int strcasecmp(const char *a, const char *b);
