/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of F, D and V by number, for emulating their loads and stores. The firmware itself
 * uses none, so they are the context's; it is up to the caller to see that mstatus.FS or VS is not
 * Off, and to mark it Dirty where the context goes on (privileged ISA, "Extension Context Status").
 */
#pragma once

#include <stdint.h>

/* f[@n], of harts with D. Narrower values are NaN-boxed. */
uint64_t float_read(unsigned int n);
void float_write(unsigned int n, uint64_t value);

/*
 * Bytes [@byte, @byte + @size) of v[@n], which has vlenb of them; up to 8, lowest first. These change
 * vl, vtype and vstart: vector_configure() puts them back.
 */
uint64_t vector_read(unsigned int n, unsigned long byte, unsigned int size);
void vector_write(unsigned int n, unsigned long byte, unsigned int size, uint64_t value);

/* Sets @vl, which @vtype allows, @vtype and @vstart. */
void vector_configure(unsigned long vl, unsigned long vtype, unsigned long vstart);
