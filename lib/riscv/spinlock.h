/* SPDX-License-Identifier: BSD-2-Clause */
/* A test-and-set lock for short sections that harts rarely share. Atomics elsewhere are the compiler's __atomic. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/io.h"

struct spinlock {
	uint32_t held;
};

static inline bool spin_trylock(struct spinlock *lock)
{
	return !__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE);
}

static inline void spin_lock(struct spinlock *lock)
{
	while (!spin_trylock(lock)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			cpu_relax();
	}
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}
