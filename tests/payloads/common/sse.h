/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler for software events: where it lives, and what it notes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/payloads/common/sse_entry.h"

struct sse_event {
	uint64_t regs[32];
	uint64_t stack_top;
	uint64_t id;
	void (*handler)(struct sse_event *event); /* may be NULL */
	/* Ticks of sse_clock when it began and ended last, and what it found. */
	volatile uint64_t count, order, end_order, seen_hart, seen_sstatus, seen_state;
	uint8_t stack[6144] __attribute__((aligned(16)));
};
_Static_assert(offsetof(struct sse_event, stack_top) == EVENT_STACK_TOP, "sse_entry.h");

/* Ready to be registered: entry sse_entry, argument @event. */
void sse_prepare(struct sse_event *event, uint64_t id, void (*handler)(struct sse_event *));

void sse_entry(void);
