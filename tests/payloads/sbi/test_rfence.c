/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFENCE extension (SBI v3.0, chapter "RFENCE Extension"). That a fence reached a hart is seen
 * through page tables: the hart reads a window, the mapping changes behind its TLB's back, the
 * fence is requested, and the hart must then see the new mapping. A hart without the old
 * translation in its TLB passes without having needed the fence; that is how hardware is.
 */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define ASID 5
#define VMID 3

static struct sbiret rfence(uint64_t fid, struct mask m, uint64_t start, uint64_t size)
{
	uint64_t id = fid == RFENCE_HFENCE_GVMA_VMID ? VMID : ASID;

	return sbi(EID_RFENCE, fid, m.mask, m.base, start, size, id);
}

static const struct mask all_harts = { 0, ~0ul };

static bool is_hfence(uint64_t fid)
{
	return fid >= RFENCE_HFENCE_GVMA_VMID;
}

/* ---- Ranges ---- */

static const char *const range_names[] = {
	"one_page",
	"some_pages",
	"all_pages",
	"byte",
	"across_a_page_edge",
	"page_unaligned",
	"size_all_ones",
	"start_and_size_0",
	"half_of_the_address_space",
	NULL,
};

/* The range, and the pages of the window that it must reach. */
static const struct range {
	uint64_t start, size;
	unsigned int first, last;
} ranges[] = {
	{ WINDOW, PAGE_SIZE, 0, 0 },
	{ WINDOW + 2 * PAGE_SIZE, 3 * PAGE_SIZE, 2, 4 },
	{ WINDOW, WINDOW_PAGES *PAGE_SIZE, 0, WINDOW_PAGES - 1 },
	{ WINDOW + PAGE_SIZE + 0x123, 1, 1, 1 },
	{ WINDOW + 2 * PAGE_SIZE - 1, 2, 1, 2 },
	{ WINDOW + 0xff8, PAGE_SIZE, 0, 1 },
	{ WINDOW, ~0ul, 0, WINDOW_PAGES - 1 },
	{ 0, 0, 0, WINDOW_PAGES - 1 },
	{ 0, 1ul << 38, 0, WINDOW_PAGES - 1 },
};

static volatile uint64_t ready, fenced;

/* hlv.d: a load as the guest would do it. */
static uint64_t guest_read(unsigned int page)
{
	register uint64_t a0 __asm__("a0") = WINDOW + page * PAGE_SIZE;

	__asm__ volatile(".4byte 0x6c054573" : "+r"(a0) : : "memory");
	return a0;
}

static void guest_on(uint64_t fid)
{
	bool second_stage = fid == RFENCE_HFENCE_GVMA || fid == RFENCE_HFENCE_GVMA_VMID;

	csr_write(CSR_HGATP, second_stage ? paging_hgatp(VMID) : 0);
	csr_write(CSR_VSATP, second_stage ? 0 : paging_vsatp(ASID));
	csr_set(CSR_HSTATUS, HSTATUS_SPVP);
	__asm__ volatile(".4byte 0x62000073\n.4byte 0x22000073" ::: "memory"); /* hfence.[gv]vma */
}

static void guest_off(void)
{
	csr_write(CSR_HGATP, 0);
	csr_write(CSR_VSATP, 0);
	csr_clear(CSR_HSTATUS, HSTATUS_SPVP);
	__asm__ volatile(".4byte 0x62000073\n.4byte 0x22000073" ::: "memory");
}

static uint64_t read_as(uint64_t fid, unsigned int page)
{
	return is_hfence(fid) ? guest_read(page) : window_read(page);
}

struct look {
	uint64_t fid;
	const struct range *range;
};

