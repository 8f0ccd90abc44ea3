/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling a person about a trap (RISC-V privileged ISA, "Machine Cause Register"). */
#include "spl/trap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/message.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "spl/clock.h"
#include "spl/layout.h"

struct trap_frame {
	uint64_t cause;
	uint64_t pc;
	uint64_t tval;
	uint64_t ra;
	uint64_t sp;
	uint64_t hartid;
	uint32_t valid;
};

_Static_assert(offsetof(struct trap_frame, cause) == FRAME_CAUSE, "layout.h");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "layout.h");
_Static_assert(offsetof(struct trap_frame, tval) == FRAME_TVAL, "layout.h");
_Static_assert(offsetof(struct trap_frame, ra) == FRAME_RA, "layout.h");
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "layout.h");
_Static_assert(offsetof(struct trap_frame, hartid) == FRAME_HARTID, "layout.h");
_Static_assert(offsetof(struct trap_frame, valid) == FRAME_VALID, "layout.h");
_Static_assert(sizeof(struct trap_frame) <= FRAME_SIZE, "layout.h");

/* What the linker had at 0. */
extern char link_base[];

/* Written by a follower in entry.S. */
struct trap_frame follower_frame;

void trap_report(const struct trap_frame *frame);

static const char *cause_name(uint64_t cause)
{
	/* By number, from 0 on. */
	static const char names[] MESSAGES = "instruction address misaligned\0"
					     "instruction access fault\0"
					     "illegal instruction\0"
					     "breakpoint\0"
					     "load address misaligned\0"
					     "load access fault\0"
					     "store address misaligned\0"
					     "store access fault\0"
					     "\0\0\0"
					     "environment call\0"
					     "\0\0\0\0"
					     "double trap\0"
					     "\0"
					     "software check\0"
					     "hardware error";
	const char *name = cause <= CAUSE_HARDWARE_ERROR ? message_nth(names, cause) : "";

	if (cause & CAUSE_INTERRUPT)
		return MESSAGE("interrupt");
	return *name ? name : MESSAGE("unknown cause");
}

/* An address in the SPL is given as the linker's map has it. */
static void print(const struct trap_frame *frame)
{
	uint64_t base = (uintptr_t)link_base;

	printf("\nE%03d %s\n", ERR_TRAP, err_text(ERR_TRAP));
	printf("  hart %lu: %s (mcause 0x%lx), mtval 0x%lx\n", frame->hartid,
	       cause_name(frame->cause), frame->cause, frame->tval);
	printf("  pc 0x%lx (spl.map: 0x%lx), ra 0x%lx (0x%lx), sp 0x%lx\n", frame->pc,
	       frame->pc - base, frame->ra, frame->ra - base, frame->sp);
}

void trap_report(const struct trap_frame *frame)
{
	clock_start(0, 0, 0); /* the console waits by it, and it may be what trapped */
	print(frame);
}

void trap_report_follower(void)
{
	static bool reported;

	if (!reported && __atomic_load_n(&follower_frame.valid, __ATOMIC_ACQUIRE)) {
		reported = true;
		print(&follower_frame);
	}
}
