/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts for a person, in ASCII. With PACKED_MESSAGES the linked image has them in a section of its own,
 * where scripts/pack-messages replaces what they have in common by bytes that no text has: only printf()
 * and its like can read them, as formats and as arguments of %s without a precision. Without it they are
 * texts like others.
 */
#pragma once

#include "lib/string.h"
#include <stddef.h>

/* Bytes from 128 on, around 0, and up to 31 are pairs; but not NUL and the end of a line. */
#define MESSAGE_FIRST_PAIR 128
#define MESSAGE_PAIRS 160
#define MESSAGE_DEPTH 8 /* of pairs in pairs */
#define MESSAGE_MAX 128 /* a text with its NUL */

#ifdef PACKED_MESSAGES
#define MESSAGES __attribute__((section(".messages")))
#define MESSAGE(text) \
	({ \
		static const char message_[] MESSAGES = text; \
		(const char *)message_; \
	})
/* function(..., format, ...), of which the compiler still sees the format. */
#define WITH_FORMAT(format, call) \
	({ \
		static const char format_[] MESSAGES = format; \
		call; \
	})
#else
#define MESSAGES
#define MESSAGE(text) (text)
#endif

/* Text @n of several, each with its own end. */
static inline const char *message_nth(const char *texts, size_t n)
{
	while (n--)
		texts += strlen(texts) + 1;
	return texts;
}
