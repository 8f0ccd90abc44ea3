/* SPDX-License-Identifier: BSD-2-Clause */
/* SSE extension (SBI v3.0, chapter "Supervisor Software Events Extension"). */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/common/sse.h"
#include "tests/payloads/sbi/tap.h"

#define READ_ERRORS "SSE Event Attributes Read Errors"
#define WRITE_ERRORS "SSE Event Attributes Write Errors"
#define REGISTER_ERRORS "SSE Event Register Errors"
#define UNREGISTER_ERRORS "SSE Event Unregister Errors"
#define ENABLE_ERRORS "SSE Event Enable Errors"
#define DISABLE_ERRORS "SSE Event Disable Errors"
#define INJECT_ERRORS "SSE Event Inject Errors"
#define UNMASK_ERRORS "SSE Hart Unmask Errors"
#define MASK_ERRORS "SSE Hart Mask Errors"
#define ATTRIBUTES "SSE Event Attributes"
#define EVENT_IDS "SSE Event ID Space"
#define STATES "SSE: Software Event States"
#define PRIORITY "SSE: Software Event Priority"
#define INJECTION "SSE: Software Event Injection"
#define COMPLETION "SSE: Software Event Completion"

#define EVENT_LOCAL 0xffff0000ul  /* software injected, local */
#define EVENT_GLOBAL 0xffff8000ul /* software injected, global */
#define EVENT_DOUBLE_TRAP 1ul
#define EVENT_PMU 0x10000ul

enum {
	STATUS,
	EVENT_PRIORITY,
	CONFIG,
	PREFERRED_HART,
	ENTRY_PC,
	ENTRY_ARG,
	SEPC,
	FLAGS,
	A6,
	A7,
	ATTRS
};
enum { UNUSED, REGISTERED, ENABLED, RUNNING };
#define FWFT_DOUBLE_TRAP 3
#define STATUS_STATE 3ul
#define STATUS_PENDING (1ul << 2)
#define STATUS_INJECTABLE (1ul << 3)
#define CONFIG_ONE_SHOT 1ul
#define FLAG_SPP (1ul << 0)
#define FLAG_SPIE (1ul << 1)
#define FLAG_SPV (1ul << 2)
#define FLAG_SPVP (1ul << 3)

static struct sse_event local_event, global_event, other_event;

static struct sbiret call(uint64_t fid, uint64_t id)
{
	return sbi(EID_SSE, fid, id);
}

/* ---- Attributes ---- */

/*
 * "at offset (XLEN / 8) * (base_attr_id + i)", in memory of "(XLEN / 8) * attr_count" bytes: these
 * agree for base_attr_id 0 only. Values are taken from, and put at, both places.
 */
static uint64_t attribute(uint64_t id, uint64_t attr)
{
	const uint64_t untouched = 0x6a6a6a6a6a6a6a6a;
	uint64_t words[ATTRS];

	for (unsigned int i = 0; i < ATTRS; i++)
		words[i] = untouched;
	expect(sbi(EID_SSE, SSE_READ_ATTRS, id, attr, 1, (uintptr_t)words, 0), SUCCESS);
	return words[0] != untouched ? words[0] : words[attr];
}

static struct sbiret write_attribute(uint64_t id, uint64_t attr, uint64_t value)
{
	uint64_t words[ATTRS] = { value };

	words[attr] = value;
	barrier();
	return sbi(EID_SSE, SSE_WRITE_ATTRS, id, attr, 1, (uintptr_t)words, 0);
}

static uint64_t state_of(uint64_t id)
{
	return attribute(id, STATUS) & STATUS_STATE;
}

static void expect_state(uint64_t id, uint64_t state)
{
	static const char *const names[] = { "UNUSED", "REGISTERED", "ENABLED", "RUNNING" };
	uint64_t is = state_of(id);

	check(is == state, "state is %s, not %s", names[is], names[state]);
}

static void need(uint64_t id)
{
	uint64_t words[ATTRS];
	struct sbiret ret = sbi(EID_SSE, SSE_READ_ATTRS, id, 0, ATTRS, (uintptr_t)words, 0);

	if (ret.error == SBI_ERR_NOT_SUPPORTED)
		skip("event %lx is not supported", id);
}

/* ---- Registering ---- */

static void register_event(struct sse_event *event, uint64_t id,
			   void (*handler)(struct sse_event *))
{
	need(id);
	sse_prepare(event, id, handler);
	expect(sbi(EID_SSE, SSE_REGISTER, id, (uintptr_t)sse_entry, (uintptr_t)event), SUCCESS);
}

static void enable_event(struct sse_event *event, uint64_t id, void (*handler)(struct sse_event *))
{
	register_event(event, id, handler);
	expect(call(SSE_ENABLE, id), SUCCESS);
}

static void unmask(void)
{
	expect(sbi(EID_SSE, SSE_HART_UNMASK), SUCCESS);
}

static void inject(uint64_t id, uint64_t hart_id)
{
	expect(sbi(EID_SSE, SSE_INJECT, id, hart_id), SUCCESS);
}

static void inject_here(uint64_t id)
{
	inject(id, self()->id);
}

/* Whatever a row left behind goes, an event that is still pending by being handled. */
static void forget_event(uint64_t id)
{
	uint64_t words[ATTRS];

	sbi(EID_SSE, SSE_DISABLE, id);
	sbi(EID_SSE, SSE_UNREGISTER, id);
	if (sbi(EID_SSE, SSE_READ_ATTRS, id, 0, ATTRS, (uintptr_t)words, 0).error)
		return;
	if (words[STATUS] & STATUS_PENDING) {
		static struct sse_event drains[MAX_HARTS];
		struct sse_event *drain = &drains[self()->index];

		enable_event(drain, id, NULL);
		unmask();
		sbi(EID_SSE, SSE_HART_MASK);
		sbi(EID_SSE, SSE_DISABLE, id);
		sbi(EID_SSE, SSE_UNREGISTER, id);
	}
	write_attribute(id, EVENT_PRIORITY, 0);
	write_attribute(id, CONFIG, 0);
	if (id == EVENT_GLOBAL)
		write_attribute(id, PREFERRED_HART, harts[0].id);
}

static void cleanup(void)
{
	static const uint64_t ids[] = { EVENT_LOCAL, EVENT_GLOBAL, EVENT_DOUBLE_TRAP, EVENT_PMU };

	if (!sbi_probe(EID_SSE))
		return;
	sbi(EID_FWFT, FWFT_SET, FWFT_DOUBLE_TRAP, 0, 0);
	sbi(EID_SSE, SSE_HART_MASK);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		forget_event(ids[i]);
}

/* ---- Errors that all functions with an event_id share ---- */

static const char *const no_event_names[] = {
	"local_2",
	"local_3fff",
	"global_8001",
	"global_bfff",
	"pmu_range_10001",
	"pmu_range_18000",
	"low_ras_100001",
	"sw_local_ffff0001",
	"sw_global_ffff8001",
	NULL,
};

