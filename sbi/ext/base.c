/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Base Extension". */
#include "lib/riscv/csr.h"
#include "sbi/ecall.h"

/* Not assigned to anybody in the specification's list. The version is major << 16 | minor. */
#define IMPL_ID 0x68617274UL /* "hart" */
#define IMPL_VERSION 0x00010000UL

enum {
	GET_SPEC_VERSION,
	GET_IMPL_ID,
	GET_IMPL_VERSION,
	PROBE_EXTENSION,
	GET_MVENDORID,
	GET_MARCHID,
	GET_MIMPID,
};

struct sbiret ecall_base(ECALL_PARAMETERS)
{
	switch (fid) {
	case GET_SPEC_VERSION:
		return sbi_value(SBI_SPEC_MAJOR << 24 | SBI_SPEC_MINOR);
	case GET_IMPL_ID:
		return sbi_value(IMPL_ID);
	case GET_IMPL_VERSION:
		return sbi_value(IMPL_VERSION);
	case PROBE_EXTENSION:
		return sbi_value(ecall_probe(a0));
	case GET_MVENDORID:
		return sbi_value(csr_read(CSR_MVENDORID));
	case GET_MARCHID:
		return sbi_value(csr_read(CSR_MARCHID));
	case GET_MIMPID:
		return sbi_value(csr_read(CSR_MIMPID));
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
