/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One block of memory a hart: its stack, and right above it its struct scratch.
 *
 *	block: | guard word | stack, grows down ... | struct scratch |
 *
 * While the hart runs S- or U-mode, mscratch holds the address of its scratch, and while it runs
 * M-mode, 0: so a trap knows where it came from. In M-mode tp holds that address: this_hart().
 * The scratch begins with the trap frame; stack top, frame and scratch are one address.
 */
#pragma once

#define HART_BLOCK_SIZE 3584 /* 512 harts and 128 KiB of firmware fit below 2 MiB */
#define STACK_GUARD 0x6a5d7e31

/* For assembly, checked below. */
#define SCRATCH_HARTID FRAME_SIZE
#define SCRATCH_SET_TIMER (FRAME_SIZE + 8)

#define SET_TIMER_IN_C 0
#define SET_TIMER_BY_STIMECMP (-1)

#include "sbi/trap_frame.h"

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/machine.h"
#include "sbi/dbtr_policy.h"
#include "sbi/domain.h"
#include "sbi/features.h"
#include "sbi/fwft_policy.h"
#include "sbi/hsm.h"
#include "sbi/pmp_plan.h"
#include "sbi/pmu_policy.h"
#include "sbi/rfence.h"
#include "sbi/sse_policy.h"

struct scratch {
	struct trap_frame frame;
	unsigned long hartid;
	/* What the trap entry does about set_timer: one of the above, or the address of mtimecmp */
	long set_timer;

	/* Who and where */
	unsigned int index; /* of this hart in platform.machine.harts and of its block */
	const struct hart_desc *desc;
	const struct domain *domain;
	const uint64_t *peers; /* harts that S-mode may know of here, by index: domain->harts */
	struct hart_features features;
	struct pmp_limits pmp;

	/* Its registers; 0: none */
	uintptr_t msip;	    /* ACLINT's software interrupt */
	uintptr_t mtimecmp; /* ACLINT's timer, and the time it is compared with */
	uintptr_t mtime;
	uintptr_t imsic; /* the M-level interrupt file */

	/* What other harts ask of this one: enum hart_event bits, see sbi/ipi.h */
	uint32_t events;
	struct rfence_target rfence;
	struct hsm hsm;

	/* State of SBI extensions, one struct of its header each */
	struct fwft fwft;
	struct sse sse;
	struct pmu pmu;
	struct dbtr dbtr;
	unsigned long mpxy_shmem; /* MPXY_NO_SHMEM: none */
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct scratch, frame.mepc) == FRAME_MEPC, "");
_Static_assert(offsetof(struct scratch, frame.mstatus) == FRAME_MSTATUS, "");
_Static_assert(offsetof(struct scratch, hartid) == SCRATCH_HARTID, "");
_Static_assert(offsetof(struct scratch, set_timer) == SCRATCH_SET_TIMER, "");
_Static_assert(HART_BLOCK_SIZE % _Alignof(struct scratch) == 0, "");
_Static_assert(sizeof(struct scratch) <= 1536, "leave 2 KiB for the stack");

/* The lowest word of @hart's stack. */
static inline unsigned long *hart_stack_guard(const struct scratch *hart)
{
	return (unsigned long *)((uintptr_t)(hart + 1) - HART_BLOCK_SIZE);
}

#ifdef __riscv
/* The hart that runs this, in M-mode. */
static inline struct scratch *this_hart(void)
{
	return __builtin_thread_pointer();
}
#else
struct scratch *this_hart(void); /* a unit test's */
#endif

#endif
