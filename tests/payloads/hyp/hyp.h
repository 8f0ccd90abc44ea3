/* SPDX-License-Identifier: BSD-2-Clause */
/* What the suites of the hypervisor payload share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GUEST_VALUE 0x1122334455667788UL /* what a guest's a0 is before it loads or stores */

/* Skips the row on a hart without H. */
void need_hypervisor(void);

/* The instruction at @code, and what of it goes into htinst (loads, stores and AMOs). */
uint64_t instruction_at(const void *code);
uint64_t htinst_of(const void *code);

/* Writes henvcfg, senvcfg; true when all the bits are kept. */
bool set_henvcfg(uint64_t bits);
bool set_senvcfg(uint64_t bits);
