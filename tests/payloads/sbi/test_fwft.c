/* SPDX-License-Identifier: BSD-2-Clause */
/* FWFT extension (SBI v3.0, chapter "SBI Firmware Features Extension"). */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define TYPES "FWFT Feature Types"
#define VALUES "FWFT Feature Attribute Values"
#define ATTRIBUTES "FWFT Feature Attributes"
#define SET_FLAGS "FWFT Firmware Features Set Flags"
#define SET_ERRORS "FWFT Firmware Features Set Errors"
#define GET_ERRORS "FWFT Firmware Features Get Errors"

enum feature {
	MISALIGNED_EXC_DELEG,
	LANDING_PAD,
	SHADOW_STACK,
	DOUBLE_TRAP,
	PTE_AD_HW_UPDATING,
	POINTER_MASKING_PMLEN,
	FEATURES,
};

static const char *const feature_names[] = {
	"misaligned_exc_deleg", "landing_pad",		 "shadow_stack", "double_trap",
	"pte_ad_hw_updating",	"pointer_masking_pmlen", NULL,
};

#define LOCK 1

static struct sbiret set(uint64_t feature, uint64_t value, uint64_t flags)
{
	return sbi(EID_FWFT, FWFT_SET, feature, value, flags);
}

static struct sbiret get(uint64_t feature)
{
	return sbi(EID_FWFT, FWFT_GET, feature);
}

static bool supported(uint64_t feature)
{
	return get(feature).error != SBI_ERR_NOT_SUPPORTED;
}

static void need(uint64_t feature)
{
	if (!supported(feature))
		skip("%s is not supported here", feature_names[feature]);
}

/* A value that the feature may take besides 0. */
static uint64_t other_value(uint64_t feature)
{
	if (feature != POINTER_MASKING_PMLEN)
		return 1;
	for (uint64_t pmlen = 1; pmlen <= 16; pmlen++) {
		if (!set(feature, pmlen, 0).error) {
			set(feature, 0, 0);
			return pmlen;
		}
	}
	fail("pointer masking with no PMLEN at all");
}

/* The ISA extension that a feature needs; without it NOT_SUPPORTED is the answer. */
static const char *const isa_names[] = {
	NULL, "zicfilp", "zicfiss", "ssdbltrp", "svadu", "ssnpm",
};

static void dependency(uint64_t feature)
{
	bool has = !isa_names[feature] || isa_has_here(isa_names[feature]);

	/* With what it needs the platform may still have other dependencies missing. */
	expect(get(feature), has ? SUCCESS | NOT_SUPPORTED : NOT_SUPPORTED);
	expect(set(feature, 0, 0), has ? SUCCESS | NOT_SUPPORTED | DENIED : NOT_SUPPORTED);
}

static void reset_value(uint64_t feature)
{
	uint64_t value;

	need(feature);
	value = expect(get(feature), SUCCESS);
	/* Implementation-defined for misaligned exceptions, 0 for the others. */
	check(feature == MISALIGNED_EXC_DELEG ? value <= 1 : !value, "is %lu", value);
}

static void set_and_get(uint64_t feature)
{
	uint64_t value, other;

	need(feature);
	value = expect(get(feature), SUCCESS);
	other = value ? 0 : other_value(feature);
	if (set(feature, other, 0).error == SBI_ERR_DENIED)
		skip("changes are denied");
	check(expect(get(feature), SUCCESS) == other, "set to %lu, is %lu", other,
	      get(feature).value);
	expect(set(feature, other, 0), SUCCESS);
	expect(set(feature, value, 0), SUCCESS);
	check(expect(get(feature), SUCCESS) == value, "set to %lu, is %lu", value,
	      get(feature).value);
}

static void bad_value(uint64_t feature)
{
	uint64_t before;

	need(feature);
	before = expect(get(feature), SUCCESS);
	expect(set(feature, feature == POINTER_MASKING_PMLEN ? 63 : 2, 0), INVALID_PARAM | DENIED);
	expect(set(feature, ~0ul, 0), INVALID_PARAM | DENIED);
	expect(set(feature, 1ul << 32, 0), INVALID_PARAM | DENIED);
	check(expect(get(feature), SUCCESS) == before, "changed to %lu", get(feature).value);
}

static void reserved_flag(uint64_t feature)
{
	uint64_t before;

	need(feature);
	before = expect(get(feature), SUCCESS);
	expect(set(feature, before, 2), INVALID_PARAM);
	expect(set(feature, before, 1ul << 63), INVALID_PARAM);
}

static const char *const reserved_names[] = {
	"6",	    "3fffffff", "40000000",
	"7fffffff", "80000000", "bfffffff",
	"c0000000", "ffffffff", "80000000_sign_extended",
	NULL,
};

/* "feature is reserved or is platform-specific and unimplemented" */
static uint64_t reserved(uint64_t variant)
{
	static const uint64_t ids[] = {
		6,	    0x3fffffff, 0x40000000, 0x7fffffff,		0x80000000,
		0xbfffffff, 0xc0000000, 0xffffffff, 0xffffffff80000000,
	};

	return ids[variant];
}

