/* SPDX-License-Identifier: BSD-2-Clause */
/* PMU extension (SBI v3.0, chapter "Performance Monitoring Unit Extension"). */
#include "lib/bits.h"
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define NUM "PMU: Get Number of Counters"
#define INFO_ERRORS "PMU Counter Get Info Errors"
#define MATCH_ERRORS "PMU Counter Config Match Errors"
#define MATCH_FLAGS "PMU Counter Config Match Flags"
#define START_ERRORS "PMU Counter Start Errors"
#define START_FLAGS "PMU Counter Start Flags"
#define STOP_ERRORS "PMU Counter Stop Errors"
#define STOP_FLAGS "PMU Counter Stop Flags"
#define READ_ERRORS "PMU Counter Firmware Read Errors"
#define READ_HI_ERRORS "PMU Counter Firmware Read High Errors"
#define SHMEM_ERRORS "PMU Setup Snapshot Area Errors"
#define SHMEM_LAYOUT "SBI PMU Snapshot Shared Memory Layout"
#define EVENT_ERRORS "PMU Get Event Info Errors"
#define EVENTS "PMU Firmware Events"
#define ENTRY_FORMAT "Event Info Entry Format"

#define EVENT_CYCLES 0x00001
#define EVENT_INSTRUCTIONS 0x00002
#define EVENT_FW(code) (0xf0000ul | (code))
#define FW_MISALIGNED_LOAD 0
#define FW_MISALIGNED_STORE 1
#define FW_ACCESS_LOAD 2
#define FW_ACCESS_STORE 3
#define FW_SET_TIMER 5
#define FW_IPI_SENT 6
#define FW_IPI_RECEIVED 7
#define FW_FENCE_I_SENT 8

#define FLAG_SKIP_MATCH (1ul << 0)
#define FLAG_CLEAR_VALUE (1ul << 1)
#define FLAG_AUTO_START (1ul << 2)
#define FLAG_VUINH (1ul << 3)
#define START_SET_INIT_VALUE (1ul << 0)
#define START_INIT_SNAPSHOT (1ul << 1)
#define STOP_RESET (1ul << 0)
#define STOP_TAKE_SNAPSHOT (1ul << 1)

#define ALL_ONES (~0ul)

struct snapshot {
	uint64_t overflow;
	uint64_t values[64];
	uint8_t reserved[3576];
};
_Static_assert(sizeof(struct snapshot) == 4096, "one page");

/* One for each hart that may want one. */
static struct snapshot snapshots[8] __attribute__((aligned(4096)));

static struct sbiret match(uint64_t base, uint64_t mask, uint64_t flags, uint64_t event,
			   uint64_t data)
{
	return sbi(EID_PMU, PMU_CONFIG_MATCHING, base, mask, flags, event, data);
}

static struct sbiret start(uint64_t base, uint64_t mask, uint64_t flags, uint64_t value)
{
	return sbi(EID_PMU, PMU_START, base, mask, flags, value);
}

static struct sbiret stop(uint64_t base, uint64_t mask, uint64_t flags)
{
	return sbi(EID_PMU, PMU_STOP, base, mask, flags);
}

/* ---- Counters ---- */

static uint64_t counters(void)
{
	return expect(sbi(EID_PMU, PMU_NUM_COUNTERS), SUCCESS);
}

/* Counter numbers may have holes; those are invalid counters. */
static bool counter_info(uint64_t index, uint64_t *info)
{
	struct sbiret ret = sbi(EID_PMU, PMU_COUNTER_INFO, index);

	*info = expect(ret, SUCCESS | INVALID_PARAM);
	return !ret.error;
}

static bool is_firmware(uint64_t info)
{
	return info >> 63;
}

static unsigned int info_csr(uint64_t info)
{
	return info & 0xfff;
}

enum kind { ANY, HARDWARE, PROGRAMMABLE, FIRMWARE };

/* The counters of a kind among the first 64, as a mask from base 0. */
static uint64_t counters_of(enum kind kind)
{
	uint64_t mask = 0, count = counters(), info;

	for (uint64_t i = 0; i < count && i < 64; i++) {
		if (!counter_info(i, &info))
			continue;
		if (kind == ANY || (kind == FIRMWARE) == is_firmware(info)) {
			if (kind != PROGRAMMABLE || info_csr(info) > CSR_INSTRET)
				mask |= 1ul << i;
		}
	}
	if (!mask)
		skip("no such counter");
	return mask;
}

static uint64_t first_of(enum kind kind)
{
	return lowest_bit(counters_of(kind));
}

static uint64_t read_counter(uint64_t index)
{
	uint64_t info;

	check(counter_info(index, &info), "counter %lu has no info", index);
	if (is_firmware(info))
		return expect(sbi(EID_PMU, PMU_FW_READ, index), SUCCESS);
	check(info_csr(info) >= CSR_CYCLE && info_csr(info) < CSR_CYCLE + 32,
	      "counter %lu is CSR %x", index, info_csr(info));
	return counter_csr(info_csr(info) - CSR_CYCLE);
}

static void num_counters(uint64_t variant)
{
	(void)variant;
	check(counters() == counters(), "changes between calls");
}

