/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test is one row: a name that does not change from one firmware or run to the next, the table or
 * section of the SBI specification that it checks, and a function that returns (pass) or ends in
 * fail() or skip(). The result is TAP version 14 on the console:
 *
 *	# run hsm.hart_start.invalid_hartid
 *	not ok 12 - hsm.hart_start.invalid_hartid (HSM Hart Start Errors)
 *	# hsm.hart_start.invalid_hartid: SUCCESS, expected INVALID_PARAM
 *
 * Rows marked HOUSE ask for more than the specification does; TAP's TODO says so.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/sbi.h"

enum { HOUSE = 1 };

struct test {
	const char *name;    /* "hart_start.invalid_hartid" */
	const char *section; /* of the specification */
	void (*run)(uint64_t variant);
	/* One row each, "<name>.<variant>", run with its index; NULL-terminated. */
	const char *const *variants;
	unsigned int min_harts;
	unsigned int flags;
};

struct suite {
	const char *name;	  /* "hsm" */
	uint64_t eid;		  /* skipped when BASE says that it is not there */
	uint64_t fids;		  /* functions 0 .. fids - 1 are defined; 0 where a6 is ignored */
	const struct test *tests; /* ends with a test without name */
	void (*setup)(void);	  /* before each row */
	void (*cleanup)(void);	  /* after each row, passed or not */
	bool is_isa;		  /* not about calls: no rows about those */
};

void tap_run(const struct suite *const *suites);

/* Errors as a set, for rows where the specification leaves a choice. */
enum {
	SUCCESS = 1 << 0,
	FAILED = 1 << 1,
	NOT_SUPPORTED = 1 << 2,
	INVALID_PARAM = 1 << 3,
	DENIED = 1 << 4,
	INVALID_ADDRESS = 1 << 5,
	ALREADY_AVAILABLE = 1 << 6,
	ALREADY_STARTED = 1 << 7,
	ALREADY_STOPPED = 1 << 8,
	NO_SHMEM = 1 << 9,
	INVALID_STATE = 1 << 10,
	BAD_RANGE = 1 << 11,
	TIMEOUT = 1 << 12,
	IO = 1 << 13,
	DENIED_LOCKED = 1 << 14,
};

/* Fails the row unless the error is in the set; returns the value. */
uint64_t expect(struct sbiret ret, uint32_t errors);

/*
 * Memory that no shared memory parameter may name (Shared Memory Physical Address Range Parameter),
 * as variants of a test.
 */
extern const char *const bad_memory[];
/*
 * One more variant, for rows of their own: registers of a device. S-mode may access them, but
 * nobody's shared memory is there.
 */
#define BAD_MEMORY_MMIO 7
/* Where @size bytes would have to lie; skips the row where the machine has no such place. */
struct phys {
	uint64_t lo, hi;
};
struct phys bad_memory_at(uint64_t variant, uint64_t size, uint64_t align);
/* Where S-mode cannot execute, as variants of a test, and the address. */
extern const char *const bad_entry[];
uint64_t bad_entry_at(uint64_t variant);

/*
 * Fails the row unless all registers with which a hart came in are zero but a0 and a1. The
 * specification leaves them undefined: a firmware that clears them tells nothing.
 */
void check_cleared(const uint64_t *registers);

/* Skips the row when the firmware says that it is of an older SBI than what is tested. */
void need_version(unsigned int major);

/* A hart id that no hart has. */
uint64_t no_hart(void);
/* Hart masks that name such a hart (Hart Mask Errors), as variants of a test. */
extern const char *const bad_mask[];
struct mask {
	uint64_t mask, base;
};
struct mask bad_mask_at(uint64_t variant);