static void set_reserved(uint64_t variant)
{
	expect(set(reserved(variant), 0, 0), DENIED);
}

/* "In case of failure, the content of sbiret.value is zero" */
static void get_reserved(uint64_t variant)
{
	struct sbiret ret = get(reserved(variant));

	expect(ret, DENIED);
	check(!ret.value, "value is %lx", ret.value);
}

/* ---- LOCK: until the hart is reset, so it is tried on a hart that can be restarted ---- */

static void lock_here(uint64_t feature)
{
	uint64_t value, other;

	need(feature);
	value = expect(get(feature), SUCCESS);
	other = value ? 0 : other_value(feature);
	expect(set(feature, value, LOCK), SUCCESS);
	expect(set(feature, other, 0), DENIED_LOCKED);
	expect(set(feature, other, LOCK), DENIED_LOCKED);
	/* "will succeed if requested value matches the existing value": or is it locked? */
	expect(set(feature, value, 0), DENIED_LOCKED | SUCCESS);
	check(expect(get(feature), SUCCESS) == value, "changed to %lu", get(feature).value);
}

static void change_here(uint64_t feature)
{
	uint64_t value = expect(get(feature), SUCCESS), other = value ? 0 : other_value(feature);

	expect(set(feature, other, 0), SUCCESS);
	expect(set(feature, value, 0), SUCCESS);
}

static void restart(struct hart *hart)
{
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	check(hart_start(hart), "hart %lu does not start again", hart->id);
}

static void lock(uint64_t feature)
{
	struct hart *hart = another_hart();

	need(feature);
	on_hart(hart, lock_here, feature);
	restart(hart);
}

/* The hart's lock is not another hart's, and does not survive the hart. */
static void lock_is_local(uint64_t feature)
{
	struct hart *hart = another_hart();

	need(feature);
	on_hart(hart, lock_here, feature);
	change_here(feature);
	restart(hart);
}

static void lock_ends_with_hart(uint64_t feature)
{
	struct hart *hart = another_hart();

	need(feature);
	on_hart(hart, lock_here, feature);
	restart(hart);
	on_hart(hart, change_here, feature);
}

static void set_other(uint64_t feature)
{
	uint64_t value;

	need(feature);
	value = expect(get(feature), SUCCESS);
	expect(set(feature, value ? 0 : other_value(feature), 0), SUCCESS);
}

/* A hart that ran ordinary code with landing pads on would trap at each indirect call. */
static void need_harmless(uint64_t feature)
{
	need(feature);
	if (feature == LANDING_PAD)
		skip("ordinary code has no landing pads");
}

static void value_is_local(uint64_t feature)
{
	struct hart *hart = another_hart();
	uint64_t before;

	need_harmless(feature);
	before = expect(get(feature), SUCCESS);
	on_hart(hart, set_other, feature);
	check(expect(get(feature), SUCCESS) == before, "changed here, too");
	restart(hart);
}

static void has_value(uint64_t arg)
{
	check(expect(get(arg >> 32), SUCCESS) == (uint32_t)arg, "is %lu", get(arg >> 32).value);
}

/* "Upon hart reset, local feature values are not retained and reset to their default" */
static void value_ends_with_hart(uint64_t feature)
{
	struct hart *hart = another_hart();
	uint64_t before;

	need_harmless(feature);
	before = expect(get(feature), SUCCESS);
	on_hart(hart, set_other, feature);
	restart(hart);
	on_hart(hart, has_value, feature << 32 | before);
}

/* "During non-retentive suspend, feature values are retained" */
static struct mark here;

static void come_back(struct hart *hart)
{
	(void)hart;
	leap_to(&here);
}

static void survives_suspend(uint64_t feature)
{
	struct hart *hart = self();
	uint64_t value, other;

	need_harmless(feature);
	value = expect(get(feature), SUCCESS);
	other = value ? 0 : other_value(feature);
	expect(set(feature, other, 0), SUCCESS);
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(10));
	if (!mark(&here)) {
		hart->entry_fn = (uintptr_t)come_back;
		hart->entry_stack = hart->trap_stack;
		sbi(EID_HSM, HSM_SUSPEND, SUSPEND_NON_RETENTIVE, (uintptr_t)hart_entry,
		    (uintptr_t)hart);
		set(feature, value, 0);
		skip("no non-retentive suspend");
	}
	check(expect(get(feature), SUCCESS) == other, "is %lu", get(feature).value);
	expect(set(feature, value, 0), SUCCESS);
}

/* ---- What the features do ---- */

