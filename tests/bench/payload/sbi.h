/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI calls (SBI v3.0, chapter 3 "Binary Encoding") and what the bench's payloads share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "marker.h"
#include "windows.h"

#define EID_PUTCHAR 0x01
#define EID_BASE 0x10
#define EID_TIME 0x54494d45
#define EID_IPI 0x735049
#define EID_RFENCE 0x52464e43
#define EID_HSM 0x48534d
#define EID_DBCN 0x4442434e
#define EID_FWFT 0x46574654
#define EID_PMU 0x504d55
#define EID_SSE 0x535345
#define EID_DBTR 0x44425452
#define EID_CPPC 0x43505043
#define EID_MPXY 0x4d505859
#define EID_SUSP 0x53555350

#define BASE_GET_SPEC_VERSION 0
#define BASE_PROBE_EXTENSION 3
#define RFENCE_FENCE_I 0
#define RFENCE_SFENCE_VMA 1
#define HSM_START 0
#define HSM_STOP 1
#define HSM_GET_STATUS 2
#define HSM_SUSPEND 3
#define DBCN_WRITE 0
#define DBCN_READ 1
#define DBCN_WRITE_BYTE 2
#define FWFT_SET 0
#define FWFT_GET 1
#define FWFT_MISALIGNED_EXC_DELEG 0
#define PMU_NUM_COUNTERS 0
#define PMU_GET_INFO 1
#define PMU_CONFIG_MATCHING 2
#define PMU_START 3
#define PMU_STOP 4
#define PMU_STOP_RESET 1
#define PMU_EVENT_CYCLES 1
#define SSE_READ_ATTRS 0
#define SSE_SOFTWARE_LOCAL 0xffff0000
#define SSE_ATTRS 10
#define DBTR_NUM_TRIGGERS 0
#define CPPC_READ 1
#define CPPC_WRITE 3
#define CPPC_DESIRED_PERFORMANCE 5
#define MPXY_SHMEM_SIZE 4096
#define MPXY_SET_SHMEM 1
#define MPXY_GET_CHANNEL_IDS 2
#define MPXY_READ_ATTRS 3
#define MPXY_WRITE_ATTRS 4
#define MPXY_POST 6
#define MPXY_GET_NOTIFICATIONS 7
#define MPXY_DATA_MAX_LEN 2
#define MPXY_EVENTS_STATE 11
#define MPXY_ATTRS 12

#define HART_STOPPED 1
#define HART_SUSPENDED 4

struct sbiret {
	unsigned long error;
	unsigned long value;
};

static inline struct sbiret sbi_call(unsigned long eid, unsigned long fid, unsigned long arg0,
				     unsigned long arg1, unsigned long arg2, unsigned long arg3)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a3 __asm__("a3") = arg3;
	register unsigned long a4 __asm__("a4") = 0;
	register unsigned long a6 __asm__("a6") = fid;
	register unsigned long a7 __asm__("a7") = eid;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbiret){ a0, a1 };
}

/* The same, measured. A window may lie in a loop, but its number is a constant. */
#define measure(id, ...) \
	({ \
		open_window(id); \
		struct sbiret measured = sbi_call(__VA_ARGS__); \
		close_window(id); \
		measured; \
	})

/* In start.S: addresses for hart_start and hart_suspend, and instructions that may trap. */
extern char hart_entry[], resume_entry[];
unsigned long misaligned_load(const void *address);
unsigned long read_time(void);

/* The payload's own, called by start.S on a stack of the hart. */
void boot_hart_entry(unsigned long hart);
void started_hart_entry(unsigned long hart);
void resumed_hart_entry(unsigned long hart);