static uint64_t no_event(uint64_t variant)
{
	static const uint64_t ids[] = {
		2, 0x3fff, 0x8001, 0xbfff, 0x10001, 0x18000, 0x100001, 0xffff0001, 0xffff8001,
	};

	return ids[variant];
}

static uint64_t words[16] __attribute__((aligned(8)));

static struct sbiret call_with_event(uint64_t fid, uint64_t id)
{
	switch (fid) {
	case SSE_READ_ATTRS:
	case SSE_WRITE_ATTRS:
		return sbi(EID_SSE, fid, id, EVENT_PRIORITY, 1, (uintptr_t)words, 0);
	case SSE_REGISTER:
		return sbi(EID_SSE, fid, id, (uintptr_t)sse_entry, (uintptr_t)&other_event);
	case SSE_INJECT:
		return sbi(EID_SSE, fid, id, self()->id);
	default:
		return sbi(EID_SSE, fid, id);
	}
}

static void read_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_READ_ATTRS, no_event(variant)), INVALID_PARAM);
}

static void write_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_WRITE_ATTRS, no_event(variant)), INVALID_PARAM);
}

static void register_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_REGISTER, no_event(variant)), INVALID_PARAM);
}

static void unregister_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_UNREGISTER, no_event(variant)), INVALID_PARAM);
}

static void enable_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_ENABLE, no_event(variant)), INVALID_PARAM);
}

static void disable_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_DISABLE, no_event(variant)), INVALID_PARAM);
}

static void inject_no_event(uint64_t variant)
{
	expect(call_with_event(SSE_INJECT, no_event(variant)), INVALID_PARAM);
}

/* Platform events, unless this platform has some. */
static void platform_event(uint64_t variant)
{
	static const uint64_t ids[] = { 0x4000, 0xc000, 0xffff4000, 0xffffc000 };

	expect(call_with_event(SSE_ENABLE, ids[variant]),
	       INVALID_PARAM | NOT_SUPPORTED | INVALID_STATE);
}

static const char *const platform_names[] = { "4000", "c000", "ffff4000", "ffffc000", NULL };

/*
 * Standard events exist or are "not reserved and valid, but the platform does not support it", which
 * all functions say.
 */
static void standard_event(uint64_t variant)
{
	static const uint64_t ids[] = {
		0, 1, 0x8000, 0x10000, 0x100000, 0x108000, 0xffff0000, 0xffff8000,
	};
	struct sbiret ret = call_with_event(SSE_READ_ATTRS, ids[variant]);

	expect(ret, SUCCESS | NOT_SUPPORTED);
	for (uint64_t fid = SSE_WRITE_ATTRS; ret.error && fid <= SSE_INJECT; fid++) {
		if (fid != SSE_COMPLETE)
			expect(call_with_event(fid, ids[variant]), NOT_SUPPORTED);
	}
}

static const char *const standard_names[] = {
	"local_high_ras", "double_trap",    "global_high_ras", "pmu_overflow", "local_low_ras",
	"global_low_ras", "software_local", "software_global", NULL,
};

/* uint32_t arguments are sign-extended by the C calling convention, and zero-extended by Linux. */
static void sign_extended(uint64_t variant)
{
	(void)variant;
	need(EVENT_LOCAL);
	expect(call_with_event(SSE_READ_ATTRS, 0xffffffffffff0000), SUCCESS);
}

/* ---- read_attrs, write_attrs ---- */

static void read_all(uint64_t event)
{
	uint64_t id = event ? EVENT_GLOBAL : EVENT_LOCAL, values[ATTRS];

	need(id);
	memset(values, 0x5a, sizeof(values));
	expect(sbi(EID_SSE, SSE_READ_ATTRS, id, 0, ATTRS, (uintptr_t)values, 0), SUCCESS);
	/* Bit 3 tells what is allowed rather than what happened. */
	check(!(values[STATUS] & ~STATUS_INJECTABLE), "STATUS is %lx", values[STATUS]);
	for (unsigned int i = EVENT_PRIORITY; i < ATTRS; i++)
		check(i == PREFERRED_HART || i == FLAGS || !values[i], "attribute %u is %lx", i,
		      values[i]);
	check(expect(sbi(EID_HSM, HSM_STATUS, values[PREFERRED_HART]), SUCCESS) < HSM_STATES,
	      "PREFERRED_HART is %lx", values[PREFERRED_HART]);
}

static const char *const event_names[] = { "local", "global", NULL };

static void attrs_count_0(uint64_t fid)
{
	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, fid, EVENT_LOCAL, 0, 0, (uintptr_t)words, 0), INVALID_PARAM);
}

static const char *const rw_names[] = { "read_attrs", "write_attrs", NULL };

static const char *const range_names[] = {
	"base_10",	 "count_11", "across_the_end", "base_wraps", "count_all_ones",
	"base_all_ones", NULL,
};

static void bad_range(uint64_t fid, uint64_t variant, uint32_t or_errors)
{
	static const struct {
		uint64_t base, count;
	} ranges[] = {
		{ 10, 1 },	   { 0, 11 },	      { 9, 2 },
		{ 0xffffffff, 2 }, { 1, 0xffffffff }, { 0xffffffff, 0xffffffff },
	};

	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, fid, EVENT_LOCAL, ranges[variant].base, ranges[variant].count,
		   (uintptr_t)words, 0),
	       BAD_RANGE | (ranges[variant].base < ATTRS ? or_errors : 0));
}

static void read_bad_range(uint64_t variant)
{
	bad_range(SSE_READ_ATTRS, variant, 0);
}

static void write_bad_range(uint64_t variant)
{
	/* The attributes before the end of the range may have errors of their own. */
	bad_range(SSE_WRITE_ATTRS, variant, DENIED | INVALID_STATE);
}

static void bad_address(uint64_t fid, uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, 16, 8);

	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, fid, EVENT_LOCAL, EVENT_PRIORITY, 2, phys.lo, phys.hi),
	       INVALID_ADDRESS | FAILED);
}

static void read_bad_address(uint64_t variant)
{
	bad_address(SSE_READ_ATTRS, variant);
}

static void write_bad_address(uint64_t variant)
{
	bad_address(SSE_WRITE_ATTRS, variant);
}

static void mmio(uint64_t fid)
{
	bad_address(fid, BAD_MEMORY_MMIO);
}

/* "MUST be XLEN / 8 bytes aligned", without a code of its own. */
static void unaligned(uint64_t fid)
{
	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, fid, EVENT_LOCAL, EVENT_PRIORITY, 1, (uintptr_t)words + 4, 0),
	       INVALID_ADDRESS | INVALID_PARAM);
}

static void priority_reads_back(uint64_t variant)
{
	(void)variant;
	need(EVENT_LOCAL);
	expect(write_attribute(EVENT_LOCAL, EVENT_PRIORITY, 0xfedcba98), SUCCESS);
	check(attribute(EVENT_LOCAL, EVENT_PRIORITY) == 0xfedcba98, "reads %lx",
	      attribute(EVENT_LOCAL, EVENT_PRIORITY));
}

