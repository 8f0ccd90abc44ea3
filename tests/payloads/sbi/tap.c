/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the tables of tests and words the results, see tap.h. */
#include "tests/payloads/sbi/tap.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"

static struct {
	char only[64], after[64]; /* options: beginnings of ids, and the row before the first */
	bool skipping;
	unsigned int rows, passed, failed, skipped;
} tap;

/* What the row in progress runs; guarded() takes a function with one argument. */
static const struct suite *suite;
static const struct test *test;

static void run_row(uint64_t variant)
{
	if (suite->eid && !sbi_probe(suite->eid))
		skip("%s is not implemented", suite->name);
	if (count_online() < test->min_harts)
		skip("needs %u harts", test->min_harts);
	if (suite->setup)
		suite->setup();
	test->run(variant);
}

static void clean_up_here(uint64_t arg)
{
	(void)arg;
	suite->cleanup();
}

static void clean_up(uint64_t arg)
{
	if (test->min_harts > 1)
		on_all_harts(clean_up_here, arg);
	else
		clean_up_here(arg);
}

/* Harts that a row stopped are wanted by the next one. */
static void restore_harts(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 1; i < nharts; i++) {
		if (!harts[i].online && !harts[i].lost)
			harts[i].lost = !hart_stop(&harts[i]) || !hart_start(&harts[i]);
	}
}

static void report(const char *id, enum verdict verdict, const char *message)
{
	const char *todo = test->flags & HOUSE ? " # TODO more than the specification asks" : "";

	tap.rows++;
	if (verdict == SKIP) {
		tap.skipped++;
		print("ok %u - %s (%s) # SKIP %s\n", tap.rows, id, test->section, message);
	} else if (verdict == PASS) {
		tap.passed++;
		print("ok %u - %s (%s)%s\n", tap.rows, id, test->section, todo);
	} else {
		tap.failed++;
		print("not ok %u - %s (%s)%s\n# %s: %s\n", tap.rows, id, test->section, todo, id,
		      message);
	}
}

static bool selected(const char *id)
{
	if (tap.skipping) {
		tap.skipping = strcmp(id, tap.after) != 0;
		return false;
	}
	for (const char *prefix = tap.only;;) {
		size_t length = 0;

		while (prefix[length] && prefix[length] != ',')
			length++;
		if (!strncmp(id, prefix, length))
			return true;
		if (!prefix[length])
			return false;
		prefix += length + 1;
	}
}

static void row(const char *variant_name, uint64_t variant)
{
	char id[96], message[sizeof(harts[0].message)];
	enum verdict verdict;

	format(id, sizeof(id), "%s.%s%s%s", suite->name, test->name, variant_name ? "." : "",
	       variant_name ? variant_name : "");
	if (!selected(id))
		return;
	print("# run %s\n", id);
	verdict = guarded(run_row, variant);
	memcpy(message, harts[0].message, sizeof(message));
	harts_settle();
	guarded(restore_harts, 0);
	if (suite->cleanup && guarded(clean_up, 0) == FAIL && verdict != FAIL) {
		verdict = FAIL;
		format(message, sizeof(message), "clean-up: %s", harts[0].message);
	}
	report(id, verdict, message);
}

static void run_test(const struct test *this_test)
{
	test = this_test;
	if (!test->variants) {
		row(NULL, 0);
		return;
	}
	for (uint64_t i = 0; test->variants[i]; i++)
		row(test->variants[i], i);
}

/* ---- Rows that every extension has ---- */

/* Function ids are signed 32-bit integers in registers (Binary Encoding). */
static void unknown_fid(uint64_t variant)
{
	static const uint64_t fids[] = { 0, 0x7fffffff, (uint64_t)INT32_MIN, ~0ul };

	expect(sbi(suite->eid, variant ? fids[variant] : suite->fids), NOT_SUPPORTED);
}

static void only_a0_a1_change(uint64_t variant)
{
	(void)variant;
	check(!conduct.changes, "%u times in %u calls, first: %s", conduct.changes, conduct.calls,
	      conduct.change);
}

static void a1_is_zero_on_errors(uint64_t variant)
{
	(void)variant;
	check(!conduct.a1_on_error, "%u times in %u calls, first: %s", conduct.a1_on_error,
	      conduct.calls, conduct.dirt);
}

static const char *const fid_variants[] = { "next", "largest", "smallest", "all_ones", NULL };

static const struct test unknown_fid_test = {
	"unknown_fid",
	"Binary Encoding",
	unknown_fid,
	fid_variants,
};
static const struct test conduct_tests[] = {
	{ "only_a0_a1_change", "Binary Encoding", only_a0_a1_change },
	{ "a1_zero_on_errors", "Binary Encoding", a1_is_zero_on_errors, .flags = HOUSE },
};