/* The hart whose TLB is looked at. */
static void watch(uint64_t arg)
{
	const struct look *look = (const struct look *)arg;
	unsigned int page;

	if (is_hfence(look->fid))
		guest_on(look->fid);
	else
		paging_on(ASID);
	for (page = 0; page < WINDOW_PAGES; page++)
		check(read_as(look->fid, page) == window_word(0, page), "page %u not mapped", page);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	check(wait_for(&fenced, 1, 4000), "the fence does not come");
	for (page = look->range->first; page <= look->range->last; page++)
		check(read_as(look->fid, page) == window_word(1, page),
		      "page %u still shows the old mapping", page);
	if (is_hfence(look->fid))
		guest_off();
	else
		paging_off();
}

/* @watchers harts watch while this one changes the mapping and asks @mask to fence. */
static void look_at(struct hart *one, struct look look, struct mask m)
{
	unsigned int watchers = 0;

	if (is_hfence(look.fid) && !isa_has("h"))
		skip("needs the hypervisor extension");
	ready = fenced = 0;
	window_show(0);
	for_each_other(hart)
	{
		if (!one || hart == one) {
			hart_run(hart, watch, (uintptr_t)&look);
			watchers++;
		}
	}
	if (!wait_for(&ready, watchers, 4000)) {
		harts_settle();
		for_each_other(hart) hart_join(hart);
		fail("%lu of %u harts are ready", ready, watchers);
	}
	window_show(1);
	expect(rfence(look.fid, m, look.range->start, look.range->size), SUCCESS);
	fenced = 1;
	barrier();
	for_each_other(hart) hart_join(hart);
}

static void fence_one(uint64_t fid, uint64_t range)
{
	for_each_other(hart)
		look_at(hart, (struct look){ fid, &ranges[range] }, (struct mask){ 1, hart->id });
}

static void fence_all(uint64_t fid, uint64_t range)
{
	look_at(NULL, (struct look){ fid, &ranges[range] }, all_harts);
}

static void sfence_vma(uint64_t variant)
{
	fence_one(RFENCE_SFENCE_VMA, variant);
}

static void sfence_vma_asid(uint64_t variant)
{
	fence_one(RFENCE_SFENCE_VMA_ASID, variant);
}

static void sfence_vma_all_harts(uint64_t variant)
{
	fence_all(RFENCE_SFENCE_VMA, variant);
}

static void sfence_vma_asid_all_harts(uint64_t variant)
{
	fence_all(RFENCE_SFENCE_VMA_ASID, variant);
}

static void hfence_gvma_vmid(uint64_t variant)
{
	fence_one(RFENCE_HFENCE_GVMA_VMID, variant);
}

static void hfence_gvma(uint64_t variant)
{
	fence_one(RFENCE_HFENCE_GVMA, variant);
}

static void hfence_vvma_asid(uint64_t variant)
{
	fence_one(RFENCE_HFENCE_VVMA_ASID, variant);
}

static void hfence_vvma(uint64_t variant)
{
	fence_one(RFENCE_HFENCE_VVMA, variant);
}

/* When the call is back the fence is done: again and again, with little in between. */
#define ROUNDS 20

static void watch_rounds(uint64_t arg)
{
	(void)arg;
	paging_on(ASID);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		uint64_t word = window_read(0);

		ready = round;
		while (fenced != round)
			;
		check(window_read(0) != word, "still shows the old mapping in round %lu", round);
	}
	paging_off();
}

static void synchronous(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	ready = fenced = 0;
	window_show(1);
	window_show(0);
	hart_run(hart, watch_rounds, 0);
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		if (!wait_for(&ready, round, 4000))
			break;
		window_set_pte(0, window_pte(round % 2, 0));
		expect(rfence(RFENCE_SFENCE_VMA, (struct mask){ 1, hart->id }, WINDOW, PAGE_SIZE),
		       SUCCESS);
		fenced = round;
	}
	hart_join(hart);
}