/* "only lower 32-bits of the value are used and other bits are always set to zero" */
static void priority_high_bits(uint64_t variant)
{
	(void)variant;
	need(EVENT_LOCAL);
	expect(write_attribute(EVENT_LOCAL, EVENT_PRIORITY, 0x1234500000077),
	       SUCCESS | INVALID_PARAM);
	check(!(attribute(EVENT_LOCAL, EVENT_PRIORITY) >> 32), "reads %lx",
	      attribute(EVENT_LOCAL, EVENT_PRIORITY));
}

static void config_reserved(uint64_t variant)
{
	need(EVENT_LOCAL);
	expect(write_attribute(EVENT_LOCAL, CONFIG, variant ? 1ul << 63 : 2), INVALID_PARAM);
}

static const char *const bit_names[] = { "first", "last", NULL };

static void write_read_only(uint64_t variant)
{
	static const uint8_t attrs[] = { STATUS, ENTRY_PC, ENTRY_ARG, PREFERRED_HART };

	need(EVENT_LOCAL);
	expect(write_attribute(EVENT_LOCAL, attrs[variant], 0), DENIED);
}

static const char *const read_only_names[] = {
	"status", "entry_pc", "entry_arg", "preferred_hart_of_local", NULL,
};

static void preferred_hart(uint64_t variant)
{
	(void)variant;
	need(EVENT_GLOBAL);
	for_each_online(hart)
	{
		expect(write_attribute(EVENT_GLOBAL, PREFERRED_HART, hart->id), SUCCESS);
		check(attribute(EVENT_GLOBAL, PREFERRED_HART) == hart->id, "does not read back");
	}
}

static void preferred_hart_invalid(uint64_t variant)
{
	const uint64_t ids[] = { no_hart(), 1ul << 32 | self()->id, ~0ul };

	need(EVENT_GLOBAL);
	expect(write_attribute(EVENT_GLOBAL, PREFERRED_HART, ids[variant]), INVALID_PARAM);
}

static const char *const id_names[] = { "no_such_hart", "bit_32_set", "all_ones", NULL };

static void interrupted_not_running(uint64_t variant)
{
	register_event(&local_event, EVENT_LOCAL, NULL);
	expect(write_attribute(EVENT_LOCAL, SEPC + variant, 0), INVALID_STATE);
}

static const char *const interrupted_names[] = { "sepc", "flags", "a6", "a7", NULL };

static void write_when_enabled(uint64_t config)
{
	enable_event(&local_event, EVENT_LOCAL, NULL);
	expect(write_attribute(EVENT_LOCAL, config ? CONFIG : EVENT_PRIORITY, 0), INVALID_STATE);
}

static void write_when_registered(uint64_t config)
{
	register_event(&local_event, EVENT_LOCAL, NULL);
	expect(write_attribute(EVENT_LOCAL, config ? CONFIG : EVENT_PRIORITY, 1), SUCCESS);
	check(attribute(EVENT_LOCAL, config ? CONFIG : EVENT_PRIORITY) == 1, "does not read back");
}

static const char *const config_names[] = { "priority", "config", NULL };

/* "the first error encountered (based on attributes ID order) is returned" */
static void first_error(uint64_t variant)
{
	uint64_t values[3] = { 0, 0, ~0ul };

	(void)variant;
	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, SSE_WRITE_ATTRS, EVENT_LOCAL, STATUS, 3, (uintptr_t)values, 0), DENIED);
}

/* ---- register, unregister, enable, disable: the state machine ---- */

static void states(uint64_t event)
{
	uint64_t id = event ? EVENT_GLOBAL : EVENT_LOCAL;

	need(id);
	expect_state(id, UNUSED);
	register_event(&local_event, id, NULL);
	expect_state(id, REGISTERED);
	check(attribute(id, ENTRY_PC) == (uintptr_t)sse_entry, "ENTRY_PC is %lx",
	      attribute(id, ENTRY_PC));
	check(attribute(id, ENTRY_ARG) == (uintptr_t)&local_event, "ENTRY_ARG is %lx",
	      attribute(id, ENTRY_ARG));
	expect(call(SSE_ENABLE, id), SUCCESS);
	expect_state(id, ENABLED);
	expect(call(SSE_DISABLE, id), SUCCESS);
	expect_state(id, REGISTERED);
	expect(call(SSE_UNREGISTER, id), SUCCESS);
	expect_state(id, UNUSED);
}

/* What each function says in each state that it does not expect. */
static const char *const wrong_state_names[] = {
	"register_registered", "register_enabled",   "unregister_unused",
	"unregister_enabled",  "enable_unused",	     "enable_enabled",
	"disable_unused",      "disable_registered", NULL,
};

static void wrong_state(uint64_t variant)
{
	static const struct {
		uint8_t fid, state;
	} cases[] = {
		{ SSE_REGISTER, REGISTERED }, { SSE_REGISTER, ENABLED },
		{ SSE_UNREGISTER, UNUSED },   { SSE_UNREGISTER, ENABLED },
		{ SSE_ENABLE, UNUSED },	      { SSE_ENABLE, ENABLED },
		{ SSE_DISABLE, UNUSED },      { SSE_DISABLE, REGISTERED },
	};

	need(EVENT_LOCAL);
	if (cases[variant].state != UNUSED)
		register_event(&local_event, EVENT_LOCAL, NULL);
	if (cases[variant].state == ENABLED)
		expect(call(SSE_ENABLE, EVENT_LOCAL), SUCCESS);
	expect(call_with_event(cases[variant].fid, EVENT_LOCAL), INVALID_STATE);
	expect_state(EVENT_LOCAL, cases[variant].state);
}

static void odd_entry(uint64_t variant)
{
	(void)variant;
	need(EVENT_LOCAL);
	expect(sbi(EID_SSE, SSE_REGISTER, EVENT_LOCAL, (uintptr_t)sse_entry + 1, 0), INVALID_PARAM);
	expect_state(EVENT_LOCAL, UNUSED);
}

/* "The state of a global software event MUST be common to all harts", of a local one is not. */
static void see_state(uint64_t id)
{
	check((state_of(id) == ENABLED) == (id == EVENT_GLOBAL), "state %lu on another hart",
	      state_of(id));
}

static void state_on_other_hart(uint64_t event)
{
	uint64_t id = event ? EVENT_GLOBAL : EVENT_LOCAL;

	enable_event(&local_event, id, NULL);
	on_hart(another_hart(), see_state, id);
}

/* ---- mask, unmask, complete ---- */

static void unmask_twice(uint64_t variant)
{
	(void)variant;
	unmask();
	expect(sbi(EID_SSE, SSE_HART_UNMASK), ALREADY_STARTED);
}

static void mask_twice(uint64_t variant)
{
	(void)variant;
	unmask();
	expect(sbi(EID_SSE, SSE_HART_MASK), SUCCESS);
	expect(sbi(EID_SSE, SSE_HART_MASK), ALREADY_STOPPED);
}

