/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v0.1 (SBI v3.0, chapter "Legacy Extensions"); shutdown is how a run ends, see main.c. */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define SET_TIMER "Legacy: Set Timer"
#define CONSOLE "Legacy: Console Putchar, Getchar"
#define CLEAR_IPI "Legacy: Clear IPI"
#define SEND_IPI "Legacy: Send IPI"
#define FENCES "Legacy: Remote FENCE.I, SFENCE.VMA"
#define CALLING "Legacy Extensions"

static int64_t call(uint64_t eid, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	if (!sbi_probe(eid))
		skip("legacy extension %lu is not implemented", eid);
	return sbi(eid, 0, a0, a1, a2, a3).error;
}

static bool irq_pending(uint64_t bit)
{
	return csr_read(CSR_SIP) & bit;
}

static bool irq_clear(uint64_t bit)
{
	return !irq_pending(bit);
}

static void set_timer_fires(uint64_t variant)
{
	(void)variant;
	csr_write(CSR_SIE, 0);
	check(!call(EID_LEGACY_SET_TIMER, time_now() + milliseconds(10), 0, 0, 0), "not 0");
	check(wait_until(irq_pending, MIP_STIP, 1000), "not pending after a second");
	check(!call(EID_LEGACY_SET_TIMER, ~0ul, 0, 0, 0), "not 0");
	check(wait_until(irq_clear, MIP_STIP, 100), "still pending");
}

static void putchar_returns_0(uint64_t variant)
{
	int64_t ret = 0;

	(void)variant;
	for (const char *c = "# legacy putchar\n"; *c; c++)
		ret |= call(EID_LEGACY_PUTCHAR, (uint8_t)*c, 0, 0, 0);
	check(!ret, "returned %ld", ret);
}

/* "The SBI call returns the byte on success, or -1 for failure." */
static void getchar_empty(uint64_t variant)
{
	int64_t ret = 0;

	(void)variant;
	for (unsigned int i = 0; i < 1000 && ret != -1; i++) {
		ret = call(EID_LEGACY_GETCHAR, 0, 0, 0, 0);
		check(ret >= -1 && ret < 256, "returned %ld", ret);
	}
	check(ret == -1, "endless input");
}

static void clear_ipi_none(uint64_t variant)
{
	(void)variant;
	csr_clear(CSR_SIP, MIP_SSIP);
	check(!call(EID_LEGACY_CLEAR_IPI, 0, 0, 0, 0), "not 0 although none was pending");
}

static void clear_ipi_pending(uint64_t variant)
{
	int64_t ret;

	(void)variant;
	csr_set(CSR_SIP, MIP_SSIP);
	ret = call(EID_LEGACY_CLEAR_IPI, 0, 0, 0, 0);
	check(!irq_pending(MIP_SSIP), "still pending");
	check(ret > 0, "returned %ld although one was pending", ret);
}

/* ---- Hart masks: pointers as S-mode sees memory ---- */

#define MASK_WORDS 64
static uint64_t masks[MASK_WORDS];

static uint64_t mask_of(uint64_t id)
{
	for (size_t i = 0; i < MASK_WORDS; i++)
		masks[i] = 0;
	if (id >= 64 * MASK_WORDS)
		skip("hart id %lu is too large", id);
	masks[id / 64] = 1ul << id % 64;
	barrier();
	return (uintptr_t)masks;
}

static void send_ipi_self(uint64_t variant)
{
	(void)variant;
	check(!call(EID_LEGACY_SEND_IPI, mask_of(self()->id), 0, 0, 0), "not 0");
	check(wait_until(irq_pending, MIP_SSIP, 1000), "not pending after a second");
}

static volatile uint64_t ready, go;

static void await_ipi(uint64_t arg)
{
	(void)arg;
	csr_write(CSR_SIE, 0);
	csr_clear(CSR_SIP, MIP_SSIP);
	ready = 1;
	barrier();
	check(wait_until(irq_pending, MIP_SSIP, 3000), "no IPI arrived");
}

static void send_ipi_each_other(uint64_t variant)
{
	(void)variant;
	for_each_other(hart)
	{
		ready = 0;
		hart_run(hart, await_ipi, 0);
		check(wait_for(&ready, 1, 3000), "hart %lu is not ready", hart->id);
		check(!call(EID_LEGACY_SEND_IPI, mask_of(hart->id), 0, 0, 0), "not 0");
		hart_join(hart);
	}
}

/* The mask is somewhere else than its virtual address. */
static void send_ipi_virtual(uint64_t variant)
{
	int64_t ret;

	(void)variant;
	if (!sbi_probe(EID_LEGACY_SEND_IPI))
		skip("not implemented");
	window_show(0);
	paging_on(0);
	*(volatile uint64_t *)WINDOW = 1ul << self()->id;
	ret = call(EID_LEGACY_SEND_IPI, WINDOW, 0, 0, 0);
	paging_off();
	check(!ret, "returned %ld", ret);
	check(wait_until(irq_pending, MIP_SSIP, 1000), "not pending after a second");
}

