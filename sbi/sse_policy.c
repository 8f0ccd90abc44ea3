/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of software events. */
#include "sbi/sse_policy.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/sbi.h"

#define STATUS_PENDING BIT(2)
#define STATUS_INJECTABLE BIT(3)
#define CONFIG_ONE_SHOT BIT(0)

/* INTERRUPTED_FLAGS */
#define FLAG_SPP BIT(0)
#define FLAG_SPIE BIT(1)
#define FLAG_SPV BIT(2)
#define FLAG_SPVP BIT(3)
#define FLAG_SPELP BIT(4)
#define FLAG_SDT BIT(5)
#define FLAGS_ALL (BIT(6) - 1)

static const struct {
	uint32_t id;
	bool is_global;
	uint8_t slot;
} kinds[SSE_EVENTS] = {
	[SSE_LOCAL_HIGH_RAS] = { 0x00000000, false, 0 },
	[SSE_DOUBLE_TRAP] = { 0x00000001, false, 1 },
	[SSE_GLOBAL_HIGH_RAS] = { 0x00008000, true, 0 },
	[SSE_PMU_OVERFLOW] = { 0x00010000, false, 2 },
	[SSE_LOCAL_LOW_RAS] = { 0x00100000, false, 3 },
	[SSE_GLOBAL_LOW_RAS] = { 0x00108000, true, 1 },
	[SSE_LOCAL_SOFTWARE] = { 0xffff0000, false, 4 },
	[SSE_GLOBAL_SOFTWARE] = { 0xffff8000, true, 2 },
};

enum sse_number sse_number_of(unsigned long event_id)
{
	unsigned int number = 0;

	/* 32 bits, which C's calling convention sign-extends. */
	while (number < SSE_EVENTS && event_id != kinds[number].id &&
	       event_id != (unsigned long)(int32_t)kinds[number].id)
		number++;
	return number;
}

bool sse_is_global(enum sse_number number)
{
	return kinds[number].is_global;
}

unsigned int sse_slot(enum sse_number number)
{
	return kinds[number].slot;
}

static bool is_pending(const struct sse_event *event)
{
	return __atomic_load_n(&event->pending, __ATOMIC_SEQ_CST);
}

static long change(struct sse_event *event, enum sse_state from, enum sse_state to)
{
	if (event->state != from)
		return SBI_ERR_INVALID_STATE;
	event->state = to;
	return SBI_SUCCESS;
}

long sse_register(struct sse_event *event, unsigned long entry_pc, unsigned long entry_arg)
{
	long error = entry_pc % 2 ? SBI_ERR_INVALID_PARAM
				  : change(event, SSE_UNUSED, SSE_REGISTERED);

	if (error)
		return error;
	event->entry_pc = entry_pc;
	event->entry_arg = entry_arg;
	return SBI_SUCCESS;
}

long sse_unregister(struct sse_event *event)
{
	return change(event, SSE_REGISTERED, SSE_UNUSED);
}

long sse_enable(struct sse_event *event)
{
	return change(event, SSE_REGISTERED, SSE_ENABLED);
}

long sse_disable(struct sse_event *event)
{
	return change(event, SSE_ENABLED, SSE_REGISTERED);
}

bool sse_is_waiting(const struct sse_event *event)
{
	return event->state == SSE_ENABLED && is_pending(event);
}

void sse_finish(struct sse_event *event)
{
	event->state = event->config & CONFIG_ONE_SHOT ? SSE_REGISTERED : SSE_ENABLED;
}

/* ---- Attributes ---- */

long sse_check_range(unsigned long base, unsigned long count)
{
	if (!count)
		return SBI_ERR_INVALID_PARAM;
	if (base >= SSE_ATTRIBUTES || count > SSE_ATTRIBUTES - base)
		return SBI_ERR_BAD_RANGE;
	return SBI_SUCCESS;
}

unsigned long sse_read(const struct sse_view *view, enum sse_attribute attribute)
{
	const struct sse_event *event = view->event;

	switch (attribute) {
	case SSE_STATUS:
		return event->state | (is_pending(event) ? STATUS_PENDING : 0) | STATUS_INJECTABLE;
	case SSE_PRIORITY:
		return event->priority;
	case SSE_CONFIG:
		return event->config;
	case SSE_PREFERRED_HART:
		return view->preferred_hart ? *view->preferred_hart : view->hartid;
	case SSE_ENTRY_PC:
		return event->entry_pc;
	case SSE_ENTRY_ARG:
		return event->entry_arg;
	case SSE_INTERRUPTED_SEPC:
		return event->sepc;
	case SSE_INTERRUPTED_FLAGS:
		return event->flags;
	case SSE_INTERRUPTED_A6:
		return event->a6;
	case SSE_INTERRUPTED_A7:
		return event->a7;
	default:
		return 0;
	}
}

long sse_check_write(const struct sse_view *view, enum sse_attribute attribute, unsigned long value,
		     bool (*is_hart)(unsigned long hartid))
{
	bool in_use = view->event->state > SSE_REGISTERED;
	bool valid = true;

	switch (attribute) {
	case SSE_PRIORITY:
		break;
	case SSE_CONFIG:
		valid = !(value & ~CONFIG_ONE_SHOT);
		break;
	case SSE_PREFERRED_HART:
		if (!view->preferred_hart)
			return SBI_ERR_DENIED;
		valid = is_hart(value);
		break;
	case SSE_INTERRUPTED_FLAGS:
		valid = !(value & ~FLAGS_ALL);
		in_use = !view->runs_here;
		break;
	case SSE_INTERRUPTED_SEPC:
	case SSE_INTERRUPTED_A6:
	case SSE_INTERRUPTED_A7:
		in_use = !view->runs_here;
		break;
	default:
		return SBI_ERR_DENIED;
	}
	if (in_use)
		return SBI_ERR_INVALID_STATE;
	return valid ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM;
}

