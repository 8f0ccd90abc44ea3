/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random SBI calls, biased to edges, on all harts at once. What must hold whatever is asked:
 *	- the firmware still answers BASE on every hart, and harts start, stop and take IPIs;
 *	- calls change no registers but a0 and a1, and return errors that SBI knows;
 *	- S-mode memory that no call was given stays as it is.
 * Only memory behind the program is ever given away (the arena: from the end of the image to the
 * end of RAM), so that whatever a call may legally write does not hit the program.
 *
 * Options in /chosen/bootargs: seed=<n>, count=<calls a hart>, trace=1 (the boot hart prints each
 * call), end=<how> (srst, legacy, test; stay: the machine goes on doing nothing).
 */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/common/sse.h"

#define CALLS_A_ROUND 250
#define ARENA_SIZE 65536ul /* for each hart */
#define CANARY_WORDS 512
#define CANARY(i) (0xc0ffee0000000000 ^ (i)*0x9e3779b97f4a7c15)
#define EVENTS 4

extern char __image_start[], __image_end[], __text_end[];

static uint64_t canary[CANARY_WORDS];
static uint64_t text_sum, seed, round;
static bool trace;
static uint64_t base_answers[3];
static struct sse_event events[MAX_HARTS][EVENTS];

/* What a hart does, and what it did last. */
static struct fuzzer {
	uint64_t random;
	uint64_t calls, odd_errors;
	uint64_t last[8];
	int64_t odd_error;
	uint64_t odd_call[2];
} fuzzers[MAX_HARTS];

/* xorshift64* */
static uint64_t next(struct fuzzer *fuzzer)
{
	fuzzer->random ^= fuzzer->random >> 12;
	fuzzer->random ^= fuzzer->random << 25;
	fuzzer->random ^= fuzzer->random >> 27;
	return fuzzer->random * 0x2545f4914f6cdd1d;
}

static uint64_t below(struct fuzzer *fuzzer, uint64_t limit)
{
	return (next(fuzzer) >> 16) % limit;
}

static bool one_in(struct fuzzer *fuzzer, uint64_t n)
{
	return !below(fuzzer, n);
}

static uint64_t arena(const struct hart *hart)
{
	uint64_t begin = ((uintptr_t)__image_end + 0xfffff) & ~0xffffful;

	return begin + hart->index * ARENA_SIZE;
}

/* ---- Arguments ---- */

