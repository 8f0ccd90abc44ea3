/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware does for a hart is what a hart does that needs no firmware: random misaligned
 * loads and stores, and reads of counters, run twice, once as they are and once where the hart takes an
 * exception (tests/boot/test_emulate.py has QEMU take it). Registers, memory and faults must be the
 * same. Options in /chosen/bootargs:
 *	rounds=<number>, seed=<number>
 *	guest=1		in VS-mode
 *	straddle=0	leave out what QEMU 10 stumbles over: fault-only-first loads of segments, from
 *			vstart on, and of elements that lie in two pages
 */
#include "tests/payloads/emulate/context.h"

#include <stdbool.h>
#include <stdint.h>

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/paging.h"

/*
 * The window of pages: the first two are neighbours only by their virtual addresses, the fourth has
 * none behind it. Instructions work around these two boundaries.
 */
#define SEAM (WINDOW + 2 * PAGE_SIZE)
#define EDGE (WINDOW + 4 * PAGE_SIZE)
#define REACH 512UL
#define AREAS 2

#define MINUTE_MS 60000 /* as long as a machine may take for two instructions */

static const struct {
	uint64_t start, size;
} areas[AREAS] = { { SEAM - REACH, 2 * REACH }, { EDGE - 2 * REACH, 2 * REACH } };

/* A guest's physical address where the hypervisor has put nothing. */
#define GUEST_HOLE 0x3000000000ul
#define GIGAPAGE_SHIFT 30
#define GUEST_LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)
#define PAGE_LEAF (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

/* What VS-mode handles itself. */
#define DELEGATED \
	(1UL << CAUSE_FETCH_MISALIGNED | 1UL << CAUSE_ILLEGAL_INSTRUCTION | \
	 1UL << CAUSE_BREAKPOINT | 1UL << CAUSE_LOAD_MISALIGNED | 1UL << CAUSE_STORE_MISALIGNED | \
	 1UL << CAUSE_FETCH_PAGE_FAULT | 1UL << CAUSE_LOAD_PAGE_FAULT | \
	 1UL << CAUSE_STORE_PAGE_FAULT)

static uint64_t guest_root[2048] __attribute__((aligned(16384)));
static bool is_guest;
static bool straddle;

static uint8_t left_by_hart[AREAS][2 * REACH];
static struct context start, by_hart;
static bool has_zcb, has_zfh;
static unsigned int vlenb;

/* ---- Chance ---- */

static uint64_t chance;

static uint64_t next(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance * 0x2545f4914f6cdd1d >> 8;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)(next() % n);
}

/* ---- Instructions ---- */

enum kind { INTEGER, COMPRESSED, FLOAT, COUNTER, VECTOR, KINDS };

static const char *const kind_names[] = { "integer", "compressed", "float", "counter", "vector" };

struct experiment {
	enum kind kind;
	uint32_t insn;
	unsigned int rd; /* that gets the value of a counter, which is never twice the same */
	bool is_store;
	unsigned int base; /* the register */
	int64_t offset;	   /* of the address from it */
	unsigned int nf;   /* fields of vector segments; 0: no vector */
	uint64_t addr;	   /* of a scalar, or x[base] */
	uint64_t whole;	   /* size of elements of which none may lie in two pages; else 0 */
};

static unsigned int length(uint32_t insn)
{
	return (insn & 3) == 3 ? 4 : 2;
}