static void is_masked(uint64_t arg)
{
	(void)arg;
	expect(sbi(EID_SSE, SSE_HART_MASK), ALREADY_STOPPED);
}

static void masked_at_first(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
	on_hart(hart, is_masked, 0);
}

static void complete_nothing(uint64_t variant)
{
	(void)variant;
	expect(sbi(EID_SSE, SSE_COMPLETE), SUCCESS);
}

/* ---- inject ---- */

static void inject_bad_hart(uint64_t variant)
{
	const uint64_t ids[] = { no_hart(), 1ul << 32 | self()->id, ~0ul };

	enable_event(&local_event, EVENT_LOCAL, NULL);
	expect(sbi(EID_SSE, SSE_INJECT, EVENT_LOCAL, ids[variant]), INVALID_PARAM);
}

/* "For global events, the hart_id parameter is ignored." */
static void inject_global_any_hart(uint64_t variant)
{
	(void)variant;
	enable_event(&global_event, EVENT_GLOBAL, NULL);
	unmask();
	inject(EVENT_GLOBAL, ~0ul);
	check(global_event.count == 1, "handled %lu times", global_event.count);
}

static void note_state(struct sse_event *event)
{
	event->seen_state = attribute(event->id, STATUS);
}

static void inject_self(uint64_t event)
{
	uint64_t id = event ? EVENT_GLOBAL : EVENT_LOCAL;

	enable_event(&local_event, id, note_state);
	unmask();
	inject_here(id);
	check(local_event.count == 1, "handled %lu times", local_event.count);
	check(local_event.seen_hart == self()->id, "a6 was %lx", local_event.seen_hart);
	check((local_event.seen_state & STATUS_STATE) == RUNNING, "STATUS was %lx",
	      local_event.seen_state);
	check(!(local_event.seen_state & STATUS_PENDING), "still pending when running");
	check(local_event.seen_sstatus & MSTATUS_SPP, "sstatus was %lx", local_event.seen_sstatus);
	check(!(local_event.seen_sstatus & MSTATUS_SIE), "sstatus was %lx",
	      local_event.seen_sstatus);
	expect_state(id, ENABLED);
}

static void masked_waits(uint64_t variant)
{
	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, NULL);
	inject_here(EVENT_LOCAL);
	check(!local_event.count, "handled although masked");
	check(attribute(EVENT_LOCAL, STATUS) & STATUS_PENDING, "not pending");
	unmask();
	check(local_event.count == 1, "handled %lu times", local_event.count);
	check(!(attribute(EVENT_LOCAL, STATUS) & STATUS_PENDING), "still pending");
}

/* An event that is not enabled stays pending; or it cannot be injected. */
static void disabled_waits(uint64_t variant)
{
	bool injected;

	(void)variant;
	register_event(&local_event, EVENT_LOCAL, NULL);
	unmask();
	injected = !sbi(EID_SSE, SSE_INJECT, EVENT_LOCAL, self()->id).error;
	check(!local_event.count, "handled although not enabled");
	expect(call(SSE_ENABLE, EVENT_LOCAL), SUCCESS);
	check(local_event.count == injected, "handled %lu times", local_event.count);
}

static void one_shot(uint64_t variant)
{
	(void)variant;
	register_event(&local_event, EVENT_LOCAL, NULL);
	expect(write_attribute(EVENT_LOCAL, CONFIG, CONFIG_ONE_SHOT), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_LOCAL), SUCCESS);
	unmask();
	inject_here(EVENT_LOCAL);
	check(local_event.count == 1, "handled %lu times", local_event.count);
	expect_state(EVENT_LOCAL, REGISTERED);
	expect(call(SSE_DISABLE, EVENT_LOCAL), INVALID_STATE);
}

static void many(uint64_t variant)
{
	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, NULL);
	unmask();
	for (unsigned int i = 0; i < 100; i++)
		inject_here(EVENT_LOCAL);
	check(local_event.count == 100, "handled %lu times", local_event.count);
}

static void again_when_running(struct sse_event *event)
{
	if (event->count == 1) {
		inject_here(event->id);
		event->seen_state = event->count;
	}
}

/* "the software event will be taken only after the running event handler completes" */
static void signalled_again(uint64_t variant)
{
	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, again_when_running);
	unmask();
	inject_here(EVENT_LOCAL);
	check(local_event.seen_state == 1, "preempted itself");
	check(local_event.count == 2, "handled %lu times", local_event.count);
}

/* ---- Priorities ---- */

static void inject_global(struct sse_event *event)
{
	(void)event;
	inject_here(EVENT_GLOBAL);
}

static void inject_local(struct sse_event *event)
{
	(void)event;
	inject_here(EVENT_LOCAL);
}

/* The local event runs and injects the global one, or the other way round. */
static void nest(bool local_first, uint64_t local_priority, uint64_t global_priority)
{
	register_event(&local_event, EVENT_LOCAL, local_first ? inject_global : NULL);
	register_event(&global_event, EVENT_GLOBAL, local_first ? NULL : inject_local);
	expect(write_attribute(EVENT_LOCAL, EVENT_PRIORITY, local_priority), SUCCESS);
	expect(write_attribute(EVENT_GLOBAL, EVENT_PRIORITY, global_priority), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_LOCAL), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_GLOBAL), SUCCESS);
	unmask();
	inject_here(local_first ? EVENT_LOCAL : EVENT_GLOBAL);
	check(local_event.count == 1 && global_event.count == 1, "handled %lu and %lu times",
	      local_event.count, global_event.count);
}

static void expect_preempted(const struct sse_event *outer, const struct sse_event *inner)
{
	check(inner->order > outer->order && inner->end_order < outer->end_order,
	      "did not preempt: began %lu and %lu, ended %lu and %lu", outer->order, inner->order,
	      outer->end_order, inner->end_order);
}

static void expect_in_order(const struct sse_event *first, const struct sse_event *second)
{
	check(first->end_order < second->order, "not one after the other: %lu-%lu, %lu-%lu",
	      first->order, first->end_order, second->order, second->end_order);
}

static void higher_preempts(uint64_t variant)
{
	(void)variant;
	nest(true, 10, 5);
	expect_preempted(&local_event, &global_event);
}

static void lower_waits(uint64_t variant)
{
	(void)variant;
	nest(true, 5, 10);
	expect_in_order(&local_event, &global_event);
}

/* Priorities are unsigned: 0xffffffff is the lowest. */
static void unsigned_priority(uint64_t variant)
{
	(void)variant;
	nest(true, 0xffffffff, 1);
	expect_preempted(&local_event, &global_event);
}

/* "where lower event_id has higher priority" */
static void tie_lower_id_preempts(uint64_t variant)
{
	(void)variant;
	nest(false, 7, 7);
	expect_preempted(&global_event, &local_event);
}

static void tie_higher_id_waits(uint64_t variant)
{
	(void)variant;
	nest(true, 7, 7);
	expect_in_order(&local_event, &global_event);
}

