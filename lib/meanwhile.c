/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/meanwhile.h"

#include <stddef.h>

static void (*left)(void *context);
static void *left_context;

void meanwhile(void (*work)(void *context), void *context)
{
	left = work;
	left_context = context;
}

__attribute__((noinline)) void meanwhile_run(void)
{
	void (*work)(void *context) = left;

	left = NULL;
	if (work)
		work(left_context);
}