static uint64_t some_address(struct fuzzer *fuzzer)
{
	const uint64_t own = arena(self()), edges[] = {
		0,
		machine.hole,
		machine.hole - 8,
		machine.firmware,
		machine.firmware + 0x1000,
		machine.firmware_end - 8,
		machine.firmware_end - 4096,
		machine.uart,
		~0ul,
		~0ul - 7,
		-4096ul,
		1ul << 63,
		1ul << 56,
		1ul << 32,
		0x1000,
	};

	switch (below(fuzzer, 4)) {
	case 0:
		return edges[below(fuzzer, sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return own + below(fuzzer, ARENA_SIZE / 2);
	default:
		return own + below(fuzzer, ARENA_SIZE / 4096 / 2) * 4096;
	}
}

static uint64_t some_number(struct fuzzer *fuzzer)
{
	static const uint64_t numbers[] = {
		0x80000000,
		0x7fffffff,
		0xffffffff,
		0xffff0000,
		0xffff8000,
		0x10000,
		0x100000,
		0xf0005,
		0xf0006,
		0xf0000,
		0x20000,
		0x30000,
		0x10019,
		1ul << 60,
		~0ul,
		~0ul - 1,
		0xffffffff80000000,
		0xffffffffffff0000,
	};
	uint64_t value;

	switch (below(fuzzer, 8)) {
	case 0:
	case 1:
	case 2:
		value = below(fuzzer, 12);
		break;
	case 3:
		value = harts[below(fuzzer, nharts)].id;
		break;
	case 4:
		value = numbers[below(fuzzer, sizeof(numbers) / sizeof(numbers[0]))];
		break;
	case 5:
		value = (1ul << below(fuzzer, 64)) + below(fuzzer, 3) - 1;
		break;
	case 6:
		value = below(fuzzer, 4096);
		break;
	default:
		value = next(fuzzer);
	}
	return one_in(fuzzer, 16) ? value | 1ul << (32 + below(fuzzer, 32)) : value;
}

/* RAM that was not given away is nobody's argument. */
static uint64_t keep_out(uint64_t value)
{
	bool ram = value - machine.ram_base < machine.ram_end - machine.ram_base;

	if (ram && value >= machine.firmware_end && value < arena(&harts[0]))
		return arena(self()) + (value & 0xfff);
	return value;
}

/* ---- Calls ---- */

static const struct {
	uint64_t eid, fids;
} extensions[] = {
	{ EID_BASE, BASE_FIDS }, { EID_TIME, TIME_FIDS },
	{ EID_IPI, IPI_FIDS },	 { EID_RFENCE, RFENCE_FIDS },
	{ EID_HSM, HSM_FIDS },	 { EID_SRST, SRST_FIDS },
	{ EID_PMU, PMU_FIDS },	 { EID_DBCN, DBCN_FIDS },
	{ EID_SUSP, SUSP_FIDS }, { EID_CPPC, CPPC_FIDS },
	{ EID_SSE, SSE_FIDS },	 { EID_FWFT, FWFT_FIDS },
	{ EID_DBTR, DBTR_FIDS }, { EID_MPXY, MPXY_FIDS },
	{ EID_NACL, 5 },	 { EID_STA, 1 },
};
#define EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

/* Where a call may send this hart, it is to a place that is prepared for it, or to none at all. */
static uint64_t some_entry(struct fuzzer *fuzzer, uint64_t good)
{
	const uint64_t bad[] = { machine.hole, machine.firmware, ~0ul - 1, 1ul << 63 };

	return one_in(fuzzer, 2) ? good : bad[below(fuzzer, 4)];
}

/* Events preempt each other, so each that there may be has its own. */
static struct sse_event *event_for(uint32_t id)
{
	static const uint32_t ids[EVENTS - 1] = { 0xffff0000, 0xffff8000, 1 };
	unsigned int n = 0;

	while (n < EVENTS - 1 && ids[n] != id)
		n++;
	return &events[self()->index][n];
}

/* Calls that would do as they are told, and end or break the program, are bent a little. */
static void defuse(struct fuzzer *fuzzer, uint64_t eid, uint64_t fid, uint64_t *args)
{
	uint64_t *arena_words = (uint64_t *)arena(self());

	switch (eid) {
	case EID_SRST:
		args[0] = (args[0] & ~0xfffffffful) | (3 + below(fuzzer, 0xe0000000));
		break;
	case EID_HSM:
		if (fid == HSM_START)
			args[1] = some_entry(fuzzer, (uintptr_t)opaque_entry);
		if (fid == HSM_SUSPEND)
			args[1] = some_entry(fuzzer, machine.hole);
		break;
	case EID_SUSP:
		args[1] = some_entry(fuzzer, machine.hole);
		break;
	case EID_SSE:
		if (fid == SSE_REGISTER) {
			args[1] = (uintptr_t)sse_entry + one_in(fuzzer, 8);
			args[2] = (uintptr_t)event_for((uint32_t)args[0]);
		}
		break;
	case EID_FWFT: /* landing pads: ordinary code has none */
		if (fid == FWFT_SET && (uint32_t)args[0] == 1 && (args[1] & 1))
			args[1]++;
		break;
	case EID_DBTR: /* tdata1.s would fire in the program: bit 4 of match triggers, else bit 7 */
		for (size_t i = 0; i < ARENA_SIZE / 2 / sizeof(*arena_words); i++)
			arena_words[i] &= ~(1ul << 4 | 1ul << 7);
		break;
	case EID_MPXY: /* channels of rpmi_peer.py, and messages that they may take */
		if (fid == MPXY_SET_SHMEM && !one_in(fuzzer, 4)) {
			args[0] = (uintptr_t)arena_words;
			args[1] = 0;
			args[2] %= 2;
		}
		if (fid >= MPXY_READ_ATTRS && !one_in(fuzzer, 4))
			args[0] = 0x1000 + below(fuzzer, 7);
		if (fid >= MPXY_SEND_WITH_RESPONSE && !one_in(fuzzer, 4)) {
			args[1] = below(fuzzer, 12);
			args[2] = below(fuzzer, 16) * 4;
		}
		break;
	case EID_DBCN: /* what is printed may be noise, but not much of it */
		if (fid == DBCN_WRITE && !one_in(fuzzer, 16))
			args[0] |= 1ul << 40;
		else if (fid == DBCN_WRITE)
			args[0] %= 8;
		break;
	}
}

static void fill_arena(struct fuzzer *fuzzer)
{
	uint64_t *words = (uint64_t *)arena(self());

	for (unsigned int i = 0; i < 64; i++)
		words[i] = one_in(fuzzer, 4) ? some_address(fuzzer) : some_number(fuzzer);
}

/* A stop, and a suspend that works, are led through by hand. */
static void sleep_or_stop(struct fuzzer *fuzzer)
{
	struct hart *hart = self();

	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(1));
	if (hart == harts || one_in(fuzzer, 2)) {
		sbi(EID_HSM, HSM_SUSPEND, SUSPEND_RETENTIVE, some_number(fuzzer), 0);
	} else {
		hart->online = false;
		barrier();
		hart->job = NULL;
		sbi(EID_HSM, HSM_STOP);
		park();
	}
	csr_write(CSR_SIE, 0);
}

static void note_result(struct fuzzer *fuzzer, uint64_t eid, uint64_t fid, struct sbiret ret)
{
	bool traps = trap_taken(NULL);

	if (eid < EID_BASE || traps || (ret.error <= 0 && ret.error >= SBI_ERR_DENIED_LOCKED))
		return;
	fuzzer->odd_errors++;
	fuzzer->odd_error = ret.error;
	fuzzer->odd_call[0] = eid;
	fuzzer->odd_call[1] = fid;
}

static void one_call(struct fuzzer *fuzzer)
{
	uint64_t eid, fid, words[7] = { 0 }, *args = words + 1;
	size_t which = below(fuzzer, EXTENSIONS + 2);
	struct sbiret ret;

	if (which < EXTENSIONS) {
		eid = extensions[which].eid;
		fid = one_in(fuzzer, 16) ? some_number(fuzzer)
					 : below(fuzzer, extensions[which].fids);
	} else {
		eid = which == EXTENSIONS ? below(fuzzer, EID_LEGACY_SHUTDOWN)
					  : some_number(fuzzer);
		fid = some_number(fuzzer);
	}
	if ((uint32_t)eid == EID_LEGACY_SHUTDOWN || (eid == EID_HSM && (uint32_t)fid == HSM_STOP))
		return;
	for (unsigned int i = 0; i < 6; i++)
		args[i] = one_in(fuzzer, 3) ? some_address(fuzzer) : some_number(fuzzer);
	if (eid == EID_LEGACY_PUTCHAR)
		args[0] = one_in(fuzzer, 8) ? '.' : 0;
	defuse(fuzzer, (uint32_t)eid, (uint32_t)fid, args);
	for (unsigned int i = 0; i < 6; i++) {
		if (!(eid == EID_SSE || eid == EID_HSM))
			args[i] = keep_out(args[i]);
	}
	memcpy(fuzzer->last, args, 6 * sizeof(*args));
	fuzzer->last[6] = fid;
	fuzzer->last[7] = eid;
	if (trace && self() == harts)
		print("# %lx %lx: %lx %lx %lx %lx %lx %lx\n", eid, fid, args[0], args[1], args[2],
		      args[3], args[4], args[5]);
	if (eid == EID_HSM || eid == EID_SUSP) {
		csr_write(CSR_SIE, MIP_STIP);
		timer_set(time_now() + milliseconds(1));
	}
	trap_expect();
	ret = sbi_call(eid, fid, words, 6);
	note_result(fuzzer, eid, fid, ret);
	csr_write(CSR_SIE, 0);
	fuzzer->calls++;
}

static void fuzz(uint64_t calls)
{
	struct fuzzer *fuzzer = &fuzzers[self()->index];

	interrupts_off();
	csr_write(CSR_SIE, 0);
	while (calls--) {
		if (one_in(fuzzer, 8))
			fill_arena(fuzzer);
		one_call(fuzzer);
		if (one_in(fuzzer, 200))
			sleep_or_stop(fuzzer);
	}
}

/* ---- What must hold ---- */

static uint64_t sum_of_text(void)
{
	uint64_t sum = 0;

	for (const uint64_t *word = (const uint64_t *)__image_start;
	     word < (const uint64_t *)__text_end; word++)
		sum = (sum << 1 | sum >> 63) ^ *word;
	return sum;
}

static void base_holds(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 3; i++) {
		struct sbiret ret = sbi(EID_BASE, i);

		check(!ret.error && ret.value == base_answers[i],
		      "BASE FID %u: error %ld value %lx", i, ret.error, ret.value);
	}
	check(sbi_probe(EID_BASE), "BASE does not probe");
}