static void info_format(uint64_t variant)
{
	uint64_t count = counters(), info, valid = 0;

	(void)variant;
	for (uint64_t i = 0; i < count; i++) {
		if (!counter_info(i, &info))
			continue;
		valid++;
		if (is_firmware(info))
			continue;
		check(!(info >> 18), "counter %lu: reserved bits are set: %lx", i, info);
		check(info_csr(info) >= CSR_CYCLE && info_csr(info) < CSR_CYCLE + 32 &&
			      info_csr(info) != CSR_TIME,
		      "counter %lu is CSR %x", i, info_csr(info));
	}
	check(valid || !count, "%lu counters, none is valid", count);
}

static const char *const index_names[] = {
	"count", "count_plus_64", "bit_32_set", "bit_63_set", "all_ones", NULL,
};

static uint64_t bad_index(uint64_t variant)
{
	uint64_t valid = first_of(ANY);
	const uint64_t indexes[] = {
		counters(), counters() + 64, 1ul << 32 | valid, 1ul << 63 | valid, ALL_ONES,
	};

	return indexes[variant];
}

static void info_invalid(uint64_t variant)
{
	expect(sbi(EID_PMU, PMU_COUNTER_INFO, bad_index(variant)), INVALID_PARAM);
}

/* ---- Sets of counters ---- */

static const char *const set_names[] = {
	"count", "one_of_two", "bit_32_set", "bit_63_set", "all_ones", "wraps", NULL,
};

static struct mask bad_set(uint64_t variant)
{
	uint64_t valid = first_of(HARDWARE), count = counters();

	switch (variant) {
	case 0:
		return (struct mask){ 1, count };
	case 1:
		if (count - valid > 63)
			skip("more than 63 counters");
		return (struct mask){ 1 | 1ul << (count - valid), valid };
	case 2:
		return (struct mask){ 1, 1ul << 32 | valid };
	case 3:
		return (struct mask){ 1, 1ul << 63 | valid };
	case 4:
		return (struct mask){ 1, ALL_ONES };
	default:
		return (struct mask){ 4ul << valid, ALL_ONES - 1 };
	}
}

static void match_bad_set(uint64_t variant)
{
	struct mask set = bad_set(variant);

	expect(match(set.base, set.mask, 0, EVENT_CYCLES, 0), INVALID_PARAM);
}

static void start_bad_set(uint64_t variant)
{
	struct mask set = bad_set(variant);

	expect(match(0, counters_of(ANY), 0, EVENT_CYCLES, 0), SUCCESS);
	expect(start(set.base, set.mask, 0, 0), INVALID_PARAM);
}

static void stop_bad_set(uint64_t variant)
{
	struct mask set = bad_set(variant);

	expect(stop(set.base, set.mask, 0), INVALID_PARAM);
}

static const char *const bit_names[] = { "first", "last", NULL };

static void match_reserved_flag(uint64_t variant)
{
	expect(match(0, counters_of(ANY), variant ? 1ul << 63 : 1ul << 8, EVENT_CYCLES, 0),
	       INVALID_PARAM);
}

/* A counter that is ready to be started. */
static uint64_t configured(uint64_t event, uint64_t flags)
{
	struct sbiret ret = match(0, counters_of(ANY), flags, event, 0);

	if (ret.error == SBI_ERR_NOT_SUPPORTED)
		skip("no counter for event %lx", event);
	expect(ret, SUCCESS);
	check(ret.value < 64 && counters_of(ANY) >> ret.value & 1, "chose counter %lu", ret.value);
	return ret.value;
}

static void start_reserved_flag(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0);

	expect(start(counter, 1, variant ? 1ul << 63 : 1ul << 2, 0), INVALID_PARAM);
}

static void stop_reserved_flag(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, FLAG_AUTO_START);

	expect(stop(counter, 1, variant ? 1ul << 63 : 1ul << 2), INVALID_PARAM);
}

/* ---- Events ---- */

/* No counter can monitor what is no event; some may call the event itself invalid. */
static const char *const event_names[] = {
	"none",	      "general_11",  "cache_id_7",    "cache_op_3", "type_4",
	"type_14",    "firmware_22", "firmware_255",  "bit_20_set", "bit_32_set",
	"bit_63_set", "all_ones",    "raw_with_code", NULL,
};

static void no_event(uint64_t variant)
{
	static const uint64_t events[] = {
		0,
		11,
		7 << 3 | 1 << 16,
		3 << 1 | 1 << 16,
		0x40001,
		0xe0001,
		EVENT_FW(22),
		EVENT_FW(255),
		1ul << 20 | EVENT_CYCLES,
		1ul << 32 | EVENT_CYCLES,
		1ul << 63 | EVENT_CYCLES,
		ALL_ONES,
		0x20001,
	};

	expect(match(0, counters_of(ANY), 0, events[variant], 0), NOT_SUPPORTED | INVALID_PARAM);
}

/* "all non-zero values of event_data are reserved for future use" */
static void reserved_event_data(uint64_t variant)
{
	uint64_t event = variant ? EVENT_FW(FW_SET_TIMER) : EVENT_CYCLES;

	configured(event, 0);
	expect(match(0, counters_of(ANY), 0, event, 1), NOT_SUPPORTED | INVALID_PARAM);
}

static const char *const data_names[] = { "cycles", "firmware", NULL };

/* Raw events have 48 bits of configuration, of version 2 56; what is above is the firmware's. */
static void raw_event_data(uint64_t variant)
{
	uint64_t event = variant ? 0x30000 : 0x20000, bit = variant ? 1ul << 56 : 1ul << 48;

	expect(match(0, counters_of(HARDWARE), 0, event, bit | EVENT_CYCLES),
	       NOT_SUPPORTED | INVALID_PARAM);
}