static void pending_order(uint64_t global_first)
{
	register_event(&local_event, EVENT_LOCAL, NULL);
	register_event(&global_event, EVENT_GLOBAL, NULL);
	expect(write_attribute(EVENT_LOCAL, EVENT_PRIORITY, global_first ? 9 : 3), SUCCESS);
	expect(write_attribute(EVENT_GLOBAL, EVENT_PRIORITY, 6), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_LOCAL), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_GLOBAL), SUCCESS);
	inject_here(EVENT_LOCAL);
	inject_here(EVENT_GLOBAL);
	check(!local_event.count && !global_event.count, "handled although masked");
	unmask();
	check(local_event.count == 1 && global_event.count == 1, "handled %lu and %lu times",
	      local_event.count, global_event.count);
	/* Delivered at once, the more important one preempts; or one after the other. */
	if (global_first)
		check(global_event.end_order < local_event.end_order, "wrong order");
	else
		check(local_event.end_order < global_event.end_order, "wrong order");
}

static const char *const order_names[] = { "local_first", "global_first", NULL };

/* ---- What is saved and restored ---- */

static uint64_t seen_flags, seen_hstatus;

static void note_flags(struct sse_event *event)
{
	seen_flags = attribute(event->id, FLAGS);
	if (isa_has("h")) {
		/* Completion goes back where SPV says: not to VS-mode if it is wrong. */
		seen_hstatus = csr_read(CSR_HSTATUS);
		csr_clear(CSR_HSTATUS, HSTATUS_SPV);
	}
	/* As a trap in the handler would. */
	csr_clear(CSR_SSTATUS, MSTATUS_SPP);
	csr_set(CSR_SSTATUS, MSTATUS_SPP);
}

static void sstatus_kept(uint64_t variant)
{
	static const uint64_t patterns[] = {
		0,
		MSTATUS_SPIE,
		MSTATUS_SPP,
		MSTATUS_SPP | MSTATUS_SPIE,
	};
	const uint64_t bits = MSTATUS_SPP | MSTATUS_SPIE, set = patterns[variant];
	uint64_t after, flags;

	enable_event(&local_event, EVENT_LOCAL, note_flags);
	unmask();
	interrupts_off();
	csr_clear(CSR_SSTATUS, bits);
	csr_set(CSR_SSTATUS, set);
	inject_here(EVENT_LOCAL);
	after = csr_read(CSR_SSTATUS) & bits;
	check(local_event.count == 1, "handled %lu times", local_event.count);
	flags = (set & MSTATUS_SPP ? FLAG_SPP : 0) | (set & MSTATUS_SPIE ? FLAG_SPIE : 0);
	check((seen_flags & (FLAG_SPP | FLAG_SPIE)) == flags,
	      "INTERRUPTED_FLAGS are %lx, sstatus was %lx", seen_flags, set);
	check(after == set, "sstatus was %lx, is %lx", set, after);
}

static const char *const sstatus_names[] = { "none", "spie", "spp", "spp_spie", NULL };

static void hstatus_kept(uint64_t variant)
{
	static const uint64_t patterns[] = {
		0,
		HSTATUS_SPV,
		HSTATUS_SPVP,
		HSTATUS_SPV | HSTATUS_SPVP,
	};
	const uint64_t bits = HSTATUS_SPV | HSTATUS_SPVP, set = patterns[variant];
	uint64_t after, flags;

	if (!isa_has("h"))
		skip("needs the hypervisor extension");
	enable_event(&local_event, EVENT_LOCAL, note_flags);
	unmask();
	interrupts_off();
	csr_clear(CSR_HSTATUS, bits);
	csr_set(CSR_HSTATUS, set);
	inject_here(EVENT_LOCAL);
	after = csr_read(CSR_HSTATUS) & bits;
	csr_clear(CSR_HSTATUS, bits);
	check(!(seen_hstatus & HSTATUS_SPV), "hstatus was %lx in the handler", seen_hstatus);
	flags = (set & HSTATUS_SPV ? FLAG_SPV : 0) | (set & HSTATUS_SPVP ? FLAG_SPVP : 0);
	check((seen_flags & (FLAG_SPV | FLAG_SPVP)) == flags,
	      "INTERRUPTED_FLAGS are %lx, hstatus was %lx", seen_flags, set);
	check(after == set, "hstatus was %lx, is %lx", set, after);
}

static const char *const hstatus_names[] = { "none", "spv", "spvp", "spv_spvp", NULL };

/* An injection with interrupts on: sstatus.SIE goes to SPIE and comes back. */
static void sie_kept(uint64_t variant)
{
	register uint64_t a0 __asm__("a0") = EVENT_LOCAL;
	register uint64_t a1 __asm__("a1") = self()->id;
	register uint64_t a6 __asm__("a6") = SSE_INJECT;
	register uint64_t a7 __asm__("a7") = EID_SSE;
	uint64_t sstatus;

	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, NULL);
	unmask();
	a0 = EVENT_LOCAL;
	a1 = self()->id;
	a6 = SSE_INJECT;
	a7 = EID_SSE;
	__asm__ volatile("csrsi %5, 2\n"
			 "ecall\n"
			 "csrr %2, %5\n"
			 : "+r"(a0), "+r"(a1), "=&r"(sstatus)
			 : "r"(a6), "r"(a7), "i"(CSR_SSTATUS)
			 : "memory");
	check(!a0, "%s", sbi_error_name((int64_t)a0));
	check(local_event.count == 1, "handled %lu times", local_event.count);
	check(local_event.seen_sstatus & MSTATUS_SPIE, "sstatus was %lx", local_event.seen_sstatus);
	check(sstatus & MSTATUS_SIE, "sstatus is %lx", sstatus);
}

static void change_a6_a7(struct sse_event *event)
{
	expect(write_attribute(event->id, A6, 0x6666666666666666), SUCCESS);
	expect(write_attribute(event->id, A7, 0x7777777777777777), SUCCESS);
}

/* "If the supervisor software wishes to resume from a different location, it can update the event
 * attributes": the same for the registers. */
static void interrupted_a6_a7(uint64_t variant)
{
	struct hart *hart = self();
	uint32_t complaints = conduct.changes;

	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, change_a6_a7);
	unmask();
	inject_here(EVENT_LOCAL);
	conduct.changes = complaints; /* these two were meant to change */
	check(local_event.count == 1, "handled %lu times", local_event.count);
	check(hart->result[16] == 0x6666666666666666, "a6 is %lx", hart->result[16]);
	check(hart->result[17] == 0x7777777777777777, "a7 is %lx", hart->result[17]);
}

static void change_sepc(struct sse_event *event)
{
	expect(write_attribute(event->id, SEPC, 0x12345678), SUCCESS);
	expect(write_attribute(event->id, FLAGS, FLAG_SPP), SUCCESS);
}

