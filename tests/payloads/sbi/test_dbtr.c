/* SPDX-License-Identifier: BSD-2-Clause */
/* DBTR extension (SBI v3.0, chapter "Debug Triggers Extension"), with Sdtrig's tdata1 encodings. */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define NUM "DBTR: Get Number of Triggers"
#define SHMEM_ERRORS "Debug Triggers Set Shared Memory Errors"
#define READ_ERRORS "Debug Triggers Read Errors"
#define INSTALL_ERRORS "Debug Triggers Install Errors"
#define UPDATE_ERRORS "Debug Triggers Update Errors"
#define UNINSTALL_ERRORS "Debug Triggers Uninstall Errors"
#define ENABLE_ERRORS "Debug Triggers Enable Errors"
#define DISABLE_ERRORS "Debug Triggers Disable Errors"
#define STATE_FIELDS "Debug Trigger State Fields"
#define FIRING "Debug Triggers Extension"

/* tdata1, types 2 (mcontrol) and 6 (mcontrol6): the low bits are common. */
#define TYPE(n) ((uint64_t)(n) << 60)
#define TDATA1_DMODE (1ul << 59)
#define TDATA1_LOAD (1ul << 0)
#define TDATA1_STORE (1ul << 1)
#define TDATA1_EXECUTE (1ul << 2)
#define TDATA1_U (1ul << 3)
#define TDATA1_S (1ul << 4)
#define TDATA1_M (1ul << 6)
#define TDATA1_CHAIN (1ul << 11)
#define TDATA1_MATCH_GE (2ul << 7) /* optional */

/* trig_state */
#define STATE_MAPPED (1ul << 0)
#define STATE_U (1ul << 1)
#define STATE_S (1ul << 2)
#define STATE_RESERVED (3ul << 6)

#define ALL_ONES (~0ul)
#define MAX_TRIGGERS 64

/* trig_state or trig_idx first, then the configuration. */
struct entry {
	uint64_t state, tdata1, tdata2, tdata3;
};

static struct entry shmem[MAX_TRIGGERS] __attribute__((aligned(4096)));
static struct entry other_shmem[MAX_TRIGGERS];
static uint64_t type; /* the kind of match trigger that this machine has */

static uint64_t count_triggers(uint64_t tdata1)
{
	return expect(sbi(EID_DBTR, DBTR_NUM_TRIGGERS, tdata1), SUCCESS);
}

static struct sbiret set_shmem(uint64_t lo, uint64_t hi, uint64_t flags)
{
	return sbi(EID_DBTR, DBTR_SET_SHMEM, lo, hi, flags);
}

/* Shared memory, and a type of trigger to install; how many there are. */
static uint64_t prepare(void)
{
	uint64_t max = count_triggers(0);

	if (!max)
		skip("no triggers");
	memset(shmem, 0, sizeof(shmem));
	set_shmem(ALL_ONES, ALL_ONES, 0);
	expect(set_shmem((uintptr_t)shmem, 0, 0), SUCCESS);
	type = count_triggers(TYPE(6)) ? 6 : 2;
	if (!count_triggers(TYPE(type)))
		skip("no match triggers");
	return max;
}

/* "The trigger configuration": address match in S-mode. */
static struct entry trigger(uint64_t address, uint64_t what)
{
	return (struct entry){ 0, TYPE(type) | TDATA1_S | what, address, 0 };
}

static uint64_t install(struct entry entry)
{
	struct sbiret ret;

	shmem[0] = entry;
	shmem[0].state = 0x5a5a;
	barrier();
	ret = sbi(EID_DBTR, DBTR_INSTALL, 1);
	expect(ret, SUCCESS);
	check(!ret.value, "value is %lu", ret.value);
	check(shmem[0].state < count_triggers(0), "trig_idx is %lx", shmem[0].state);
	return shmem[0].state;
}

static struct entry read_back(uint64_t index)
{
	memset(shmem, 0, sizeof(shmem));
	expect(sbi(EID_DBTR, DBTR_READ, index, 1), SUCCESS);
	return shmem[0];
}