static const char *const raw_names[] = { "version_1", "version_2", NULL };

/* "event filtering hints so these can be ignored or overridden" */
static void filter_flag(uint64_t variant)
{
	configured(EVENT_CYCLES, 0);
	expect(match(0, counters_of(ANY), FLAG_VUINH << variant, EVENT_CYCLES, 0), SUCCESS);
}

static const char *const filter_names[] = { "vuinh", "vsinh", "uinh", "sinh", "minh", NULL };

/* A counter of firmware counts no cycles, and one of hardware no firmware event. */
static void wrong_kind(uint64_t firmware_event)
{
	expect(match(0, counters_of(firmware_event ? HARDWARE : FIRMWARE), 0,
		     firmware_event ? EVENT_FW(FW_SET_TIMER) : EVENT_CYCLES, 0),
	       NOT_SUPPORTED);
}

static const char *const kind_names[] = {
	"cycles_on_firmware",
	"firmware_event_on_hardware",
	NULL,
};

static void skip_match(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0);

	(void)variant;
	check(expect(match(counter, 1, FLAG_SKIP_MATCH | FLAG_CLEAR_VALUE, EVENT_CYCLES, 0),
		     SUCCESS) == counter,
	      "chose another counter");
}

/* "a counter from a set of counters which is not started" */
static void match_all_started(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, FLAG_AUTO_START);

	(void)variant;
	expect(match(counter, 1, 0, EVENT_CYCLES, 0), NOT_SUPPORTED);
}

/* ---- Starting, stopping, counting ---- */

static void spin_a_while(void)
{
	for (volatile unsigned int i = 0; i < 20000; i++)
		;
}

static const char *const counted_names[] = { "cycles", "instructions", NULL };
static const uint64_t counted[] = { EVENT_CYCLES, EVENT_INSTRUCTIONS };

static void counts(uint64_t variant)
{
	uint64_t counter = configured(counted[variant], FLAG_CLEAR_VALUE), before;

	expect(start(counter, 1, 0, 0), SUCCESS);
	before = read_counter(counter);
	spin_a_while();
	check(read_counter(counter) > before, "stands still at %lx", before);
}

static void stops(uint64_t variant)
{
	uint64_t counter = configured(counted[variant], FLAG_AUTO_START), before;

	expect(stop(counter, 1, 0), SUCCESS);
	before = read_counter(counter);
	spin_a_while();
	check(read_counter(counter) == before, "still counts");
}

static void initial_value(uint64_t variant)
{
	static const uint64_t values[] = { 0x1000, 0x0000123456789000 };
	uint64_t counter = configured(EVENT_CYCLES, 0), now;

	expect(start(counter, 1, START_SET_INIT_VALUE, values[variant]), SUCCESS);
	now = read_counter(counter);
	check(now >= values[variant] && now - values[variant] < 1ul << 40,
	      "began at %lx, is at %lx", values[variant], now);
}

static const char *const value_names[] = { "small", "48_bits", NULL };

/* Without SET_INIT_VALUE "the event counting will start from the current counter value". */
static void keeps_value(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0), before;

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, 1ul << 44), SUCCESS);
	expect(stop(counter, 1, 0), SUCCESS);
	before = read_counter(counter);
	expect(start(counter, 1, 0, 0), SUCCESS);
	check(read_counter(counter) >= before, "was at %lx, went on from %lx", before,
	      read_counter(counter));
}

static void clear_value(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0);

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, 1ul << 46), SUCCESS);
	expect(stop(counter, 1, 0), SUCCESS);
	check(expect(match(counter, 1, FLAG_CLEAR_VALUE, EVENT_CYCLES, 0), SUCCESS) == counter,
	      "chose another counter");
	check(read_counter(counter) < 1ul << 46, "is at %lx", read_counter(counter));
}

static void auto_start(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, FLAG_AUTO_START | FLAG_CLEAR_VALUE);

	(void)variant;
	expect(start(counter, 1, 0, 0), ALREADY_STARTED);
}

static void already_started(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0);

	(void)variant;
	expect(start(counter, 1, 0, 0), SUCCESS);
	expect(start(counter, 1, 0, 0), ALREADY_STARTED);
}

static void already_stopped(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0);

	(void)variant;
	expect(stop(counter, 1, 0), ALREADY_STOPPED);
}

/* A set with an invalid counter is refused as a whole. */
static void start_all_or_nothing(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, 0), count = counters();

	(void)variant;
	if (count - counter > 63)
		skip("more than 63 counters");
	expect(start(counter, 1 | 1ul << (count - counter), 0, 0), INVALID_PARAM);
	expect(stop(counter, 1, 0), ALREADY_STOPPED);
}

static void stop_all_or_nothing(uint64_t variant)
{
	uint64_t counter = configured(EVENT_CYCLES, FLAG_AUTO_START), count = counters();

	(void)variant;
	if (count - counter > 63)
		skip("more than 63 counters");
	expect(stop(counter, 1 | 1ul << (count - counter), 0), INVALID_PARAM);
	expect(start(counter, 1, 0, 0), ALREADY_STARTED);
}