static void check_canary(void)
{
	for (unsigned int i = 0; i < CANARY_WORDS; i++)
		check(canary[i] == CANARY(i), "memory at %lx is %lx",
		      (uint64_t)(uintptr_t)&canary[i], canary[i]);
	check(sum_of_text() == text_sum, "the program has changed");
}

/* Harts that stopped themselves, or were started and stopped again by others, come back. */
static void bring_back(void)
{
	for (unsigned int i = 1; i < nharts; i++) {
		struct hart *hart = &harts[i];
		uint64_t begin = time_now();

		while (!hart->online && !hart->lost && !hart_start(hart))
			check(time_now() - begin < milliseconds(3000), "hart %lu does not start",
			      hart->id);
		check(!hart->lost, "hart %lu is lost", hart->id);
	}
}

static void one_round(uint64_t arg)
{
	(void)arg;
	on_all_harts(fuzz, CALLS_A_ROUND);
	csr_set(CSR_SSTATUS, MSTATUS_SIE);
	bring_back();
	on_all_harts(base_holds, 0);
	check_canary();
	check(!conduct.changes, "a call changed registers: %s", conduct.change);
	for (unsigned int i = 0; i < nharts; i++)
		check(!fuzzers[i].odd_errors, "EID %lx FID %lx returned %ld",
		      fuzzers[i].odd_call[0], fuzzers[i].odd_call[1], fuzzers[i].odd_error);
}

