/* SPDX-License-Identifier: BSD-2-Clause */
/* Followers hash what the leader reads. */
#include "spl/crew.h"

#include <stdbool.h>
#include <stdint.h>

#include "drivers/timer/aclint.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "spl/clock.h"
#include "spl/harts.h"
#include "spl/hash_isa.h"
#include "spl/trap.h"
#include "spl/watchdog.h"

#define SEATS 3		    /* with the leader, what kernel, ramdisk and two more need */
#define STACK_SIZE 2048	    /* of which the build allows CREW_STACK_MAX (spl.mk) */
#define PIECE 0x10000	    /* what progress is told in */
#define PATIENCE_US 3000000 /* for one piece; emulated harts on a busy host are slow */

/* Where one hart of the crew works: entry.S takes the job's address for the end of its stack. */
static struct seat {
	uint8_t stack[STACK_SIZE];
	struct hash_job {
		struct hasher hasher;
		const uint8_t *data;
		size_t size;   /* that are there; written by the leader alone */
		size_t hashed; /* written by the follower alone */
		bool closed;   /* there will not be more */
		bool done;
	} job __attribute__((aligned(16)));
	bool taken;
} seats[SEATS];

void crew_work(struct hash_job *job, uintptr_t msip); /* entry.S */

static unsigned int number_of(const struct hash_job *job)
{
	unsigned int n = 0;

	while (&seats[n].job != job)
		n++;
	return n;
}

static struct hash_job *crew_begin(unsigned int hashes, const void *data)
{
	for (unsigned int n = 0; n < SEATS; n++) {
		struct hash_job *job = &seats[n].job;

		if (seats[n].taken)
			continue;
		*job = (struct hash_job){ .data = data };
		hasher_start(&job->hasher, hashes);
		seats[n].taken = harts_put_to_work(n, job);
		return seats[n].taken ? job : NULL;
	}
	return NULL;
}

static void crew_advance(struct hash_job *job, size_t size)
{
	__atomic_store_n(&job->size, size, __ATOMIC_RELEASE);
	harts_wake(number_of(job));
}

static const struct hasher *crew_end(struct hash_job *job)
{
	unsigned int n = number_of(job);
	uint64_t deadline = deadline_after(PATIENCE_US);
	size_t hashed = 0, now;

	__atomic_store_n(&job->closed, true, __ATOMIC_RELEASE);
	harts_wake(n);
	while (!__atomic_load_n(&job->done, __ATOMIC_ACQUIRE)) {
		if (deadline_passed(deadline)) {
			printf("E%03d %s: hart %lu\n", ERR_HART_HASHING, err_text(ERR_HART_HASHING),
			       harts_id(n));
			trap_report_follower();
			return NULL;
		}
		now = __atomic_load_n(&job->hashed, __ATOMIC_RELAXED);
		if (now != hashed)
			deadline = deadline_after(PATIENCE_US);
		hashed = now;
		watchdog_kick();
		clock_doze();
	}
	seats[n].taken = false;
	return &job->hasher;
}

const struct hash_crew crew = { crew_begin, crew_advance, crew_end };

void crew_work(struct hash_job *job, uintptr_t msip)
{
	size_t hashed = 0;

	if (HASH_BLOCKS)
		job->hasher.blocks = hash_isa_blocks();
	for (;;) {
		bool closed;
		size_t size;

		/* Before the look, so that what changes after it wakes the wfi. */
		aclint_clear_ipi(msip);
		fence_full();
		closed = __atomic_load_n(&job->closed, __ATOMIC_ACQUIRE);
		size = __atomic_load_n(&job->size, __ATOMIC_ACQUIRE);
		if (hashed < size) {
			size = MIN(size, hashed + PIECE);
			hasher_update(&job->hasher, job->data + hashed, size - hashed);
			hashed = size;
			__atomic_store_n(&job->hashed, hashed, __ATOMIC_RELAXED);
		} else if (closed) {
			break;
		} else {
			wfi();
		}
	}
	__atomic_store_n(&job->done, true, __ATOMIC_RELEASE);
}