static void set_of_two(uint64_t variant)
{
	uint64_t cycles = configured(EVENT_CYCLES, FLAG_CLEAR_VALUE);
	uint64_t timers = configured(EVENT_FW(FW_SET_TIMER), FLAG_CLEAR_VALUE);
	uint64_t mask = 1ul << cycles | 1ul << timers, before;

	(void)variant;
	expect(start(0, mask, 0, 0), SUCCESS);
	before = read_counter(cycles);
	timer_set(~0ul);
	spin_a_while();
	check(read_counter(cycles) > before, "cycles stand still");
	check(read_counter(timers) == 1, "%lu set_timer calls", read_counter(timers));
	expect(stop(0, mask, 0), SUCCESS);
	expect(stop(timers, 1, 0), ALREADY_STOPPED);
}

/* After RESET the counter is free for another event. */
static void reset_unmaps(uint64_t variant)
{
	uint64_t counter = configured(EVENT_FW(FW_SET_TIMER), FLAG_AUTO_START);

	(void)variant;
	expect(stop(counter, 1, STOP_RESET), SUCCESS);
	check(expect(match(counter, 1, FLAG_CLEAR_VALUE, EVENT_FW(FW_IPI_SENT), 0), SUCCESS) ==
		      counter,
	      "chose another counter");
	expect(start(counter, 1, 0, 0), SUCCESS);
	timer_set(~0ul);
	check(read_counter(counter) == 0, "still counts the old event");
}

/* ---- Firmware events ---- */

#define ROUNDS 5

static const char *const fw_names[] = {
	"misaligned_load",
	"misaligned_store",
	"access_load",
	"access_store",
	"illegal_insn",
	"set_timer",
	"ipi_sent",
	"ipi_received",
	"fence_i_sent",
	"fence_i_received",
	"sfence_vma_sent",
	"sfence_vma_received",
	"sfence_vma_asid_sent",
	"sfence_vma_asid_received",
	"hfence_gvma_sent",
	"hfence_gvma_received",
	"hfence_gvma_vmid_sent",
	"hfence_gvma_vmid_received",
	"hfence_vvma_sent",
	"hfence_vvma_received",
	"hfence_vvma_asid_sent",
	"hfence_vvma_asid_received",
	NULL,
};

/* Traps that hardware or delegation keep from the firmware are not counted. */
static void provoke_trap(uint64_t code)
{
	static uint64_t words[2];

	trap_expect();
	switch (code) {
	case FW_MISALIGNED_LOAD:
		touch_load((uintptr_t)words + 1);
		break;
	case FW_MISALIGNED_STORE:
		touch_store((uintptr_t)words + 1, 0);
		break;
	case FW_ACCESS_LOAD:
		touch_load(machine.hole);
		break;
	case FW_ACCESS_STORE:
		touch_store(machine.hole, 0);
		break;
	default:
		__asm__ volatile(".4byte 0xc0001073"); /* unimp: an illegal instruction */
	}
	trap_taken(NULL);
}

/* RFENCE function of a pair of sent and received events. */
static const uint8_t fence_fids[] = {
	RFENCE_FENCE_I,		 RFENCE_SFENCE_VMA,  RFENCE_SFENCE_VMA_ASID,  RFENCE_HFENCE_GVMA,
	RFENCE_HFENCE_GVMA_VMID, RFENCE_HFENCE_VVMA, RFENCE_HFENCE_VVMA_ASID,
};

static void provoke(uint64_t code, uint64_t target)
{
	if (code < FW_SET_TIMER)
		provoke_trap(code);
	else if (code == FW_SET_TIMER)
		timer_set(~0ul);
	else if (code <= FW_IPI_RECEIVED)
		expect(sbi(EID_IPI, IPI_SEND, 1, target), SUCCESS);
	else
		expect(sbi(EID_RFENCE, fence_fids[(code - FW_FENCE_I_SENT) / 2], 1, target, 0x1000,
			   0x1000, 0),
		       SUCCESS);
}

static volatile uint64_t ready, sent, acknowledged, received_count;

static bool done_receiving(uint64_t arg)
{
	(void)arg;
	/* IPIs merge: the next one is sent when this one has been seen. */
	if (csr_read(CSR_SIP) & MIP_SSIP) {
		csr_clear(CSR_SIP, MIP_SSIP);
		acknowledged++;
	}
	return sent;
}

static void count_received(uint64_t code)
{
	uint64_t counter;

	csr_write(CSR_SIE, 0);
	counter = configured(EVENT_FW(code), FLAG_CLEAR_VALUE | FLAG_AUTO_START);
	ready = 1;
	barrier();
	check(wait_until(done_receiving, 0, 4000), "nothing was sent");
	received_count = read_counter(counter);
	expect(stop(counter, 1, STOP_RESET), SUCCESS);
}

static void fw_received(uint64_t code)
{
	struct hart *hart = another_hart();

	if (!hart)
		skip("needs 2 harts");
	ready = sent = acknowledged = 0;
	hart_run(hart, count_received, code);
	if (!wait_for(&ready, 1, 4000)) {
		hart_join(hart);
		fail("hart %lu is not ready", hart->id);
	}
	for (unsigned int i = 0; i < ROUNDS; i++) {
		provoke(code, hart->id);
		if (code == FW_IPI_RECEIVED)
			check(wait_for(&acknowledged, i + 1, 3000), "IPI %u did not arrive", i);
	}
	sent = 1;
	hart_join(hart);
	check(received_count == ROUNDS, "%lu instead of %u", received_count, ROUNDS);
}

