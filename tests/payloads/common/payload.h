/* SPDX-License-Identifier: BSD-2-Clause */
/* What start-up code and the payloads agree on. */
#pragma once

/* The payload: runs on the boot hart with harts[] set up and the others started. */
void payload_main(void);

/* May be defined: called before that, and before the machine is explored; no trap was taken yet. */
void payload_arrived(void);

/* Ends the machine: "srst", "cold", "warm", "legacy" or "test"; comes back when that is refused. */
void machine_end(const char *how);
