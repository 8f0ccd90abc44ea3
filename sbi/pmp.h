/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protecting the firmware by PMP (privileged ISA, "Physical Memory Protection"). S-mode and U-mode
 * reach everything but the firmware's memory and the registers of M-mode's timers and interrupt
 * controllers. On harts with Smepmp, M-mode executes the firmware's code and nothing else, writes the
 * firmware's data and the devices listed in pmp_regions.c, and reaches memory of S-mode only with S-mode's
 * rights (sbi/shmem.h, sbi/unpriv.h). Harts of one kind share a plan; one that cannot use it is not
 * started.
 *
 * A hart without any PMP protects nothing. Its user asked for that (QEMU: pmp=false), so the machine
 * starts, but a line that cannot be overlooked says so, silent or not.
 */
#pragma once

#include "lib/err.h"
#include "sbi/pmp_plan.h"

/*
 * Finds out about the calling hart's PMP; @smepmp_described: its ISA is said to have Smepmp. Entries
 * that are not locked are off afterwards.
 */
void pmp_probe(struct pmp_limits *limits, bool smepmp_described);

/*
 * On the boot hart, when platform.memory is final: plans for the machine, for harts like the calling
 * one or better. When that fails, says what is wrong and what helps; the machine must not start then.
 */
enum err pmp_plan_machine(const struct pmp_limits *limits);

/*
 * At each start and resume of a hart whose limits are @limits: programs the plan and checks that the
 * hart took it. The caller fences address translation afterwards. ERR_PMP_ENTRIES, ERR_PMP_READBACK,
 * ERR_PMP_SMEPMP: the hart must not run S-mode.
 */
enum err pmp_protect(const struct pmp_limits *limits);

/* One line a PMP entry of the calling hart. */
void pmp_print(void);
