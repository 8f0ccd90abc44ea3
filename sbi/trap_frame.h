/* SPDX-License-Identifier: BSD-2-Clause */
/* What a trap leaves of the context that it interrupts. Each hart has one, at the top of its stack. */
#pragma once

/* For assembly, checked in sbi/scratch.h. */
#define FRAME_MEPC (32 * 8)
#define FRAME_MSTATUS (33 * 8)
#define FRAME_SIZE (40 * 8)

#ifndef __ASSEMBLER__

/* What the hart says about an exception; trap_redirect() hands on what is said here. */
struct trap_info {
	unsigned long cause;
	unsigned long tval;
	unsigned long tval2; /* mtval2 and mtinst: 0 without H */
	unsigned long tinst;
	unsigned long gva; /* tval is a guest virtual address */
};

/*
 * An ecall saves the registers that C may clobber but a0 and a1, an interrupt those too, an exception
 * also mepc and mstatus; s0 to s11 and gp are here for who asks for them (sbi/trap.h).
 */
struct trap_frame {
	unsigned long x[32]; /* by register number; x[0] is 0 */
	unsigned long mepc;
	unsigned long mstatus;
	struct trap_info info;
	unsigned long reserved;
};

#endif