static void fw_event(uint64_t code)
{
	struct hart *hart = another_hart();
	uint64_t counter, count;

	if (code >= 14 && !isa_has("h"))
		skip("needs the hypervisor extension");
	if (code > FW_IPI_SENT && code % 2) {
		fw_received(code);
		return;
	}
	if (code > FW_SET_TIMER && !hart)
		skip("needs 2 harts");
	counter = configured(EVENT_FW(code), FLAG_CLEAR_VALUE);
	expect(start(counter, 1, 0, 0), SUCCESS);
	for (unsigned int i = 0; i < ROUNDS; i++)
		provoke(code, hart ? hart->id : 0);
	count = read_counter(counter);
	if (code < FW_SET_TIMER && !count)
		skip("such traps do not come to the firmware");
	check(count == ROUNDS, "%lu instead of %u", count, ROUNDS);
	expect(stop(counter, 1, 0), SUCCESS);
	provoke(code, hart ? hart->id : 0);
	check(read_counter(counter) == ROUNDS, "counts when stopped");
}

static void fw_initial_value(uint64_t variant)
{
	uint64_t counter = configured(EVENT_FW(FW_SET_TIMER), 0);

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, 1ul << 40), SUCCESS);
	timer_set(~0ul);
	check(read_counter(counter) == (1ul << 40) + 1, "is at %lx", read_counter(counter));
}

static void fw_read_hardware(uint64_t fid)
{
	if (fid)
		need_version(2);
	expect(sbi(EID_PMU, fid ? PMU_FW_READ_HI : PMU_FW_READ, first_of(HARDWARE)), INVALID_PARAM);
}

static void fw_read_invalid(uint64_t variant)
{
	expect(sbi(EID_PMU, PMU_FW_READ, bad_index(variant)), INVALID_PARAM);
}

static void fw_read_hi_invalid(uint64_t variant)
{
	need_version(2);
	expect(sbi(EID_PMU, PMU_FW_READ_HI, bad_index(variant)), INVALID_PARAM);
}

static void fw_read_hi_zero(uint64_t variant)
{
	uint64_t counter;

	(void)variant;
	need_version(2);
	counter = configured(EVENT_FW(FW_SET_TIMER), 0);
	expect(start(counter, 1, START_SET_INIT_VALUE, ALL_ONES >> 1), SUCCESS);
	check(!expect(sbi(EID_PMU, PMU_FW_READ_HI, counter), SUCCESS), "not zero on RV64");
}

static const char *const read_names[] = { "low", "high", NULL };

static void forgets(uint64_t arg)
{
	uint64_t *counter = (uint64_t *)arg;

	*counter = configured(EVENT_CYCLES, FLAG_AUTO_START);
}

static void is_stopped_now(uint64_t arg)
{
	expect(stop(*(uint64_t *)arg, 1, 0), ALREADY_STOPPED | INVALID_PARAM);
}

static void restart_forgets(uint64_t variant)
{
	struct hart *hart = another_hart();
	uint64_t counter = 0;

	(void)variant;
	on_hart(hart, forgets, (uintptr_t)&counter);
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	check(hart_start(hart), "hart %lu does not start again", hart->id);
	on_hart(hart, is_stopped_now, (uintptr_t)&counter);
}

/* ---- Snapshots ---- */

static struct sbiret set_shmem(uint64_t lo, uint64_t hi, uint64_t flags)
{
	return sbi(EID_PMU, PMU_SNAPSHOT_SET_SHMEM, lo, hi, flags);
}

/* The function is optional. */
static struct snapshot *snapshot(void)
{
	struct snapshot *mine = &snapshots[self()->index % 8];
	struct sbiret ret;

	memset(mine, 0, sizeof(*mine));
	ret = set_shmem((uintptr_t)mine, 0, 0);
	if (ret.error == SBI_ERR_NOT_SUPPORTED)
		skip("no snapshots");
	expect(ret, SUCCESS);
	return mine;
}

static void shmem_set_and_clear(uint64_t variant)
{
	(void)variant;
	snapshot();
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
}

static void shmem_unaligned(uint64_t variant)
{
	static const uint64_t offsets[] = { 1, 8, 2048 };

	snapshot();
	expect(set_shmem((uintptr_t)&snapshots[0] + offsets[variant], 0, 0), INVALID_PARAM);
}

static const char *const offset_names[] = { "by_1", "by_8", "by_2048", NULL };

static void shmem_flags(uint64_t variant)
{
	snapshot();
	expect(set_shmem((uintptr_t)&snapshots[0], 0, variant ? 1ul << 63 : 1), INVALID_PARAM);
}

static void shmem_bad_address(uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, 4096, 4096);

	snapshot();
	expect(set_shmem(phys.lo, phys.hi, 0), INVALID_ADDRESS | FAILED);
}

static void shmem_mmio(uint64_t variant)
{
	(void)variant;
	shmem_bad_address(BAD_MEMORY_MMIO);
}

/* Only both halves all-ones mean "none"; one half alone is an address. */
static void shmem_half_ones(uint64_t variant)
{
	snapshot();
	expect(set_shmem(variant ? 0x1000 : ALL_ONES & ~0xffful, ALL_ONES, 0),
	       INVALID_ADDRESS | FAILED);
}

static void start_no_shmem(uint64_t variant)
{
	uint64_t counter;

	(void)variant;
	snapshot();
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
	counter = configured(EVENT_CYCLES, 0);
	expect(start(counter, 1, START_INIT_SNAPSHOT, 0), NO_SHMEM);
	expect(stop(counter, 1, 0), ALREADY_STOPPED);
}