static void interrupted_sepc(uint64_t variant)
{
	uint32_t complaints = conduct.changes;

	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, change_sepc);
	unmask();
	csr_write(CSR_SEPC, 0x1000);
	inject_here(EVENT_LOCAL);
	conduct.changes = complaints; /* sepc and sstatus were meant to change */
	check(csr_read(CSR_SEPC) == 0x12345678, "sepc is %lx", csr_read(CSR_SEPC));
	check(csr_read(CSR_SSTATUS) & MSTATUS_SPP, "sstatus.SPP is 0");
}

static struct sbiret reserved_flags_result;

static void set_reserved_flags(struct sse_event *event)
{
	reserved_flags_result = write_attribute(event->id, FLAGS, 1ul << 6);
}

static void interrupted_flags_reserved(uint64_t variant)
{
	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, set_reserved_flags);
	unmask();
	inject_here(EVENT_LOCAL);
	expect(reserved_flags_result, INVALID_PARAM);
}

/* ---- Other harts ---- */

static volatile uint64_t ready, preferred;

static void wait_for_event(uint64_t id)
{
	register_event(&other_event, id, NULL);
	if (id == EVENT_GLOBAL)
		expect(write_attribute(id, PREFERRED_HART, preferred), SUCCESS);
	expect(call(SSE_ENABLE, id), SUCCESS);
	unmask();
	ready = 1;
	barrier();
	check(wait_for(&other_event.count, 1, 3000), "the event did not come");
	check(other_event.seen_hart == self()->id, "a6 was %lx", other_event.seen_hart);
	cleanup();
}

/*
 * The last variant prefers a hart that is not ready: "a global software event will be routed to any
 * hart which is ready", and the preferred hart "is only a hint".
 */
static const char *const remote_names[] = { "local", "global", "global_other_preferred", NULL };

static void inject_remote(uint64_t variant)
{
	uint64_t id = variant ? EVENT_GLOBAL : EVENT_LOCAL;

	need(id);
	for_each_other(hart)
	{
		ready = 0;
		preferred = variant == 2 ? self()->id : hart->id;
		hart_run(hart, wait_for_event, id);
		check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
		inject(id, hart->id);
		hart_join(hart);
	}
}

static void wait_in_wfi(uint64_t arg)
{
	(void)arg;
	enable_event(&other_event, EVENT_LOCAL, NULL);
	unmask();
	interrupts_off();
	ready = 1;
	barrier();
	while (!other_event.count && !(csr_read(CSR_SIP) & MIP_STIP))
		wait_for_interrupt();
	check(other_event.count == 1, "handled %lu times", other_event.count);
	cleanup();
}

static void wakes_wfi(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	need(EVENT_LOCAL);
	ready = 0;
	hart_run(hart, wait_in_wfi, 0);
	check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
	sleep_ms(10);
	inject(EVENT_LOCAL, hart->id);
	hart_join(hart);
}

/* The other modes are interrupted as well; the handler lets them go on, and they call S-mode. */
static const char *const mode_names[] = { "user", "virtual_user", "virtual_supervisor", NULL };
enum { MODE_U, MODE_VU, MODE_VS };

static volatile uint64_t let_go;

static void let_them_go(struct sse_event *event)
{
	(void)event;
	if (isa_has("h"))
		seen_hstatus = csr_read(CSR_HSTATUS);
	let_go = 1;
}

static void enter_mode(uint64_t mode)
{
	if (mode != MODE_U) {
		csr_write(CSR_HGATP, 0);
		csr_write(CSR_VSATP, 0);
		csr_set(CSR_HSTATUS, HSTATUS_SPV);
	}
	csr_clear(CSR_SSTATUS, MSTATUS_SPP);
	csr_set(CSR_SSTATUS, MSTATUS_SPIE | (mode == MODE_VS ? MSTATUS_SPP : 0));
	csr_write(CSR_SEPC, (uintptr_t)user_entry);
	__asm__ volatile("mv a0, %0\nsret" : : "r"(&let_go) : "a0", "memory");
}

static void run_in_mode(uint64_t mode)
{
	struct mark back;

	enable_event(&other_event, EVENT_LOCAL, let_them_go);
	unmask();
	let_go = 0;
	if (!mark(&back)) {
		self()->user_exit = &back;
		ready = 1;
		barrier();
		enter_mode(mode);
	}
	check(other_event.count == 1, "handled %lu times", other_event.count);
	check(!(other_event.seen_sstatus & MSTATUS_SPP) == (mode != MODE_VS), "sstatus was %lx",
	      other_event.seen_sstatus);
	if (mode != MODE_U) {
		check(seen_hstatus & HSTATUS_SPV, "hstatus was %lx", seen_hstatus);
		check(!(seen_hstatus & HSTATUS_SPVP) == (mode != MODE_VS), "hstatus was %lx",
		      seen_hstatus);
		csr_clear(CSR_HSTATUS, HSTATUS_SPV | HSTATUS_SPVP);
	}
	cleanup();
}

static void interrupts_mode(uint64_t mode)
{
	struct hart *hart = another_hart();

	need(EVENT_LOCAL);
	if (mode != MODE_U && !isa_has("h"))
		skip("needs the hypervisor extension");
	ready = 0;
	hart_run(hart, run_in_mode, mode);
	check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
	sleep_ms(5);
	inject(EVENT_LOCAL, hart->id);
	hart_join(hart);
}

static void enable_here(uint64_t arg)
{
	(void)arg;
	enable_event(&other_event, EVENT_LOCAL, NULL);
	unmask();
}

static void is_unused(uint64_t arg)
{
	(void)arg;
	expect_state(EVENT_LOCAL, UNUSED);
	expect(sbi(EID_SSE, SSE_HART_MASK), ALREADY_STOPPED);
}

static void restart_forgets(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	on_hart(hart, enable_here, 0);
	check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
	on_hart(hart, is_unused, 0);
}

/* A hart that stops does not keep a global event to itself. */
static void stop_now(struct sse_event *event)
{
	(void)event;
	sbi(EID_HSM, HSM_STOP);
}

static void stop_in_handler(uint64_t arg)
{
	(void)arg;
	enable_event(&global_event, EVENT_GLOBAL, stop_now);
	unmask();
	inject(EVENT_GLOBAL, 0);
}

static bool is_stopped(uint64_t id)
{
	return sbi(EID_HSM, HSM_STATUS, id).value == HSM_STOPPED;
}

static void stop_ends_handler(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	need(EVENT_GLOBAL);
	hart_run(hart, stop_in_handler, 0);
	check(wait_until(is_stopped, hart->id, 3000), "hart %lu does not stop", hart->id);
	check(global_event.count == 1, "handled %lu times", global_event.count);
	expect_state(EVENT_GLOBAL, ENABLED);
	global_event.handler = NULL;
	unmask();
	inject(EVENT_GLOBAL, 0);
	check(global_event.count == 2, "handled %lu times", global_event.count);
	check(hart_start(hart), "hart %lu does not start again", hart->id);
}

