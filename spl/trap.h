/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps: the SPL expects none, but where it probes (lib/riscv/guard.h). One is reported, and stops its hart. */
#pragma once

/* Reports the first trap of a hart that is not the leader, once. */
void trap_report_follower(void);

/* The end: this hart sleeps for good. */
_Noreturn void stop(void);
