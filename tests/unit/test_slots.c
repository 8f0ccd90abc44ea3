/* SPDX-License-Identifier: BSD-2-Clause */
/* Which slot is booted, what that costs, and what is kept of it: against boards that fail in all ways. */
/* sources: spl/env.c spl/env_disk.c spl/slots.c spl/slot_boot.c spl/rollback.c lib/crc.c lib/err.c */
/* sources: drivers/block/block.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spl/slot_boot.h"

#define BLOCK 512
#define ENV_A 8
#define ENV_B 16
#define ROLLBACK_FIRST 24
#define BLOCKS 32

static struct {
	uint8_t blocks[BLOCKS][BLOCK];
	unsigned int writes;
	bool read_only, bad_rollback;
	const char *partitions; /* letters of the slots that exist */
	const char *good;	/* of those that load */
	uint64_t index_a, index_b;
	char log[400]; /* what load() and failed() heard */
	bool paid;     /* the attempt was on the disk when the slot was loaded */
} m;

static enum err model_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	(void)dev;
	if (m.bad_rollback && lba >= ROLLBACK_FIRST)
		return ERR_SD_READ;
	memcpy(buffer, m.blocks[lba], (size_t)count * BLOCK);
	return ERR_OK;
}

static enum err model_write(struct block_device *dev, uint64_t lba, uint32_t count,
			    const void *buffer)
{
	(void)dev;
	m.writes++;
	if (m.read_only)
		return ERR_SD_WRITE;
	memcpy(m.blocks[lba], buffer, (size_t)count * BLOCK);
	return ERR_OK;
}

static const struct block_ops ops = { .read = model_read, .write = model_write };
static struct block_device disk = { .ops = &ops, .block_size = BLOCK, .block_count = BLOCKS };
static const struct gpt_partition partition = { .first_lba = ENV_A, .block_count = 16 };
static const struct env_place nowhere;

enum err gpt_find_all(struct block_device *dev, struct gpt_search *searches, unsigned int count)
{
	(void)dev;
	for (unsigned int i = 0; i < count; i++) {
		const char *name = searches[i].query.name;

		assert_memory_equal(name, "fit-", 4);
		searches[i].err = strchr(m.partitions, name[4]) && !name[5] ? ERR_OK
									    : ERR_GPT_NO_PARTITION;
		searches[i].partition.first_lba = (uint64_t)name[4];
	}
	return ERR_OK;
}

static void note(const char *format, const char *name, unsigned int number, const char *text)
{
	size_t length = strlen(m.log);

	snprintf(m.log + length, sizeof(m.log) - length, format, name, number, text);
}

static struct env_disk stored;

static const char *on_disk(const char *name)
{
	static const uint64_t places[2] = { ENV_A, ENV_B };

	env_disk_open(&stored, &disk, places, 8 * BLOCK);
	return env_get(&stored.env, name);
}

static enum err load(void *context, const struct slot *slot, const struct gpt_partition *where,
		     uint64_t *index)
{
	const char *name = on_disk("hartline_slot");

	assert_ptr_equal(context, &m);
	assert_int_equal(where->first_lba, slot->name[0] | ' ');
	note("+%s%u(%s)", slot->name, (unsigned int)slot->left, slot_choice_name(slot->choice));
	m.paid = name && !strcmp(name, slot->name) &&
		 env_get_number(&stored.env, "hartline_left", 99) == slot->left;
	*index = slot->name[0] == 'A' ? m.index_a : m.index_b;
	return strchr(m.good, slot->name[0]) ? ERR_OK : ERR_FIT_HASH;
}

static const char *failed(void *context, const struct slot *slot, enum err err, const char *before)
{
	assert_ptr_equal(context, &m);
	note("-%s%u[%s]", slot->name, err, before ? before : "");
	return "it has the wrong hash";
}

static struct slot_boot boot;
static struct rollback_store store;

static void set(const char *name, const char *value)
{
	on_disk("");
	assert_int_equal(env_set(&stored.env, name, value), ERR_OK);
	assert_int_equal(env_disk_save(&stored), ERR_OK);
}

static int new_disk(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.partitions = "ab";
	m.good = "AB";
	set("BOOT_ORDER", "A B");
	set("BOOT_A_LEFT", "3");
	set("BOOT_B_LEFT", "3");
	m.writes = 0;
	return 0;
}

static enum err boot_with(const struct rollback_store *rollback)
{
	enum err err;

	boot = (struct slot_boot){
		.context = &m, .load = load, .failed = failed, .rollback = rollback
	};
	m.log[0] = '\0';
	err = slot_boot_open(&boot, &disk, &partition, &nowhere);
	return err ? err : slot_boot(&boot);
}