/* Nor does one that masks its events while it was to handle the event once more. */
static void again_and_mask(struct sse_event *event)
{
	if (event->count > 1)
		return;
	inject(event->id, 0);
	expect(sbi(EID_SSE, SSE_HART_MASK), SUCCESS);
}

static void unmask_and_inject(uint64_t arg)
{
	(void)arg;
	unmask();
	inject(EVENT_GLOBAL, 0);
}

static void mask_passes_on(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	register_event(&global_event, EVENT_GLOBAL, again_and_mask);
	expect(write_attribute(EVENT_GLOBAL, PREFERRED_HART, hart->id), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_GLOBAL), SUCCESS);
	unmask();
	on_hart(hart, unmask_and_inject, 0);
	check(wait_for(&global_event.count, 2, 1000), "handled %lu times", global_event.count);
	check(global_event.seen_hart == self()->id, "handled by hart %lu", global_event.seen_hart);
}

/* The hart that is preferred is not there: "a global software event will be routed to any hart". */
static void preferred_stopped(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	register_event(&global_event, EVENT_GLOBAL, NULL);
	expect(write_attribute(EVENT_GLOBAL, PREFERRED_HART, hart->id), SUCCESS);
	expect(call(SSE_ENABLE, EVENT_GLOBAL), SUCCESS);
	unmask();
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	inject(EVENT_GLOBAL, hart->id);
	check(global_event.count == 1, "handled %lu times", global_event.count);
	check(hart_start(hart), "hart %lu does not start again", hart->id);
}

static void inject_stopped(uint64_t variant)
{
	struct hart *hart = another_hart();
	struct sbiret ret;

	(void)variant;
	need(EVENT_LOCAL);
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	ret = sbi(EID_SSE, SSE_INJECT, EVENT_LOCAL, hart->id);
	check(hart_start(hart), "hart %lu does not start again", hart->id);
	expect(ret, SUCCESS | FAILED);
	on_hart(hart, is_unused, 0);
}

static void suspend_until_event(uint64_t arg)
{
	(void)arg;
	enable_event(&other_event, EVENT_LOCAL, NULL);
	unmask();
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(1000));
	ready = 1;
	barrier();
	while (!other_event.count && !(csr_read(CSR_SIP) & MIP_STIP))
		sbi(EID_HSM, HSM_SUSPEND, SUSPEND_RETENTIVE);
	check(other_event.count == 1, "handled %lu times", other_event.count);
	check(!(csr_read(CSR_SIP) & MIP_STIP), "slept until the timer woke it");
	timer_set(~0ul);
	cleanup();
}

static void wakes_suspended(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	need(EVENT_LOCAL);
	ready = 0;
	hart_run(hart, suspend_until_event, 0);
	check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
	sleep_ms(10);
	inject(EVENT_LOCAL, hart->id);
	hart_join(hart);
}

/* Nothing could be interrupted right after it, so events wait for S-mode to be ready again. */
static struct mark here;

static void come_back(struct hart *hart)
{
	(void)hart;
	leap_to(&here);
}

static void suspend_masks(uint64_t variant)
{
	struct hart *hart = self();

	(void)variant;
	enable_event(&local_event, EVENT_LOCAL, NULL);
	unmask();
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(10));
	if (!mark(&here)) {
		hart->entry_fn = (uintptr_t)come_back;
		hart->entry_stack = hart->trap_stack;
		sbi(EID_HSM, HSM_SUSPEND, SUSPEND_NON_RETENTIVE, (uintptr_t)hart_entry,
		    (uintptr_t)hart);
		skip("no non-retentive suspend");
	}
	timer_set(~0ul);
	expect_state(EVENT_LOCAL, ENABLED);
	inject_here(EVENT_LOCAL);
	check(!local_event.count, "not masked");
	unmask();
	check(local_event.count == 1, "handled %lu times", local_event.count);
}

/* ---- Events of the hardware ---- */

#define PMU_EVENT_CYCLES 1
#define MATCH_CLEAR_VALUE 2
#define START_SET_INIT_VALUE 1

static void stop_overflow(struct sse_event *event)
{
	(void)event;
	sbi(EID_PMU, PMU_STOP, local_event.seen_state, 1, 1);
	csr_clear(CSR_SIP, MIP_LCOFIP);
}

static void pmu_overflow(uint64_t variant)
{
	uint64_t counter = 0, info;

	(void)variant;
	if (!isa_has("sscofpmf") || !sbi_probe(EID_PMU))
		skip("needs PMU and Sscofpmf");
	do
		info = expect(sbi(EID_PMU, PMU_COUNTER_INFO, counter++), SUCCESS | INVALID_PARAM);
	while (counter < 64 && ((info & 0xfff) <= CSR_INSTRET || info >> 63));
	enable_event(&local_event, EVENT_PMU, stop_overflow);
	local_event.seen_state = counter - 1;
	unmask();
	expect(sbi(EID_PMU, PMU_CONFIG_MATCHING, counter - 1, 1, MATCH_CLEAR_VALUE,
		   PMU_EVENT_CYCLES, 0),
	       SUCCESS);
	expect(sbi(EID_PMU, PMU_START, counter - 1, 1, START_SET_INIT_VALUE, ~0ul - 10000),
	       SUCCESS);
	check(wait_for(&local_event.count, 1, 2000), "the event did not come");
}

static void step_over(struct sse_event *event)
{
	(void)event;
	csr_write(CSR_SEPC, csr_read(CSR_SEPC) + 4);
}

static void double_trap_by(bool illegal)
{
	need(EVENT_DOUBLE_TRAP);
	if (!sbi_probe(EID_FWFT) || sbi(EID_FWFT, FWFT_SET, FWFT_DOUBLE_TRAP, 1, 0).error)
		skip("no double traps");
	enable_event(&local_event, EVENT_DOUBLE_TRAP, step_over);
	unmask();
	csr_set(CSR_SSTATUS, MSTATUS_SDT);
	if (illegal)
		__asm__ volatile(".4byte 0xc0001073"); /* unimp */
	else
		__asm__ volatile(".4byte 0x00100073"); /* ebreak */
	csr_clear(CSR_SSTATUS, MSTATUS_SDT);
	check(local_event.count == 1, "handled %lu times", local_event.count);
}

static void double_trap(uint64_t variant)
{
	(void)variant;
	double_trap_by(false);
}

/* The event is masked: S-mode learns what happened all the same, and is not stuck. */
static void double_trap_masked(uint64_t illegal)
{
	struct trap trap;

	need(EVENT_DOUBLE_TRAP);
	if (!sbi_probe(EID_FWFT) || sbi(EID_FWFT, FWFT_SET, FWFT_DOUBLE_TRAP, 1, 0).error)
		skip("no double traps");
	enable_event(&local_event, EVENT_DOUBLE_TRAP, NULL);
	trap_expect();
	csr_set(CSR_SSTATUS, MSTATUS_SDT);
	if (illegal)
		__asm__ volatile(".4byte 0xc0001073"); /* unimp */
	else
		__asm__ volatile(".4byte 0x00100073"); /* ebreak */
	csr_clear(CSR_SSTATUS, MSTATUS_SDT);
	check(trap_taken(&trap) == 1 && trap.cause == CAUSE_DOUBLE_TRAP, "trap %lu", trap.cause);
	check(!(attribute(EVENT_DOUBLE_TRAP, STATUS) & STATUS_PENDING), "pending");
}

