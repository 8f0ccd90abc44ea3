/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots' policy: order, attempts, what to do when there are none. */
#include "spl/slots.h"

#include "lib/printf.h"
#include "lib/string.h"

#define DEFAULT_ORDER "A B"

/* "BOOT_A_LEFT", "hartline_why_A" */
#define VARIABLE_MAX 24

static const char *left_variable(const struct slot *slot, char name[VARIABLE_MAX])
{
	snprintf(name, VARIABLE_MAX, "BOOT_%s_LEFT", slot->name);
	return name;
}

static const char *why_variable(const struct slot *slot, char name[VARIABLE_MAX])
{
	snprintf(name, VARIABLE_MAX, "hartline_why_%s", slot->name);
	return name;
}

static bool is_name_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static struct slot *find(struct slots *slots, const char *name)
{
	for (unsigned int i = 0; i < slots->count; i++) {
		if (!strcmp(slots->all[i].name, name))
			return &slots->all[i];
	}
	return NULL;
}

/* What is no name, or one too many, is passed over. */
static void add(struct slots *slots, const struct env *env, const char *name, size_t length,
		bool ordered)
{
	struct slot slot = { .ordered = ordered };
	char variable[VARIABLE_MAX];

	if (slots->count == (ordered ? SLOTS_ORDERED_MAX : SLOTS_MAX) || !length ||
	    length > SLOT_NAME_MAX)
		return;
	for (size_t i = 0; i < length; i++) {
		if (!is_name_character(name[i]))
			return;
		slot.name[i] = name[i];
	}
	if (find(slots, slot.name))
		return;
	slot.left = env_get_number(env, left_variable(&slot, variable), SLOT_ATTEMPTS);
	slots->all[slots->count++] = slot;
}

static void add_ordered(struct slots *slots, const struct env *env)
{
	const char *order = env_get(env, "BOOT_ORDER");

	for (const char *word = order ? order : DEFAULT_ORDER; *word;) {
		size_t length = 0;

		while (word[length] && word[length] != ' ')
			length++;
		add(slots, env, word, length, true);
		word += length;
		while (*word == ' ')
			word++;
	}
}

void slots_read(struct slots *slots, const struct env *env)
{
	const char *last = env_get(env, "hartline_slot");
	const struct slot *slot;

	*slots = (struct slots){ 0 };
	add_ordered(slots, env);
	add(slots, env, "A", 1, false);
	add(slots, env, "B", 1, false);
	slot = last ? find(slots, last) : NULL;
	slots->last = slot;
	if (slot && slot->left > env_get_number(env, "hartline_left", UINT64_MAX))
		slots->last_confirmed = true;
}

static struct slot *first_untried(struct slots *slots, bool ordered, uint64_t least_left)
{
	for (unsigned int i = 0; i < slots->count; i++) {
		struct slot *slot = &slots->all[i];

		if (slot->present && !slot->tried && slot->ordered == ordered &&
		    slot->left >= least_left)
			return slot;
	}
	return NULL;
}

static struct slot *choose(struct slots *slots)
{
	struct slot *slot = first_untried(slots, true, 1);

	if (slot) {
		if (slot->choice != SLOT_REFILLED)
			slot->choice = slot == &slots->all[0] ? SLOT_FIRST : SLOT_FALLBACK;
		return slot;
	}
	if (first_untried(slots, true, 0)) {
		for (unsigned int i = 0; i < slots->count; i++) {
			slot = &slots->all[i];
			if (slot->ordered && !slot->tried) {
				slot->left = SLOT_ATTEMPTS;
				slot->choice = SLOT_REFILLED;
			}
		}
		return first_untried(slots, true, 1);
	}
	slot = first_untried(slots, false, 0);
	if (slot)
		slot->choice = SLOT_LAST_RESORT;
	return slot;
}

struct slot *slots_next(struct slots *slots)
{
	struct slot *slot = choose(slots);

	if (!slot)
		return NULL;
	slot->tried = true;
	if (slot->choice != SLOT_LAST_RESORT)
		slot->left--;
	return slot;
}

/* RAUC wants the order to be there. */
static enum err put_order(const struct slots *slots, struct env *env)
{
	char order[SLOTS_MAX * (SLOT_NAME_MAX + 1) + 1] = "";
	size_t length = 0;

	if (env_get(env, "BOOT_ORDER"))
		return ERR_OK;
	for (unsigned int i = 0; i < slots->count; i++) {
		if (slots->all[i].ordered)
			length += (size_t)snprintf(order + length, sizeof(order) - length, "%s%s",
						   length ? " " : "", slots->all[i].name);
	}
	return env_set(env, "BOOT_ORDER", order);
}

static enum err put_left(const struct slot *slot, struct env *env)
{
	char variable[VARIABLE_MAX];

	return slot->ordered ? env_set_number(env, left_variable(slot, variable), slot->left)
			     : ERR_OK;
}

/* In the order of what is missed most: that the attempt is paid comes first. */
static enum err put_start(const struct slots *slots, const struct slot *slot, struct env *env)
{
	enum err err;

	/* Old ones would tell of another start. */
	env_set(env, "hartline_slot", NULL);
	env_set(env, "hartline_left", NULL);
	err = put_left(slot, env);
	for (unsigned int i = 0; !err && i < slots->count; i++)
		err = put_left(&slots->all[i], env);
	if (!err)
		err = put_order(slots, env);
	if (!err)
		err = env_set_number(env, "hartline_left", slot->left);
	return err ? err : env_set(env, "hartline_slot", slot->name);
}

enum err slots_note_start(const struct slots *slots, const struct slot *slot, struct env *env)
{
	char variable[VARIABLE_MAX];
	enum err err;

	env_set(env, why_variable(slot, variable), NULL);
	if (slot != slots->last)
		env_set(env, "hartline_index", NULL);
	err = put_start(slots, slot, env);
	if (!err)
		return ERR_OK;
	/* Room is made of what is ours only. */
	for (unsigned int i = 0; i < slots->count; i++)
		env_set(env, why_variable(&slots->all[i], variable), NULL);
	env_set(env, "hartline_index", NULL);
	return put_start(slots, slot, env);
}

enum err slots_note_failure(const struct slot *slot, const char *why, struct env *env)
{
	char variable[VARIABLE_MAX];

	return env_set(env, why_variable(slot, variable), why);
}

const char *slots_old_failure(const struct slot *slot, const struct env *env)
{
	char variable[VARIABLE_MAX];

	return env_get(env, why_variable(slot, variable));
}

enum err slots_note_index(struct env *env, uint64_t index, bool *changed)
{
	*changed = !env_get(env, "hartline_index") ||
		   env_get_number(env, "hartline_index", 0) != index;
	return *changed ? env_set_number(env, "hartline_index", index) : ERR_OK;
}

bool slots_confirmed(const struct slots *slots, const struct slot *slot, const struct env *env,
		     uint64_t index)
{
	return slots->last_confirmed && slot == slots->last && env_get(env, "hartline_index") &&
	       env_get_number(env, "hartline_index", 0) == index;
}

const char *slot_choice_name(enum slot_choice choice)
{
	static const char names[][12] = {
		[SLOT_FIRST] = "first",
		[SLOT_FALLBACK] = "fallback",
		[SLOT_REFILLED] = "refilled",
		[SLOT_LAST_RESORT] = "last-resort",
	};

	return names[choice];
}
