/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls from S-mode (SBI v3.0, chapter "Binary Encoding"). One extension is one file in sbi/ext/
 * with one ecall_fn, and a line in the table of sbi/ecall.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sbi/sbi.h"

/*
 * a0 to a7 of the call as they came; what it returns goes to a0 and a1. mepc is already behind the
 * ecall. The caller's a2 to a7, ra, t0 to t6, sp and tp are in this_hart()->frame.
 */
typedef struct sbiret (*ecall_fn)(unsigned long a0, unsigned long a1, unsigned long a2,
				  unsigned long a3, unsigned long a4, unsigned long a5,
				  unsigned long fid, unsigned long eid);

/* The parameters of an ecall_fn, most of which are not used by most functions. */
#define ECALL_PARAMETERS \
	__attribute__((unused)) unsigned long a0, __attribute__((unused)) unsigned long a1, \
		__attribute__((unused)) unsigned long a2, \
		__attribute__((unused)) unsigned long a3, \
		__attribute__((unused)) unsigned long a4, \
		__attribute__((unused)) unsigned long a5, \
		__attribute__((unused)) unsigned long fid, \
		__attribute__((unused)) unsigned long eid

/* The extensions, each in sbi/ext/ with the file name of its function. */
struct sbiret ecall_base(ECALL_PARAMETERS);
struct sbiret ecall_time(ECALL_PARAMETERS);
struct sbiret ecall_ipi(ECALL_PARAMETERS);
struct sbiret ecall_rfence(ECALL_PARAMETERS);
struct sbiret ecall_hsm(ECALL_PARAMETERS);
struct sbiret ecall_srst(ECALL_PARAMETERS);
struct sbiret ecall_pmu(ECALL_PARAMETERS);
struct sbiret ecall_dbcn(ECALL_PARAMETERS);
struct sbiret ecall_susp(ECALL_PARAMETERS);
struct sbiret ecall_sse(ECALL_PARAMETERS);
struct sbiret ecall_fwft(ECALL_PARAMETERS);
struct sbiret ecall_dbtr(ECALL_PARAMETERS);
struct sbiret ecall_cppc(ECALL_PARAMETERS);
struct sbiret ecall_mpxy(ECALL_PARAMETERS);
struct sbiret ecall_legacy(ECALL_PARAMETERS); /* has the answer to unknown ids, too */

/* The calling hart's domain may reset the system. */
bool srst_exists(void);

/* There is a way to suspend the system, and the calling hart's domain may use it. */
bool susp_exists(void);

/* The calling hart has debug triggers. */
bool dbtr_exists(void);

/* There is a device with performance registers. */
bool cppc_exists(void);

/* There is a channel with somebody at its other end, and the calling hart's domain may use it. */
bool mpxy_exists(void);

/* From the trap entry. */
struct sbiret ecall_dispatch(ECALL_PARAMETERS);

/* 0: not available. */
unsigned long ecall_probe(unsigned long eid);

static inline struct sbiret sbi_error(long error)
{
	return (struct sbiret){ .error = error, .value = 0 };
}

static inline struct sbiret sbi_value(unsigned long value)
{
	return (struct sbiret){ .error = SBI_SUCCESS, .value = value };
}

/* A parameter that the SBI defines as 32 bits wide came as such: zero- or sign-extended. */
static inline int is_u32(unsigned long parameter)
{
	return parameter == (uint32_t)parameter || (long)parameter == (int32_t)parameter;
}
