/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that power the machine off or reset it. They are tried in order of their priority; one
 * that does nothing in time leaves the turn to the next, and the caller always gets an answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/dt.h"

/* Numbers are those of the SBI's SRST extension. */
enum reset_type {
	RESET_SHUTDOWN = 0,
	RESET_COLD_REBOOT = 1,
	RESET_WARM_REBOOT = 2,
};

struct reset_device;

struct reset_driver {
	const char *name;
	const char *const *compatible; /* NULL-terminated */

	/*
	 * Reads a node that matches compatible[@index] into @device. A device whose registers are
	 * another node's sets provider; its address is then filled in after the walk.
	 */
	bool (*read)(struct reset_device *device, const struct dt_node *node, int index);

	/* Asks for it, and waits for as long as it may take. @failed: the system has failed. */
	void (*reset)(const struct reset_device *device, enum reset_type type, bool failed);
};

struct reset_device {
	const struct reset_driver *driver;
	uint8_t types;	   /* bit n: enum reset_type n */
	uint8_t priority;  /* the highest is tried first */
	uint32_t provider; /* phandle of the node that has the registers; 0: found */
	uintptr_t base;
	uint64_t size;
	uint64_t extent; /* the driver touches registers in [base, base + extent) */
	union {
		struct {
			uint32_t offset, value, mask;
		} syscon;
		struct {
			uint32_t pin;
			bool active_low;
			uint32_t active_ms, inactive_ms, wait_ms;
		} gpio;
	};
};

#define RESET_MAX_DEVICES 8
#define RESET_MAX_PROVIDERS 16

/* What the walk finds; zero it first. */
struct reset_devices {
	struct reset_device devices[RESET_MAX_DEVICES];
	unsigned int count;
	struct {
		uint32_t phandle;
		uintptr_t base;
		uint64_t size;
	} providers[RESET_MAX_PROVIDERS]; /* syscon and GPIO controllers */
	unsigned int provider_count;
};

/* To be called for every node of the walk. */
void reset_visit(struct reset_devices *resets, const struct dt_node *node);

/* After the walk: drops devices that lack what they need and sorts the others. */
void reset_resolve(struct reset_devices *resets);

/* Some device can do @type. */
bool reset_can(const struct reset_devices *resets, enum reset_type type);

/* Returns only when no device did it. */
void reset_machine(const struct reset_devices *resets, enum reset_type type, bool failed);

extern const struct reset_driver reset_sifive_test;
extern const struct reset_driver reset_syscon;
extern const struct reset_driver reset_gpio;
