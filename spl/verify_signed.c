/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VERIFY=signed: a configuration runs when it is signed by the keys that were built in (KEYS=) or,
 * without those, by the ones in the control device tree. With no key at all, nothing runs.
 */
#include "fit/signature.h"
#include "lib/printf.h"
#include "spl/verify.h"

#ifdef SPL_KEYS
extern const struct fit_keys built_in_keys;

static const struct fit_keys *find_keys(const struct platform *platform, enum err *err)
{
	(void)platform;
	*err = ERR_OK;
	return &built_in_keys;
}
#else
static const struct fit_keys *find_keys(const struct platform *platform, enum err *err)
{
	static struct fit_keys keys;

	*err = keys_from_dtb(platform->control_dtb, &keys);
	return &keys;
}
#endif

void verify_demand(const struct platform *platform, struct fit_policy *policy)
{
	enum err err;

	policy->verify = FIT_VERIFY_SIGNED;
	policy->check_signature = signature_check;
	policy->keys = find_keys(platform, &err);
}

void verify_print(const struct platform *platform)
{
	enum err err;
	const struct fit_keys *keys = find_keys(platform, &err);

	printf("  VERIFY=signed");
	for (unsigned int i = 0; i < keys->count; i++)
		printf("%s %s", i == 0 ? " by" : keys->any ? " or" : " and", keys->keys[i].name);
	if (err)
		printf("\nE%03d %s", err, err_text(err));
	printf("\n");
}
