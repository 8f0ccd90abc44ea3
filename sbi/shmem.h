/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that S-mode passes by address (SBI v3.0, chapter "Shared memory physical address range
 * parameter"). The only way to it: shmem_open() checks that every byte is RAM which the calling hart's
 * domain has and not the firmware, shmem_read() and shmem_write() copy, once, and survive a fault.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/machine.h"

enum shmem_access { SHMEM_READ = 1, SHMEM_WRITE = 2 };

/* A checked window; empty when length is 0. */
struct shmem {
	uintptr_t base;
	size_t length;
};

/*
 * @lo and @hi are the two halves of the physical address as the SBI passes it. False: some byte of
 * it is not S-mode's to access so; which error that is says the function that is called.
 */
bool shmem_open(struct shmem *window, unsigned long lo, unsigned long hi, unsigned long length,
		unsigned int access);

/* Copies [offset, offset + size) of the window; false when it lies outside or the access faults. */
bool shmem_read(const struct shmem *window, size_t offset, void *to, size_t size);
bool shmem_write(const struct shmem *window, size_t offset, const void *from, size_t size);

/* S-mode on this hart may execute what is at @addr: hart_start(), hart_suspend(). */
bool shmem_is_executable(unsigned long addr);

/* M-mode can read the byte at @addr, whosever it is. */
bool shmem_is_there(uintptr_t addr);

/*
 * The rule itself: [base, base + length) does not wrap, lies in banks of memory without a hole, and
 * has no byte in @kept.
 */
bool shmem_range_is_ram(const struct memory_range *banks, unsigned int count,
			const struct memory_range *kept, uint64_t base, uint64_t length);
