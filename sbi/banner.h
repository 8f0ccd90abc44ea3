/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person who brings up a machine wants to see on one screen. */
#pragma once

#include "sbi/scratch.h"

/* What this was built from, as git describes it. */
extern const char firmware_version[];

/*
 * When everything is set up, and before the DTB is handed over: it reads names from the DTB.
 * @boot_hart is the one that enters the next stage; another one may run this.
 */
void banner_print(const struct scratch *boot_hart);
