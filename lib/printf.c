/* SPDX-License-Identifier: BSD-2-Clause */
/* printf() and snprintf() on one formatter. Output is gathered so that a console gets it in few pieces. */
#include "lib/printf.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/console.h"
#include "lib/string.h"

static console_write_fn console;

void console_set(console_write_fn write)
{
	console = write;
}

void console_write(const char *text, size_t length)
{
	if (console)
		console(text, length);
}

/* Where formatted bytes go: a buffer, which a console drains whenever it is full. */
struct sink {
	char *buffer;
	size_t size;
	size_t used;
	size_t total;
	bool drains;
};

static void drain(struct sink *sink)
{
	console_write(sink->buffer, sink->used);
	sink->used = 0;
}

static void put(struct sink *sink, char c)
{
	if (sink->drains && sink->used == sink->size)
		drain(sink);
	if (sink->used < sink->size)
		sink->buffer[sink->used++] = c;
	sink->total++;
}

static void pad(struct sink *sink, char c, int count)
{
	while (count-- > 0)
		put(sink, c);
}

struct conversion {
	bool left, zero, plus, space, alternate;
	int width;
	int precision; /* -1: none given */
	int length;    /* bytes of an integer argument */
};

#ifdef PACKED_MESSAGES
/* The linker script has these, scripts/pack-messages fills them. */
extern const unsigned char message_pairs[MESSAGE_PAIRS][2];
extern const char messages[], _end[];

static bool is_message(const char *text)
{
	return text >= messages && text < _end;
}

/* A byte of a message: itself, or the pair that it stands for. */
static void unpack(struct sink *sink, char c)
{
	char later[MESSAGE_DEPTH];
	int count = 0;

	for (;;) {
		unsigned char pair = (unsigned char)(c - MESSAGE_FIRST_PAIR);

		if (pair < MESSAGE_PAIRS && c != '\n') {
			c = (char)message_pairs[pair][0];
			later[count++] = (char)message_pairs[pair][1];
			continue;
		}
		put(sink, c);
		if (!count)
			return;
		c = later[--count];
	}
}
#else
static bool is_message(const char *text)
{
	(void)text;
	return false;
}

static void unpack(struct sink *sink, char c)
{
	put(sink, c);
}
#endif

static void put_bytes(struct sink *sink, const char *text, size_t length)
{
	bool packed = is_message(text);

	for (size_t i = 0; i < length; i++) {
		if (packed)
			unpack(sink, text[i]);
		else
			put(sink, text[i]);
	}
}

/* A format as it was written; in @buffer, if it is packed. */
static const char *unpacked(const char *format, char buffer[MESSAGE_MAX])
{
	struct sink sink = { .buffer = buffer, .size = MESSAGE_MAX - 1 };

	if (!is_message(format))
		return format;
	put_bytes(&sink, format, strlen(format));
	buffer[sink.used] = '\0';
	return buffer;
}

static void put_text(struct sink *sink, const struct conversion *conv, const char *text,
		     size_t length)
{
	struct sink counter = { .size = 0 };
	int fill;

	put_bytes(&counter, text, length);
	fill = conv->width - (int)counter.total;
	if (!conv->left)
		pad(sink, ' ', fill);
	put_bytes(sink, text, length);
	if (conv->left)
		pad(sink, ' ', fill);
}

static void put_number(struct sink *sink, const struct conversion *conv, uint64_t value,
		       unsigned int base, bool upper, const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int prefix_length = (int)strlen(prefix);
	char text[24];
	int count = 0, zeros, fill;

	for (; value; value /= base)
		text[count++] = digits[value % base];
	if (!count && conv->precision)
		text[count++] = '0';

	zeros = conv->precision - count;
	if (conv->precision < 0 && conv->zero && !conv->left)
		zeros = conv->width - prefix_length - count;
	if (zeros < 0)
		zeros = 0;
	fill = conv->width - prefix_length - zeros - count;

	if (!conv->left)
		pad(sink, ' ', fill);
	while (*prefix)
		put(sink, *prefix++);
	pad(sink, '0', zeros);
	while (count)
		put(sink, text[--count]);
	if (conv->left)
		pad(sink, ' ', fill);
}

static const char *parse_flags(const char *f, struct conversion *conv)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			conv->left = true;
			break;
		case '0':
			conv->zero = true;
			break;
		case '+':
			conv->plus = true;
			break;
		case ' ':
			conv->space = true;
			break;
		case '#':
			conv->alternate = true;
			break;
		default:
			return f;
		}
	}
}