/* What is tried, and why what is not. */
static void assert_boots(const char *slot, const char *log)
{
	assert_int_equal(boot_with(NULL), ERR_OK);
	assert_string_equal(m.log, log);
	assert_string_equal(boot.slot->name, slot);
	assert_true(m.paid || m.read_only);
}

static void attempts_count_down_and_then_it_is_the_other(void **state)
{
	(void)state;
	assert_boots("A", "+A2(first)");
	assert_string_equal(on_disk("BOOT_A_LEFT"), "2");
	assert_string_equal(on_disk("BOOT_B_LEFT"), "3");
	assert_boots("A", "+A1(first)");
	assert_boots("A", "+A0(first)");
	assert_boots("B", "-A324[]+B2(fallback)");
	/* What the OS gives back counts again. */
	set("BOOT_A_LEFT", "3");
	assert_boots("A", "+A2(first)");
	set("BOOT_ORDER", "B A");
	assert_boots("B", "+B1(first)");
}

static void all_get_new_attempts_when_none_has_any(void **state)
{
	(void)state;
	set("BOOT_A_LEFT", "0");
	set("BOOT_B_LEFT", "what");
	assert_boots("A", "-A324[]-B324[]+A2(refilled)");
	assert_string_equal(on_disk("BOOT_A_LEFT"), "2");
	assert_string_equal(on_disk("BOOT_B_LEFT"), "3");
}

static void a_slot_that_does_not_load_falls_back_at_once(void **state)
{
	(void)state;
	m.good = "B";
	assert_boots("B", "+A2(first)-A431[]+B2(fallback)");
	assert_string_equal(on_disk("BOOT_A_LEFT"), "2");
	assert_string_equal(on_disk("hartline_why_A"), "it has the wrong hash");
	assert_boots("B", "+A1(first)-A431[]+B1(fallback)");
	set("BOOT_B_LEFT", "3");
	assert_boots("B", "+A0(first)-A431[]+B2(fallback)");
	/* The reason is kept when it is not even tried any more, until it is again. */
	assert_boots("B", "-A324[it has the wrong hash]+B1(fallback)");
	m.good = "AB";
	set("BOOT_A_LEFT", "3");
	assert_boots("A", "+A2(first)");
	assert_null(on_disk("hartline_why_A"));
}

static void without_attempts_is_better_than_not_at_all(void **state)
{
	(void)state;
	m.good = "A";
	set("BOOT_A_LEFT", "0");
	assert_boots("A", "-A324[]+B2(fallback)-B431[]+A2(refilled)");
	assert_string_equal(on_disk("BOOT_B_LEFT"), "2");
	/* So is a slot that the update system has taken out. */
	set("BOOT_ORDER", "B");
	set("BOOT_A_LEFT", "0");
	assert_boots("A", "+B1(first)-B431[]+A0(last-resort)");
	assert_string_equal(on_disk("BOOT_ORDER"), "B");
	assert_string_equal(on_disk("BOOT_A_LEFT"), "0");
	set("BOOT_ORDER", "");
	assert_boots("A", "+A0(last-resort)");
	m.good = "";
	assert_int_equal(boot_with(NULL), ERR_SLOT_NONE);
	assert_string_equal(m.log, "+A0(last-resort)-A431[]+B1(last-resort)-B431[]");
	assert_string_equal(on_disk("hartline_why_B"), "it has the wrong hash");
}

static void other_slots_have_other_names(void **state)
{
	(void)state;
	m.partitions = "abr";
	m.good = "R";
	set("BOOT_ORDER", "A  toolongname A b@d R B C");
	assert_boots("R", "-C304[]+A2(first)-A431[]+R2(fallback)");
	assert_string_equal(on_disk("BOOT_R_LEFT"), "2");
	m.partitions = "b";
	m.good = "B";
	assert_boots("B", "-A304[it has the wrong hash]-R304[]-C304[]+B2(fallback)");
	/* A partition that is not there costs nothing. */
	assert_string_equal(on_disk("BOOT_A_LEFT"), "2");
}

static void a_bad_order_does_not_hide_the_slots(void **state)
{
	(void)state;
	set("BOOT_ORDER", "P Q R S T");
	assert_boots("A", "-P304[]-Q304[]-R304[]-S304[]+A3(last-resort)");
}

static void an_empty_environment_is_filled(void **state)
{
	(void)state;
	memset(m.blocks, 0, sizeof(m.blocks));
	assert_boots("A", "+A2(first)");
	assert_int_equal(boot.env_err, ERR_ENV_DAMAGED);
	assert_string_equal(on_disk("BOOT_ORDER"), "A B");
	assert_string_equal(on_disk("BOOT_B_LEFT"), "3");
	assert_boots("A", "+A1(first)");
	assert_int_equal(boot.env_err, ERR_OK);
}