void sse_write(const struct sse_view *view, enum sse_attribute attribute, unsigned long value)
{
	struct sse_event *event = view->event;

	switch (attribute) {
	case SSE_PRIORITY:
		event->priority = (uint32_t)value;
		break;
	case SSE_CONFIG:
		event->config = (uint8_t)value;
		break;
	case SSE_PREFERRED_HART:
		*view->preferred_hart = value;
		break;
	case SSE_INTERRUPTED_SEPC:
		event->sepc = value;
		break;
	case SSE_INTERRUPTED_FLAGS:
		event->flags = (uint8_t)value;
		break;
	case SSE_INTERRUPTED_A6:
		event->a6 = value;
		break;
	case SSE_INTERRUPTED_A7:
		event->a7 = value;
		break;
	default:
		break;
	}
}

/* ---- Priorities ---- */

enum sse_number sse_most_important(struct sse_event *const events[SSE_EVENTS], uint32_t set)
{
	enum sse_number best = SSE_NONE;

	for (unsigned int number = 0; number < SSE_EVENTS; number++) {
		if (set >> number & 1 &&
		    (best == SSE_NONE || events[number]->priority < events[best]->priority))
			best = number;
	}
	return best;
}

enum sse_number sse_next(struct sse_event *const events[SSE_EVENTS], uint32_t running)
{
	uint32_t waiting = 0;
	enum sse_number next;

	for (unsigned int number = 0; number < SSE_EVENTS; number++) {
		if (sse_is_waiting(events[number]))
			waiting |= 1U << number;
	}
	next = sse_most_important(events, waiting | running);
	return next != SSE_NONE && waiting >> next & 1 ? next : SSE_NONE;
}

/* ---- Injection and completion ---- */

#define MOVED_BITS \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SPELP | MSTATUS_MPP | MSTATUS_MPV | \
	 MSTATUS_MPELP)

static unsigned long bit_if(unsigned long condition, unsigned long bit)
{
	return condition ? bit : 0;
}

void sse_inject(struct sse_event *event, struct sse_context *context, unsigned long hartid,
		unsigned long sdt)
{
	unsigned long mstatus = context->mstatus, hstatus = context->hstatus;
	unsigned long spp = bit_if(mstatus & MSTATUS_MPP, MSTATUS_SPP);

	__atomic_store_n(&event->pending, 0, __ATOMIC_SEQ_CST);
	event->state = SSE_RUNNING;
	event->flags = (uint8_t)(bit_if(mstatus & MSTATUS_SPP, FLAG_SPP) |
				 bit_if(mstatus & MSTATUS_SPIE, FLAG_SPIE) |
				 bit_if(hstatus & HSTATUS_SPV, FLAG_SPV) |
				 bit_if(hstatus & HSTATUS_SPVP, FLAG_SPVP) |
				 bit_if(mstatus & MSTATUS_SPELP, FLAG_SPELP) |
				 bit_if(mstatus & sdt, FLAG_SDT));
	event->sepc = context->sepc;
	event->a6 = context->a6;
	event->a7 = context->a7;

	context->a6 = hartid;
	context->a7 = event->entry_arg;
	context->sepc = context->pc;
	context->pc = event->entry_pc;
	context->mstatus = (mstatus & ~MOVED_BITS) | spp | sdt | PRV_S << MSTATUS_MPP_SHIFT |
			   bit_if(mstatus & MSTATUS_SIE, MSTATUS_SPIE) |
			   bit_if(mstatus & MSTATUS_MPELP, MSTATUS_SPELP);
	context->hstatus &= ~HSTATUS_SPV;
	if (mstatus & MSTATUS_MPV)
		context->hstatus = (hstatus & ~HSTATUS_SPVP) | HSTATUS_SPV |
				   bit_if(spp, HSTATUS_SPVP);
}

void sse_return(const struct sse_event *event, struct sse_context *context, unsigned long sdt)
{
	unsigned long mstatus = context->mstatus, hstatus = context->hstatus;
	unsigned int flags = event->flags;

	context->pc = context->sepc;
	context->sepc = event->sepc;
	context->a6 = event->a6;
	context->a7 = event->a7;
	/* As SRET would; the landing pad state goes back to where injection took it from, too. */
	context->mstatus =
		(mstatus & ~(MOVED_BITS | sdt)) |
		bit_if(mstatus & MSTATUS_SPP, PRV_S << MSTATUS_MPP_SHIFT) |
		bit_if(hstatus & HSTATUS_SPV, MSTATUS_MPV) |
		bit_if(mstatus & MSTATUS_SPELP, MSTATUS_MPELP) |
		bit_if(mstatus & MSTATUS_SPIE, MSTATUS_SIE) |
		bit_if(flags & FLAG_SPIE, MSTATUS_SPIE) | bit_if(flags & FLAG_SPP, MSTATUS_SPP) |
		bit_if(flags & FLAG_SPELP, MSTATUS_SPELP) | bit_if(flags & FLAG_SDT, sdt);
	context->hstatus = (hstatus & ~(HSTATUS_SPV | HSTATUS_SPVP)) |
			   bit_if(flags & FLAG_SPV, HSTATUS_SPV) |
			   bit_if(flags & FLAG_SPVP, HSTATUS_SPVP);
}
