/* SPDX-License-Identifier: BSD-2-Clause */
/* Access to memory that S-mode passes by address. */
#include "sbi/shmem.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "sbi/platform.h"
#include "sbi/scratch.h"

_Static_assert(SHMEM_READ == PMP_R && SHMEM_WRITE == PMP_W, "");

#define PARCEL 2 /* bytes of the shortest instruction */

/* @access: rights as the PMP has them. */
static bool may_access(unsigned long base, unsigned long length, unsigned int access)
{
	const struct machine *machine = &platform.machine;
	struct memory_range kept = { platform.memory.start,
				     platform.memory.end - platform.memory.start };

	return shmem_range_is_ram(machine->memory, machine->memory_count, &kept, base, length) &&
	       domain_allows(this_hart()->domain, base, length, (uint8_t)access) &&
	       !rpmi_overlaps(&platform.rpmi, base, length);
}

bool shmem_open(struct shmem *window, unsigned long lo, unsigned long hi, unsigned long length,
		unsigned int access)
{
	*window = (struct shmem){ lo, length };
	return !length || (!hi && may_access(lo, length, access));
}

bool shmem_is_executable(unsigned long addr)
{
	return !(addr % PARCEL) && may_access(addr, PARCEL, PMP_X);
}

unsigned long shmem_copy_in(void *to, uintptr_t from, size_t size);
unsigned long shmem_copy_out(uintptr_t to, const void *from, size_t size);

bool shmem_is_there(uintptr_t addr)
{
	unsigned long byte = 0;

	return !guard_run("lbu %[value], 0(%[addr])", byte, [addr] "r"(addr));
}

bool shmem_read(const struct shmem *window, size_t offset, void *to, size_t size)
{
	return range_inside(offset, size, 0, window->length) &&
	       !shmem_copy_in(to, window->base + offset, size);
}

bool shmem_write(const struct shmem *window, size_t offset, const void *from, size_t size)
{
	return range_inside(offset, size, 0, window->length) &&
	       !shmem_copy_out(window->base + offset, from, size);
}
