/* SPDX-License-Identifier: BSD-2-Clause */
/* From an extension id to its handler. */
#include "sbi/ecall.h"

#include <stddef.h>

#include "lib/bits.h"

/* The order is that of how often they are called. */
static const struct sbi_extension *const extensions[] = {
	&ext_time, &ext_rfence, &ext_ipi, &ext_base, &ext_dbcn, &ext_hsm, &ext_srst, &ext_legacy,
};

static const struct sbi_extension *extension_of(unsigned long eid)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (eid >= extensions[i]->first_eid && eid <= extensions[i]->last_eid)
			return extensions[i];
	}
	return NULL;
}

struct sbiret ecall_dispatch(ECALL_PARAMETERS)
{
	const struct sbi_extension *extension = extension_of(eid);

	if (!extension)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	return extension->handle(a0, a1, a2, a3, a4, a5, fid, eid);
}

unsigned long ecall_probe(unsigned long eid)
{
	const struct sbi_extension *extension = extension_of(eid);

	if (!extension)
		return 0;
	return extension->probe ? extension->probe() : 1;
}
