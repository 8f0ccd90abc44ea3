/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Markers for the instruction counter (tests/bench/plugin/count.c): HINT instructions that do
 * nothing but open and close a window. id: 0-1023.
 */
#pragma once

#define MARKER_CLOSE 0x400
#define MARKER_CLOSE_ANY 0x800
#define MARKER_END 0xc00

#ifdef __ASSEMBLER__
#define MARKER(imm) .4byte(imm) << 20 | 0x02013 /* slti x0, x0, imm */
#else
#define marker(imm) __asm__ volatile(".4byte %0 << 20 | 0x02013" : : "i"(imm) : "memory")
#define open_window(id) marker(id)
#define close_window(id) marker(MARKER_CLOSE | (id))
#define close_any_window(id) marker(MARKER_CLOSE_ANY | (id))
#define end_run() marker(MARKER_END)
#endif
