/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Performance Monitoring Unit Extension". */
#include "sbi/pmu.h"

#include "lib/riscv/csr.h"
#include "sbi/ecall.h"
#include "sbi/platform.h"

enum {
	NUM_COUNTERS,
	COUNTER_GET_INFO,
	COUNTER_CONFIG_MATCHING,
	COUNTER_START,
	COUNTER_STOP,
	COUNTER_FW_READ,
	COUNTER_FW_READ_HI,
	SNAPSHOT_SET_SHMEM,
	EVENT_GET_INFO,
};

/* counter_info */
#define INFO_WIDTH_SHIFT 12
#define INFO_FIRMWARE BIT(63)

/* config_flags */
#define SKIP_MATCH BIT(0)
#define CLEAR_VALUE BIT(1)
#define AUTO_START BIT(2)
#define FILTERS_SHIFT 3 /* VUINH, VSINH, UINH, SINH, MINH */
#define FILTERS_MASK 0x1f
#define CONFIG_FLAGS 0xffUL

/* start_flags */
#define SET_INIT_VALUE BIT(0)
#define INIT_SNAPSHOT BIT(1)

/* stop_flags */
#define RESET BIT(0)
#define TAKE_SNAPSHOT BIT(1)
#define STOP_FLAGS (RESET | TAKE_SNAPSHOT)

/* The snapshot's page: a bitmap of overflown counters, then their values. */
#define SNAPSHOT_SIZE 4096
#define SNAPSHOT_VALUE(n) (8 + (n)*8)

/*
 * Linux (riscv_pmu_sbi.c, 6.10 and later) computes 64 * 64 where it means base 0 when it starts
 * counters again that have overflown. Refused, perf gets next to no samples.
 */
#define LINUX_RESTART_BASE 4096

#define EVENT_BITS 20
#define MAX_EVENT_INFOS 1024 /* a call, to bound its time; there are 75 events and raw ones */
#define ALL_ONES (~0UL)

struct event_info {
	uint32_t event; /* little-endian, as this hart is */
	uint32_t output;
	uint64_t data;
};

static struct sbiret get_info(unsigned long counter)
{
	const struct pmu *pmu = &this_hart()->pmu;
	uint64_t set;

	if (!pmu_set(pmu, counter, 1, &set))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	if (set & PMU_FIRMWARE)
		return sbi_value(INFO_FIRMWARE);
	return sbi_value((CSR_CYCLE + counter) | (pmu->hardware.widths[counter] - 1UL)
							 << INFO_WIDTH_SHIFT);
}

static struct sbiret config_matching(unsigned long base, unsigned long mask, unsigned long flags,
				     unsigned long event, uint64_t data)
{
	const struct pmu *pmu = &this_hart()->pmu;
	unsigned int filters = flags >> FILTERS_SHIFT & FILTERS_MASK;
	uint64_t set, able, same, rather = 0;
	int counter;

	if (flags & ~CONFIG_FLAGS || !pmu_set(pmu, base, mask, &set))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	able = set & pmu_counters_for(&platform.pmu, pmu, event, data);
	if (flags & SKIP_MATCH) {
		counter = able & set & -set ? (int)lowest_bit(set) : -1;
	} else {
		/* What overflows can be sampled. */
		if (feature_has(&this_hart()->features, ISA_SSCOFPMF))
			rather = PMU_PROGRAMMABLE;
		same = pmu_mapped_to(able, (uint32_t)event, data, filters);
		counter = pmu_choose(pmu, set, able, same, rather);
	}
	if (counter < 0)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	pmu_map((unsigned int)counter, (uint32_t)event, data, filters);
	if (flags & CLEAR_VALUE)
		pmu_write((unsigned int)counter, 0);
	if (flags & AUTO_START)
		pmu_start(BIT(counter) & ~pmu->started);
	return sbi_value((unsigned long)counter);
}

static bool init_from_snapshot(uint64_t set, unsigned long base)
{
	for (; set; set &= set - 1) {
		unsigned int counter = lowest_bit(set);
		uint64_t value;

		if (!shmem_read(&this_hart()->pmu.snapshot, SNAPSHOT_VALUE(counter - base), &value,
				sizeof(value)))
			return false;
		pmu_write(counter, value);
	}
	return true;
}

/* Of a set with started counters the others start. */
static long start(unsigned long base, unsigned long mask, unsigned long flags, uint64_t value)
{
	const struct pmu *pmu = &this_hart()->pmu;
	uint64_t set, stopped;

	if (flags == INIT_SNAPSHOT && base == LINUX_RESTART_BASE)
		base = 0;
	if (!pmu_set(pmu, base, mask, &set) || set & ~pmu->mapped)
		return SBI_ERR_INVALID_PARAM;
	stopped = set & ~pmu->started;
	switch (flags) {
	case 0:
		break;
	case SET_INIT_VALUE:
		for (uint64_t left = stopped; left; left &= left - 1)
			pmu_write(lowest_bit(left), value);
		break;
	case INIT_SNAPSHOT:
		if (!pmu->snapshot.length)
			return SBI_ERR_NO_SHMEM;
		if (!init_from_snapshot(stopped, base))
			return SBI_ERR_FAILED;
		break;
	default: /* reserved, or both, which exclude each other */
		return SBI_ERR_INVALID_PARAM;
	}
	pmu_start(stopped);
	return stopped == set ? SBI_SUCCESS : SBI_ERR_ALREADY_STARTED;
}