static const char *const trap_names[] = { "delegated", "redirected", NULL };

/* One that the firmware may see first, and hands on. */
static void double_trap_redirected(uint64_t variant)
{
	(void)variant;
	double_trap_by(true);
}

static const struct test tests[] = {
	{ "event_id.standard", EVENT_IDS, standard_event, standard_names },
	{ "event_id.platform", EVENT_IDS, platform_event, platform_names },
	{ "event_id.sign_extended", EVENT_IDS, sign_extended },
	{ "read_attrs.reset_values", ATTRIBUTES, read_all, event_names },
	{ "read_attrs.invalid_event", READ_ERRORS, read_no_event, no_event_names },
	{ "read_attrs.bad_range", READ_ERRORS, read_bad_range, range_names },
	{ "read_attrs.invalid_address", READ_ERRORS, read_bad_address, bad_memory },
	{ "write_attrs.invalid_event", WRITE_ERRORS, write_no_event, no_event_names },
	{ "write_attrs.bad_range", WRITE_ERRORS, write_bad_range, range_names },
	{ "write_attrs.invalid_address", WRITE_ERRORS, write_bad_address, bad_memory },
	{ "attr_count_0", READ_ERRORS, attrs_count_0, rw_names },
	{ "invalid_address_mmio", READ_ERRORS, mmio, rw_names, .flags = HOUSE },
	{ "unaligned", READ_ERRORS, unaligned, rw_names },
	{ "write_attrs.priority", ATTRIBUTES, priority_reads_back },
	{ "write_attrs.priority_high_bits", ATTRIBUTES, priority_high_bits },
	{ "write_attrs.config_reserved_bit", WRITE_ERRORS, config_reserved, bit_names },
	{ "write_attrs.read_only", WRITE_ERRORS, write_read_only, read_only_names },
	{ "write_attrs.preferred_hart", ATTRIBUTES, preferred_hart },
	{ "write_attrs.preferred_hart_invalid", WRITE_ERRORS, preferred_hart_invalid, id_names },
	{ "write_attrs.not_running", WRITE_ERRORS, interrupted_not_running, interrupted_names },
	{ "write_attrs.enabled", WRITE_ERRORS, write_when_enabled, config_names },
	{ "write_attrs.registered", ATTRIBUTES, write_when_registered, config_names },
	{ "write_attrs.first_error", WRITE_ERRORS, first_error },
	{ "states", STATES, states, event_names },
	{ "states.on_other_hart", STATES, state_on_other_hart, event_names, .min_harts = 2 },
	{ "invalid_state", STATES, wrong_state, wrong_state_names },
	{ "register.invalid_event", REGISTER_ERRORS, register_no_event, no_event_names },
	{ "register.odd_entry", REGISTER_ERRORS, odd_entry },
	{ "unregister.invalid_event", UNREGISTER_ERRORS, unregister_no_event, no_event_names },
	{ "enable.invalid_event", ENABLE_ERRORS, enable_no_event, no_event_names },
	{ "disable.invalid_event", DISABLE_ERRORS, disable_no_event, no_event_names },
	{ "hart_unmask.already_started", UNMASK_ERRORS, unmask_twice },
	{ "hart_mask.already_stopped", MASK_ERRORS, mask_twice },
	{ "hart_mask.masked_at_first", "SSE: Unmask Software Events on a Hart", masked_at_first,
	  .min_harts = 2 },
	{ "complete.nothing_running", "SSE: Complete Software Event Handling", complete_nothing },
	{ "inject.invalid_event", INJECT_ERRORS, inject_no_event, no_event_names },
	{ "inject.invalid_hart", INJECT_ERRORS, inject_bad_hart, id_names },
	{ "inject.global_ignores_hart", "SSE: Inject a Software Event", inject_global_any_hart },
	{ "inject.self", INJECTION, inject_self, event_names },
	{ "inject.masked", STATES, masked_waits },
	{ "inject.not_enabled", STATES, disabled_waits },
	{ "inject.many", INJECTION, many },
	{ "inject.running", STATES, signalled_again },
	{ "inject.other_harts", INJECTION, inject_remote, remote_names, .min_harts = 2 },
	{ "inject.wakes_wfi", INJECTION, wakes_wfi, .min_harts = 2 },
	{ "inject.mode", INJECTION, interrupts_mode, mode_names, .min_harts = 2 },
	{ "inject.preferred_stopped", STATES, preferred_stopped, .min_harts = 2 },
	{ "inject.stopped", INJECT_ERRORS, inject_stopped, .min_harts = 2 },
	{ "inject.suspended", INJECTION, wakes_suspended, .min_harts = 2, .flags = HOUSE },
	{ "complete.one_shot", COMPLETION, one_shot },
	{ "priority.higher_preempts", PRIORITY, higher_preempts },
	{ "priority.lower_waits", PRIORITY, lower_waits },
	{ "priority.is_unsigned", PRIORITY, unsigned_priority },
	{ "priority.tie_lower_id_preempts", PRIORITY, tie_lower_id_preempts },
	{ "priority.tie_higher_id_waits", PRIORITY, tie_higher_id_waits },
	{ "priority.pending", PRIORITY, pending_order, order_names },
	{ "complete.sstatus", COMPLETION, sstatus_kept, sstatus_names },
	{ "complete.hstatus", COMPLETION, hstatus_kept, hstatus_names },
	{ "complete.sie", COMPLETION, sie_kept },
	{ "complete.interrupted_a6_a7", COMPLETION, interrupted_a6_a7 },
	{ "complete.interrupted_sepc", COMPLETION, interrupted_sepc },
	{ "write_attrs.interrupted_flags_reserved", WRITE_ERRORS, interrupted_flags_reserved },
	{ "pmu_overflow", EVENT_IDS, pmu_overflow },
	{ "double_trap", EVENT_IDS, double_trap },
	{ "double_trap.redirected", EVENT_IDS, double_trap_redirected, .flags = HOUSE },
	{ "double_trap.masked", EVENT_IDS, double_trap_masked, trap_names, .flags = HOUSE },
	{ "hart_stop.ends_handler", STATES, stop_ends_handler, .min_harts = 2, .flags = HOUSE },
	{ "hart_mask.passes_on", STATES, mask_passes_on, .min_harts = 2, .flags = HOUSE },
	{ "hart_suspend.masks", STATES, suspend_masks, .flags = HOUSE },
	{ "hart_restart_forgets", STATES, restart_forgets, .min_harts = 2, .flags = HOUSE },
	{ 0 }
};

const struct suite sse_suite = { "sse", EID_SSE, SSE_FIDS, tests, .cleanup = cleanup };