static void stop_no_shmem(uint64_t variant)
{
	uint64_t counter;

	(void)variant;
	snapshot();
	expect(set_shmem(ALL_ONES, ALL_ONES, 0), SUCCESS);
	counter = configured(EVENT_CYCLES, FLAG_AUTO_START);
	expect(stop(counter, 1, STOP_TAKE_SNAPSHOT), NO_SHMEM);
}

static void init_snapshot(uint64_t variant)
{
	struct snapshot *snap = snapshot();
	uint64_t timers = configured(EVENT_FW(FW_SET_TIMER), FLAG_CLEAR_VALUE);

	(void)variant;
	snap->values[0] = 7000;
	expect(start(timers, 1, START_INIT_SNAPSHOT, 0), SUCCESS);
	timer_set(~0ul);
	check(read_counter(timers) == 7001, "is at %lu", read_counter(timers));
}

/* Values are relative to counter_idx_base, and only those of stopped counters are written. */
static void take_snapshot(uint64_t variant)
{
	struct snapshot *snap = snapshot();
	uint64_t timers = configured(EVENT_FW(FW_SET_TIMER), FLAG_CLEAR_VALUE | FLAG_AUTO_START);
	/* The base itself needs to be no counter, as its bit is not in the mask. */
	uint64_t base = variant ? (timers ? timers - 1 : 0) : timers, slot = timers - base;

	memset(snap, 0x5a, sizeof(*snap));
	snap->overflow = 0;
	timer_set(~0ul);
	timer_set(~0ul);
	expect(stop(base, 1ul << slot, STOP_TAKE_SNAPSHOT), SUCCESS);
	check(snap->values[slot] == 2, "value %lu instead of 2", snap->values[slot]);
	check(!snap->overflow, "overflow bitmap is %lx", snap->overflow);
	for (unsigned int i = 0; i < 64; i++)
		check(i == slot || snap->values[i] == 0x5a5a5a5a5a5a5a5a,
		      "value %u was written: %lx", i, snap->values[i]);
	for (size_t i = 0; i < sizeof(snap->reserved); i++)
		check(snap->reserved[i] == 0x5a, "reserved byte %zu was written", i);
}

static const char *const base_names[] = { "at_base", "above_base", NULL };

/* "must not access this memory any other time" */
static void no_other_access(uint64_t variant)
{
	struct snapshot *snap = snapshot();
	uint64_t timers;

	(void)variant;
	memset(snap, 0x5a, sizeof(*snap));
	timers = configured(EVENT_FW(FW_SET_TIMER), FLAG_CLEAR_VALUE | FLAG_AUTO_START);
	timer_set(~0ul);
	read_counter(timers);
	expect(stop(timers, 1, 0), SUCCESS);
	for (size_t i = 0; i < sizeof(*snap); i++)
		check(((uint8_t *)snap)[i] == 0x5a, "byte %zu was written", i);
}

static const char *const half_names[] = { "top_page", "only_hi", NULL };

/* ---- Event information ---- */

struct event_info {
	uint32_t event, output;
	uint64_t data;
};

static struct event_info infos[4] __attribute__((aligned(16)));

static struct sbiret event_info(uint64_t lo, uint64_t hi, uint64_t count, uint64_t flags)
{
	return sbi(EID_PMU, PMU_EVENT_INFO, lo, hi, count, flags);
}

/* NOT_SUPPORTED: the function came with SBI v3.0. */
static void need_event_info(void)
{
	infos[0] = (struct event_info){ EVENT_CYCLES, 0, 0 };
	if (event_info((uintptr_t)infos, 0, 1, 0).error == SBI_ERR_NOT_SUPPORTED)
		skip("the function is not there");
}

static uint32_t info_of(uint32_t event)
{
	infos[1] = (struct event_info){ event, 0xdeadbeef, 0 };
	expect(event_info((uintptr_t)&infos[1], 0, 1, 0), SUCCESS);
	return infos[1].output;
}

static void event_info_agrees(uint64_t variant)
{
	static const uint32_t events[] = {
		EVENT_CYCLES, EVENT_INSTRUCTIONS, 0xf0005, 0xf0006, 0xf0016, 0xf00ff,
	};

	(void)variant;
	need_event_info();
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		uint32_t output = info_of(events[i]);
		struct sbiret ret = match(0, counters_of(ANY), 0, events[i], 0);

		check(!(output >> 1), "event %x: reserved bits are set: %x", events[i], output);
		check(output == !ret.error, "event %x: info says %x, config_matching %s", events[i],
		      output, sbi_error_name(ret.error));
	}
}

static void event_info_several(uint64_t variant)
{
	(void)variant;
	need_event_info();
	infos[0] = (struct event_info){ EVENT_CYCLES, 0xdeadbeef, 0 };
	infos[1] = (struct event_info){ EVENT_FW(23), 0xdeadbeef, 0 };
	infos[2] = (struct event_info){ EVENT_FW(FW_SET_TIMER), 0xdeadbeef, 0 };
	infos[3] = (struct event_info){ EVENT_CYCLES, 0xdeadbeef, 0 };
	expect(event_info((uintptr_t)infos, 0, 3, 0), SUCCESS);
	check(infos[0].output <= 1 && infos[2].output <= 1, "output is not written");
	check(!infos[1].output, "a reserved event is supported");
	check(infos[3].output == 0xdeadbeef, "one entry too many was written");
	check(infos[0].event == EVENT_CYCLES, "event_idx was written");
}

