/* SPDX-License-Identifier: BSD-2-Clause */
/* What the board demands of a FIT before it runs (VERIFY=off|hash|signed). */
#pragma once

#include "fit/fit.h"
#include "spl/platform.h"

/* Puts it into a policy. */
void verify_demand(const struct platform *platform, struct fit_policy *policy);

/* The same in words for a person, with the keys by name. */
void verify_print(const struct platform *platform);
