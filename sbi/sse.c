/* SPDX-License-Identifier: BSD-2-Clause */
/* Handing software events to S-mode. */
#include "sbi/sse.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/spinlock.h"
#include "sbi/harts.h"
#include "sbi/ipi.h"
#include "sbi/platform.h"

#define A6 16
#define A7 17

/* Global events, which are those of a domain, are few and rare: one lock for them all. */
static struct globals {
	struct spinlock lock;
	struct sse_event events[SSE_GLOBALS];
	unsigned long preferred_hart[SSE_GLOBALS];
	bool is_set_up;
} all_globals[DOMAINS_MAX];

static uint32_t sources; /* RAS events that somebody signals */

static struct globals *globals_of(const struct scratch *hart)
{
	return &all_globals[hart->domain - platform.domains.list];
}

static struct sse_event *event_of(struct scratch *hart, enum sse_number number)
{
	unsigned int slot = sse_slot(number);

	return sse_is_global(number) ? &globals_of(hart)->events[slot] : &hart->sse.local[slot];
}

static void all_events(struct scratch *hart, struct sse_event *events[SSE_EVENTS])
{
	for (unsigned int number = 0; number < SSE_EVENTS; number++)
		events[number] = event_of(hart, number);
}

static bool is_unmasked(const struct scratch *hart)
{
	return __atomic_load_n(&hart->sse.unmasked, __ATOMIC_SEQ_CST);
}

static bool set_unmasked(struct scratch *self, bool unmasked)
{
	if (self->sse.unmasked == unmasked)
		return false;
	__atomic_store_n(&self->sse.unmasked, unmasked, __ATOMIC_SEQ_CST);
	return true;
}

void sse_add_source(enum sse_number number)
{
	sources |= 1U << number;
}

bool sse_is_supported(const struct scratch *hart, enum sse_number number)
{
	switch (number) {
	case SSE_LOCAL_SOFTWARE:
	case SSE_GLOBAL_SOFTWARE:
		return true;
	case SSE_DOUBLE_TRAP:
		return feature_has(&hart->features, ISA_SSDBLTRP);
	case SSE_PMU_OVERFLOW:
		return feature_has(&hart->features, ISA_SSCOFPMF);
	default:
		return sources >> number & 1;
	}
}

struct sse_view sse_view_of(enum sse_number number)
{
	struct scratch *self = this_hart();

	return (struct sse_view){
		.event = event_of(self, number),
		.preferred_hart = sse_is_global(number)
					? &globals_of(self)->preferred_hart[sse_slot(number)]
					: NULL,
		.hartid = self->hartid,
		.runs_here = self->sse.running >> number & 1,
	};
}

void sse_lock(enum sse_number number)
{
	if (sse_is_global(number))
		spin_lock(&globals_of(this_hart())->lock);
}

void sse_unlock(enum sse_number number)
{
	if (sse_is_global(number))
		spin_unlock(&globals_of(this_hart())->lock);
}

/* ---- The interrupted context ---- */

static struct sse_context read_context(const struct scratch *self)
{
	return (struct sse_context){
		.pc = csr_read(CSR_MEPC),
		.mstatus = csr_read(CSR_MSTATUS),
		.hstatus = feature_has(&self->features, ISA_H) ? csr_read(CSR_HSTATUS) : 0,
		.sepc = csr_read(CSR_SEPC),
		.a6 = self->frame.x[A6],
		.a7 = self->frame.x[A7],
	};
}

static void write_context(struct scratch *self, const struct sse_context *context)
{
	csr_write(CSR_MEPC, context->pc);
	csr_write(CSR_MSTATUS, context->mstatus);
	if (feature_has(&self->features, ISA_H))
		csr_write(CSR_HSTATUS, context->hstatus);
	csr_write(CSR_SEPC, context->sepc);
	self->frame.x[A6] = context->a6;
	self->frame.x[A7] = context->a7;
}

static unsigned long sdt_of(const struct scratch *self)
{
	return feature_has(&self->features, ISA_SSDBLTRP) ? MSTATUS_SDT : 0;
}

bool sse_deliver(void)
{
	struct scratch *self = this_hart();
	struct sse_event *events[SSE_EVENTS];
	enum sse_number next;

	if (!is_unmasked(self))
		return false;
	all_events(self, events);
	spin_lock(&globals_of(self)->lock);
	next = sse_next(events, self->sse.running);
	if (next != SSE_NONE) {
		struct sse_context context = read_context(self);

		sse_inject(events[next], &context, self->hartid, sdt_of(self));
		write_context(self, &context);
		self->sse.running |= (uint8_t)(1U << next);
	}
	spin_unlock(&globals_of(self)->lock);
	return next != SSE_NONE;
}

void sse_serve(bool fence)
{
	if (fence)
		rfence_serve();
	sse_deliver();
}

/* ---- Who takes a global event ---- */

/* NULL: nobody is ready. Whoever runs no handler goes first. */
static struct scratch *choose_hart(unsigned long preferred_hart)
{
	struct scratch *first[] = { hart_of_id(preferred_hart), this_hart() }, *busy = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(first) + harts.count; i++) {
		struct scratch *hart = i < ARRAY_SIZE(first) ? first[i]
							     : hart_at(i - ARRAY_SIZE(first));

		if (!hart || hart->domain != this_hart()->domain || !is_unmasked(hart))
			continue;
		if (!hart->sse.running)
			return hart;
		if (!busy)
			busy = hart;
	}
	return busy;
}

