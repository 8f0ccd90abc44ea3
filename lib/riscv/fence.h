/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fences of address translation (privileged ISA, SFENCE.VMA, HFENCE.VVMA, HFENCE.GVMA). For each
 * instruction, x0 as an operand means all addresses or all ids; a register that holds 0 does not.
 */
#pragma once

/* The first operand of HFENCE.GVMA is a guest physical address divided by 4. */
#define HFENCE_GVMA_SHIFT 2

#ifdef __riscv
#define fence_instruction(funct7, rs1, rs2, ...) \
	__asm__ volatile(".insn r 0x73, 0, " #funct7 ", x0, " rs1 ", " rs2 \
			 : \
			 : __VA_ARGS__ \
			 : "memory")

/* Each kind has four functions: all, of an address, of an id, of an address and an id. */
#define FENCE_FUNCTIONS(name, funct7) \
	static inline void name##_all(void) \
	{ \
		fence_instruction(funct7, "x0", "x0"); \
	} \
	static inline void name##_addr(unsigned long addr) \
	{ \
		fence_instruction(funct7, "%0", "x0", "r"(addr)); \
	} \
	static inline void name##_id(unsigned long id) \
	{ \
		fence_instruction(funct7, "x0", "%0", "r"(id)); \
	} \
	static inline void name##_addr_id(unsigned long addr, unsigned long id) \
	{ \
		fence_instruction(funct7, "%0", "%1", "r"(addr), "r"(id)); \
	}

#define fence_inval_instruction(insn) __asm__ volatile(".4byte " #insn ::: "memory")
#else
/* A unit test's: what a hart would execute, and the values of the registers that it names; 0: x0. */
void fence_model(unsigned int insn, const unsigned long *rs1, const unsigned long *rs2);

#define FENCE_INSN(funct7) ((funct7) << 25 | 0x73U)
#define FENCE_FUNCTIONS(name, funct7) \
	static inline void name##_all(void) \
	{ \
		fence_model(FENCE_INSN(funct7), 0, 0); \
	} \
	static inline void name##_addr(unsigned long addr) \
	{ \
		fence_model(FENCE_INSN(funct7), &addr, 0); \
	} \
	static inline void name##_id(unsigned long id) \
	{ \
		fence_model(FENCE_INSN(funct7), 0, &id); \
	} \
	static inline void name##_addr_id(unsigned long addr, unsigned long id) \
	{ \
		fence_model(FENCE_INSN(funct7), &addr, &id); \
	}
#define fence_inval_instruction(insn) fence_model(insn, 0, 0)
#endif

FENCE_FUNCTIONS(sfence_vma, 0x09)
FENCE_FUNCTIONS(hfence_vvma, 0x11)
FENCE_FUNCTIONS(hfence_gvma, 0x31)

/*
 * Svinval: the same for an address, but ordered only between a fence_inval_begin() and a
 * fence_inval_end(), so that a hart can do many at a time.
 */
FENCE_FUNCTIONS(sinval_vma, 0x0b)
FENCE_FUNCTIONS(hinval_vvma, 0x13)
FENCE_FUNCTIONS(hinval_gvma, 0x33)

static inline void fence_inval_begin(void)
{
	fence_inval_instruction(0x18000073); /* sfence.w.inval */
}

static inline void fence_inval_end(void)
{
	fence_inval_instruction(0x18100073); /* sfence.inval.ir */
}
