/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MMIO accesses and fences (RISC-V unprivileged ISA, "FENCE"). Accesses to one device keep their
 * order in I/O memory; order against normal memory (DMA buffers, IPI payloads) is the caller's, by
 * the fences below.
 */
#pragma once

#include <stdint.h>

static inline uint8_t mmio_read8(uintptr_t addr)
{
	return *(const volatile uint8_t *)addr;
}

static inline uint16_t mmio_read16(uintptr_t addr)
{
	return *(const volatile uint16_t *)addr;
}

static inline uint32_t mmio_read32(uintptr_t addr)
{
	return *(const volatile uint32_t *)addr;
}

static inline uint64_t mmio_read64(uintptr_t addr)
{
	return *(const volatile uint64_t *)addr;
}

static inline void mmio_write8(uintptr_t addr, uint8_t value)
{
	*(volatile uint8_t *)addr = value;
}

static inline void mmio_write16(uintptr_t addr, uint16_t value)
{
	*(volatile uint16_t *)addr = value;
}

static inline void mmio_write32(uintptr_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

static inline void mmio_write64(uintptr_t addr, uint64_t value)
{
	*(volatile uint64_t *)addr = value;
}

#ifdef __riscv
/* All earlier accesses, memory and I/O, before all later ones. */
static inline void fence_full(void)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
}

/* Earlier memory writes are seen before later device writes: before ringing a doorbell. */
static inline void fence_before_io(void)
{
	__asm__ volatile("fence w, o" ::: "memory");
}

/* Later memory reads come after earlier device reads: after a device said that it is done. */
static inline void fence_after_io(void)
{
	__asm__ volatile("fence i, r" ::: "memory");
}

static inline void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}
#else /* unit tests on the host: one thread, no device */
static inline void fence_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void fence_before_io(void)
{
	fence_full();
}

static inline void fence_after_io(void)
{
	fence_full();
}

void fence_i(void); /* a unit test's */
#endif

/* A hint that this hart spins (Zihintpause; a no-op where it is not implemented). */
static inline void cpu_relax(void)
{
#ifdef __riscv
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
#endif
}
