/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and changing the text of a U-Boot environment (U-Boot, doc/usage/environment.rst). */
#include "spl/env.h"

#include "lib/bits.h"
#include "lib/crc.h"
#include "lib/printf.h"
#include "lib/string.h"

#define CRC 0
#define FLAGS 4
#define NUMBER_DIGITS 16

static char *text(const struct env *env)
{
	return (char *)env->copy + ENV_HEADER_SIZE;
}

static size_t text_size(const struct env *env)
{
	return env->size - ENV_HEADER_SIZE;
}

static uint32_t crc_of(const struct env *env)
{
	return crc32_ieee(0, text(env), text_size(env));
}

bool env_is_whole(const struct env *env)
{
	return load_le32(env->copy + CRC) == crc_of(env);
}

uint8_t env_flags(const struct env *env)
{
	return env->copy[FLAGS];
}

unsigned int env_newer(uint8_t flags0, uint8_t flags1)
{
	if (flags0 == UINT8_MAX && flags1 == 0)
		return 1;
	if (flags1 == UINT8_MAX && flags0 == 0)
		return 0;
	return flags1 > flags0;
}

/*
 * The length of the variable at @at, with its NUL; 0 when there is none: at the end of the list, and
 * where a text is not ended.
 */
static size_t length_at(const struct env *env, size_t at)
{
	const char *start = text(env) + at;
	const char *end;

	if (at >= text_size(env) || !*start)
		return 0;
	end = memchr(start, '\0', text_size(env) - at);
	return end ? (size_t)(end - start) + 1 : 0;
}

/* Where the list of variables ends. */
static size_t end_of_list(const struct env *env)
{
	size_t at = 0, length;

	while ((length = length_at(env, at)))
		at += length;
	return at;
}

/* Looks for a variable from @at on; false: none. Else *at is where it is. */
static bool find(const struct env *env, const char *name, size_t *at)
{
	size_t name_length = strlen(name), length;

	for (; (length = length_at(env, *at)); *at += length) {
		const char *variable = text(env) + *at;

		if (!strncmp(variable, name, name_length) && variable[name_length] == '=')
			return true;
	}
	return false;
}

void env_clear(struct env *env)
{
	memset(env->copy, 0, env->size);
}

void env_seal(struct env *env, uint8_t flags)
{
	size_t end = end_of_list(env);
	uint32_t crc;

	/* What was deleted, or is behind the end for another reason, is nobody's business. */
	memset(text(env) + end, 0, text_size(env) - end);
	crc = crc_of(env);
	for (unsigned int i = 0; i < sizeof(crc); i++)
		env->copy[CRC + i] = (uint8_t)(crc >> 8 * i);
	env->copy[FLAGS] = flags;
}

const char *env_get(const struct env *env, const char *name)
{
	size_t at = 0;

	return find(env, name, &at) ? text(env) + at + strlen(name) + 1 : NULL;
}

static void forget(struct env *env, const char *name)
{
	size_t end = end_of_list(env), at = 0;

	while (find(env, name, &at)) {
		size_t length = length_at(env, at);

		memmove(text(env) + at, text(env) + at + length, end - at - length);
		end -= length;
		memset(text(env) + end, 0, length);
	}
}

enum err env_set(struct env *env, const char *name, const char *value)
{
	const char *old = env_get(env, name);
	size_t freed = old ? strlen(name) + strlen(old) + 2 : 0;
	size_t room = text_size(env) - end_of_list(env) + freed;
	size_t needed = value ? strlen(name) + strlen(value) + 2 : 0, at;

	/* The NUL behind the last variable needs room as well, if it has any. */
	if (needed > freed && needed >= room)
		return ERR_ENV_FULL;
	forget(env, name);
	if (!value)
		return ERR_OK;
	at = end_of_list(env);
	snprintf(text(env) + at, needed, "%s=%s", name, value);
	if (at + needed < text_size(env))
		text(env)[at + needed] = '\0';
	return ERR_OK;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint64_t env_get_number(const struct env *env, const char *name, uint64_t otherwise)
{
	const char *value = env_get(env, name);
	uint64_t number = 0;

	if (!value)
		return otherwise;
	if (value[0] == '0' && (value[1] | ('a' - 'A')) == 'x')
		value += 2;
	for (unsigned int i = 0; value[i]; i++) {
		if (digit(value[i]) < 0 || i == NUMBER_DIGITS)
			return 0;
		number = number << 4 | (uint64_t)digit(value[i]);
	}
	return number;
}

enum err env_set_number(struct env *env, const char *name, uint64_t value)
{
	char digits[NUMBER_DIGITS + 1];

	snprintf(digits, sizeof(digits), "%lx", value);
	return env_set(env, name, digits);
}