static void a_disk_that_cannot_be_written_boots(void **state)
{
	(void)state;
	m.read_only = true;
	assert_boots("A", "+A2(first)");
	assert_int_equal(boot.env_err, ERR_SD_WRITE);
	m.good = "B";
	assert_boots("B", "+A2(first)-A431[]+B2(fallback)");
}

/* Fills the environment but for @left bytes; returns the length of what does it. */
static size_t fill(size_t left)
{
	char value[8 * BLOCK];
	size_t length = sizeof(value) - 1;

	on_disk("");
	memset(value, 'x', sizeof(value));
	for (;; length--) {
		value[length] = '\0';
		if (!env_set(&stored.env, "user", value))
			break;
	}
	value[length - left] = '\0';
	set("user", value);
	return length - left;
}

static void a_full_environment_counts_all_the_same(void **state)
{
	size_t length = fill(0);

	(void)state;
	for (const char *left = "210"; *left; left++) {
		assert_int_equal(boot_with(NULL), ERR_OK);
		assert_int_equal(boot.env_err, ERR_ENV_FULL);
		assert_string_equal(boot.slot->name, "A");
		assert_memory_equal(on_disk("BOOT_A_LEFT"), left, 1);
		assert_int_equal(strlen(on_disk("user")), length);
		assert_null(on_disk("hartline_slot"));
	}
	assert_int_equal(boot_with(NULL), ERR_OK);
	assert_string_equal(m.log, "-A324[]+B2(fallback)");

	/* What tells of another start would confirm this one. */
	fill(40);
	assert_boots("B", "-A324[]+B1(fallback)");
	fill(0);
	set("BOOT_A_LEFT", "3");
	assert_boots("A", "+A2(first)");
	assert_int_equal(boot.env_err, ERR_OK);

	/* Reasons and the index make room, and so does all of ours for the attempts. */
	set("user", NULL);
	set("hartline_why_B", "it has the wrong hash");
	set("hartline_slot", NULL);
	set("hartline_left", NULL);
	fill(0);
	assert_boots("A", "+A1(first)");
	assert_int_equal(boot.env_err, ERR_OK);
	assert_null(on_disk("hartline_why_B"));
	set("BOOT_A_LEFT", NULL);
	fill(0);
	assert_int_equal(boot_with(NULL), ERR_OK);
	assert_string_equal(on_disk("BOOT_A_LEFT"), "2");
	assert_null(on_disk("hartline_slot"));
}

static void a_disk_without_slots_is_not_written(void **state)
{
	struct env_place place = { .offset = { ENV_A * BLOCK, ENV_B * BLOCK }, .size = BLOCK };
	const struct gpt_partition none = { 0 };

	(void)state;
	m.partitions = "";
	assert_int_equal(boot_with(NULL), ERR_NOT_FOUND);
	assert_int_equal(slot_boot_open(&boot, &disk, &none, &place), ERR_NOT_FOUND);
	m.partitions = "ab";
	assert_int_equal(slot_boot_open(&boot, &disk, &none, &nowhere), ERR_NOT_FOUND);
	assert_int_equal(slot_boot_open(&boot, &disk, &none, &place), ERR_OK);
	place.offset[1]++;
	assert_int_equal(slot_boot_open(&boot, &disk, &none, &place), ERR_ENV_PLACE);
	place = (struct env_place){ .size = 9 * BLOCK };
	assert_int_equal(slot_boot_open(&boot, &disk, &partition, &place), ERR_ENV_PLACE);
	assert_int_equal(m.writes, 0);
}

static void assert_minimum(uint64_t expected)
{
	uint64_t minimum;

	assert_int_equal(rollback_get(&store, &minimum), ERR_OK);
	assert_int_equal(minimum, expected);
}

/* A start, and its OS says that it is well, or does not. */
static void life(const char *slot, bool confirm)
{
	assert_int_equal(boot_with(&store), ERR_OK);
	assert_string_equal(boot.slot->name, slot);
	if (confirm)
		set(slot[0] == 'A' ? "BOOT_A_LEFT" : "BOOT_B_LEFT", "3");
}

