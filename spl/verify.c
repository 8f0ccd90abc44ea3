/* SPDX-License-Identifier: BSD-2-Clause */
/* VERIFY=off and VERIFY=hash: signatures play no role, and no code for them is there. */
#include "spl/verify.h"

#include "lib/printf.h"

void verify_demand(const struct platform *platform, struct fit_policy *policy)
{
	(void)platform;
	policy->verify = SPL_VERIFY;
}

void verify_print(const struct platform *platform)
{
	(void)platform;
	printf("  VERIFY=" SPL_VERIFY_NAME ": a FIT need not be signed\n");
}