static void print_last_calls(void)
{
	for (unsigned int i = 0; i < nharts; i++) {
		const uint64_t *last = fuzzers[i].last;

		print("# hart %lu, call %lu: %lx %lx: %lx %lx %lx %lx %lx %lx\n", harts[i].id,
		      fuzzers[i].calls, last[7], last[6], last[0], last[1], last[2], last[3],
		      last[4], last[5]);
	}
}

static void set_up(void)
{
	seed = option_number("seed", 1);
	trace = option_number("trace", 0);
	text_sum = sum_of_text();
	for (unsigned int i = 0; i < CANARY_WORDS; i++)
		canary[i] = CANARY(i);
	for (unsigned int i = 0; i < 3; i++)
		base_answers[i] = sbi(EID_BASE, i).value;
	for (unsigned int i = 0; i < nharts; i++) {
		fuzzers[i].random = (seed << 8 | i) * 0x9e3779b97f4a7c15 | 1;
		for (unsigned int n = 0; n < EVENTS; n++)
			sse_prepare(&events[i][n], 0, NULL);
	}
	conduct_reset();
}

void payload_main(void)
{
	uint64_t count = option_number("count", 10000), total = 0;
	enum verdict verdict = PASS;
	char how[8] = "srst";

	set_up();
	print("TAP version 14\n# sbi-fuzz seed=%lu count=%lu harts=%u\n", seed, count, nharts);
	for (round = 0; round * CALLS_A_ROUND < count && verdict == PASS; round++) {
		verdict = guarded(one_round, 0);
		if (round % 16 == 0)
			print("\n# round %lu\n", round);
	}
	for (unsigned int i = 0; i < nharts; i++)
		total += fuzzers[i].calls;
	if (verdict == PASS) {
		print("\nok 1 - sbi-fuzz\n");
	} else {
		print("\nnot ok 1 - sbi-fuzz\n# round %lu: %s\n", round, harts[0].message);
		print_last_calls();
	}
	option("end", how, sizeof(how));
	print("1..1\n# %lu calls\n# end %s\n", total, how);
	machine_end(how);
}