/*
 * "The page and access faults taken by the SBI implementation while accessing memory on behalf of
 * the supervisor are redirected back to the supervisor with sepc CSR pointing to the faulting ECALL
 * instruction."
 */
static const char *const faulting_names[] = {
	"send_ipi", "remote_fence_i", "remote_sfence_vma", "remote_sfence_vma_asid", NULL,
};

static void expect_redirected(uint64_t eid, uint64_t address, uint64_t fault, uint64_t or_fault)
{
	struct trap trap;

	trap_expect();
	sbi(eid, 0, address, 0, 0, 0);
	check(trap_taken(&trap), "no fault");
	check(trap.cause == fault || trap.cause == or_fault, "cause %lu", trap.cause);
	check(trap.epc == (uintptr_t)ecall_recorded_return - 4, "sepc is not at the ECALL");
	check(trap.tval == address, "stval is %lx, not %lx", trap.tval, address);
}

static void page_fault(uint64_t variant)
{
	if (!sbi_probe(EID_LEGACY_SEND_IPI + variant))
		skip("not implemented");
	window_show(0);
	window_set_pte(0, 0);
	paging_on(0);
	expect_redirected(EID_LEGACY_SEND_IPI + variant, WINDOW, CAUSE_LOAD_PAGE_FAULT,
			  CAUSE_LOAD_PAGE_FAULT);
	paging_off();
}

static void access_fault(uint64_t variant)
{
	if (!sbi_probe(EID_LEGACY_SEND_IPI + variant))
		skip("not implemented");
	if (!machine.hole)
		skip("this machine has no such place");
	expect_redirected(EID_LEGACY_SEND_IPI + variant, machine.hole, CAUSE_LOAD_ACCESS,
			  CAUSE_LOAD_ACCESS);
}

/* S-mode cannot read the firmware; asking the firmware to do it must not help. */
static void firmware_mask(uint64_t variant)
{
	if (!sbi_probe(EID_LEGACY_SEND_IPI + variant))
		skip("not implemented");
	if (!machine.firmware)
		skip("this machine has no such place");
	expect_redirected(EID_LEGACY_SEND_IPI + variant, machine.firmware, CAUSE_LOAD_ACCESS,
			  CAUSE_LOAD_ACCESS);
}

/* ---- Remote fences ---- */

static void watch(uint64_t arg)
{
	(void)arg;
	paging_on(0);
	check(window_read(0) == window_word(0, 0), "page not mapped");
	ready = 1;
	barrier();
	check(wait_for(&go, 1, 4000), "the fence does not come");
	check(window_read(0) == window_word(1, 0), "still shows the old mapping");
	paging_off();
}

static void remote_fence(uint64_t variant)
{
	for_each_other(hart)
	{
		ready = go = 0;
		window_show(0);
		hart_run(hart, watch, 0);
		check(wait_for(&ready, 1, 4000), "hart %lu is not ready", hart->id);
		window_show(1);
		check(!call(EID_LEGACY_SFENCE_VMA + variant, mask_of(hart->id), WINDOW, PAGE_SIZE,
			    0),
		      "not 0");
		go = 1;
		hart_join(hart);
	}
}

static void remote_fence_self(uint64_t variant)
{
	check(!call(EID_LEGACY_FENCE_I + variant, mask_of(self()->id), 0, 0, 0), "not 0");
}

static const char *const fence_names[] = { "vma", "vma_asid", NULL };
static const char *const fence_self_names[] = { "fence_i", "sfence_vma", "sfence_vma_asid", NULL };

static const struct test tests[] = {
	{ "set_timer", SET_TIMER, set_timer_fires },
	{ "putchar", CONSOLE, putchar_returns_0 },
	{ "getchar.empty", CONSOLE, getchar_empty },
	{ "clear_ipi.none_pending", CLEAR_IPI, clear_ipi_none },
	{ "clear_ipi.pending", CLEAR_IPI, clear_ipi_pending },
	{ "send_ipi.self", SEND_IPI, send_ipi_self },
	{ "send_ipi.each_other", SEND_IPI, send_ipi_each_other, .min_harts = 2 },
	{ "send_ipi.virtual_address", SEND_IPI, send_ipi_virtual },
	{ "page_fault_redirected", CALLING, page_fault, faulting_names },
	{ "access_fault_redirected", CALLING, access_fault, faulting_names },
	{ "firmware_memory_redirected", CALLING, firmware_mask, faulting_names },
	{ "remote_sfence", FENCES, remote_fence, fence_names, .min_harts = 2 },
	{ "remote_fence_self", FENCES, remote_fence_self, fence_self_names },
	{ 0 }
};

const struct suite legacy_suite = { "legacy", 0, 0, tests };
