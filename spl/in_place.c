/* SPDX-License-Identifier: BSD-2-Clause */
/* What is different in the SPL that xip.ld links. */
#include "spl/memory.h"

bool executed_in_place(void)
{
	return true;
}