static const char *parse_count(const char *f, int *value, va_list *args)
{
	if (*f == '*') {
		*value = va_arg(*args, int);
		return f + 1;
	}
	for (*value = 0; *f >= '0' && *f <= '9' && *value < 1000; f++)
		*value = *value * 10 + (*f - '0');
	return f;
}

static const char *parse_length(const char *f, struct conversion *conv)
{
	conv->length = sizeof(int);
	for (;; f++) {
		switch (*f) {
		case 'h':
			conv->length = conv->length == sizeof(short) ? sizeof(char) : sizeof(short);
			break;
		case 'l':
		case 'z':
		case 't':
		case 'j':
			conv->length = sizeof(long);
			break;
		default:
			return f;
		}
	}
}

static int64_t signed_argument(const struct conversion *conv, va_list *args)
{
	switch (conv->length) {
	case sizeof(char):
		return (signed char)va_arg(*args, int);
	case sizeof(short):
		return (short)va_arg(*args, int);
	case sizeof(int):
		return va_arg(*args, int);
	default:
		return va_arg(*args, long);
	}
}

static uint64_t unsigned_argument(const struct conversion *conv, va_list *args)
{
	switch (conv->length) {
	case sizeof(char):
		return (unsigned char)va_arg(*args, int);
	case sizeof(short):
		return (unsigned short)va_arg(*args, int);
	case sizeof(int):
		return va_arg(*args, unsigned int);
	default:
		return va_arg(*args, unsigned long);
	}
}

static void put_signed(struct sink *sink, const struct conversion *conv, int64_t value)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	const char *sign = value < 0 ? "-" : conv->plus ? "+" : conv->space ? " " : "";

	put_number(sink, conv, magnitude, 10, false, sign);
}

static void put_conversion(struct sink *sink, struct conversion *conv, char type, va_list *args)
{
	const char *text;
	uint64_t value;
	char c;

	switch (type) {
	case 'd':
	case 'i':
		put_signed(sink, conv, signed_argument(conv, args));
		break;
	case 'u':
		put_number(sink, conv, unsigned_argument(conv, args), 10, false, "");
		break;
	case 'x':
	case 'X':
		value = unsigned_argument(conv, args);
		put_number(sink, conv, value, 16, type == 'X',
			   conv->alternate && value ? "0x" : "");
		break;
	case 'p':
		put_number(sink, conv, (uintptr_t)va_arg(*args, void *), 16, false, "0x");
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(sink, conv, &c, 1);
		break;
	case 's':
		text = va_arg(*args, const char *);
		if (!text)
			text = "(null)";
		put_text(sink, conv, text,
			 conv->precision < 0 ? strlen(text)
					     : strnlen(text, (size_t)conv->precision));
		break;
	default:
		put(sink, type);
		break;
	}
}

static void format_to(struct sink *sink, const char *format, va_list *args)
{
	char buffer[MESSAGE_MAX];
	const char *f = unpacked(format, buffer);

	while (*f) {
		struct conversion conv = { .precision = -1 };

		if (*f != '%') {
			put(sink, *f++);
			continue;
		}
		f = parse_flags(f + 1, &conv);
		f = parse_count(f, &conv.width, args);
		if (conv.width < 0) {
			conv.left = true;
			conv.width = -conv.width;
		}
		if (*f == '.')
			f = parse_count(f + 1, &conv.precision, args);
		f = parse_length(f, &conv);
		if (!*f)
			return;
		put_conversion(sink, &conv, *f++, args);
	}
}

int vprintf(const char *format, va_list args)
{
	char buffer[64];
	struct sink sink = { .buffer = buffer, .size = sizeof(buffer), .drains = true };
	va_list copy;

	va_copy(copy, args);
	format_to(&sink, format, &copy);
	va_end(copy);
	drain(&sink);
	return (int)sink.total;
}

int(printf)(const char *format, ...)
{
	va_list args;
	int total;

	va_start(args, format);
	total = vprintf(format, args);
	va_end(args);
	return total;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	struct sink sink = { .buffer = buffer, .size = size ? size - 1 : 0 };
	va_list copy;

	va_copy(copy, args);
	format_to(&sink, format, &copy);
	va_end(copy);
	if (size)
		buffer[sink.used] = '\0';
	return (int)sink.total;
}

int(snprintf)(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int total;

	va_start(args, format);
	total = vsnprintf(buffer, size, format, args);
	va_end(args);
	return total;
}
