/* SPDX-License-Identifier: BSD-2-Clause */
/* Text out, and the few string functions that freestanding C leaves to us. */
#include "tests/payloads/common/console.h"

#include <stdbool.h>
#include <stdint.h>

#include "tests/payloads/common/sbi.h"

static bool has_dbcn;

/* Not sbi_call(): printing is not under test. */
static struct sbiret plain_call(uint64_t eid, uint64_t fid, uint64_t arg0, uint64_t arg1)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = 0;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct sbiret){ (int64_t)a0, a1 };
}

void console_init(void)
{
	struct sbiret ret = plain_call(EID_BASE, BASE_PROBE, EID_DBCN, 0);

	has_dbcn = !ret.error && ret.value;
}

void console_write(const char *text, size_t length)
{
	if (has_dbcn) {
		for (unsigned int tries = 0; length && tries < 100000; tries++) {
			struct sbiret ret =
				plain_call(EID_DBCN, DBCN_WRITE, length, (uintptr_t)text);

			if (ret.error || ret.value > length)
				break;
			text += ret.value;
			length -= ret.value;
		}
	}
	for (; length; length--)
		plain_call(has_dbcn ? EID_DBCN : EID_LEGACY_PUTCHAR, has_dbcn ? DBCN_WRITE_BYTE : 0,
			   (uint8_t)*text++, 0);
}

struct out {
	char *buffer;
	size_t size, length;
};

static void put(struct out *out, char c)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length++] = c;
}

static void put_number(struct out *out, uint64_t value, unsigned int base, unsigned int width,
		       char pad)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (; width > n; width--)
		put(out, pad);
	while (n)
		put(out, digits[--n]);
}

static void put_string(struct out *out, const char *s, unsigned int width)
{
	size_t length = strlen(s);

	while (*s)
		put(out, *s++);
	for (; width > length; width--)
		put(out, ' ');
}

static void put_signed(struct out *out, int64_t value, unsigned int width, char pad)
{
	if (value < 0)
		put(out, '-');
	put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, pad);
}

size_t vformat(char *buffer, size_t size, const char *fmt, va_list args)
{
	struct out out = { buffer, size, 0 };

	for (; *fmt; fmt++) {
		unsigned int width = 0;
		bool is_long = false;
		char pad = ' ';

		if (*fmt != '%') {
			put(&out, *fmt);
			continue;
		}
		for (fmt++; *fmt == '0' || *fmt == '-'; fmt++)
			pad = *fmt == '0' ? '0' : ' ';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + (unsigned int)(*fmt - '0');
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			is_long = true;
		switch (*fmt) {
		case 's':
			put_string(&out, va_arg(args, const char *), width);
			break;
		case 'c':
			put(&out, (char)va_arg(args, int));
			break;
		case 'd':
			put_signed(&out, is_long ? va_arg(args, int64_t) : va_arg(args, int), width,
				   pad);
			break;
		case 'u':
		case 'x':
			put_number(&out,
				   is_long ? va_arg(args, uint64_t) : va_arg(args, unsigned int),
				   *fmt == 'x' ? 16 : 10, width, pad);
			break;
		default:
			put(&out, *fmt);
		}
	}
	if (size)
		buffer[out.length] = '\0';
	return out.length;
}

size_t format(char *buffer, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t length;

	va_start(args, fmt);
	length = vformat(buffer, size, fmt, args);
	va_end(args);
	return length;
}

void print(const char *fmt, ...)
{
	static char line[512];
	va_list args;
	size_t length;

	va_start(args, fmt);
	length = vformat(line, sizeof(line), fmt, args);
	va_end(args);
	console_write(line, length);
}

void *memset(void *dest, int byte, size_t length)
{
	uint8_t *to = dest;

	while (length--)
		*to++ = (uint8_t)byte;
	return dest;
}

void *memcpy(void *dest, const void *src, size_t length)
{
	const uint8_t *from = src;
	uint8_t *to = dest;

	while (length--)
		*to++ = *from++;
	return dest;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const uint8_t *x = a, *y = b;

	for (; length; length--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t length = 0;

	while (s[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

int strncmp(const char *a, const char *b, size_t length)
{
	for (; length; length--, a++, b++) {
		if (*a != *b)
			return (uint8_t)*a - (uint8_t)*b;
		if (!*a)
			break;
	}
	return 0;
}
