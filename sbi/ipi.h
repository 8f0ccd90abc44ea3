/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How harts reach each other: a word of events a hart, and a software interrupt (ACLINT's MSI or an
 * IMSIC's) that says that there are some. Events of one kind merge.
 */
#pragma once

#define EVENT_IPI 0x1	/* S-mode's software interrupt */
#define EVENT_FENCE 0x2 /* a fence request waits, sbi/rfence.h */
#define EVENT_START 0x4 /* hsm.entry is complete: go */

#ifndef __ASSEMBLER__

#include "sbi/scratch.h"

/* Adds to @target's events and interrupts it if nobody else has done so yet. */
void hart_post(struct scratch *target, uint32_t events);

/* Interrupts @target without an event, to end its wfi. */
void hart_kick(const struct scratch *target);

/* Clears this hart's interrupt, then takes its events. */
uint32_t events_take(void);

/* Does what @events ask, all but EVENT_START, which is for a hart that waits to be started. */
void events_serve(uint32_t events);

#endif
