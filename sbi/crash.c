/* SPDX-License-Identifier: BSD-2-Clause */
/* The dump of a crash. */
#include "sbi/crash.h"

#include "drivers/reset/reset.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/console.h"
#include "sbi/platform.h"

#define BACKTRACE_BYTES 2048 /* of the stack that are looked at */
#define BACKTRACE_CALLERS 12

extern char _fw_start[], _fw_rodata[], _fw_rw_start[];

static const char *const names[32] = { "zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
				       "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
				       "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
				       "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6" };

/* True when it was one that is worth a look. */
static bool print_caller(unsigned long addr)
{
	bool is_code = addr > (unsigned long)_fw_start && addr < (unsigned long)_fw_rodata;

	if (is_code)
		printf(" %lx", addr - (unsigned long)_fw_start);
	return is_code;
}

/* There is no frame pointer: words on the stack that point into the code tell enough. */
static void print_backtrace(unsigned long ra, unsigned long sp)
{
	unsigned int callers = 0;

	printf("callers, less the load address:");
	print_caller(ra);
	for (unsigned long at = sp & ~7UL; at < sp + BACKTRACE_BYTES; at += sizeof(unsigned long)) {
		if (at < (unsigned long)_fw_rw_start || at >= platform.memory.end ||
		    callers == BACKTRACE_CALLERS)
			break;
		callers += print_caller(*(const unsigned long *)at);
	}
	printf("\n");
}

static _Noreturn void end(void)
{
	if (platform.config.reset_on_crash)
		reset_machine(&platform.resets, RESET_COLD_REBOOT, true);
	csr_write(CSR_MIE, 0);
	for (;;)
		wfi();
}

static const char *reason(bool rnmi)
{
	if (!rnmi)
		return "trap in M-mode";
	return (long)csr_read(CSR_MNCAUSE) < 0 ? "non-maskable interrupt" : "double trap in M-mode";
}

_Noreturn void crash_report(const struct trap_frame *frame, bool rnmi)
{
	console_break_lock();
	printf("\nhartline: %s on hart %lu, loaded at %#lx\n", reason(rnmi), csr_read(CSR_MHARTID),
	       (unsigned long)_fw_start);
	if (rnmi)
		printf("mncause %#lx mnepc %#lx mnstatus %#lx, and before that:\n",
		       csr_read(CSR_MNCAUSE), csr_read(CSR_MNEPC), csr_read(CSR_MNSTATUS));
	printf("mcause %#lx mepc %#lx (%#lx) mtval %#lx mstatus %#lx mip %#lx mie %#lx\n",
	       csr_read(CSR_MCAUSE), frame->mepc, frame->mepc - (unsigned long)_fw_start,
	       csr_read(CSR_MTVAL), frame->mstatus, csr_read(CSR_MIP), csr_read(CSR_MIE));
	for (unsigned int i = 1; i < 32; i++)
		printf("%4s %016lx%s", names[i], frame->x[i], i % 4 == 0 || i == 31 ? "\n" : " ");
	print_backtrace(frame->x[1], frame->x[2]);
	end();
}

_Noreturn void crash(const char *what)
{
	console_break_lock();
	printf("\nhartline: %s on hart %lu\n", what, csr_read(CSR_MHARTID));
	print_backtrace((unsigned long)__builtin_return_address(0),
			(unsigned long)__builtin_frame_address(0));
	end();
}
