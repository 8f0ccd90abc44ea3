/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SPL writes into the device tree that it hands on. */
#pragma once

#include "spl/platform.h"

struct fixups {
	const char *bootargs;	   /* NULL: leave them as they are */
	const char *more_bootargs; /* to follow them; NULL: nothing */
	uint64_t initrd_start;
	uint64_t initrd_end; /* exclusive; 0: there is no initrd */
	uint64_t boot_hart;
	bool keep_memory; /* the tree is the one that memory was read from */
};

/*
 * Edits @dtb of @size bytes, which may grow to @capacity: memory, /chosen, the boot hart, and harts that did
 * not come (status "fail", so that nobody waits for them). It is as small as it can be afterwards.
 * ERR_DT_NO_SPACE; ERR_DT_TRUNCATED when it says that it is larger; ERR_DT_STRUCTURE and ERR_DT_HEADER
 * when it is damaged.
 */
enum err fixup_dtb(void *dtb, size_t size, size_t capacity, const struct platform *platform,
		   const struct fixups *fixups);
