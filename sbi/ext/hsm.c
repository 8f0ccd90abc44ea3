/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Hart State Management Extension". */
#include "sbi/hsm.h"

#include "lib/riscv/csr.h"
#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/lifecycle.h"
#include "sbi/shmem.h"

enum { HART_START, HART_STOP, HART_GET_STATUS, HART_SUSPEND };

static struct sbiret start(unsigned long hartid, unsigned long addr, unsigned long opaque)
{
	struct scratch *hart = hart_of_id(hartid);

	if (!hart)
		return sbi_error(SBI_ERR_INVALID_PARAM);
	if (!shmem_is_executable(addr))
		return sbi_error(SBI_ERR_INVALID_ADDRESS);
	return sbi_error(hart_start(hart, (struct entry_point){ addr, opaque, PRV_S }));
}

static struct sbiret suspend(unsigned long type, unsigned long addr, unsigned long opaque)
{
	bool retentive;
	long error = hsm_suspend_type(type, &retentive);

	if (error)
		return sbi_error(error);
	if (retentive) {
		hart_suspend_retentive();
		return sbi_value(0);
	}
	if (!shmem_is_executable(addr))
		return sbi_error(SBI_ERR_INVALID_ADDRESS);
	hart_suspend(&(struct entry_point){ addr, opaque, PRV_S }, hart_wait_for_interrupt);
}

struct sbiret ecall_hsm(ECALL_PARAMETERS)
{
	struct scratch *hart;

	switch (fid) {
	case HART_START:
		return start(a0, a1, a2);
	case HART_STOP:
		hart_stop();
	case HART_GET_STATUS:
		hart = hart_of_id(a0);
		return hart ? sbi_value(hsm_state(&hart->hsm)) : sbi_error(SBI_ERR_INVALID_PARAM);
	case HART_SUSPEND:
		return suspend(a0, a1, a2);
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
