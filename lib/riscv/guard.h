/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that may trap in M-mode on purpose: probing CSRs, touching memory for S-mode. While
 * one runs, mtvec is guard_vector, which notes the cause in t1 and goes on at the address in t2.
 * Such a trap changes mepc, mcause, mtval and mstatus (MPP, MPIE): who is not done with an earlier trap
 * saves those, and clears MDT so that it is not a double trap (Smdbltrp).
 */
#pragma once

#include <stdbool.h>

#include "lib/riscv/csr.h"

extern char guard_vector[];

/* @access may use %[value], which is @variable. Yields mcause + 1, or 0 when it did not trap. */
#define guard_run(access, variable, ...) \
	({ \
		register unsigned long guard_cause __asm__("t1") = 0; \
		__asm__ volatile("lla t2, 1f\n\t" \
				 "csrrw t0, %[mtvec], %[vector]\n\t" access "\n" \
				 "1:	csrw %[mtvec], t0" \
				 : [value] "+r"(variable), "+r"(guard_cause) \
				 : [mtvec] "i"(CSR_MTVEC), [vector] "r"(guard_vector), \
				   ##__VA_ARGS__ \
				 : "t0", "t2", "memory"); \
		guard_cause; \
	})

/* False when the CSR is not there; @variable is then untouched. */
#define csr_try_read(number, variable) \
	({ \
		bool csr_read_ok = \
			!guard_run("csrr %[value], %[csr]", variable, [csr] "i"(number)); \
		csr_read_ok; \
	})
#define csr_try_write(number, bits) \
	({ \
		unsigned long csr_bits = (bits); \
		bool csr_write_ok = \
			!guard_run("csrw %[csr], %[value]", csr_bits, [csr] "i"(number)); \
		csr_write_ok; \
	})

/* Clears those CSRs of a list of numbers that are there. */
#define csr_try_clear_all(...) CSR_TRY_CLEAR_ALL(__VA_ARGS__) /* with the names replaced */
#define CSR_TRY_CLEAR_ALL(...) \
	({ \
		register unsigned long guard_cause __asm__("t1"); \
		__asm__ volatile("csrrw t0, %[mtvec], %[vector]\n\t" \
				 ".irp csr, " #__VA_ARGS__ "\n\t" \
				 "lla t2, 1f\n\t" \
				 "csrw \\csr, zero\n" \
				 "1:\n\t.endr\n\t" \
				 "csrw %[mtvec], t0" \
				 : "=r"(guard_cause) \
				 : [mtvec] "i"(CSR_MTVEC), [vector] "r"(guard_vector) \
				 : "t0", "t2", "memory"); \
	})