static void cleanup(void)
{
	if (!sbi_probe(EID_DBTR))
		return;
	for (uint64_t i = 0; i < count_triggers(0); i++)
		sbi(EID_DBTR, DBTR_UNINSTALL, i, 1);
	set_shmem(ALL_ONES, ALL_ONES, 0);
}

/* ---- num_triggers ---- */

static void num_matching(uint64_t variant)
{
	uint64_t max = count_triggers(0);

	(void)variant;
	for (uint64_t t = 1; t < 16; t++)
		check(count_triggers(TYPE(t)) <= max, "more of type %lu than there are", t);
}

static void num_none_matching(uint64_t variant)
{
	(void)variant;
	check(!count_triggers(TYPE(12)), "%lu triggers of a reserved type",
	      count_triggers(TYPE(12)));
}

/* ---- set_shmem ---- */

static void shmem_set_and_clear(uint64_t variant)
{
	(void)variant;
	prepare();
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
}

static void shmem_set_again(uint64_t variant)
{
	(void)variant;
	prepare();
	expect(set_shmem((uintptr_t)other_shmem, 0, 0), SUCCESS);
	other_shmem[0].state = 0x5a5a;
	expect(sbi(EID_DBTR, DBTR_READ, 0, 1), SUCCESS);
	check(other_shmem[0].state != 0x5a5a, "the new memory is not used");
}

/* A machine with triggers, and no shared memory yet. */
static uint64_t unset_shmem(void)
{
	uint64_t max = prepare();

	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
	return max;
}

static void shmem_flags(uint64_t variant)
{
	unset_shmem();
	expect(set_shmem((uintptr_t)shmem, 0, variant ? 1ul << 63 : 1), INVALID_PARAM);
}

static const char *const bit_names[] = { "first", "last", NULL };

static void shmem_unaligned(uint64_t variant)
{
	unset_shmem();
	expect(set_shmem((uintptr_t)shmem + (variant ? 4 : 1), 0, 0), INVALID_PARAM);
}

static const char *const offset_names[] = { "by_1", "by_4", NULL };

static void shmem_bad_address(uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, unset_shmem() * sizeof(struct entry), 8);

	expect(set_shmem(phys.lo, phys.hi, 0), INVALID_ADDRESS | FAILED);
}

static void shmem_mmio(uint64_t variant)
{
	(void)variant;
	shmem_bad_address(BAD_MEMORY_MMIO);
}

static void no_shmem(uint64_t fid)
{
	unset_shmem();
	if (fid == DBTR_READ) {
		expect(sbi(EID_DBTR, fid, 0, 1), NO_SHMEM);
	} else {
		struct sbiret ret = sbi(EID_DBTR, fid, 1);

		expect(ret, NO_SHMEM);
		check(!ret.value, "value is %lx", ret.value);
	}
}

static void read_no_shmem(uint64_t variant)
{
	(void)variant;
	no_shmem(DBTR_READ);
}

static void install_no_shmem(uint64_t variant)
{
	(void)variant;
	no_shmem(DBTR_INSTALL);
}

static void update_no_shmem(uint64_t variant)
{
	(void)variant;
	no_shmem(DBTR_UPDATE);
}

/* ---- read ---- */

/*
 * The table refuses base + count >= trig_max, which would keep the last trigger from ever being
 * read; base + count == trig_max may therefore be answered either way, and is not a row.
 */
static const char *const range_names[] = {
	"base_is_max", "base_all_ones",	 "count_past_max",  "count_all_ones",
	"wraps",       "bit_32_of_base", "bit_32_of_count", NULL,
};

static void read_bad_range(uint64_t variant)
{
	uint64_t max = prepare();
	const struct {
		uint64_t base, count;
	} ranges[] = {
		{ max, 1 },	 { ALL_ONES, 1 },  { 0, max + 1 },	 { 0, ALL_ONES },
		{ 1, ALL_ONES }, { 1ul << 32, 1 }, { 0, 1ul << 32 | 1 },
	};

	expect(sbi(EID_DBTR, DBTR_READ, ranges[variant].base, ranges[variant].count), BAD_RANGE);
}

