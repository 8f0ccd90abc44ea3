/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DTB that the next stage gets when it has only a part of the machine: a domain other than the
 * root, or a machine with domains. Harts, memory and devices of others are not for it, and nothing in
 * the tree tells of domains (docs/domains.md). A domain with a DTB of its own (next-arg1) gets that as
 * it is.
 */
#pragma once

#include "lib/dt.h"
#include "sbi/domain.h"
#include "sbi/fdt_fixup.h"

/*
 * Before fdt_fixup_apply(): makes it disable all devices that @domain does not reach, and keep off all
 * memory that it may not read and execute or write. @handover->kept so far is the firmware's memory
 * alone. ERR_DT_NO_SPACE: there are too many of them.
 */
enum err domain_fdt_restrict(const struct domain *domain, struct fdt_fixup *fixup,
			     struct fdt_handover *handover);

/* After it, in the blob that is handed over: takes out what tells of domains. */
enum err domain_fdt_hide(void *blob);
