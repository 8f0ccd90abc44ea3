/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Software events on the harts of this machine: signalling them, handing them to S-mode, and what a
 * hart's life means for them. The rules are in sbi/sse_policy.h, the calls in sbi/ext/sse.c.
 *
 * S-mode's context is changed in the CSRs and in a6 and a7 of the frame. So events are handed over
 * while both are those of the interrupted context: in an ecall and in an interrupt.
 */
#pragma once

#include "sbi/lifecycle.h"
#include "sbi/scratch.h"
#include "sbi/sse_policy.h"

void sse_enter(enum life_event why);
void sse_leave(enum life_event why);

/* A driver that will signal @number, a RAS event, is there. */
void sse_add_source(enum sse_number number);

/* @number can happen on @hart. */
bool sse_is_supported(const struct scratch *hart, enum sse_number number);

/* How this hart sees an event. Global events are looked at and changed under a lock. */
struct sse_view sse_view_of(enum sse_number number);
void sse_lock(enum sse_number number);
void sse_unlock(enum sse_number number);

/* After a change of state: @number may be ready now. */
void sse_changed(enum sse_number number);

/* An event happens: a local one on @hart, a global one anywhere. */
void sse_signal(struct scratch *hart, enum sse_number number);

/* False when this hart was masked, or unmasked, before. */
bool sse_mask(void);
bool sse_unmask(void);

/* The end of the handler that runs; false when none does. */
bool sse_complete(void);

/* Hands this hart's next event to S-mode; false when there is none. */
bool sse_deliver(void);

/* For events_serve(): the fence first, if there is one, then sse_deliver(). */
void sse_serve(bool fence);

/* A counter has overflown, and the interrupt is M-mode's; true when S-mode was told. */
bool sse_counter_overflow(void);

/* S-mode cannot take the trap that is in @frame; true when it was told so instead. */
bool sse_double_trap(struct trap_frame *frame);