static bool take_snapshot(uint64_t set, unsigned long base)
{
	const struct shmem *snapshot = &this_hart()->pmu.snapshot;
	uint64_t overflown = base < PMU_COUNTERS ? pmu_overflown() >> base : 0;

	for (; set; set &= set - 1) {
		unsigned int counter = lowest_bit(set);
		uint64_t value = pmu_read(counter);

		if (!shmem_write(snapshot, SNAPSHOT_VALUE(counter - base), &value, sizeof(value)))
			return false;
	}
	return shmem_write(snapshot, 0, &overflown, sizeof(overflown));
}

/* Of a set with stopped counters the others stop. */
static long stop(unsigned long base, unsigned long mask, unsigned long flags)
{
	const struct pmu *pmu = &this_hart()->pmu;
	uint64_t set, started;
	bool taken = true;

	if (flags & ~STOP_FLAGS || !pmu_set(pmu, base, mask, &set))
		return SBI_ERR_INVALID_PARAM;
	if (flags & TAKE_SNAPSHOT && !pmu->snapshot.length)
		return SBI_ERR_NO_SHMEM;
	started = set & pmu->started;
	pmu_stop(started);
	if (flags & TAKE_SNAPSHOT)
		taken = take_snapshot(set, base);
	if (flags & RESET)
		pmu_unmap(set & pmu->mapped);
	if (!taken)
		return SBI_ERR_FAILED;
	return started == set ? SBI_SUCCESS : SBI_ERR_ALREADY_STOPPED;
}

/* The upper half of a counter is part of the lower one here. */
static struct sbiret fw_read(unsigned long counter, bool upper_half)
{
	uint64_t set;

	if (!pmu_set(&this_hart()->pmu, counter, 1, &set) || !(set & PMU_FIRMWARE))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	return sbi_value(upper_half ? 0 : pmu_read((unsigned int)counter));
}

static long snapshot_set_shmem(unsigned long lo, unsigned long hi, unsigned long flags)
{
	struct shmem window = { 0 };

	if (flags)
		return SBI_ERR_INVALID_PARAM;
	if (lo != ALL_ONES || hi != ALL_ONES) {
		if (lo % SNAPSHOT_SIZE)
			return SBI_ERR_INVALID_PARAM;
		if (!shmem_open(&window, lo, hi, SNAPSHOT_SIZE, SHMEM_READ | SHMEM_WRITE))
			return SBI_ERR_INVALID_ADDRESS;
	}
	this_hart()->pmu.snapshot = window;
	return SBI_SUCCESS;
}

/* Data belongs to raw and to firmware events. */
static uint32_t is_supported(const struct event_info *info)
{
	bool has_data = PMU_EVENT_TYPE(info->event) > PMU_CACHE;

	return pmu_counters_for(&platform.pmu, &this_hart()->pmu, info->event,
				has_data ? info->data : 0) != 0;
}

static long event_get_info(unsigned long lo, unsigned long hi, unsigned long count,
			   unsigned long flags)
{
	struct event_info info;
	struct shmem window;

	if (flags || lo % sizeof(info))
		return SBI_ERR_INVALID_PARAM;
	if (count > ALL_ONES / sizeof(info) ||
	    !shmem_open(&window, lo, hi, count * sizeof(info), SHMEM_READ | SHMEM_WRITE))
		return SBI_ERR_INVALID_ADDRESS;
	if (count > MAX_EVENT_INFOS)
		return SBI_ERR_FAILED;
	for (size_t i = 0; i < count; i++) {
		if (!shmem_read(&window, i * sizeof(info), &info.event, sizeof(info.event)))
			return SBI_ERR_FAILED;
		if (info.event >> EVENT_BITS)
			return SBI_ERR_INVALID_PARAM;
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = i * sizeof(info);

		if (!shmem_read(&window, at, &info, sizeof(info)))
			return SBI_ERR_FAILED;
		info.output = is_supported(&info);
		if (!shmem_write(&window, at + offsetof(struct event_info, output), &info.output,
				 sizeof(info.output)))
			return SBI_ERR_FAILED;
	}
	return SBI_SUCCESS;
}

struct sbiret ecall_pmu(ECALL_PARAMETERS)
{
	switch (fid) {
	case NUM_COUNTERS:
		return sbi_value(PMU_COUNTERS);
	case COUNTER_GET_INFO:
		return get_info(a0);
	case COUNTER_CONFIG_MATCHING:
		return config_matching(a0, a1, a2, a3, a4);
	case COUNTER_START:
		return sbi_error(start(a0, a1, a2, a3));
	case COUNTER_STOP:
		return sbi_error(stop(a0, a1, a2));
	case COUNTER_FW_READ:
		return fw_read(a0, false);
	case COUNTER_FW_READ_HI:
		return fw_read(a0, true);
	case SNAPSHOT_SET_SHMEM:
		return sbi_error(snapshot_set_shmem(a0, a1, a2));
	case EVENT_GET_INFO:
		return sbi_error(event_get_info(a0, a1, a2, a3));
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