/* The caller is one of the harts: no IPI is needed, the fence is. */
static void sfence_self(uint64_t range)
{
	const struct mask me = { 1, self()->id };

	window_show(0);
	paging_on(ASID);
	for (unsigned int page = 0; page < WINDOW_PAGES; page++)
		check(window_read(page) == window_word(0, page), "page %u not mapped", page);
	window_show(1);
	expect(rfence(RFENCE_SFENCE_VMA, me, ranges[range].start, ranges[range].size), SUCCESS);
	for (unsigned int page = ranges[range].first; page <= ranges[range].last; page++)
		check(window_read(page) == window_word(1, page),
		      "page %u still shows the old mapping", page);
	paging_off();
}

/* ---- FENCE.I ---- */

#define LI_A0(n) (0x00000513u | (uint32_t)(n) << 20)
#define RET 0x00008067u

static uint32_t code[2];

static uint64_t run_code(void)
{
	return ((uint64_t(*)(void))(uintptr_t)code)();
}

static void write_code(unsigned int n)
{
	*(volatile uint32_t *)&code[0] = LI_A0(n);
	*(volatile uint32_t *)&code[1] = RET;
	barrier();
}

static void watch_code(uint64_t arg)
{
	(void)arg;
	fence_i();
	check(run_code() == 1, "the code does not run");
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	check(wait_for(&fenced, 1, 4000), "the fence does not come");
	check(run_code() == 2, "still runs the old code");
}

static void fence_i_reaches(uint64_t all)
{
	for_each_other(hart)
	{
		struct mask m = all ? all_harts : (struct mask){ 1, hart->id };

		ready = fenced = 0;
		write_code(1);
		hart_run(hart, watch_code, 0);
		check(wait_for(&ready, 1, 4000), "hart %lu is not ready", hart->id);
		write_code(2);
		expect(sbi(EID_RFENCE, RFENCE_FENCE_I, m.mask, m.base), SUCCESS);
		fenced = 1;
		hart_join(hart);
	}
}

static void fence_i_self(uint64_t variant)
{
	(void)variant;
	write_code(1);
	fence_i();
	check(run_code() == 1, "the code does not run");
	write_code(2);
	expect(sbi(EID_RFENCE, RFENCE_FENCE_I, 1, self()->id), SUCCESS);
	check(run_code() == 2, "still runs the old code");
}

/* ---- Errors ---- */

static void invalid_hart(uint64_t fid, uint64_t variant)
{
	uint32_t allowed = INVALID_PARAM;

	/* Without H the function may not exist at all. */
	if (is_hfence(fid) && !isa_has("h"))
		allowed |= NOT_SUPPORTED;
	expect(rfence(fid, bad_mask_at(variant), 0, 0), allowed);
}

static void fence_i_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_FENCE_I, variant);
}

static void sfence_vma_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_SFENCE_VMA, variant);
}

static void sfence_vma_asid_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_SFENCE_VMA_ASID, variant);
}

static void hfence_gvma_vmid_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_HFENCE_GVMA_VMID, variant);
}

static void hfence_gvma_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_HFENCE_GVMA, variant);
}

static void hfence_vvma_asid_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_HFENCE_VVMA_ASID, variant);
}

static void hfence_vvma_invalid(uint64_t variant)
{
	invalid_hart(RFENCE_HFENCE_VVMA, variant);
}

static const char *const function_names[] = {
	"fence_i",     "sfence_vma",	   "sfence_vma_asid", "hfence_gvma_vmid",
	"hfence_gvma", "hfence_vvma_asid", "hfence_vvma",     NULL,
};
static const char *const hfence_names[] = {
	"gvma_vmid", "gvma", "vvma_asid", "vvma", NULL,
};

static void to_nobody(uint64_t fid)
{
	if (is_hfence(fid) && !isa_has("h"))
		skip("needs the hypervisor extension");
	expect(rfence(fid, (struct mask){ 0, 0 }, 0, 0), SUCCESS);
}

