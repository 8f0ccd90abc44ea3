/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What S-mode sees of traps that may go through the firmware: as the ISA manuals say, whether it is
 * the hart or the firmware that does it.
 */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"
#include "tests/payloads/sbi/tap.h"

#define TRAP_ENTRY "Privileged ISA: Supervisor Trap Registers"
#define ALIGNMENT "Unprivileged ISA: Load and Store Instructions"
#define ATOMICS "Unprivileged ISA: A Extension"
#define FENCES "Unprivileged ISA: Memory Ordering Instructions"
#define COUNTERS "Privileged ISA: scounteren"

/* ---- Code to run in U-mode, or to trap in S-mode ---- */

#define USER_CODE(name, code) \
	void name(void); \
	__asm__(".pushsection .text\n.balign 4\n.globl " #name "\n" #name ":\n" code \
		"\n\tecall\n.popsection")

#define TRAPPING(name, insn) \
	USER_CODE(user_##name, ".4byte " #insn); \
	static void name(void) \
	{ \
		__asm__ volatile(".4byte " #insn ::: "a0", "memory"); \
	}

TRAPPING(custom, 0x0000000b)
TRAPPING(unimp, 0xc0001073)
TRAPPING(all_ones, 0xffffffff)
TRAPPING(reserved_load, 0x0005f503)
TRAPPING(read_mstatus, 0x30002573)
TRAPPING(write_mscratch, 0x34051073)
TRAPPING(mret, 0x30200073)
TRAPPING(read_no_csr, 0x8c002573)
TRAPPING(fence_tso, 0x8330000f)
TRAPPING(read_time, 0xc0102573)
TRAPPING(read_cycle, 0xc0002573)
TRAPPING(read_instret, 0xc0202573)
USER_CODE(user_sret, ".4byte 0x10200073");
USER_CODE(user_read_sstatus, ".4byte 0x10002573");

/* Runs @code in U-mode to its ecall; the traps that it took on its way are counted. */
static unsigned int in_user_mode(void (*code)(void), struct trap *trap)
{
	struct mark back;

	if (!mark(&back)) {
		self()->user_exit = &back;
		trap_expect();
		csr_clear(CSR_SSTATUS, MSTATUS_SPP | MSTATUS_SPIE);
		csr_write(CSR_SEPC, (uintptr_t)code);
		__asm__ volatile("sret" : : : "memory");
	}
	self()->user_exit = NULL;
	return trap_taken(trap);
}

/* ---- Illegal instructions ---- */

static const struct {
	void (*code)(void), (*user)(void);
	uint32_t insn;
} illegal[] = {
	{ custom, user_custom, 0x0000000b },
	{ unimp, user_unimp, 0xc0001073 },
	{ all_ones, user_all_ones, 0xffffffff },
	{ reserved_load, user_reserved_load, 0x0005f503 },
	{ read_mstatus, user_read_mstatus, 0x30002573 },
	{ write_mscratch, user_write_mscratch, 0x34051073 },
	{ mret, user_mret, 0x30200073 },
	{ read_no_csr, user_read_no_csr, 0x8c002573 },
	{ NULL, user_sret, 0x10200073 },
	{ NULL, user_read_sstatus, 0x10002573 },
};

static const char *const illegal_names[] = {
	"custom",	  "write_read_only",   "all_ones", "reserved_load",
	"read_mstatus",	  "write_mscratch",    "mret",	   "read_no_csr",
	"sret_of_u_mode", "sstatus_of_u_mode", NULL,
};

static void check_illegal(unsigned int count, const struct trap *trap, uint32_t insn,
			  uint64_t status)
{
	check(count == 1, "%u traps", count);
	check(trap->cause == CAUSE_ILLEGAL_INSTRUCTION, "scause is %lu", trap->cause);
	check(*(const uint32_t *)trap->epc == insn, "sepc is %lx", trap->epc);
	check(!trap->tval || trap->tval == insn, "stval is %lx", trap->tval);
	check((trap->status & (MSTATUS_SPP | MSTATUS_SIE)) == status, "sstatus is %lx",
	      trap->status);
}

static void illegal_of_s(uint64_t variant)
{
	struct trap trap;

	if (!illegal[variant].code)
		skip("legal in S-mode");
	trap_expect();
	illegal[variant].code();
	check_illegal(trap_taken(&trap), &trap, illegal[variant].insn, MSTATUS_SPP);
}

static void illegal_of_u(uint64_t variant)
{
	struct trap trap;
	unsigned int count = in_user_mode(illegal[variant].user, &trap);

	check_illegal(count, &trap, illegal[variant].insn, 0);
}

/* ---- Access faults ---- */

static const char *const access_names[] = { "load", "store", "fetch", NULL };

static void access_fault(uint64_t variant)
{
	static const uint64_t causes[] = { CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
					   CAUSE_FETCH_ACCESS };
	uint64_t places[] = { machine.hole, machine.firmware };
	struct trap trap;

	if (!machine.hole || !machine.firmware)
		skip("all memory can be accessed");
	for (unsigned int i = 0; i < 2; i++) {
		trap_expect();
		if (variant == 0)
			touch_load(places[i]);
		else if (variant == 1)
			touch_store(places[i], 0);
		else
			((void (*)(void))places[i])();
		check(trap_taken(&trap) == 1 && trap.cause == causes[variant] &&
			      trap.tval == places[i],
		      "%lx: cause %lu, stval %lx", places[i], trap.cause, trap.tval);
	}
}

/* ---- Misaligned accesses ---- */

#define LOAD(type, suffix) \
	static uint64_t load_##suffix(uint64_t addr) \
	{ \
		uint64_t value; \
		__asm__ volatile("l" #suffix " %0, 0(%1)" : "=r"(value) : "r"(addr) : "memory"); \
		return value; \
	}

LOAD(int16_t, h)
LOAD(uint16_t, hu)
LOAD(int32_t, w)
LOAD(uint32_t, wu)
LOAD(int64_t, d)

/* Through f0, in the form that it has in memory. */
static uint64_t load_float(uint64_t addr, bool is_double)
{
	uint64_t value;

	csr_set(CSR_SSTATUS, MSTATUS_FS);
	if (is_double)
		__asm__ volatile(".insn i 0x07, 3, x0, %1, 0\n\t.insn r 0x53, 0, 0x71, %0, x0, x0"
				 : "=r"(value)
				 : "r"(addr)
				 : "memory"); /* fld f0, fmv.x.d */
	else
		__asm__ volatile(".insn i 0x07, 2, x0, %1, 0\n\t.insn r 0x53, 0, 0x70, %0, x0, x0"
				 : "=r"(value)
				 : "r"(addr)
				 : "memory"); /* flw f0, fmv.x.w */
	return value;
}

static uint64_t load_fw(uint64_t addr)
{
	return load_float(addr, false);
}

static uint64_t load_fd(uint64_t addr)
{
	return load_float(addr, true);
}

static const struct {
	uint64_t (*load)(uint64_t addr);
	unsigned int size;
	bool is_signed, needs_d;
} loads[] = {
	{ load_h, 2, true, false },   { load_hu, 2, false, false }, { load_w, 4, true, false },
	{ load_wu, 4, false, false }, { load_d, 8, true, false },   { load_fw, 4, true, true },
	{ load_fd, 8, true, true },
};

static const char *const load_names[] = { "lh", "lhu", "lw", "lwu", "ld", "flw", "fld", NULL };

static uint8_t bytes[64] __attribute__((aligned(16)));

static uint64_t bytes_at(unsigned int at, unsigned int size, bool is_signed)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)bytes[at + i] << i * 8;
	if (is_signed)
		value = (uint64_t)((int64_t)(value << (64 - size * 8)) >> (64 - size * 8));
	return value;
}

static void fill_bytes(void)
{
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(0xa5 + i * 29);
	barrier();
}

static void misaligned_load(uint64_t variant)
{
	fill_bytes();
	if (loads[variant].needs_d && !isa_has("d"))
		skip("no D");
	for (unsigned int at = 0; at < 24; at++) {
		uint64_t value = loads[variant].load((uintptr_t)&bytes[at]);
		uint64_t right = bytes_at(at, loads[variant].size, loads[variant].is_signed);

		check(value == right, "at %u: %lx, not %lx", at, value, right);
	}
}

static const char *const store_names[] = { "sh", "sw", "sd", NULL };

static void misaligned_store(uint64_t variant)
{
	uint64_t value = 0x8877665544332211, size = 2ul << variant;

	for (unsigned int at = 1; at < 24; at++) {
		fill_bytes();
		if (variant == 0)
			__asm__ volatile("sh %0, 0(%1)" : : "r"(value), "r"(&bytes[at]) : "memory");
		else if (variant == 1)
			__asm__ volatile("sw %0, 0(%1)" : : "r"(value), "r"(&bytes[at]) : "memory");
		else
			__asm__ volatile("sd %0, 0(%1)" : : "r"(value), "r"(&bytes[at]) : "memory");
		for (unsigned int i = 0; i < 48; i++) {
			bool is_new = i >= at && i < at + size;
			uint8_t right = is_new ? (uint8_t)(value >> (i - at) * 8)
					       : (uint8_t)(0xa5 + i * 29);

			check(bytes[i] == right, "at %u: byte %u is %x", at, i, bytes[i]);
		}
	}
}

/* Half of it is in a page that is not there: that is where the fault is. */
static void misaligned_page_fault(uint64_t variant)
{
	uint64_t edge = WINDOW + PAGE_SIZE;
	bool is_store = variant;
	struct trap trap;
	bool trapped;

	window_show(0);
	window_set_pte(1, 0);
	paging_on(0);
	trapped = is_store ? store_traps(edge - 3, 0, &trap) : load_traps(edge - 3, &trap);
	paging_off();
	check(trapped, "no trap");
	check(trap.cause == (is_store ? CAUSE_STORE_PAGE_FAULT : CAUSE_LOAD_PAGE_FAULT),
	      "scause is %lu", trap.cause);
	check(trap.tval >= edge && trap.tval < edge + 5, "stval is %lx", trap.tval);
}

static const char *const fault_names[] = { "load", "store", NULL };

/* ---- Misaligned atomics: nobody may do them in parts ---- */

/* Across 16 bytes: Zama16b does not help. */
#define ATOMIC_AT 13

static const char *const atomic_names[] = { "amoadd.w", "amoadd.d", "lr.w", "lr.d", NULL };

static void misaligned_atomic(uint64_t variant)
{
	uint64_t addr = (uintptr_t)&bytes[ATOMIC_AT], before, result;
	bool is_lr = variant >= 2;
	struct trap trap;

	fill_bytes();
	before = bytes_at(ATOMIC_AT, 8, false);
	trap_expect();
	switch (variant) {
	case 0:
		__asm__ volatile("amoadd.w %0, %1, (%1)" : "=&r"(result) : "r"(addr) : "memory");
		break;
	case 1:
		__asm__ volatile("amoadd.d %0, %1, (%1)" : "=&r"(result) : "r"(addr) : "memory");
		break;
	case 2:
		__asm__ volatile("lr.w %0, (%1)" : "=&r"(result) : "r"(addr) : "memory");
		break;
	default:
		__asm__ volatile("lr.d %0, (%1)" : "=&r"(result) : "r"(addr) : "memory");
	}
	if (!trap_taken(&trap))
		skip("the hart does it");
	check(is_lr ? trap.cause == CAUSE_LOAD_MISALIGNED || trap.cause == CAUSE_LOAD_ACCESS
		    : trap.cause == CAUSE_STORE_MISALIGNED || trap.cause == CAUSE_STORE_ACCESS,
	      "scause is %lu", trap.cause);
	check(trap.tval == addr, "stval is %lx, not %lx", trap.tval, addr);
	check(bytes_at(ATOMIC_AT, 8, false) == before, "memory was changed");
}

/* ---- FENCE.TSO and counters ---- */

static void fence_tso_passes(uint64_t variant)
{
	struct trap trap;

	(void)variant;
	trap_expect();
	fence_tso();
	check(!trap_taken(&trap), "S-mode: trap %lu", trap.cause);
	check(!in_user_mode(user_fence_tso, &trap), "U-mode: trap %lu", trap.cause);
}

static const struct {
	void (*code)(void), (*user)(void);
	uint32_t insn;
	uint64_t enable;
} counters[] = {
	{ read_time, user_read_time, 0xc0102573, 2 },
	{ read_cycle, user_read_cycle, 0xc0002573, 1 },
	{ read_instret, user_read_instret, 0xc0202573, 4 },
};

static const char *const counter_names[] = { "time", "cycle", "instret", NULL };

static void counter(uint64_t variant)
{
	unsigned int count;
	struct trap trap;

	trap_expect();
	counters[variant].code();
	check(!trap_taken(&trap), "S-mode: trap %lu", trap.cause);
	csr_write(CSR_SCOUNTEREN, counters[variant].enable);
	count = in_user_mode(counters[variant].user, &trap);
	csr_write(CSR_SCOUNTEREN, 0);
	check(!count, "U-mode may, but: trap %lu", trap.cause);
	count = in_user_mode(counters[variant].user, &trap);
	check_illegal(count, &trap, counters[variant].insn, 0);
}

static const struct test tests[] = {
	{ "illegal_in_s_mode", TRAP_ENTRY, illegal_of_s, illegal_names },
	{ "illegal_in_u_mode", TRAP_ENTRY, illegal_of_u, illegal_names },
	{ "access_fault", TRAP_ENTRY, access_fault, access_names },
	{ "misaligned", ALIGNMENT, misaligned_load, load_names },
	{ "misaligned", ALIGNMENT, misaligned_store, store_names },
	{ "misaligned.page_fault", ALIGNMENT, misaligned_page_fault, fault_names },
	{ "misaligned.atomic", ATOMICS, misaligned_atomic, atomic_names },
	{ "fence_tso", FENCES, fence_tso_passes },
	{ "counter", COUNTERS, counter, counter_names },
	{ 0 }
};

const struct suite trap_suite = { "trap", 0, 0, tests };
