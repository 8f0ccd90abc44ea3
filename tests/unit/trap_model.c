/* SPDX-License-Identifier: BSD-2-Clause */
/* See trap_model.h. What is below the emulation on a real hart: sbi/unpriv.h, sbi/registers.h. */
#include "tests/unit/trap_model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/riscv/csr.h"
#include "sbi/decode.h"
#include "sbi/pmu.h"
#include "sbi/registers.h"
#include "sbi/sse.h"
#include "sbi/unpriv.h"

struct trap_model model;

unsigned long *csr_model(unsigned int csr)
{
	return &model.csrs[csr];
}

struct scratch *this_hart(void)
{
	return &model.hart;
}

uint64_t pmu_read(unsigned int counter)
{
	return 1000 + counter;
}

bool sse_double_trap(struct trap_frame *frame)
{
	(void)frame;
	return false;
}

struct trap_frame *model_reset(void)
{
	memset(&model, 0, sizeof(model));
	for (size_t i = 0; i < sizeof(model.memory); i++)
		model.memory[i] = (uint8_t)(i * 7 + i / 256 + 1);
	memset(model.rights, MODEL_R | MODEL_W | MODEL_X, sizeof(model.rights));
	model.fault_causes[0] = CAUSE_LOAD_PAGE_FAULT;
	model.fault_causes[1] = CAUSE_STORE_PAGE_FAULT;
	model.csrs[CSR_VLENB] = MODEL_VLENB;
	model.csrs[CSR_STVEC] = 0x5001;
	model.csrs[CSR_VSTVEC] = 0x6001;
	model.hart.frame.mepc = MODEL_BASE;
	return &model.hart.frame;
}

void model_trap(unsigned long cause, unsigned long tval, unsigned long mode)
{
	model.csrs[CSR_MCAUSE] = cause;
	model.csrs[CSR_MTVAL] = tval;
	model.hart.frame.mstatus &= ~MSTATUS_MPP;
	model.hart.frame.mstatus |= mode << MSTATUS_MPP_SHIFT;
}

void model_instruction(uint32_t insn)
{
	memcpy(model_at(model.hart.frame.mepc), &insn, insn_length(insn));
}

/* 0, or mcause + 1 */
static unsigned long check(unsigned long addr, bool is_store)
{
	unsigned long page = (addr - MODEL_BASE) / MODEL_PAGE;
	unsigned int wanted = is_store ? MODEL_W : MODEL_R;

	if (model.as & MSTATUS_MXR && !is_store)
		wanted |= MODEL_X;
	if (page < MODEL_PAGES && model.rights[page] & wanted)
		return 0;
	model.csrs[CSR_MCAUSE] = model.fault_causes[is_store];
	model.csrs[CSR_MTVAL] = addr;
	model.csrs[CSR_MTVAL2] = model.fault_tval2;
	model.csrs[CSR_MTINST] = model.fault_tinst;
	return model.csrs[CSR_MCAUSE] + 1;
}

unsigned long access_load(unsigned long mode, unsigned long addr, unsigned long *value)
{
	unsigned long fault;

	model.as = mode;
	if (addr % 8 || !(mode & MSTATUS_MPRV) || mode & MSTATUS_MDT)
		abort();
	fault = check(addr, false);
	if (!fault)
		memcpy(value, model_at(addr), 8);
	return fault;
}

unsigned long access_load_pair(unsigned long mode, unsigned long addr, unsigned long *first,
			       unsigned long *second)
{
	unsigned long fault = access_load(mode, addr, first);

	return fault ? fault : access_load(mode, addr + 8, second);
}

unsigned long access_store(unsigned long mode, unsigned long addr, unsigned int size,
			   unsigned long value)
{
	model.as = mode;
	for (unsigned int i = 0; i < size; i++) {
		unsigned long fault = check(addr + i, true);

		if (fault)
			return fault;
		*model_at(addr + i) = (uint8_t)(value >> i * 8);
	}
	return 0;
}

/* ---- F, D and V ---- */

uint64_t float_read(unsigned int n)
{
	if (!(model.hart.frame.mstatus & MSTATUS_FS))
		abort();
	return model.f[n];
}

void float_write(unsigned int n, uint64_t value)
{
	if (!(model.hart.frame.mstatus & MSTATUS_FS))
		abort();
	model.f[n] = value;
}

static uint8_t *vector_at(unsigned int n, unsigned long byte, unsigned int size)
{
	if (n > 31 || byte + size > MODEL_VLENB || byte % size || size > 8 ||
	    !(model.hart.frame.mstatus & MSTATUS_VS))
		abort();
	model.csrs[CSR_VL] = byte + size;
	model.csrs[CSR_VTYPE] = 0;
	model.csrs[CSR_VSTART] = 0;
	model.moves++;
	return &model.v[n * MODEL_VLENB + byte];
}

uint64_t vector_read(unsigned int n, unsigned long byte, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, vector_at(n, byte, size), size);
	return value;
}

void vector_write(unsigned int n, unsigned long byte, unsigned int size, uint64_t value)
{
	memcpy(vector_at(n, byte, size), &value, size);
}

void vector_configure(unsigned long vl, unsigned long vtype, unsigned long vstart)
{
	model.csrs[CSR_VL] = vl;
	model.csrs[CSR_VTYPE] = vtype;
	model.csrs[CSR_VSTART] = vstart;
}