static void read_unmapped(uint64_t variant)
{
	struct entry entry;

	(void)variant;
	prepare();
	entry = read_back(0);
	check(!(entry.state & STATE_MAPPED), "trig_state is %lx", entry.state);
	check(!(entry.state & STATE_RESERVED), "reserved bits are set: %lx", entry.state);
}

/* ---- install ---- */

static void install_and_read(uint64_t variant)
{
	uint64_t index;
	struct entry entry;

	(void)variant;
	prepare();
	index = install(trigger(0x12345678, TDATA1_EXECUTE | TDATA1_U));
	entry = read_back(index);
	check(entry.state & STATE_MAPPED, "trig_state is %lx", entry.state);
	check(entry.state & STATE_S && entry.state & STATE_U, "trig_state is %lx", entry.state);
	check(!(entry.state & STATE_RESERVED), "reserved bits are set: %lx", entry.state);
	check(entry.tdata1 >> 60 == type && entry.tdata1 & TDATA1_EXECUTE, "tdata1 is %lx",
	      entry.tdata1);
	check(!(entry.tdata1 & (TDATA1_M | TDATA1_DMODE)), "tdata1 is %lx", entry.tdata1);
	check(entry.tdata2 == 0x12345678, "tdata2 is %lx", entry.tdata2);
}

static void install_none(uint64_t variant)
{
	(void)variant;
	prepare();
	check(!expect(sbi(EID_DBTR, DBTR_INSTALL, 0), SUCCESS), "value");
}

static const char *const count_names[] = { "past_max", "all_ones", "bit_32_set", NULL };

static void bad_count(uint64_t fid, uint64_t variant)
{
	uint64_t max = prepare();
	const uint64_t counts[] = { max + 1, ALL_ONES, 1ul << 32 | 1 };

	expect(sbi(EID_DBTR, fid, counts[variant]), BAD_RANGE);
}

static void install_bad_count(uint64_t variant)
{
	bad_count(DBTR_INSTALL, variant);
}

static void update_bad_count(uint64_t variant)
{
	bad_count(DBTR_UPDATE, variant);
}

/* "The trig_tdata1.dmode bit must always be zero. The trig_tdata1.m bit must always be zero." */
static const char *const forbidden_names[] = {
	"m", "dmode", "type_0", "type_1", "type_15", "last_is_chained", NULL,
};

static struct entry forbidden(uint64_t variant)
{
	struct entry entry = trigger(0x1000, TDATA1_EXECUTE);
	const uint64_t words[] = {
		entry.tdata1 | TDATA1_M,
		entry.tdata1 | TDATA1_DMODE,
		TYPE(0),
		TYPE(1),
		TYPE(15),
		entry.tdata1 | TDATA1_CHAIN,
	};

	entry.tdata1 = words[variant];
	return entry;
}

static void install_forbidden(uint64_t variant)
{
	struct sbiret ret;

	prepare();
	shmem[0] = forbidden(variant);
	ret = sbi(EID_DBTR, DBTR_INSTALL, 1);
	/* A type that no trigger has may also be a trigger that cannot be assigned. */
	expect(ret, variant >= 2 && variant <= 4 ? INVALID_PARAM | FAILED | NOT_SUPPORTED
						 : INVALID_PARAM);
	check(!ret.value, "value is %lu, entry 0 is bad", ret.value);
}

/* "sbiret.value is set to the array index i of the failing trigger configuration" */
static void install_second_bad(uint64_t variant)
{
	struct sbiret ret;

	(void)variant;
	if (prepare() < 3)
		skip("needs 3 triggers");
	shmem[0] = trigger(0x1000, TDATA1_EXECUTE);
	shmem[1] = trigger(0x2000, TDATA1_EXECUTE);
	shmem[1].tdata1 |= TDATA1_M;
	ret = sbi(EID_DBTR, DBTR_INSTALL, 2);
	expect(ret, INVALID_PARAM);
	check(ret.value == 1, "value is %lu", ret.value);
}