static void ad_updating(uint64_t variant)
{
	struct trap trap;
	bool trapped;

	(void)variant;
	need(PTE_AD_HW_UPDATING);
	window_show(0);
	window_set_pte(0, window_get_pte(0) & ~(PTE_A | PTE_D));
	expect(set(PTE_AD_HW_UPDATING, 0, 0), SUCCESS);
	paging_on(0);
	trapped = load_traps(WINDOW, &trap);
	paging_off();
	check(trapped && trap.cause == CAUSE_LOAD_PAGE_FAULT, "0: A = 0 does not fault");
	expect(set(PTE_AD_HW_UPDATING, 1, 0), SUCCESS);
	paging_on(0);
	trapped = load_traps(WINDOW, &trap) || store_traps(WINDOW, 1, &trap);
	paging_off();
	check(!trapped, "1: fault %lu", trap.cause);
	check((window_get_pte(0) & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "1: the PTE is %lx",
	      window_get_pte(0));
	expect(set(PTE_AD_HW_UPDATING, 0, 0), SUCCESS);
}

static bool ssp_traps(void)
{
	trap_expect();
	csr_read(CSR_SSP);
	return trap_taken(NULL);
}

static void shadow_stack(uint64_t variant)
{
	(void)variant;
	need(SHADOW_STACK);
	expect(set(SHADOW_STACK, 0, 0), SUCCESS);
	check(ssp_traps(), "0: ssp is there");
	expect(set(SHADOW_STACK, 1, 0), SUCCESS);
	check(!ssp_traps(), "1: ssp is not there");
	expect(set(SHADOW_STACK, 0, 0), SUCCESS);
}

/* An indirect jump to an instruction that is no landing pad; direct calls are free. */
static void __attribute__((noinline)) jump_somewhere(void)
{
	__asm__ volatile("la t3, 1f\n"
			 "jr t3\n"
			 ".balign 4\n"
			 "1: .4byte 0x00000013\n" /* nop */
			 :
			 :
			 : "t3", "memory");
}

static void landing_pad(uint64_t variant)
{
	struct sbiret ret;
	struct trap trap;
	unsigned int count;

	(void)variant;
	need(LANDING_PAD);
	trap_expect();
	ret = set(LANDING_PAD, 1, 0);
	jump_somewhere();
	if (!ret.error)
		set(LANDING_PAD, 0, 0);
	count = trap_taken(&trap);
	expect(ret, SUCCESS);
	check(count == 1 && trap.cause == CAUSE_SOFTWARE_CHECK, "1: %u traps, cause %lu", count,
	      trap.cause);
	trap_expect();
	jump_somewhere();
	check(!trap_taken(&trap), "0: trap %lu", trap.cause);
}

/* With PMLEN = N the upper N bits of a data address are ignored. */
static void pointer_masking(uint64_t variant)
{
	static uint64_t word = 0x12345678;
	uint64_t pmlen, tagged;
	struct trap trap;
	bool trapped;

	(void)variant;
	need(POINTER_MASKING_PMLEN);
	pmlen = other_value(POINTER_MASKING_PMLEN);
	tagged = (uintptr_t)&word | 1ul << 63 | 1ul << (64 - pmlen);
	expect(set(POINTER_MASKING_PMLEN, pmlen, 0), SUCCESS);
	trapped = load_traps(tagged, &trap);
	expect(set(POINTER_MASKING_PMLEN, 0, 0), SUCCESS);
	check(!trapped, "PMLEN %lu: fault %lu", pmlen, trap.cause);
	check(load_traps(tagged, &trap), "0: no fault");
}

static const struct test tests[] = {
	{ "dependency", SET_ERRORS, dependency, feature_names },
	{ "get.reset_value", VALUES, reset_value, feature_names },
	{ "set.and_get", VALUES, set_and_get, feature_names },
	{ "set.invalid_value", SET_ERRORS, bad_value, feature_names },
	{ "set.reserved_flag", SET_FLAGS, reserved_flag, feature_names },
	{ "set.denied_reserved", SET_ERRORS, set_reserved, reserved_names },
	{ "get.denied_reserved", GET_ERRORS, get_reserved, reserved_names },
	{ "set.locked", SET_FLAGS, lock, feature_names, .min_harts = 2 },
	{ "set.locked_on_one_hart", SET_FLAGS, lock_is_local, feature_names, .min_harts = 2 },
	{ "set.locked_until_reset", SET_FLAGS, lock_ends_with_hart, feature_names, .min_harts = 2 },
	{ "value.local", ATTRIBUTES, value_is_local, feature_names, .min_harts = 2 },
	{ "value.until_hart_reset", ATTRIBUTES, value_ends_with_hart, feature_names,
	  .min_harts = 2 },
	{ "value.retained_in_suspend", ATTRIBUTES, survives_suspend, feature_names },
	{ "effect.landing_pad", TYPES, landing_pad },
	{ "effect.shadow_stack", TYPES, shadow_stack },
	{ "effect.pte_ad_hw_updating", TYPES, ad_updating },
	{ "effect.pointer_masking_pmlen", TYPES, pointer_masking },
	{ 0 }
};

/* As they were at first, as far as they can be. */
static void cleanup(void)
{
	if (!sbi_probe(EID_FWFT))
		return;
	for (uint64_t feature = LANDING_PAD; feature < FEATURES; feature++) {
		if (get(feature).value)
			set(feature, 0, 0);
	}
}

const struct suite fwft_suite = { "fwft", EID_FWFT, FWFT_FIDS, tests, .cleanup = cleanup };