static void the_index_follows_a_confirmed_slot(void **state)
{
	unsigned int writes;

	(void)state;
	assert_int_equal(rollback_on_disk(&store, &disk, ROLLBACK_FIRST, 8), ERR_OK);
	m.index_a = 5;
	m.index_b = 4;
	life("A", false);
	assert_minimum(0);
	life("A", true);
	assert_minimum(0);
	life("A", true);
	assert_minimum(5);
	writes = m.writes;
	life("A", false);
	assert_int_equal(m.writes, writes + 1);

	/* What is in the slot now was not there when it was confirmed. */
	set("BOOT_A_LEFT", "3");
	m.index_a = 9;
	life("A", true);
	assert_minimum(5);
	life("A", true);
	assert_minimum(9);

	/* The other slot is too old now, and stays so. */
	m.good = "B";
	assert_int_equal(boot_with(&store), ERR_SLOT_NONE);
	assert_string_equal(m.log, "+A2(first)-A431[]+B2(fallback)-B470[]");
	m.index_b = 9;
	life("B", false);
	/* Neither what the environment claims moves it ... */
	m.good = "AB";
	m.index_b = 10;
	set("BOOT_ORDER", "B A");
	set("hartline_index", "ffff");
	life("B", true);
	assert_minimum(9);
	/* ... nor a confirmation of the other slot. */
	set("BOOT_ORDER", "A B");
	life("A", true);
	assert_minimum(9);
}

static void nobody_knows_the_minimum(void **state)
{
	(void)state;
	assert_int_equal(rollback_on_disk(&store, &disk, ROLLBACK_FIRST, 8), ERR_OK);
	m.bad_rollback = true;
	assert_int_equal(boot_with(&store), ERR_SD_READ);
	assert_string_equal(m.log, "");
	m.bad_rollback = false;
	memset(m.blocks[ROLLBACK_FIRST], 0x5a, BLOCK);
	life("A", false);
	memset(m.blocks[ROLLBACK_FIRST + 7], 0x5a, BLOCK);
	assert_int_equal(boot_with(&store), ERR_ROLLBACK_STORE);
}

static void both_copies_get_the_minimum(void **state)
{
	(void)state;
	assert_int_equal(rollback_on_disk(&store, &disk, ROLLBACK_FIRST, 1), ERR_INVALID);
	assert_int_equal(rollback_on_disk(&store, &disk, ROLLBACK_FIRST, 8), ERR_OK);
	m.writes = 0;
	assert_int_equal(rollback_advance(&store, 0), ERR_OK);
	assert_int_equal(m.writes, 0);
	assert_int_equal(rollback_advance(&store, 0x700000001), ERR_OK);
	assert_int_equal(m.writes, 2);
	assert_memory_equal(m.blocks[ROLLBACK_FIRST], m.blocks[ROLLBACK_FIRST + 7], BLOCK);
	assert_minimum(0x700000001);
	assert_int_equal(rollback_advance(&store, 5), ERR_OK);
	assert_int_equal(m.writes, 2);
	assert_minimum(0x700000001);
	for (unsigned int i = 0; i <= 7; i += 7) {
		m.blocks[ROLLBACK_FIRST + i][9] ^= 1;
		assert_minimum(0x700000001);
		assert_int_equal(rollback_advance(&store, 5), ERR_OK);
		assert_memory_equal(m.blocks[ROLLBACK_FIRST], m.blocks[ROLLBACK_FIRST + 7], BLOCK);
	}
	memset(m.blocks[ROLLBACK_FIRST], 0xff, BLOCK);
	assert_minimum(0x700000001);
	m.read_only = true;
	assert_int_equal(rollback_advance(&store, 0x700000002), ERR_SD_WRITE);
	assert_minimum(0x700000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(attempts_count_down_and_then_it_is_the_other, new_disk),
		cmocka_unit_test_setup(all_get_new_attempts_when_none_has_any, new_disk),
		cmocka_unit_test_setup(a_slot_that_does_not_load_falls_back_at_once, new_disk),
		cmocka_unit_test_setup(without_attempts_is_better_than_not_at_all, new_disk),
		cmocka_unit_test_setup(other_slots_have_other_names, new_disk),
		cmocka_unit_test_setup(a_bad_order_does_not_hide_the_slots, new_disk),
		cmocka_unit_test_setup(an_empty_environment_is_filled, new_disk),
		cmocka_unit_test_setup(a_disk_that_cannot_be_written_boots, new_disk),
		cmocka_unit_test_setup(a_full_environment_counts_all_the_same, new_disk),
		cmocka_unit_test_setup(a_disk_without_slots_is_not_written, new_disk),
		cmocka_unit_test_setup(the_index_follows_a_confirmed_slot, new_disk),
		cmocka_unit_test_setup(nobody_knows_the_minimum, new_disk),
		cmocka_unit_test_setup(both_copies_get_the_minimum, new_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