/* More than the hardware has, one at a time. */
static void install_too_many(uint64_t variant)
{
	uint64_t max = prepare(), installed = 0;
	struct sbiret ret = { 0, 0 };

	(void)variant;
	while (!ret.error && installed <= max) {
		shmem[0] = trigger(0x1000 + installed * 4, TDATA1_EXECUTE);
		ret = sbi(EID_DBTR, DBTR_INSTALL, 1);
		installed += !ret.error;
	}
	check(installed <= max, "%lu installed, there are %lu", installed, max);
	check(installed, "none could be installed");
	expect(ret, FAILED);
}

static void install_chain(uint64_t variant)
{
	struct sbiret ret;

	(void)variant;
	if (prepare() < 3)
		skip("needs 3 triggers");
	shmem[0] = trigger(0x1000, TDATA1_EXECUTE | TDATA1_CHAIN);
	shmem[1] = trigger(0x2000, TDATA1_EXECUTE);
	ret = sbi(EID_DBTR, DBTR_INSTALL, 2);
	if (ret.error == SBI_ERR_NOT_SUPPORTED || ret.error == SBI_ERR_FAILED)
		skip("no chains");
	expect(ret, SUCCESS);
	check(shmem[1].state == shmem[0].state + 1, "trig_idx %lu and %lu are not contiguous",
	      shmem[0].state, shmem[1].state);
}

/* ---- update ---- */

static void update(uint64_t variant)
{
	uint64_t index;
	struct entry entry;

	(void)variant;
	prepare();
	index = install(trigger(0x1000, TDATA1_EXECUTE));
	shmem[0] = trigger(0x2000, TDATA1_LOAD);
	shmem[0].state = index;
	check(!expect(sbi(EID_DBTR, DBTR_UPDATE, 1), SUCCESS), "value");
	entry = read_back(index);
	check(entry.tdata2 == 0x2000 && entry.tdata1 & TDATA1_LOAD, "tdata1 is %lx, tdata2 %lx",
	      entry.tdata1, entry.tdata2);
}

static const char *const index_names[] = { "max", "bit_32_set", "all_ones", NULL };

static void update_bad_index(uint64_t variant)
{
	uint64_t max = prepare(), index = install(trigger(0x1000, TDATA1_EXECUTE));
	const uint64_t indexes[] = { max, 1ul << 32 | index, ALL_ONES };
	struct sbiret ret;

	shmem[0] = trigger(0x2000, TDATA1_EXECUTE);
	shmem[0].state = indexes[variant];
	ret = sbi(EID_DBTR, DBTR_UPDATE, 1);
	expect(ret, INVALID_PARAM);
	check(!ret.value, "value is %lu", ret.value);
}

static void update_unmapped(uint64_t variant)
{
	(void)variant;
	prepare();
	shmem[0] = trigger(0x2000, TDATA1_EXECUTE);
	shmem[0].state = 0;
	expect(sbi(EID_DBTR, DBTR_UPDATE, 1), FAILED);
}

static void update_forbidden(uint64_t variant)
{
	uint64_t index;

	prepare();
	index = install(trigger(0x1000, TDATA1_EXECUTE));
	shmem[0] = forbidden(variant);
	shmem[0].state = index;
	expect(sbi(EID_DBTR, DBTR_UPDATE, 1), INVALID_PARAM | FAILED);
	check(read_back(index).tdata2 == 0x1000 && !(shmem[0].tdata1 & (TDATA1_M | TDATA1_DMODE)),
	      "tdata1 is %lx now", shmem[0].tdata1);
}

/* ---- uninstall, enable, disable ---- */

static const char *const set_names[] = {
	"unmapped", "index_max", "one_of_two", "bit_32_set", "base_all_ones", "wraps", NULL,
};

static void bad_set(uint64_t fid, uint64_t variant)
{
	uint64_t max = prepare(), index = install(trigger(0x1000, TDATA1_EXECUTE));
	const struct mask sets[] = {
		{ 1, index ? 0 : max - 1 }, { 1, max },	     { 1 | 1ul << (max - index), index },
		{ 1, 1ul << 32 | index },   { 1, ALL_ONES }, { 4ul << index, ALL_ONES - 1 },
	};

	if (max < 2 && !variant)
		skip("needs 2 triggers");
	if (max - index > 63)
		skip("more than 63 triggers");
	expect(sbi(EID_DBTR, fid, sets[variant].base, sets[variant].mask), INVALID_PARAM);
}