static uint32_t i_type(uint32_t opcode, unsigned int funct3, unsigned int rd, unsigned int rs1,
		       int64_t imm)
{
	return (uint32_t)imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

static uint32_t s_type(uint32_t opcode, unsigned int funct3, unsigned int rs2, unsigned int rs1,
		       int64_t imm)
{
	return ((uint32_t)imm >> 5 & 127) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
	       ((uint32_t)imm & 31) << 7 | opcode;
}

static void choose_scalar(struct experiment *e, uint32_t load, uint32_t store, unsigned int widths,
			  const uint8_t *funct3)
{
	unsigned int width = funct3[below(widths)];

	e->is_store = below(2) && width <= 3;
	e->base = 1 + below(31);
	e->offset = (int64_t)below(4096) - 2048;
	e->insn = e->is_store ? s_type(store, width, below(32), e->base, e->offset)
			      : i_type(load, width, below(32), e->base, e->offset);
}

static void choose_compressed(struct experiment *e)
{
	/* Of those with base register and offset 0, and with sp. */
	static const uint16_t insns[] = {
		0x4000, 0x6000, 0xc000, 0xe000, 0x2000, 0xa000, /* c.[f]lw to c.fsd */
		0x4002, 0x6002, 0xc002, 0xe002, 0x2002, 0xa002, /* and with sp */
		0x8400, 0x8440, 0x8c00,				/* c.lhu, c.lh, c.sh */
	};
	unsigned int n = below(has_zcb ? 15 : 12);
	uint32_t insn = insns[n];

	e->is_store = n < 12 ? insn & 0x8000 : insn == 0x8c00;
	if (insn & 2) {
		e->base = 2;
		e->insn = insn | (1 + below(31)) << (e->is_store ? 2 : 7);
	} else {
		e->base = 8 + below(8);
		e->insn = insn | (e->base - 8) << 7 | below(8) << 2;
	}
	e->offset = 0;
}

/* vtype, of which lmul and the widths are logarithms, such that all groups are of 1/8 to 8 registers. */
struct vector_shape {
	unsigned int sew, width; /* of an element; what the instruction names */
	int lmul;
	unsigned int group, width_group; /* registers of elements of these two */
};

static bool is_group(int emul)
{
	return emul >= -3 && emul <= 3;
}

static unsigned int registers(int emul)
{
	return emul > 0 ? 1U << emul : 1;
}

static void choose_shape(struct vector_shape *shape, bool is_indexed)
{
	int width_emul;

	shape->sew = 1 + below(3);
	shape->width = is_indexed ? below(4) : 1 + below(3);
	do {
		shape->lmul = (int)below(7) - 3;
		width_emul = shape->lmul + (int)shape->width - (int)shape->sew;
	} while (shape->lmul + 3 < (int)shape->sew || !is_group(width_emul));
	shape->width_group = registers(width_emul);
	shape->group = is_indexed ? registers(shape->lmul) : shape->width_group;
	start.vtype = shape->sew << 3 | ((unsigned int)shape->lmul & 7);
	start.vl = (shape->lmul < 0 ? vlenb >> -shape->lmul : vlenb << shape->lmul) >> shape->sew;
	start.vl = 1 + below((unsigned int)start.vl);
}

/* Somewhere in the @eighth eight registers, with room for @fields groups. */
static unsigned int some_register(unsigned int eighth, unsigned int group, unsigned int fields)
{
	return eighth * 8 + below((8 - group * fields) / group + 1) * group;
}

static void choose_indices(unsigned int first, const struct vector_shape *shape)
{
	uint64_t each = 1UL << shape->width, end = (first + shape->width_group) * vlenb;

	for (uint64_t at = first * vlenb; at < end; at += each) {
		uint64_t index = below(200);

		memcpy(&start.v[at], &index, each);
	}
}

enum mop { UNIT_STRIDE, INDEXED_UNORDERED, STRIDED, INDEXED_ORDERED };
enum lumop { PLAIN = 0, WHOLE_REGISTERS = 8, FAULT_ONLY_FIRST = 16 };

static void choose_vector(struct experiment *e)
{
	static const uint8_t widths[] = { 0, 5, 6, 7 };
	static const uint8_t lumops[] = { PLAIN, WHOLE_REGISTERS, FAULT_ONLY_FIRST };
	unsigned int mop = below(4), elements, rs2 = 0, vd;
	unsigned int block = below(4), other_block = (block + 1) % 4;
	bool is_masked = block && other_block && below(2); /* v0 is nothing else then */
	struct vector_shape shape;

	choose_shape(&shape, mop & 1);
	elements = (unsigned int)start.vl;
	e->is_store = below(2);
	e->nf = 1 + (below(2) ? below(8 / shape.group) : 0);
	e->base = 1 + below(31);
	if (mop == UNIT_STRIDE && !e->is_store)
		rs2 = lumops[below(3)];
	if (mop == STRIDED) {
		rs2 = (e->base + 1 + below(31)) % 32;
		start.x[rs2] = rs2 ? (uint64_t)((int64_t)below(120) - 60) : 0;
	} else if (mop != UNIT_STRIDE) {
		rs2 = some_register(other_block, shape.width_group, 1);
		choose_indices(rs2, &shape);
	} else if (rs2 == WHOLE_REGISTERS) {
		is_masked = false;
		e->nf = shape.group = 1U << below(4);
		elements = e->nf * vlenb >> shape.width;
	} else if (rs2 == FAULT_ONLY_FIRST && !straddle) {
		e->nf = 1;
		e->whole = 1UL << shape.width;
	}
	/* A hart may do some elements before it traps. */
	start.vstart = below(4) || e->whole ? 0 : below(elements);
	vd = some_register(block, shape.group, rs2 == WHOLE_REGISTERS && !mop ? 1 : e->nf);
	e->insn = (e->nf - 1) << 29 | mop << 26 | (is_masked ? 0U : 1U << 25) | rs2 << 20 |
		  e->base << 15 | (uint32_t)widths[shape.width] << 12 | vd << 7 |
		  (e->is_store ? 0x27 : 0x07);
}

static void choose_counter(struct experiment *e)
{
	static const uint16_t csrs[] = { CSR_TIME, CSR_CYCLE, CSR_INSTRET };

	e->rd = below(32);
	e->base = 0;
	e->insn = (uint32_t)csrs[below(3)] << 20 | 2 << 12 | e->rd << 7 | 0x73;
}

static void choose(struct experiment *e, enum kind kind)
{
	static const uint8_t integer[] = { 1, 2, 3, 5, 6 }, floating[] = { 2, 3, 1 };
	uint64_t boundary = below(2) ? EDGE : SEAM;

	for (unsigned int i = 1; i < 32; i++) {
		start.x[i] = next() << 32 ^ next();
		start.f[i] = next() << 32 ^ next();
	}
	for (unsigned int i = 0; i < CONTEXT_V_SIZE; i++)
		start.v[i] = (uint8_t)next();
	start.vl = start.vtype = start.vstart = 0;
	*e = (struct experiment){ .kind = kind };
	switch (kind) {
	case INTEGER:
		choose_scalar(e, 0x03, 0x23, 5, integer);
		break;
	case FLOAT:
		choose_scalar(e, 0x07, 0x27, has_zfh ? 3 : 2, floating);
		break;
	case COMPRESSED:
		choose_compressed(e);
		break;
	case COUNTER:
		choose_counter(e);
		return;
	default:
		choose_vector(e);
	}
	/* Now and then across the boundary; to both sides of the seam, below the edge. */
	e->addr = boundary - 1 - below(below(3) == 0 ? 300 : kind == VECTOR ? 64 : 7);
	if (e->whole)
		e->addr = boundary - (boundary - e->addr) / e->whole * e->whole;
	start.x[e->base] = e->addr - (uint64_t)e->offset;
}

/* ---- Running them ---- */

static void fill_memory(uint64_t seed)
{
	for (unsigned int i = 0; i < AREAS; i++) {
		volatile uint64_t *word = (volatile uint64_t *)areas[i].start;

		for (uint64_t at = 0; at < areas[i].size && (uintptr_t)word < EDGE; at += 8)
			*word++ = seed = seed * 0x5851f42d4c957f2d + 1;
	}
}

static uint64_t readable(unsigned int area)
{
	return areas[area].start + areas[area].size > EDGE ? EDGE - areas[area].start
							   : areas[area].size;
}

static void put(uint32_t *slot, uint32_t insn)
{
	uint16_t *halves = (uint16_t *)slot;

	halves[0] = (uint16_t)insn;
	halves[1] = length(insn) == 2 ? 1 /* c.nop */ : (uint16_t)(insn >> 16);
	fence_i();
}

/* The traps that it took, and the last of them; @note: of those that came to the hypervisor. */
static unsigned int run_once(void (*run)(void), struct trap *trap, struct hypervisor_note *note)
{
	context = start;
	hypervisor_note = (struct hypervisor_note){ 0 };
	barrier();
	trap_expect();
	run();
	barrier();
	*note = hypervisor_note;
	return trap_taken(trap);
}

static void same(const struct experiment *e, uint64_t round, const char *what, uint64_t i,
		 uint64_t expected, uint64_t seen)
{
	check(expected == seen,
	      "round %lu: %x, base %lx vl %lu vtype %lx vstart %lu: %s %lu is %lx, not %lx", round,
	      e->insn, start.x[e->base], start.vl, start.vtype, start.vstart, what, i, seen,
	      expected);
}

/* The second value is later than the first, but not much. */
static void check_counter(const struct experiment *e, uint64_t round)
{
	uint64_t passed = context.x[e->rd] - by_hart.x[e->rd];

	check((int64_t)passed > 0, "round %lu: %x is %lx after %lx", round, e->insn,
	      context.x[e->rd], by_hart.x[e->rd]);
	if (e->insn >> 20 == CSR_TIME)
		check(passed < milliseconds(MINUTE_MS), "round %lu: time is %lx after %lx", round,
		      context.x[e->rd], by_hart.x[e->rd]);
}

static void compare(const struct experiment *e, uint64_t round, bool faulted)
{
	/* What a fault in a segment leaves of it is up to the hart, and so are bytes of a store. */
	bool any_memory = faulted && e->is_store;
	bool any_segment = e->nf > 1 && (faulted || by_hart.vl != start.vl);
	uint64_t size = 32UL * vlenb;

	if (e->kind == COUNTER && e->rd && !faulted)
		check_counter(e, round);
	for (unsigned int i = 1; i < 32; i++) {
		if (e->kind != COUNTER || i != e->rd)
			same(e, round, "x", i, by_hart.x[i], context.x[i]);
	}
	for (unsigned int i = 0; i < 32; i++)
		same(e, round, "f", i, by_hart.f[i], context.f[i]);
	for (unsigned int i = 0; i < size && !any_segment; i++)
		same(e, round, "byte of v", i, by_hart.v[i], context.v[i]);
	same(e, round, "vl", 0, by_hart.vl, context.vl);
	same(e, round, "vtype", 0, by_hart.vtype, context.vtype);
	same(e, round, "vstart", 0, by_hart.vstart, context.vstart);
	if (!faulted && !e->is_store)
		same(e, round, "FS and VS", 0, by_hart.sstatus & (MSTATUS_FS | MSTATUS_VS),
		     context.sstatus & (MSTATUS_FS | MSTATUS_VS));
	for (unsigned int area = 0; area < AREAS && !any_memory; area++) {
		const uint8_t *now = (const uint8_t *)areas[area].start;

		for (uint64_t i = 0; i < readable(area); i++)
			same(e, round, "byte of memory", i, left_by_hart[area][i], now[i]);
	}
}

/* Which counters the guest may read. */
static void set_hcounteren(uint64_t value)
{
	register uint64_t a0 __asm__("a0") = value;
	register uint64_t a7 __asm__("a7") = HYPERCALL_HCOUNTEREN;

	__asm__ volatile("ecall" : : "r"(a0), "r"(a7) : "memory");
}

static unsigned int faults, guest_faults;

static void experiment(uint64_t round, enum kind kind)
{
	struct experiment e;
	struct hypervisor_note hart_note, note;
	struct trap hart_trap, trap;
	unsigned int hart_traps, traps;
	uint64_t seed = next();

	choose(&e, kind);
	if (is_guest) {
		set_hcounteren(next());
		window_set_pte(4, below(2) ? pte_of(GUEST_HOLE, PAGE_LEAF) : 0);
		sfence_vma_all();
	}
	put(&slot_plain, e.insn);
	put(&slot_trapping, e.insn);
	injection.cause = e.kind == COUNTER ? CAUSE_ILLEGAL_INSTRUCTION
			: e.is_store	    ? CAUSE_STORE_MISALIGNED
					    : CAUSE_LOAD_MISALIGNED;
	injection.tval = e.kind == COUNTER ? e.insn : e.addr;

	fill_memory(seed);
	hart_traps = run_once(run_plain, &hart_trap, &hart_note);
	by_hart = context;
	for (unsigned int area = 0; area < AREAS; area++)
		memcpy(left_by_hart[area], (const void *)areas[area].start, readable(area));

	fill_memory(seed);
	traps = run_once(run_trapping, &trap, &note);
	same(&e, round, "traps", hart_trap.cause, hart_traps, traps);
	if (traps) {
		same(&e, round, "cause", 0, hart_trap.cause, trap.cause);
		same(&e, round, "stval", 0, hart_trap.tval, trap.tval);
		same(&e, round, "sepc, less the slot,", 0, 0, trap.epc - (uintptr_t)&slot_trapping);
		check(trap.cause != 2, "round %lu: %x is illegal", round, e.insn);
		faults++;
	}
	same(&e, round, "traps to the hypervisor", hart_note.cause, hart_note.count, note.count);
	if (note.count) {
		same(&e, round, "scause", 0, hart_note.cause, note.cause);
		same(&e, round, "stval", 0, hart_note.tval, note.tval);
		same(&e, round, "htval", 0, hart_note.htval, note.htval);
		same(&e, round, "hstatus", 0, hart_note.hstatus, note.hstatus);
		guest_faults++;
	}
	compare(&e, round, traps || note.count);
}

static void all(uint64_t rounds)
{
	unsigned int kinds = context_has_v ? KINDS : VECTOR, done[KINDS] = { 0 };

	window_show(0);
	/* What is next to each other is not so in memory. */
	window_set_pte(1, window_pte(0, 6));
	window_set_pte(4, 0);
	paging_on(0);
	interrupts_off();
	for (uint64_t round = 0; round < rounds; round++) {
		enum kind kind = below(kinds + (kinds == KINDS ? 2 : 0));

		if (kind >= KINDS)
			kind = VECTOR;
		experiment(round, kind);
		done[kind]++;
	}
	paging_off();
	if (is_guest)
		set_hcounteren(~0u);
	for (unsigned int i = 0; i < kinds; i++)
		print("# %u %s\n", done[i], kind_names[i]);
}

static void look_at_hart(void)
{
	struct trap trap;

	has_zcb = isa_has("zcb");
	has_zfh = isa_has("zfh") || isa_has("zfhmin");
	context_has_f = isa_has("d");
	context_has_v = isa_has("v");
	if (!context_has_v)
		return;
	csr_set(CSR_SSTATUS, MSTATUS_VS);
	trap_expect();
	vlenb = (unsigned int)csr_read(CSR_VLENB);
	check(!trap_taken(&trap), "V is not there");
	check(vlenb <= CONTEXT_V_SIZE / 32, "VLEN is %u", vlenb * 8);
}

/* Guest physical memory is memory as it is, but for what is beyond. */
static void become_guest(void)
{
	uint64_t gigapages = (machine.ram_end - 1) >> GIGAPAGE_SHIFT;

	for (uint64_t i = 0; i <= gigapages; i++)
		guest_root[i] = pte_of(i << GIGAPAGE_SHIFT, GUEST_LEAF);
	csr_write(CSR_HGATP, ATP_SV39 | (uintptr_t)guest_root >> 12);
	csr_write(CSR_HEDELEG, DELEGATED);
	csr_write(CSR_HCOUNTEREN, ~0u);
	csr_write(CSR_HTIMEDELTA, next());
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_VSSTATUS, MSTATUS_FS | MSTATUS_VS);
	interrupts_off();
	csr_write(CSR_SIE, 0); /* those of HS-mode are never off in a guest: no watchdog there */
	enter_guest();
}

static void emulated(uint64_t rounds)
{
	look_at_hart();
	if (is_guest)
		become_guest();
	all(rounds);
}

void payload_main(void)
{
	uint64_t rounds = option_number("rounds", 200);

	chance = option_number("seed", 1) * 0x9e3779b97f4a7c15;
	is_guest = option_number("guest", 0);
	straddle = option_number("straddle", 1);
	if (guarded(emulated, rounds) == PASS)
		print("emulate: %lu instructions the same, %u faults, %u of a hypervisor's pages\n",
		      rounds, faults + guest_faults, guest_faults);
	else
		print("emulate: FAILED: %s\n", self()->message);
	machine_end("srst");
}