/* Tells other harts of global events that are for them; true when there are some for this one. */
static bool route_globals(void)
{
	struct globals *globals = globals_of(this_hart());
	bool some_here = false;

	spin_lock(&globals->lock);
	for (unsigned int i = 0; i < SSE_GLOBALS; i++) {
		struct scratch *hart;

		if (!sse_is_waiting(&globals->events[i]))
			continue;
		hart = choose_hart(globals->preferred_hart[i]);
		if (hart == this_hart())
			some_here = true;
		else if (hart)
			hart_post(hart, EVENT_SSE);
	}
	spin_unlock(&globals->lock);
	return some_here;
}

void sse_signal(struct scratch *hart, enum sse_number number)
{
	__atomic_store_n(&event_of(hart, number)->pending, 1, __ATOMIC_SEQ_CST);
	if (sse_is_global(number)) {
		if (route_globals())
			sse_deliver();
	} else if (hart == this_hart()) {
		sse_deliver();
	} else if (is_unmasked(hart)) {
		hart_post(hart, EVENT_SSE);
	}
}

/* This hart takes what it can, others what it leaves. */
static void settle(void)
{
	sse_deliver();
	route_globals();
}

bool sse_mask(void)
{
	if (!set_unmasked(this_hart(), false))
		return false;
	route_globals();
	return true;
}

bool sse_unmask(void)
{
	if (!set_unmasked(this_hart(), true))
		return false;
	settle();
	return true;
}

bool sse_complete(void)
{
	struct scratch *self = this_hart();
	struct sse_event *events[SSE_EVENTS];
	struct sse_context context;
	enum sse_number last;

	all_events(self, events);
	last = sse_most_important(events, self->sse.running);
	if (last == SSE_NONE)
		return false;
	context = read_context(self);
	sse_return(events[last], &context, sdt_of(self));
	write_context(self, &context);
	self->sse.running &= (uint8_t) ~(1U << last);
	sse_lock(last);
	sse_finish(events[last]);
	sse_unlock(last);
	settle();
	return true;
}

/* ---- Sources ---- */

/* While S-mode wants overflows as events, their interrupt is M-mode's. */
static void take_overflow_interrupt(void)
{
	csr_clear(CSR_MIDELEG, MIP_LCOFIP);
	csr_set(CSR_MIE, MIP_LCOFIP);
}

void sse_changed(enum sse_number number)
{
	struct scratch *self = this_hart();

	if (number == SSE_PMU_OVERFLOW) {
		if (event_of(self, number)->state != SSE_UNUSED) {
			take_overflow_interrupt();
		} else {
			csr_clear(CSR_MIE, MIP_LCOFIP);
			csr_set(CSR_MIDELEG, MIP_LCOFIP);
		}
	}
	settle();
}

bool sse_counter_overflow(void)
{
	csr_clear(CSR_MIP, MIP_LCOFIP);
	__atomic_store_n(&event_of(this_hart(), SSE_PMU_OVERFLOW)->pending, 1, __ATOMIC_SEQ_CST);
	return sse_deliver();
}

bool sse_double_trap(struct trap_frame *frame)
{
	struct scratch *self = this_hart();
	struct sse_event *event = event_of(self, SSE_DOUBLE_TRAP);
	bool delivered;

	if (event->state != SSE_ENABLED)
		return false;
	csr_write(CSR_MEPC, frame->mepc);
	csr_write(CSR_MSTATUS, frame->mstatus);
	event->pending = 1;
	delivered = sse_deliver();
	/* If something still more important was, this one comes after it, in the same place. */
	if (!delivered)
		event->pending = 0;
	frame->mepc = csr_read(CSR_MEPC);
	frame->mstatus = csr_read(CSR_MSTATUS);
	return delivered;
}

/* ---- The life of a hart ---- */

void sse_enter(enum life_event why)
{
	struct scratch *self = this_hart();
	struct globals *globals = globals_of(self);

	if (why == LIFE_START)
		self->sse = (struct sse){ 0 };
	else if (self->sse.local[sse_slot(SSE_PMU_OVERFLOW)].state != SSE_UNUSED)
		take_overflow_interrupt();
	if (globals->is_set_up)
		return;
	/* The boot hart of its domain, before anybody else is there. */
	globals->is_set_up = true;
	for (unsigned int i = 0; i < SSE_GLOBALS; i++)
		globals->preferred_hart[i] = self->hartid;
}

/* Handlers that this hart was running will not complete. */
void sse_leave(enum life_event why)
{
	struct scratch *self = this_hart();

	if (why != LIFE_STOP)
		return;
	for (unsigned int number = 0; number < SSE_EVENTS; number++) {
		if (self->sse.running >> number & 1) {
			sse_lock(number);
			sse_finish(event_of(self, number));
			sse_unlock(number);
		}
	}
	set_unmasked(self, false);
	route_globals();
}
