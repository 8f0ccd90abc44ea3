/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harts of a payload: functions run on any of them, traps that are expected or that fail what
 * the hart was doing, and time limits. A check that fails ends the function it is in, on whichever
 * hart, and the message reaches the hart that waits for it.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/payloads/common/layout.h"
#include "tests/payloads/common/sbi.h"

enum verdict { PASS, FAIL, SKIP };

struct mark {
	uint64_t kept[15];
};

/* The last trap that was stepped over, see trap_expect(). */
struct trap {
	unsigned int count;
	uint64_t cause, epc, tval, status;
};

typedef void (*job_fn)(uint64_t arg);

struct hart {
	/* The assembly knows this part, see layout.h. */
	uint64_t trap[32];
	uint64_t call[32];
	uint64_t result[32];
	uint64_t entry[32];
	uint64_t kept[16];
	uint64_t entry_stack, trap_stack, entry_fn, entry_satp, entry_sstatus;

	uint64_t id;
	unsigned int index;
	bool online; /* runs the idle loop and takes jobs */
	bool lost;   /* did not answer in time: not used any more */
	bool in_trap;

	/* What it runs now, and how that ended. */
	job_fn volatile job;
	uint64_t arg;
	struct mark *volatile escape;
	enum verdict verdict;
	char message[160];

	/* Traps */
	bool stepping;
	struct trap stepped;
	void (*on_interrupt)(struct hart *hart, unsigned int irq);
	struct mark *user_exit; /* where an ECALL from U-mode goes */

	uint8_t stacks[STACK_SIZE + TRAP_STACK_SIZE] __attribute__((aligned(16)));
};

extern struct hart harts[MAX_HARTS];
extern unsigned int nharts; /* harts[0] is the boot hart */

/* The hart that this runs on. */
static inline struct hart *self(void)
{
	register struct hart *hart __asm__("tp");

	__asm__("" : "=r"(hart));
	return hart;
}

/* The boot hart when there is none with this id. */
struct hart *hart_by_id(uint64_t id);

/* Set up harts[] from the machine description, the caller becoming harts[0]. */
void harts_init(uint64_t boot_id);
/* Start what HSM can start; they wait for jobs in wfi. */
void harts_start(void);
/* Stop or start one other hart between jobs; false when that does not happen in time. */
bool hart_stop(struct hart *hart);
bool hart_start(struct hart *hart);
/* The first other hart that takes jobs, or NULL. */
struct hart *another_hart(void);
/* All other harts that take jobs. */
#define for_each_other(hart) \
	for (struct hart *hart = harts + 1; hart < harts + nharts; hart++) \
		if (hart->online)
#define for_each_online(hart) \
	for (struct hart *hart = harts; hart < harts + nharts; hart++) \
		if (hart->online)
unsigned int count_online(void);

/* Give @fn(@arg) to another hart; it runs at once and on its own. */
void hart_run(struct hart *hart, job_fn fn, uint64_t arg);
/* Wait for the end of the job; a failure in it becomes the caller's. */
void hart_join(struct hart *hart);
/* Wait for whatever is still running, failures or not. */
void harts_settle(void);
/* @fn(@arg) on another hart, and wait. */
void on_hart(struct hart *hart, job_fn fn, uint64_t arg);
/* @fn(@arg) on all harts at the same time, this one too. */
void on_all_harts(job_fn fn, uint64_t arg);

/* Run @fn(@arg) here under the watchdog; fail(), skip() and traps in it come back as verdict. */
enum verdict guarded(job_fn fn, uint64_t arg);

void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
#define check(condition, ...) \
	do { \
		if (!(condition)) \
			fail(__VA_ARGS__); \
	} while (0)

/* From here on exceptions are counted and stepped over, until trap_taken() says how many. */
void trap_expect(void);
unsigned int trap_taken(struct trap *last);
/* One access; true when it trapped. */
bool load_traps(uint64_t addr, struct trap *trap);
bool store_traps(uint64_t addr, uint64_t value, struct trap *trap);

/* sstatus.SIE off, saying how it was; and back. */
bool interrupts_off(void);
void interrupts_restore(bool on);
/* Timer through SBI; never when @when is all ones. */
void timer_set(uint64_t when);

uint64_t milliseconds(uint64_t ms); /* in ticks of time */
void sleep_ms(uint64_t ms);
/* True as soon as @done(@arg), false when it is not within @ms. */
bool wait_until(bool (*done)(uint64_t arg), uint64_t arg, uint64_t ms);
/* The same for a value in memory. */
bool wait_for(volatile uint64_t *word, uint64_t value, uint64_t ms);

/* start.S */
void hart_entry(void);
void opaque_entry(void);
extern uint64_t boot_registers[32];	 /* that the boot hart came with */
extern volatile uint64_t opaque_seen[3]; /* a0, a1, and 1 when the first two are there */
void ecall_recorded(struct hart *hart);
extern char ecall_recorded_return[];
int mark(struct mark *mark) __attribute__((returns_twice));
void leap_to(struct mark *mark) __attribute__((noreturn));
uint64_t counter_csr(unsigned int n);
uint64_t touch_load(uint64_t addr);
void touch_store(uint64_t addr, uint64_t value);
void user_entry(volatile uint64_t *flag);
extern void park(void) __attribute__((noreturn));
