/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing of ISA strings. */
#include "lib/riscv/isa.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/string.h"

static const char names[][12] = {
#define X(name, text) [ISA_##name] = text,
	ISA_SINGLE_LETTERS(X) ISA_MULTI_LETTERS(X)
#undef X
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

/* @name need not be terminated. */
static uint64_t bit_of(const char *name, size_t length)
{
	char first = lower(name[0]);

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = 0;

		if (names[i][0] != first)
			continue;
		while (n < length && names[i][n] && names[i][n] == lower(name[n]))
			n++;
		if (n == length && !names[i][n])
			return BIT(i);
	}
	return 0;
}

static uint64_t bits_of_letter(char letter)
{
	if (lower(letter) == 'g') /* general: IMAFD, Zicsr, Zifencei */
		return bits_of_letter('i') | bits_of_letter('m') | bits_of_letter('a') |
		       bits_of_letter('f') | bits_of_letter('d');
	return bit_of(&letter, 1);
}

/* A version is digits, optionally "p" and digits. */
static const char *skip_version(const char *text)
{
	while (is_digit(*text))
		text++;
	if (lower(*text) == 'p' && is_digit(text[1])) {
		for (text++; is_digit(*text);)
			text++;
	}
	return text;
}

static bool starts_long_name(char c)
{
	return lower(c) == 'z' || lower(c) == 's' || lower(c) == 'x';
}

/* The length of a long name without its version. Digits may be part of a name: zve64x, sha2. */
static size_t long_name_length(const char *text)
{
	size_t end = 0, version;

	while (is_letter(text[end]) || is_digit(text[end]))
		end++;
	version = end;
	while (version && is_digit(text[version - 1]))
		version--;
	if (version < end && version >= 2 && lower(text[version - 1]) == 'p' &&
	    is_digit(text[version - 2])) {
		for (version--; version && is_digit(text[version - 1]);)
			version--;
		return version;
	}
	return end;
}

struct isa isa_parse(const char *text)
{
	struct isa isa = { 0 };

	if (lower(text[0]) != 'r' || lower(text[1]) != 'v' || text[2] != '6' || text[3] != '4')
		return isa;
	text += 4;
	while (is_letter(*text) && !starts_long_name(*text)) {
		isa.bits |= bits_of_letter(*text);
		text = skip_version(text + 1);
	}
	while (*text) {
		size_t whole = 0;

		while (is_letter(text[whole]) || is_digit(text[whole]))
			whole++;
		if (whole)
			isa.bits |= bit_of(text, whole) | bit_of(text, long_name_length(text));
		text += whole ? whole : 1;
	}
	return isa;
}

struct isa isa_of(const struct dt_node *cpu)
{
	struct isa isa = { 0 };
	uint32_t length;
	const char *list = dt_prop(cpu, "riscv,isa-extensions", &length);
	const char *text = dt_prop_string(cpu, "riscv,isa");

	if (list && length && !list[length - 1]) {
		for (const char *end = list + length; list < end; list += strlen(list) + 1)
			isa.bits |= bit_of(list, strlen(list));
		return isa;
	}
	return text ? isa_parse(text) : isa;
}