static void event_info_unaligned(uint64_t variant)
{
	need_event_info();
	expect(event_info((uintptr_t)infos + (variant ? 8 : 1), 0, 1, 0), INVALID_PARAM);
}

static const char *const by_names[] = { "by_1", "by_8", NULL };

static void event_info_flags(uint64_t variant)
{
	need_event_info();
	expect(event_info((uintptr_t)infos, 0, 1, variant ? 1ul << 63 : 1), INVALID_PARAM);
}

static void event_info_reserved(uint64_t variant)
{
	need_event_info();
	infos[0].event = EVENT_CYCLES | (variant ? 1u << 31 : 1u << 20);
	expect(event_info((uintptr_t)infos, 0, 1, 0), INVALID_PARAM);
}

static void event_info_bad_address(uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, 32, 16);

	need_event_info();
	expect(event_info(phys.lo, phys.hi, 2, 0), INVALID_ADDRESS | FAILED);
}

static void event_info_mmio(uint64_t variant)
{
	(void)variant;
	event_info_bad_address(BAD_MEMORY_MMIO);
}

/* 16 * num_entries is too long, or wraps. */
static const char *const count_names[] = { "past_ram", "2_60", "2_60_plus_1", "all_ones", NULL };

static void event_info_count(uint64_t variant)
{
	const uint64_t counts[] = {
		(machine.ram_end - (uintptr_t)infos) / 16 + 1,
		1ul << 60,
		(1ul << 60) + 1,
		ALL_ONES,
	};

	need_event_info();
	if (!variant && !machine.hole)
		skip("this machine has no such place");
	expect(event_info((uintptr_t)infos, 0, counts[variant], 0),
	       INVALID_ADDRESS | INVALID_PARAM | FAILED);
}

/* ---- Overflow (Sscofpmf) ---- */

#define BEFORE_OVERFLOW (ALL_ONES - 10000)

static bool overflow_pending(uint64_t arg)
{
	(void)arg;
	return csr_read(CSR_SIP) & MIP_LCOFIP;
}

static uint64_t overflowing_counter(void)
{
	struct sbiret ret;

	if (!isa_has("sscofpmf"))
		skip("needs Sscofpmf");
	ret = match(0, counters_of(PROGRAMMABLE), FLAG_CLEAR_VALUE, EVENT_CYCLES, 0);
	if (ret.error == SBI_ERR_NOT_SUPPORTED)
		skip("no programmable counter counts cycles");
	csr_clear(CSR_SIP, MIP_LCOFIP);
	return expect(ret, SUCCESS);
}

static volatile uint64_t overflows;

static void take_overflow(struct hart *hart, unsigned int irq)
{
	(void)hart;
	if (irq == IRQ_LCOFI)
		overflows++;
	csr_clear(CSR_SIE, 1UL << irq);
	csr_clear(CSR_SIP, MIP_LCOFIP);
}

static void overflow_interrupt(uint64_t variant)
{
	uint64_t counter = overflowing_counter(), info;

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, BEFORE_OVERFLOW), SUCCESS);
	check(wait_until(overflow_pending, 0, 2000), "sip.LCOFIP is not set, counter at %lx",
	      read_counter(counter));
	counter_info(counter, &info);
	check(csr_read(CSR_SCOUNTOVF) >> (info_csr(info) - CSR_CYCLE) & 1, "scountovf is %lx",
	      csr_read(CSR_SCOUNTOVF));
	overflows = 0;
	self()->on_interrupt = take_overflow;
	csr_set(CSR_SIE, MIP_LCOFIP);
	check(wait_for(&overflows, 1, 2000), "the interrupt does not arrive");
	check(!overflow_pending(0), "sip.LCOFIP is still set");
}

static void overflow_in_snapshot(uint64_t variant)
{
	struct snapshot *snap = snapshot();
	uint64_t counter = overflowing_counter();

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, BEFORE_OVERFLOW), SUCCESS);
	check(wait_until(overflow_pending, 0, 2000), "sip.LCOFIP is not set");
	expect(stop(counter, 1, STOP_TAKE_SNAPSHOT), SUCCESS);
	check(snap->overflow == 1, "overflow bitmap is %lx", snap->overflow);
	check(snap->values[0] < BEFORE_OVERFLOW, "value is %lx", snap->values[0]);
}

static void no_early_overflow(uint64_t variant)
{
	uint64_t counter = overflowing_counter();

	(void)variant;
	expect(start(counter, 1, START_SET_INIT_VALUE, 0), SUCCESS);
	sleep_ms(5);
	check(!overflow_pending(0), "sip.LCOFIP is set");
}

/* Whatever a row left running stops. */
static void cleanup(void)
{
	uint64_t count, info;

	if (!sbi_probe(EID_PMU))
		return;
	count = counters();
	for (uint64_t i = 0; i < count; i++) {
		if (counter_info(i, &info))
			stop(i, 1, STOP_RESET);
	}
	set_shmem(ALL_ONES, ALL_ONES, 0);
	csr_clear(CSR_SIP, MIP_LCOFIP);
}

