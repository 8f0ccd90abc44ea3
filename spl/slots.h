/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which slot to boot: policy over the variables that RAUC's U-Boot backend uses (RAUC, "U-Boot" in
 * the chapter "Integration"):
 *
 *   BOOT_ORDER        names of slots, best first, such as "A B"
 *   BOOT_<name>_LEFT  how often the slot may still be started, hexadecimal
 *
 * A start costs an attempt; the OS that came up gives them back. Variables of our own:
 *
 *   hartline_slot     the slot that was started last, and
 *   hartline_left     what was left to it then: more than that was given by the OS that it started
 *   hartline_index    the rollback index that it had
 *   hartline_why_<name>  why a slot could not be started
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spl/env.h"

#define SLOTS_ORDERED_MAX 4		  /* of BOOT_ORDER; what more it names is passed over */
#define SLOTS_MAX (SLOTS_ORDERED_MAX + 2) /* A and B are always there */
#define SLOT_NAME_MAX 8
#define SLOT_ATTEMPTS 3 /* where nobody says how many */

/* Why it is this slot. */
enum slot_choice {
	SLOT_FIRST,	  /* the first of BOOT_ORDER */
	SLOT_FALLBACK,	  /* those before it have no attempts left, or failed */
	SLOT_REFILLED,	  /* there were no attempts left at all: all got new ones */
	SLOT_LAST_RESORT, /* it is not in BOOT_ORDER, but all that are failed */
};

struct slot {
	char name[SLOT_NAME_MAX + 1]; /* letters, digits and '_' */
	uint64_t left;
	bool ordered; /* in BOOT_ORDER */
	bool present; /* to be set by the caller: it can be tried */
	bool tried;   /* in this boot */
	enum slot_choice choice;
};

struct slots {
	unsigned int count;
	struct slot
		all[SLOTS_MAX];	 /* those of BOOT_ORDER first, then A and B if they are not in it */
	const struct slot *last; /* that was started; NULL: not known */
	bool last_confirmed;	 /* its OS has said that it is well */
};

/* What the environment says of slots; what it does not say is as RAUC's script has it. */
void slots_read(struct slots *slots, const struct env *env);

/*
 * The slot to try now; NULL: none is left. It costs an attempt:
 * 1. of those in BOOT_ORDER the first that has attempts left;
 * 2. when there is none: all untried ones of BOOT_ORDER get SLOT_ATTEMPTS, and 1 again;
 * 3. when none of those boots: the others, for what verifies is better than nothing. They are free.
 */
struct slot *slots_next(struct slots *slots);

/*
 * Puts into the environment that @slot is started: attempts, and what confirming is told by.
 * ERR_ENV_FULL: as much of it as has room beside what is not ours, attempts first; to be saved.
 */
enum err slots_note_start(const struct slots *slots, const struct slot *slot, struct env *env);

/* Puts there why it could not be; the next slots_note_start() of the same slot takes it back. */
enum err slots_note_failure(const struct slot *slot, const char *why, struct env *env);

/* What was put there in an earlier boot; NULL: nothing. */
const char *slots_old_failure(const struct slot *slot, const struct env *env);

/*
 * Puts there the rollback index that the slot, which has been started, turned out to have; *@changed:
 * it was not there yet.
 */
enum err slots_note_index(struct env *env, uint64_t index, bool *changed);

/* The OS of @slot has confirmed it, when it was started with this very index. */
bool slots_confirmed(const struct slots *slots, const struct slot *slot, const struct env *env,
		     uint64_t index);

/* One word for a choice: "first", "fallback", "refilled", "last-resort". */
const char *slot_choice_name(enum slot_choice choice);
