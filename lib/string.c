/* SPDX-License-Identifier: BSD-2-Clause */
/* String functions. Copies upwards move eight bytes at a time, or four where both lie so. */
#include "lib/string.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;
typedef uint32_t __attribute__((may_alias)) half_t;

#define WORD sizeof(word_t)
#define HALF sizeof(half_t)
#define SHIFT_WORTH 32 /* shorter copies are done before that has begun */

static bool same_alignment(const void *a, const void *b, size_t unit)
{
	return !(((uintptr_t)a ^ (uintptr_t)b) % unit);
}

/*
 * Whole words to an aligned destination, from a source that is not: each is put together from two of
 * the source's words. None is read that has no byte of the source. Returns how many bytes it copied.
 */
static size_t copy_shifted(uint8_t *d, const uint8_t *s, size_t n)
{
	unsigned int skip = (uintptr_t)s % WORD, right = 8 * skip, left = 8 * WORD - right;
	const word_t *from = (const word_t *)(s - skip);
	word_t *to = (word_t *)d, low = *from++;
	size_t words = (n + skip) / WORD - 1;

	for (; words >= 2; words -= 2, to += 2, from += 2) {
		word_t middle = from[0], high = from[1];

		to[0] = low >> right | middle << left;
		to[1] = middle >> right | high << left;
		low = high;
	}
	if (words)
		*to++ = low >> right | *from << left;
	return (size_t)((uint8_t *)to - d);
}

/* All are loaded before the first is stored: what a load takes is waited for once. */
static inline void copy_halves(half_t *to, const half_t *from)
{
	half_t h0 = from[0], h1 = from[1], h2 = from[2], h3 = from[3];

	to[0] = h0;
	to[1] = h1;
	to[2] = h2;
	to[3] = h3;
}

static void copy_up(uint8_t *d, const uint8_t *s, size_t n)
{
	if (same_alignment(d, s, WORD)) {
		for (; n && (uintptr_t)d % WORD; n--)
			*d++ = *s++;
		for (; n >= 4 * WORD; n -= 4 * WORD, d += 4 * WORD, s += 4 * WORD) {
			word_t w0 = ((const word_t *)s)[0], w1 = ((const word_t *)s)[1];
			word_t w2 = ((const word_t *)s)[2], w3 = ((const word_t *)s)[3];

			((word_t *)d)[0] = w0;
			((word_t *)d)[1] = w1;
			((word_t *)d)[2] = w2;
			((word_t *)d)[3] = w3;
		}
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *(const word_t *)s;
	} else if (n >= SHIFT_WORTH && same_alignment(d, s, HALF)) {
		for (; (uintptr_t)d % HALF; n--)
			*d++ = *s++;
		for (; n >= 8 * HALF; n -= 8 * HALF, d += 8 * HALF, s += 8 * HALF) {
			copy_halves((half_t *)d, (const half_t *)s);
			copy_halves((half_t *)d + 4, (const half_t *)s + 4);
		}
	} else if (n >= SHIFT_WORTH) {
		size_t done;

		for (; (uintptr_t)d % WORD; n--)
			*d++ = *s++;
		done = copy_shifted(d, s, n);
		d += done;
		s += done;
		n -= done;
	}
	while (n--)
		*d++ = *s++;
}

static void copy_down(uint8_t *d, const uint8_t *s, size_t n)
{
	d += n;
	s += n;
	if (same_alignment(d, s, WORD)) {
		for (; n && (uintptr_t)d % WORD; n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word_t *)d = *(const word_t *)s;
		}
	}
	while (n--)
		*--d = *--s;
}

void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	copy_up(dest, src, n);
	return dest;
}

void *memmove(void *dest, const void *src, size_t n)
{
	if ((uintptr_t)dest - (uintptr_t)src >= n)
		copy_up(dest, src, n);
	else
		copy_down(dest, src, n);
	return dest;
}

void *memset(void *dest, int c, size_t n)
{
	uint8_t *d = dest;
	word_t pattern = (uint8_t)c * UINT64_C(0x0101010101010101);

	for (; n && (uintptr_t)d % WORD; n--)
		*d++ = (uint8_t)c;
	for (; n >= 4 * WORD; n -= 4 * WORD, d += 4 * WORD) {
		((word_t *)d)[0] = pattern;
		((word_t *)d)[1] = pattern;
		((word_t *)d)[2] = pattern;
		((word_t *)d)[3] = pattern;
	}
	while (n--)
		*d++ = (uint8_t)c;
	return dest;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	if (((uintptr_t)p | (uintptr_t)q) % 4 == 0) {
		for (; n >= 4 && *(const uint32_t *)p == *(const uint32_t *)q;
		     n -= 4, p += 4, q += 4)
			;
	}
	for (; n; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	for (const uint8_t *p = s; n; n--, p++) {
		if (*p == (uint8_t)c)
			return (void *)(uintptr_t)p;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)(uintptr_t)last;
	}
}

static __attribute__((noinline)) int fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int strcasecmp(const char *a, const char *b)
{
	for (; *a && fold_case(*a) == fold_case(*b); a++, b++)
		;
	return fold_case(*a) - fold_case(*b);
}
