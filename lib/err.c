/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the error list, in one block with offsets: pointers would need a relocation each. */
#include "lib/err.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

/* Those of a stage only, where it says so. */
#ifndef ERR_TEXTS
#define ERR_TEXTS ERR_LIST
#endif

struct texts {
#define X(name, number, text) char name##_text[sizeof(text)];
	ERR_TEXTS(X)
#undef X
};

static const struct texts texts = {
#define X(name, number, text) .name##_text = text,
	ERR_TEXTS(X)
#undef X
};

static const struct {
	uint16_t number;
	uint16_t offset;
} entries[] = {
#define X(name, number, text) { number, offsetof(struct texts, name##_text) },
	ERR_TEXTS(X)
#undef X
};

const char *err_text(enum err err)
{
	if (err == ERR_OK)
		return "no error";
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (entries[i].number == (unsigned int)err)
			return (const char *)&texts + entries[i].offset;
	}
	return "unknown error";
}