static void uninstall_bad_set(uint64_t variant)
{
	bad_set(DBTR_UNINSTALL, variant);
}

static void enable_bad_set(uint64_t variant)
{
	bad_set(DBTR_ENABLE, variant);
}

static void disable_bad_set(uint64_t variant)
{
	bad_set(DBTR_DISABLE, variant);
}

static void uninstall(uint64_t variant)
{
	uint64_t index;

	(void)variant;
	prepare();
	index = install(trigger(0x1000, TDATA1_EXECUTE));
	expect(sbi(EID_DBTR, DBTR_UNINSTALL, index, 1), SUCCESS);
	check(!(read_back(index).state & STATE_MAPPED), "still mapped");
	expect(sbi(EID_DBTR, DBTR_UNINSTALL, index, 1), INVALID_PARAM);
}

/* ---- Firing ---- */

static uint64_t watched;
static void __attribute__((noinline)) landmark(void)
{
	__asm__ volatile(".4byte 0x00000013" : : : "memory"); /* nop */
}

static void touch(uint64_t what)
{
	if (what == TDATA1_EXECUTE)
		landmark();
	else if (what == TDATA1_LOAD)
		touch_load((uintptr_t)&watched);
	else
		touch_store((uintptr_t)&watched, 1);
}

static bool fires(uint64_t what)
{
	struct trap trap;
	unsigned int count;

	trap_expect();
	touch(what);
	count = trap_taken(&trap);
	check(!count || trap.cause == CAUSE_BREAKPOINT, "trap %lu", trap.cause);
	return count;
}

static const char *const access_names[] = { "load", "store", "execute", NULL };
static const uint64_t accesses[] = { TDATA1_LOAD, TDATA1_STORE, TDATA1_EXECUTE };

static uint64_t install_for(uint64_t variant)
{
	uint64_t what = accesses[variant];

	prepare();
	return install(
		trigger(what == TDATA1_EXECUTE ? (uintptr_t)landmark : (uintptr_t)&watched, what));
}

static void firing(uint64_t variant)
{
	check(!fires(accesses[variant]), "fires before it is installed");
	install_for(variant);
	check(fires(accesses[variant]), "does not fire");
}

static void uninstalled_is_quiet(uint64_t variant)
{
	uint64_t index = install_for(variant);

	expect(sbi(EID_DBTR, DBTR_UNINSTALL, index, 1), SUCCESS);
	check(!fires(accesses[variant]), "fires");
}

static void disabled_is_quiet(uint64_t variant)
{
	uint64_t index = install_for(variant);

	expect(sbi(EID_DBTR, DBTR_DISABLE, index, 1), SUCCESS);
	check(!fires(accesses[variant]), "fires when disabled");
	expect(sbi(EID_DBTR, DBTR_ENABLE, index, 1), SUCCESS);
	check(fires(accesses[variant]), "does not fire when enabled again");
}

/* "unimplemented optional bits in tdata1": what fails changes nothing. */
static void unsupported(uint64_t fid, uint64_t index)
{
	struct sbiret ret;

	shmem[0] = trigger((uintptr_t)landmark, TDATA1_EXECUTE | TDATA1_MATCH_GE);
	shmem[0].state = index;
	ret = sbi(EID_DBTR, fid, 1);
	if (!ret.error)
		skip("it is implemented");
	expect(ret, NOT_SUPPORTED);
	check(!ret.value, "value is %lu", ret.value);
}

static void install_unsupported(uint64_t variant)
{
	(void)variant;
	prepare();
	unsupported(DBTR_INSTALL, 0);
	check(!fires(TDATA1_EXECUTE), "fires");
	check(!(read_back(0).state & STATE_MAPPED), "is mapped");
}

static void update_unsupported(uint64_t variant)
{
	uint64_t index = install_for(2);

	(void)variant;
	unsupported(DBTR_UPDATE, index);
	check(fires(TDATA1_EXECUTE), "does not fire any more");
	check(!(read_back(index).tdata1 & TDATA1_MATCH_GE), "tdata1 is %lx", shmem[0].tdata1);
}

