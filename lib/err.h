/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of errors of both stages. Every cause has its own name, a number that never
 * changes once released, and one line of text that tells a person what is wrong.
 * SBI error codes exist only at the ecall boundary (sbi/), never here.
 *
 * Numbers: 1-99 general, 100-199 SPI and SD/MMC, 200-299 block devices and PCI, 300-399 partition
 * tables and boot sources, 400-499 FIT, 500-599 SPL, 600-699 SBI firmware, 700-799 network.
 */
#pragma once

#define ERR_LIST(X) \
	X(ERR_INVALID,		1, "an argument is not valid") \
	X(ERR_RANGE,		2, "a number is out of its range") \
	X(ERR_NOT_FOUND,	3, "not found") \
	X(ERR_TIMEOUT,		4, "no answer in time") \
	X(ERR_UNSUPPORTED,	5, "not supported") \
	X(ERR_FULL,		6, "no room left") \
	X(ERR_DT_HEADER,	10, "not a device tree: bad magic, version or block offsets") \
	X(ERR_DT_TRUNCATED,	11, "the device tree is larger than the memory that holds it") \
	X(ERR_DT_STRUCTURE,	12, "the device tree's structure block is damaged") \
	X(ERR_DT_DEPTH,		13, "the device tree is nested too deeply") \
	X(ERR_DT_NO_MEMORY,	14, "the device tree describes no usable memory") \
	X(ERR_DT_NO_HARTS,	15, "the device tree describes no usable hart") \
	X(ERR_DT_NO_SPACE,	16, "no room left to edit the device tree")

enum err {
	ERR_OK = 0,
#define X(name, number, text) name = number,
	ERR_LIST(X)
#undef X
};

/* One line of text for @err; "unknown error" for a number that is not in the list. */
const char *err_text(enum err err);
