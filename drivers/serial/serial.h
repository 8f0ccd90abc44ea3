/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serial ports, polled. A driver never waits: it sends what there is room for, and the caller decides
 * how long to try.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dt.h"

struct serial;

struct serial_driver {
	const char *const *compatible; /* NULL-terminated */

	/* Sets the line up: 8N1 at serial->baud when clock and rate are known. */
	void (*init)(const struct serial *serial);

	/* Sends as much of @text as there is room for now; returns how much. */
	size_t (*write)(const struct serial *serial, const char *text, size_t length);

	/* A received character, or -1. */
	int (*rx)(const struct serial *serial);
};

/* Registers of a port are within so many bytes of its base. */
#define SERIAL_EXTENT 0x100

struct serial {
	const struct serial_driver *driver;
	uintptr_t base;
	uint32_t clock_hz; /* 0: unknown, leave the divisor as it is */
	uint32_t baud;	   /* 0: leave as it is */
	uint8_t reg_shift; /* register n is at base + (n << reg_shift) */
	uint8_t reg_width; /* bytes of a register access: 1 or 4 */
};

/* What a walk over the DTB finds out about consoles. Zero it first. */
#define SERIAL_MAX_CANDIDATES 8

struct serial_search {
	struct serial candidates[SERIAL_MAX_CANDIDATES];
	struct dt_path paths[SERIAL_MAX_CANDIDATES];
	uint8_t count;
	const char *stdout_path;
	struct dt_node aliases; /* its properties only */
};

/* To be called for every node of the walk. */
void serial_visit(struct serial_search *search, const struct dt_node *node);

/*
 * The port that /chosen/stdout-path names, by path or alias, with the rate that follows ":"; without
 * one, the first enabled port. NULL when there is none. The result points into @search.
 */
struct serial *serial_choose(struct serial_search *search);

extern const struct serial_driver serial_sifive;
extern const struct serial_driver serial_8250;
