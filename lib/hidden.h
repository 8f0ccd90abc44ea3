/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything else (-include) by stages that are one image: names of other files are
 * in the same image, so they are addressed directly and not through a table.
 */
#pragma GCC visibility push(hidden)