static const struct test tests[] = {
	{ "num_counters", NUM, num_counters },
	{ "counter_get_info.format", "PMU: Get Details of a Counter", info_format },
	{ "counter_get_info.invalid_counter", INFO_ERRORS, info_invalid, index_names },
	{ "config_matching.invalid_set", MATCH_ERRORS, match_bad_set, set_names },
	{ "config_matching.reserved_flag", MATCH_ERRORS, match_reserved_flag, bit_names },
	{ "config_matching.no_such_event", MATCH_ERRORS, no_event, event_names },
	{ "config_matching.reserved_event_data", MATCH_ERRORS, reserved_event_data, data_names,
	  .flags = HOUSE },
	{ "config_matching.raw_event_data", "PMU: Hardware Raw Events", raw_event_data, raw_names,
	  .flags = HOUSE },
	{ "config_matching.filter_flag", MATCH_FLAGS, filter_flag, filter_names },
	{ "config_matching.wrong_kind", MATCH_ERRORS, wrong_kind, kind_names },
	{ "config_matching.started", MATCH_ERRORS, match_all_started },
	{ "config_matching.skip_match", MATCH_FLAGS, skip_match },
	{ "config_matching.clear_value", MATCH_FLAGS, clear_value },
	{ "config_matching.auto_start", MATCH_FLAGS, auto_start },
	{ "counter_start.counts", START_ERRORS, counts, counted_names },
	{ "counter_start.initial_value", START_FLAGS, initial_value, value_names },
	{ "counter_start.keeps_value", START_FLAGS, keeps_value },
	{ "counter_start.set_of_two", START_ERRORS, set_of_two },
	{ "counter_start.already_started", START_ERRORS, already_started },
	{ "counter_start.invalid_set", START_ERRORS, start_bad_set, set_names },
	{ "counter_start.reserved_flag", START_ERRORS, start_reserved_flag, bit_names },
	{ "counter_start.all_or_nothing", START_ERRORS, start_all_or_nothing, .flags = HOUSE },
	{ "counter_start.no_shmem", START_ERRORS, start_no_shmem },
	{ "counter_start.init_snapshot", START_FLAGS, init_snapshot },
	{ "counter_stop.stops", STOP_ERRORS, stops, counted_names },
	{ "counter_stop.already_stopped", STOP_ERRORS, already_stopped },
	{ "counter_stop.invalid_set", STOP_ERRORS, stop_bad_set, set_names },
	{ "counter_stop.reserved_flag", STOP_ERRORS, stop_reserved_flag, bit_names },
	{ "counter_stop.all_or_nothing", STOP_ERRORS, stop_all_or_nothing, .flags = HOUSE },
	{ "counter_stop.reset", STOP_FLAGS, reset_unmaps },
	{ "counter_stop.no_shmem", STOP_ERRORS, stop_no_shmem },
	{ "counter_stop.take_snapshot", SHMEM_LAYOUT, take_snapshot, base_names },
	{ "firmware_event", EVENTS, fw_event, fw_names },
	{ "firmware_event_initial_value", START_FLAGS, fw_initial_value },
	{ "counter_fw_read.hardware_counter", READ_ERRORS, fw_read_hardware, read_names },
	{ "counter_fw_read.invalid_counter", READ_ERRORS, fw_read_invalid, index_names },
	{ "counter_fw_read_hi.invalid_counter", READ_HI_ERRORS, fw_read_hi_invalid, index_names },
	{ "counter_fw_read_hi.zero", READ_HI_ERRORS, fw_read_hi_zero },
	{ "snapshot_set_shmem.set_and_clear", SHMEM_ERRORS, shmem_set_and_clear },
	{ "snapshot_set_shmem.unaligned", SHMEM_ERRORS, shmem_unaligned, offset_names },
	{ "snapshot_set_shmem.flags", SHMEM_ERRORS, shmem_flags, bit_names },
	{ "snapshot_set_shmem.invalid_address", SHMEM_ERRORS, shmem_bad_address, bad_memory },
	{ "snapshot_set_shmem.invalid_address_mmio", SHMEM_ERRORS, shmem_mmio, .flags = HOUSE },
	{ "snapshot_set_shmem.one_half_all_ones", SHMEM_ERRORS, shmem_half_ones, half_names },
	{ "snapshot_set_shmem.no_other_access", SHMEM_LAYOUT, no_other_access },
	{ "event_get_info.agrees", ENTRY_FORMAT, event_info_agrees },
	{ "event_get_info.several", ENTRY_FORMAT, event_info_several },
	{ "event_get_info.unaligned", EVENT_ERRORS, event_info_unaligned, by_names },
	{ "event_get_info.flags", EVENT_ERRORS, event_info_flags, bit_names },
	{ "event_get_info.reserved_event_bit", EVENT_ERRORS, event_info_reserved, bit_names },
	{ "event_get_info.invalid_address", EVENT_ERRORS, event_info_bad_address, bad_memory },
	{ "event_get_info.invalid_address_mmio", EVENT_ERRORS, event_info_mmio, .flags = HOUSE },
	{ "event_get_info.invalid_count", EVENT_ERRORS, event_info_count, count_names },
	{ "overflow.interrupt", "PMU and Sscofpmf", overflow_interrupt },
	{ "overflow.not_early", "PMU and Sscofpmf", no_early_overflow },
	{ "overflow.snapshot_bitmap", SHMEM_LAYOUT, overflow_in_snapshot },
	{ "hart_restart_forgets", START_ERRORS, restart_forgets, .min_harts = 2, .flags = HOUSE },
	{ 0 }
};

const struct suite pmu_suite = { "pmu", EID_PMU, PMU_FIDS, tests, .cleanup = cleanup };