/* "one of the target hart doesn't support hypervisor extension" */
static void needs_hypervisor(uint64_t variant)
{
	expect(rfence(RFENCE_HFENCE_GVMA_VMID + variant, (struct mask){ 1, self()->id }, 0, 0),
	       isa_has_here("h") ? SUCCESS : NOT_SUPPORTED);
	expect(rfence(RFENCE_HFENCE_GVMA_VMID + variant, all_harts, 0, 0),
	       isa_has("h") ? SUCCESS : NOT_SUPPORTED);
}

/* A range over the end of the address space: "start_addr or size is not valid", or all of it. */
static void range_wraps(uint64_t fid)
{
	if (is_hfence(fid) && !isa_has("h"))
		skip("needs the hypervisor extension");
	expect(rfence(fid, all_harts, -2 * PAGE_SIZE, 4 * PAGE_SIZE), SUCCESS | INVALID_ADDRESS);
	expect(rfence(fid, all_harts, 1, ~0ul - 1), SUCCESS | INVALID_ADDRESS);
}

/* An ASID has at most 16 bits, a VMID 14. */
static void invalid_id(uint64_t variant)
{
	static const uint64_t fids[] = {
		RFENCE_SFENCE_VMA_ASID,
		RFENCE_HFENCE_GVMA_VMID,
		RFENCE_HFENCE_VVMA_ASID,
	};
	static const uint64_t ids[] = { 1 << 16, 1ul << 32 | 1, 1ul << 63 };

	if (variant && !isa_has("h"))
		skip("needs the hypervisor extension");
	for (size_t i = 0; i < 3; i++)
		expect(sbi(EID_RFENCE, fids[variant], 1, self()->id, WINDOW, PAGE_SIZE, ids[i]),
		       INVALID_PARAM);
}

static const char *const id_names[] = {
	"sfence_vma_asid",
	"hfence_gvma_vmid",
	"hfence_vvma_asid",
	NULL,
};

/* ---- Harts that do not run ---- */

static void stopped_hart(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	check(hart_stop(hart), "hart %lu does not stop", hart->id);
	expect(rfence(RFENCE_SFENCE_VMA, (struct mask){ 1, hart->id }, 0, 0),
	       SUCCESS | INVALID_PARAM);
	expect(rfence(RFENCE_SFENCE_VMA, all_harts, 0, 0), SUCCESS);
	check(sbi(EID_HSM, HSM_STATUS, hart->id).value == HSM_STOPPED, "the fence started it");
	check(hart_start(hart), "hart %lu does not start again", hart->id);
}

static void sleep_in_suspend(uint64_t arg)
{
	(void)arg;
	interrupts_off();
	csr_write(CSR_SIE, MIP_STIP);
	timer_set(time_now() + milliseconds(100));
	ready = 1;
	barrier();
	while (!(csr_read(CSR_SIP) & MIP_STIP))
		expect(sbi(EID_HSM, HSM_SUSPEND, SUSPEND_RETENTIVE, 0, 0), SUCCESS);
}

static void suspended_hart(uint64_t variant)
{
	struct hart *hart = another_hart();

	(void)variant;
	ready = 0;
	hart_run(hart, sleep_in_suspend, 0);
	check(wait_for(&ready, 1, 4000), "hart %lu is not ready", hart->id);
	sleep_ms(5);
	expect(rfence(RFENCE_SFENCE_VMA, (struct mask){ 1, hart->id }, 0, 0), SUCCESS);
	hart_join(hart);
}

/* ---- All harts at all harts ---- */

#define STORM_ROUNDS 32 /* shared by the harts: emulated ones take turns on fewer real ones */

static void shoot(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++) {
		expect(rfence(RFENCE_SFENCE_VMA, all_harts, WINDOW, PAGE_SIZE), SUCCESS);
		expect(rfence(RFENCE_SFENCE_VMA_ASID, all_harts, WINDOW + i * PAGE_SIZE, PAGE_SIZE),
		       SUCCESS);
		expect(rfence(RFENCE_FENCE_I, all_harts, 0, 0), SUCCESS);
		expect(rfence(RFENCE_SFENCE_VMA, all_harts, 0, 0), SUCCESS);
	}
}

