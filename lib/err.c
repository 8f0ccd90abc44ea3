/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the error list, one behind the other: pointers would need a relocation each. */
#include "lib/err.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "lib/message.h"

/* Those of a stage only, where it says so. */
#ifndef ERR_TEXTS
#define ERR_TEXTS ERR_LIST
#endif

static const uint16_t numbers[] = {
#define X(name, number, text) number,
	ERR_TEXTS(X)
#undef X
};

static const char texts[] MESSAGES =
#define X(name, number, text) text "\0"
	ERR_TEXTS(X)
#undef X
		"unknown error";

const char *err_text(enum err err)
{
	size_t i = 0;

	if (err == ERR_OK)
		return MESSAGE("no error");
	while (i < ARRAY_SIZE(numbers) && numbers[i] != (unsigned int)err)
		i++;
	return message_nth(texts, i);
}
