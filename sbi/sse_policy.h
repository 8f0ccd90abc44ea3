/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Supervisor software events (SBI v3.0, chapter "Supervisor Software Events Extension"): which there
 * are, their states, attributes and priorities, and what injection and completion make of the
 * interrupted context. Pure policy; sbi/sse.c does it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In the order of their ids, which decides between events of one priority. */
enum sse_number {
	SSE_LOCAL_HIGH_RAS,
	SSE_DOUBLE_TRAP,
	SSE_GLOBAL_HIGH_RAS,
	SSE_PMU_OVERFLOW,
	SSE_LOCAL_LOW_RAS,
	SSE_GLOBAL_LOW_RAS,
	SSE_LOCAL_SOFTWARE,
	SSE_GLOBAL_SOFTWARE,
	SSE_EVENTS,
	SSE_NONE = SSE_EVENTS,
};
#define SSE_LOCALS 5
#define SSE_GLOBALS 3

/* The rest of this file has the specification's names and numbers. */
enum sse_state { SSE_UNUSED, SSE_REGISTERED, SSE_ENABLED, SSE_RUNNING };

enum sse_attribute {
	SSE_STATUS,
	SSE_PRIORITY,
	SSE_CONFIG,
	SSE_PREFERRED_HART,
	SSE_ENTRY_PC,
	SSE_ENTRY_ARG,
	SSE_INTERRUPTED_SEPC,
	SSE_INTERRUPTED_FLAGS,
	SSE_INTERRUPTED_A6,
	SSE_INTERRUPTED_A7,
	SSE_ATTRIBUTES
};

struct sse_event {
	uint8_t state; /* enum sse_state */
	bool pending;  /* atomic: any hart may set it */
	uint8_t config;
	uint8_t flags; /* interrupted, as are sepc, a6 and a7 */
	uint32_t priority;
	unsigned long entry_pc;
	unsigned long entry_arg;
	unsigned long sepc;
	unsigned long a6;
	unsigned long a7;
};

/* The context that an event interrupts: pc, mstatus and hstatus (0 without H) say where it is. */
struct sse_context {
	unsigned long pc;
	unsigned long mstatus;
	unsigned long hstatus;
	unsigned long sepc;
	unsigned long a6;
	unsigned long a7;
};

/* What one hart has of it: its local events, and which are RUNNING here, global ones too. */
struct sse {
	struct sse_event local[SSE_LOCALS];
	uint8_t running;
	bool unmasked; /* atomic: other harts look at it */
};

/* SSE_NONE: no standard event has this id. */
enum sse_number sse_number_of(unsigned long event_id);

bool sse_is_global(enum sse_number number);
/* Its place among the local or among the global events. */
unsigned int sse_slot(enum sse_number number);

/* The transitions that S-mode asks for; the result is an SBI error. */
long sse_register(struct sse_event *event, unsigned long entry_pc, unsigned long entry_arg);
long sse_unregister(struct sse_event *event);
long sse_enable(struct sse_event *event);
long sse_disable(struct sse_event *event);

/* It is pending, and nothing but other events holds it back. */
bool sse_is_waiting(const struct sse_event *event);

/* The end of RUNNING. */
void sse_finish(struct sse_event *event);

/*
 * An event as one hart sees it; PREFERRED_HART is for local events the hart itself. @runs_here: it is
 * RUNNING on that hart.
 */
struct sse_view {
	struct sse_event *event;
	unsigned long *preferred_hart; /* of a global event */
	unsigned long hartid;
	bool runs_here;
};

/* SBI_SUCCESS when there are attributes @base to @base + @count - 1. */
long sse_check_range(unsigned long base, unsigned long count);

unsigned long sse_read(const struct sse_view *view, enum sse_attribute attribute);

/* SBI_SUCCESS when sse_write() may follow; @is_hart tells valid hartids. */
long sse_check_write(const struct sse_view *view, enum sse_attribute attribute, unsigned long value,
		     bool (*is_hart)(unsigned long hartid));
void sse_write(const struct sse_view *view, enum sse_attribute attribute, unsigned long value);

/*
 * The most important of @set, SSE_NONE when it is empty. @events are those that one hart sees, by
 * number; bit n of a set is number n.
 */
enum sse_number sse_most_important(struct sse_event *const events[SSE_EVENTS], uint32_t set);

/* The event to inject now: it waits, and is more important than all that are in @running. */
enum sse_number sse_next(struct sse_event *const events[SSE_EVENTS], uint32_t running);

/* Makes of @context the handler's. @sdt is MSTATUS_SDT with Ssdbltrp, else 0. */
void sse_inject(struct sse_event *event, struct sse_context *context, unsigned long hartid,
		unsigned long sdt);

/* Makes of the handler's context what it goes back to. */
void sse_return(const struct sse_event *event, struct sse_context *context, unsigned long sdt);
