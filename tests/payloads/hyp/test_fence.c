/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HFENCE.GVMA and HFENCE.VVMA, here and on other harts through the SBI: a translation changes behind
 * the TLB's back, and after the fence the new one counts. HLV looks through it, and then a guest. In
 * between no guest runs: where QEMU enters or leaves one, it forgets all translations.
 */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/hyp/guest.h"
#include "tests/payloads/hyp/hyp.h"
#include "tests/payloads/sbi/tap.h"

#define OLD 0x0101010101010101UL
#define NEW 0x0202020202020202UL

static void set_up(void)
{
	need_hypervisor();
}

static void prepare(enum gstage mode)
{
	guest_on(mode);
	*(volatile uint64_t *)guest_memory[PAGE_GOOD] = OLD;
	*(volatile uint64_t *)guest_memory[PAGE_GOOD_2] = NEW;
	csr_set(CSR_HSTATUS, HSTATUS_SPVP);
}

/* PAGE_GOOD shows PAGE_GOOD_2's memory from now on. */
static void change(bool second_stage)
{
	if (second_stage) {
		*guest_g_pte(PAGE_GOOD) = *guest_g_pte(PAGE_GOOD_2);
	} else {
		*guest_vs_pte(GUEST_VS, PAGE_GOOD) = *guest_vs_pte(GUEST_VS, PAGE_GOOD_2);
		*guest_vs_pte(GUEST_VU, PAGE_GOOD) = *guest_vs_pte(GUEST_VU, PAGE_GOOD_2);
	}
	barrier();
}

/* ---- Here ---- */

#define HFENCE(funct7, addr, id) \
	__asm__ volatile(".insn r 0x73, 0, " funct7 ", x0, %0, %1" \
			 : \
			 : "r"(addr), "r"(id) \
			 : "memory")
#define HFENCE_X0(funct7, rs1, rs2, ...) \
	__asm__ volatile(".insn r 0x73, 0, " funct7 ", x0, " rs1 ", " rs2 \
			 : \
			 : __VA_ARGS__ \
			 : "memory")

static const char *const local_names[] = {
	"gvma",	     "gvma_addr",      "gvma_vmid", "gvma_addr_vmid", "vvma", "vvma_addr",
	"vvma_asid", "vvma_addr_asid", NULL,
};

static void fence_as(uint64_t variant)
{
	uint64_t gpa = guest_physical(PAGE_GOOD) >> 2, gva = guest_page(GUEST_VS, PAGE_GOOD);

	switch (variant) {
	case 0:
		HFENCE_X0("0x31", "x0", "x0");
		break;
	case 1:
		HFENCE_X0("0x31", "%0", "x0", "r"(gpa));
		break;
	case 2:
		HFENCE_X0("0x31", "x0", "%0", "r"((uint64_t)GUEST_VMID));
		break;
	case 3:
		HFENCE("0x31", gpa, (uint64_t)GUEST_VMID);
		break;
	case 4:
		HFENCE_X0("0x11", "x0", "x0");
		break;
	case 5:
		HFENCE_X0("0x11", "%0", "x0", "r"(gva));
		break;
	case 6:
		HFENCE_X0("0x11", "x0", "%0", "r"((uint64_t)GUEST_ASID));
		break;
	default:
		HFENCE("0x11", gva, (uint64_t)GUEST_ASID);
	}
}

static void local(uint64_t variant)
{
	uint64_t at = guest_page(GUEST_VS, PAGE_GOOD);

	prepare(SV39X4);
	check(guest_load(at) == OLD, "not mapped");
	change(variant < 4);
	fence_as(variant);
	check(guest_load(at) == NEW, "still the old mapping");
}

/* ---- On other harts ---- */

static const char *const remote_names[] = {
	"gvma_vmid",	   "gvma",	 "vvma_asid", "vvma", "gvma_vmid_range", "gvma_range",
	"vvma_asid_range", "vvma_range", NULL,
};
static const uint64_t fids[] = {
	RFENCE_HFENCE_GVMA_VMID,
	RFENCE_HFENCE_GVMA,
	RFENCE_HFENCE_VVMA_ASID,
	RFENCE_HFENCE_VVMA,
};

static volatile uint64_t ready, fenced;
static struct guest guests[MAX_HARTS];

static void watch(uint64_t arg)
{
	struct guest *guest = &guests[self()->index];
	uint64_t at = guest_page(GUEST_VS, PAGE_GOOD);

	csr_write(CSR_HGATP, ((const uint64_t *)arg)[0]);
	csr_write(CSR_VSATP, ((const uint64_t *)arg)[1]);
	csr_write(CSR_HSTATUS, HSTATUS_SPVP);
	hfence_all();
	check(guest_load(at) == OLD, "not mapped");
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	check(wait_for(&fenced, 1, 4000), "the fence does not come");
	check(guest_load(at) == NEW, "still the old mapping");
	guest_run(guest, GUEST_VS, code_load, 0, at);
	check(guest->x[10] == NEW, "the guest reads %lx", guest->x[10]);
	guest_off();
}

static void remote(uint64_t variant)
{
	bool range = variant >= 4, second_stage = variant % 4 < 2;
	uint64_t fid = fids[variant % 4], atp[2], start, watchers = 0;
	struct sbiret ret;

	prepare(SV39X4);
	atp[0] = csr_read(CSR_HGATP);
	atp[1] = csr_read(CSR_VSATP);
	ready = fenced = 0;
	for_each_other(hart)
	{
		hart_run(hart, watch, (uintptr_t)atp);
		watchers++;
	}
	check(wait_for(&ready, watchers, 4000), "%lu of %lu harts are ready", ready, watchers);
	change(second_stage);
	start = second_stage ? guest_physical(PAGE_GOOD) : guest_page(GUEST_VS, PAGE_GOOD);
	/* A hart without an hgatp of this guest must not need one: the call says whose it is. */
	ret = sbi(EID_RFENCE, fid, 0, ~0UL, range ? start : 0, range ? 2 * PAGE_SIZE : 0,
		  second_stage ? GUEST_VMID : GUEST_ASID);
	fenced = 1;
	barrier();
	for_each_other(hart) hart_join(hart);
	expect(ret, SUCCESS);
	check(csr_read(CSR_HGATP) == atp[0], "hgatp is %lx", csr_read(CSR_HGATP));
	check(guest_load(guest_page(GUEST_VS, PAGE_GOOD)) == NEW, "still the old mapping here");
}

static const struct test tests[] = {
	{ "local", "Hypervisor Memory-Management Fence Instructions", local, local_names },
	{ "remote", "RFENCE Function List", remote, remote_names, .min_harts = 2 },
	{ 0 }
};

const struct suite fence_suite = { "fence", 0, 0, tests, set_up, guest_off, .is_isa = true };
