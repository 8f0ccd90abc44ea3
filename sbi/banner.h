/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person who brings up a machine wants to see on one screen. */
#pragma once

/*
 * On the boot hart, when everything is set up and before the DTB is handed over: it reads names from
 * the DTB.
 */
void banner_print(void);
