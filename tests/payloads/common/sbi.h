/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's side of the RISC-V SBI v3.0: extension and function ids, errors, and the call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sbi_eid {
	EID_LEGACY_SET_TIMER = 0,
	EID_LEGACY_PUTCHAR = 1,
	EID_LEGACY_GETCHAR = 2,
	EID_LEGACY_CLEAR_IPI = 3,
	EID_LEGACY_SEND_IPI = 4,
	EID_LEGACY_FENCE_I = 5,
	EID_LEGACY_SFENCE_VMA = 6,
	EID_LEGACY_SFENCE_VMA_ASID = 7,
	EID_LEGACY_SHUTDOWN = 8,
	EID_BASE = 0x10,
	EID_TIME = 0x54494d45,
	EID_IPI = 0x735049,
	EID_RFENCE = 0x52464e43,
	EID_HSM = 0x48534d,
	EID_SRST = 0x53525354,
	EID_PMU = 0x504d55,
	EID_DBCN = 0x4442434e,
	EID_SUSP = 0x53555350,
	EID_CPPC = 0x43505043,
	EID_NACL = 0x4e41434c,
	EID_STA = 0x535441,
	EID_SSE = 0x535345,
	EID_FWFT = 0x46574654,
	EID_DBTR = 0x44425452,
	EID_MPXY = 0x4d505859,
};

enum sbi_error {
	SBI_SUCCESS = 0,
	SBI_ERR_FAILED = -1,
	SBI_ERR_NOT_SUPPORTED = -2,
	SBI_ERR_INVALID_PARAM = -3,
	SBI_ERR_DENIED = -4,
	SBI_ERR_INVALID_ADDRESS = -5,
	SBI_ERR_ALREADY_AVAILABLE = -6,
	SBI_ERR_ALREADY_STARTED = -7,
	SBI_ERR_ALREADY_STOPPED = -8,
	SBI_ERR_NO_SHMEM = -9,
	SBI_ERR_INVALID_STATE = -10,
	SBI_ERR_BAD_RANGE = -11,
	SBI_ERR_TIMEOUT = -12,
	SBI_ERR_IO = -13,
	SBI_ERR_DENIED_LOCKED = -14,
};

enum sbi_base_fid {
	BASE_GET_SPEC_VERSION,
	BASE_GET_IMPL_ID,
	BASE_GET_IMPL_VERSION,
	BASE_PROBE,
	BASE_GET_MVENDORID,
	BASE_GET_MARCHID,
	BASE_GET_MIMPID,
	BASE_FIDS,
};

enum sbi_time_fid { TIME_SET_TIMER, TIME_FIDS };

enum sbi_ipi_fid { IPI_SEND, IPI_FIDS };

enum sbi_rfence_fid {
	RFENCE_FENCE_I,
	RFENCE_SFENCE_VMA,
	RFENCE_SFENCE_VMA_ASID,
	RFENCE_HFENCE_GVMA_VMID,
	RFENCE_HFENCE_GVMA,
	RFENCE_HFENCE_VVMA_ASID,
	RFENCE_HFENCE_VVMA,
	RFENCE_FIDS,
};

enum sbi_hsm_fid { HSM_START, HSM_STOP, HSM_STATUS, HSM_SUSPEND, HSM_FIDS };

enum hsm_state {
	HSM_STARTED,
	HSM_STOPPED,
	HSM_START_PENDING,
	HSM_STOP_PENDING,
	HSM_SUSPENDED,
	HSM_SUSPEND_PENDING,
	HSM_RESUME_PENDING,
	HSM_STATES,
};

#define SUSPEND_RETENTIVE 0x00000000ul
#define SUSPEND_NON_RETENTIVE 0x80000000ul

enum sbi_srst_fid { SRST_RESET, SRST_FIDS };
enum srst_type { SRST_SHUTDOWN, SRST_COLD_REBOOT, SRST_WARM_REBOOT };

enum sbi_pmu_fid {
	PMU_NUM_COUNTERS,
	PMU_COUNTER_INFO,
	PMU_CONFIG_MATCHING,
	PMU_START,
	PMU_STOP,
	PMU_FW_READ,
	PMU_FW_READ_HI,
	PMU_SNAPSHOT_SET_SHMEM,
	PMU_EVENT_INFO,
	PMU_FIDS,
};

enum sbi_dbcn_fid { DBCN_WRITE, DBCN_READ, DBCN_WRITE_BYTE, DBCN_FIDS };
enum sbi_susp_fid { SUSP_SUSPEND, SUSP_FIDS };
enum sbi_cppc_fid { CPPC_PROBE, CPPC_READ, CPPC_READ_HI, CPPC_WRITE, CPPC_FIDS };

enum sbi_sse_fid {
	SSE_READ_ATTRS,
	SSE_WRITE_ATTRS,
	SSE_REGISTER,
	SSE_UNREGISTER,
	SSE_ENABLE,
	SSE_DISABLE,
	SSE_COMPLETE,
	SSE_INJECT,
	SSE_HART_UNMASK,
	SSE_HART_MASK,
	SSE_FIDS,
};

enum sbi_fwft_fid { FWFT_SET, FWFT_GET, FWFT_FIDS };

enum sbi_dbtr_fid {
	DBTR_NUM_TRIGGERS,
	DBTR_SET_SHMEM,
	DBTR_READ,
	DBTR_INSTALL,
	DBTR_UPDATE,
	DBTR_UNINSTALL,
	DBTR_ENABLE,
	DBTR_DISABLE,
	DBTR_FIDS,
};

enum sbi_mpxy_fid {
	MPXY_GET_SHMEM_SIZE,
	MPXY_SET_SHMEM,
	MPXY_GET_CHANNEL_IDS,
	MPXY_READ_ATTRS,
	MPXY_WRITE_ATTRS,
	MPXY_SEND_WITH_RESPONSE,
	MPXY_SEND_WITHOUT_RESPONSE,
	MPXY_GET_NOTIFICATIONS,
	MPXY_FIDS,
};

struct sbiret {
	int64_t error;
	uint64_t value;
};

/*
 * sbi(eid, fid, args...): one SBI call. Argument registers that the call does not define are filled
 * with rubbish, since the specification leaves them free, and every register is looked at when the
 * call comes back; struct hart counts what a call may not do (Binary Encoding).
 */
#define sbi(eid, fid, ...) \
	sbi_call((eid), (fid), (const uint64_t[]){ 0, ##__VA_ARGS__ }, \
		 sizeof((const uint64_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint64_t) - 1)

/* args[1..count] go to a0 onwards. */
struct sbiret sbi_call(uint64_t eid, uint64_t fid, const uint64_t *args, size_t count);

/*
 * What the calls since conduct_reset() did that no call may do: change registers other than a0 and
 * a1 (legacy: other than a0) or S-mode CSRs (Binary Encoding), or leave rubbish in a1 with an error
 * (which the specification allows, but which can leak what is none of S-mode's business).
 */
struct conduct {
	uint32_t calls, changes, a1_on_error;
	char change[96], dirt[96]; /* the first of each */
};
extern struct conduct conduct;
void conduct_reset(void);

/* Is the extension there? (BASE FID 3, or for a legacy one the same) */
bool sbi_probe(uint64_t eid);

const char *sbi_error_name(int64_t error);