static void run_suite(const struct suite *this_suite)
{
	suite = this_suite;
	conduct_reset();
	for (const struct test *t = suite->tests; t->name; t++)
		run_test(t);
	if (suite->fids)
		run_test(&unknown_fid_test);
	if (!suite->is_isa)
		run_test(&conduct_tests[0]);
	if (suite->eid)
		run_test(&conduct_tests[1]);
}

void tap_run(const struct suite *const *suites)
{
	option("only", tap.only, sizeof(tap.only));
	tap.skipping = option("after", tap.after, sizeof(tap.after));
	print("TAP version 14\n");
	while (*suites)
		run_suite(*suites++);
	print("1..%u\n# passed %u, failed %u, skipped %u\n", tap.rows, tap.passed, tap.failed,
	      tap.skipped);
}

/* ---- What tests have in common ---- */

uint64_t expect(struct sbiret ret, uint32_t errors)
{
	char names[96] = "";
	size_t length = 0;

	if (ret.error <= 0 && ret.error >= SBI_ERR_DENIED_LOCKED && errors >> -ret.error & 1)
		return ret.value;
	for (int error = 0; error <= -SBI_ERR_DENIED_LOCKED; error++) {
		if (errors >> error & 1)
			length += format(names + length, sizeof(names) - length, "%s%s",
					 length ? " or " : "", sbi_error_name(-error));
	}
	fail("%s (%ld), expected %s", sbi_error_name(ret.error), ret.error, names);
}

const char *const bad_memory[] = {
	"hole", /* behind the end of RAM */
	"last_byte_in_hole",
	"firmware",
	"last_bytes_of_firmware",
	"wraps",       /* from the top of the address space to 0 */
	"top",	       /* non-canonical, far from everything */
	"hi_not_zero", /* RAM, were it not for the upper half of the address */
	NULL,
};

struct phys bad_memory_at(uint64_t variant, uint64_t size, uint64_t align)
{
	static uint8_t ram[PAGE_SIZE] __attribute__((aligned(4096)));

	if ((variant <= 1 && !machine.hole) || (variant == BAD_MEMORY_MMIO && !machine.uart) ||
	    ((variant == 2 || variant == 3) && !machine.firmware))
		skip("this machine has no such place");
	if ((variant == 1 || variant == 3) && size <= align)
		skip("cannot lie across an edge: aligned to its size");
	switch (variant) {
	case 0:
		return (struct phys){ machine.hole, 0 };
	case 1:
		return (struct phys){ machine.hole - (size - 1) / align * align, 0 };
	case 2:
		return (struct phys){ machine.firmware, 0 };
	case 3:
		return (struct phys){ machine.firmware_end - align, 0 };
	case 4:
		return (struct phys){ -align, 0 };
	case 5:
		return (struct phys){ 1ul << 63, 0 };
	case 6:
		return (struct phys){ (uintptr_t)ram, 1 };
	default:
		return (struct phys){ machine.uart, 0 };
	}
}

const char *const bad_entry[] = { "hole", "firmware", "mmio", "top", NULL };

uint64_t bad_entry_at(uint64_t variant)
{
	const uint64_t places[] = { machine.hole, machine.firmware, machine.uart, ~1ul };

	if (!places[variant])
		skip("this machine has no such place");
	return places[variant];
}

void check_cleared(const uint64_t *registers)
{
	for (unsigned int n = 1; n < 32; n++)
		check(n == 10 || n == 11 || !registers[n], "x%u is %lx", n, registers[n]);
}

void need_version(unsigned int major)
{
	uint64_t version = sbi(EID_BASE, BASE_GET_SPEC_VERSION).value >> 24;

	if (version < major)
		skip("came with SBI v%u.0", major);
}

uint64_t no_hart(void)
{
	uint64_t id = 0;

	for (unsigned int i = 0; i < machine.ncpus; i++) {
		if (machine.cpus[i].id >= id)
			id = machine.cpus[i].id + 1;
	}
	return id;
}

const char *const bad_mask[] = {
	"no_such_hart", "one_of_two", "far_bit",      "bit_32_set",
	"bit_63_set",	"wraps",      "base_minus_2", NULL,
};

struct mask bad_mask_at(uint64_t variant)
{
	uint64_t id = self()->id;

	if (no_hart() - id > 63 || id > 61)
		skip("hart ids are too far apart");
	switch (variant) {
	case 0:
		return (struct mask){ 1, no_hart() };
	case 1: /* one that is there, one that is not */
		return (struct mask){ 1 | 1ul << (no_hart() - id), id };
	case 2:
		return (struct mask){ 1ul << 63, 1000000 };
	case 3: /* the low half of the id is a hart's */
		return (struct mask){ 1, 1ul << 32 | id };
	case 4:
		return (struct mask){ 1, 1ul << 63 | id };
	case 5: /* base + bit wraps to a hart's id */
		return (struct mask){ 1ul << (id + 2), ~0ul - 1 };
	default:
		return (struct mask){ 1, ~0ul - 1 };
	}
}