static void storm(uint64_t variant)
{
	(void)variant;
	on_all_harts(shoot, STORM_ROUNDS / count_online());
	if (another_hart())
		fence_all(RFENCE_SFENCE_VMA, 2);
}

#define FENCE_I "RFENCE Remote FENCE.I Errors"
#define SFENCE "RFENCE Remote SFENCE.VMA Errors"
#define SFENCE_ASID "RFENCE Remote SFENCE.VMA with ASID Errors"
#define GVMA_VMID "RFENCE Remote HFENCE.GVMA with VMID Errors"
#define GVMA "RFENCE Remote HFENCE.GVMA Errors"
#define VVMA_ASID "RFENCE Remote HFENCE.VVMA with ASID Errors"
#define VVMA "RFENCE Remote HFENCE.VVMA Errors"
#define LIST "RFENCE Function List"

static const struct test tests[] = {
	{ "fence_i.self", FENCE_I, fence_i_self },
	{ "fence_i.each_other", FENCE_I, fence_i_reaches, .min_harts = 2 },
	{ "sfence_vma.synchronous", SFENCE, synchronous, .min_harts = 2 },
	{ "sfence_vma.self", SFENCE, sfence_self, range_names },
	{ "sfence_vma", SFENCE, sfence_vma, range_names, .min_harts = 2 },
	{ "sfence_vma_all_harts", SFENCE, sfence_vma_all_harts, range_names, .min_harts = 2 },
	{ "sfence_vma_asid", SFENCE_ASID, sfence_vma_asid, range_names, .min_harts = 2 },
	{ "sfence_vma_asid_all_harts", SFENCE_ASID, sfence_vma_asid_all_harts, range_names,
	  .min_harts = 2 },
	{ "hfence_gvma_vmid", GVMA_VMID, hfence_gvma_vmid, range_names, .min_harts = 2 },
	{ "hfence_gvma", GVMA, hfence_gvma, range_names, .min_harts = 2 },
	{ "hfence_vvma_asid", VVMA_ASID, hfence_vvma_asid, range_names, .min_harts = 2 },
	{ "hfence_vvma", VVMA, hfence_vvma, range_names, .min_harts = 2 },
	{ "fence_i.invalid_hart", FENCE_I, fence_i_invalid, bad_mask },
	{ "sfence_vma.invalid_hart", SFENCE, sfence_vma_invalid, bad_mask },
	{ "sfence_vma_asid.invalid_hart", SFENCE_ASID, sfence_vma_asid_invalid, bad_mask },
	{ "hfence_gvma_vmid.invalid_hart", GVMA_VMID, hfence_gvma_vmid_invalid, bad_mask },
	{ "hfence_gvma.invalid_hart", GVMA, hfence_gvma_invalid, bad_mask },
	{ "hfence_vvma_asid.invalid_hart", VVMA_ASID, hfence_vvma_asid_invalid, bad_mask },
	{ "hfence_vvma.invalid_hart", VVMA, hfence_vvma_invalid, bad_mask },
	{ "nobody", "Hart List Parameter", to_nobody, function_names },
	{ "hfence_needs_hypervisor", LIST, needs_hypervisor, hfence_names },
	{ "range_wraps", LIST, range_wraps, function_names },
	{ "invalid_id", LIST, invalid_id, id_names },
	{ "stopped_hart", LIST, stopped_hart, .min_harts = 2 },
	{ "suspended_hart", LIST, suspended_hart, .min_harts = 2 },
	{ "storm", LIST, storm },
	{ 0 }
};

const struct suite rfence_suite = { "rfence", EID_RFENCE, RFENCE_FIDS, tests };