static void quiet_here(uint64_t arg)
{
	check(!fires(arg), "fires on another hart");
}

static void only_on_this_hart(uint64_t variant)
{
	install_for(variant);
	on_hart(another_hart(), quiet_here, accesses[variant]);
}

static void install_there(uint64_t arg)
{
	(void)arg;
	if (!count_triggers(0))
		skip("no triggers");
	expect(set_shmem((uintptr_t)other_shmem, 0, 0), SUCCESS);
	type = count_triggers(TYPE(6)) ? 6 : 2;
	other_shmem[0] = trigger((uintptr_t)landmark, TDATA1_EXECUTE);
	expect(sbi(EID_DBTR, DBTR_INSTALL, 1), SUCCESS);
}

static void restart_forgets(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	on_hart(hart, install_there, 0);
	check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
	on_hart(hart, quiet_here, TDATA1_EXECUTE);
}

static const struct test tests[] = {
	{ "num_triggers.matching", NUM, num_matching },
	{ "num_triggers.reserved_type", NUM, num_none_matching },
	{ "set_shmem.set_and_clear", SHMEM_ERRORS, shmem_set_and_clear },
	{ "set_shmem.again", SHMEM_ERRORS, shmem_set_again },
	{ "set_shmem.flags", SHMEM_ERRORS, shmem_flags, bit_names },
	{ "set_shmem.unaligned", SHMEM_ERRORS, shmem_unaligned, offset_names },
	{ "set_shmem.invalid_address", SHMEM_ERRORS, shmem_bad_address, bad_memory },
	{ "set_shmem.invalid_address_mmio", SHMEM_ERRORS, shmem_mmio, .flags = HOUSE },
	{ "read.no_shmem", READ_ERRORS, read_no_shmem },
	{ "read.bad_range", READ_ERRORS, read_bad_range, range_names },
	{ "read.unmapped", STATE_FIELDS, read_unmapped },
	{ "install.reads_back", STATE_FIELDS, install_and_read },
	{ "install.none", INSTALL_ERRORS, install_none },
	{ "install.no_shmem", INSTALL_ERRORS, install_no_shmem },
	{ "install.bad_range", INSTALL_ERRORS, install_bad_count, count_names },
	{ "install.invalid_config", INSTALL_ERRORS, install_forbidden, forbidden_names },
	{ "install.failing_index", INSTALL_ERRORS, install_second_bad },
	{ "install.too_many", INSTALL_ERRORS, install_too_many },
	{ "install.not_supported", INSTALL_ERRORS, install_unsupported },
	{ "install.chain", INSTALL_ERRORS, install_chain },
	{ "update", UPDATE_ERRORS, update },
	{ "update.no_shmem", UPDATE_ERRORS, update_no_shmem },
	{ "update.bad_range", UPDATE_ERRORS, update_bad_count, count_names },
	{ "update.invalid_index", UPDATE_ERRORS, update_bad_index, index_names },
	{ "update.unmapped", UPDATE_ERRORS, update_unmapped },
	{ "update.invalid_config", UPDATE_ERRORS, update_forbidden, forbidden_names },
	{ "update.not_supported", UPDATE_ERRORS, update_unsupported },
	{ "uninstall", UNINSTALL_ERRORS, uninstall },
	{ "uninstall.invalid_set", UNINSTALL_ERRORS, uninstall_bad_set, set_names },
	{ "enable.invalid_set", ENABLE_ERRORS, enable_bad_set, set_names },
	{ "disable.invalid_set", DISABLE_ERRORS, disable_bad_set, set_names },
	{ "fires", FIRING, firing, access_names },
	{ "fires.not_when_uninstalled", FIRING, uninstalled_is_quiet, access_names },
	{ "fires.not_when_disabled", FIRING, disabled_is_quiet, access_names },
	{ "fires.on_this_hart_only", FIRING, only_on_this_hart, access_names, .min_harts = 2 },
	{ "hart_restart_forgets", FIRING, restart_forgets, .min_harts = 2, .flags = HOUSE },
	{ 0 }
};

const struct suite dbtr_suite = { "dbtr", EID_DBTR, DBTR_FIDS, tests, .cleanup = cleanup };
