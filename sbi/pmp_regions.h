/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory protection plan of a domain, from what platform says of the machine. Pure. */
#pragma once

#include "sbi/domain.h"
#include "sbi/pmp_plan.h"

/*
 * Makes the plan for harts of @domain with @limits; says what is wrong when that fails, and what helps.
 * One at a time. ERR_TOO_MANY_DEVICES, and those of pmp_plan_make().
 */
enum err pmp_plan_domain(struct pmp_plan *plan, const struct domain *domain,
			 const struct pmp_limits *limits);
