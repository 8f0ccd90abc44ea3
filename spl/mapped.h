/* SPDX-License-Identifier: BSD-2-Clause */
/* A FIT that lies in memory: RAM, or flash that is mapped. */
#pragma once

#include "fit/source.h"

struct mapped {
	struct source source;
	uintptr_t base;
};

/* @mapped->source then reads @size bytes, not 0, from @base. */
void mapped_open(struct mapped *mapped, uintptr_t base, uint64_t size, const char *name);
