/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of the error list. */
#include "lib/err.h"

const char *err_text(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "no error";
#define X(name, number, text) \
	case name: \
		return text;
		ERR_LIST(X)
#undef X
	}
	return "unknown error";
}
