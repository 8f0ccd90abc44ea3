/* SPDX-License-Identifier: BSD-2-Clause */
/* BASE extension (SBI v3.0, chapter "Base Extension"), and unknown extensions. */
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

static void spec_version(uint64_t variant)
{
	uint64_t version = expect(sbi(EID_BASE, BASE_GET_SPEC_VERSION), SUCCESS);

	(void)variant;
	check(!(version >> 31), "bit 31 and above must be 0: %lx", version);
	check(version >= 2, "%lx is older than SBI v0.2, which brought BASE", version);
}

static void spec_version_3_0(uint64_t variant)
{
	uint64_t version = expect(sbi(EID_BASE, BASE_GET_SPEC_VERSION), SUCCESS);

	(void)variant;
	check(version == 3ul << 24, "SBI v%lu.%lu", version >> 24, version & 0xffffff);
}

static const char *const getter_names[] = {
	"spec_version", "impl_id", "impl_version", "mvendorid", "marchid", "mimpid", NULL,
};
static const uint64_t getters[] = {
	BASE_GET_SPEC_VERSION, BASE_GET_IMPL_ID, BASE_GET_IMPL_VERSION,
	BASE_GET_MVENDORID,    BASE_GET_MARCHID, BASE_GET_MIMPID,
};

static void get(uint64_t variant)
{
	uint64_t value = expect(sbi(EID_BASE, getters[variant]), SUCCESS);

	check(value == expect(sbi(EID_BASE, getters[variant]), SUCCESS), "changes between calls");
	check(getters[variant] != BASE_GET_MVENDORID || !(value >> 32),
	      "mvendorid is a 32-bit CSR: %lx", value);
}

static void get_on_this_hart(uint64_t arg)
{
	uint64_t *values = (uint64_t *)arg;

	for (size_t i = 0; i < 3; i++)
		check(values[i] == expect(sbi(EID_BASE, getters[i]), SUCCESS),
		      "%s is not what the boot hart gets", getter_names[i]);
}

static void get_on_every_hart(uint64_t variant)
{
	uint64_t values[3];

	(void)variant;
	for (size_t i = 0; i < 3; i++)
		values[i] = expect(sbi(EID_BASE, getters[i]), SUCCESS);
	on_all_harts(get_on_this_hart, (uintptr_t)values);
}

static void probe_base(uint64_t variant)
{
	(void)variant;
	check(expect(sbi(EID_BASE, BASE_PROBE, EID_BASE), SUCCESS) != 0, "BASE is not there");
}

static const char *const absent_names[] = {
	"legacy_9", "legacy_f", "reserved_11", "vendor", "high_bits_set", "all_ones", NULL,
};
static const uint64_t absent_eids[] = { 9, 15, 0x11, 0x09ffffff, 1ul << 32 | EID_BASE, ~0ul };

static void probe_absent(uint64_t variant)
{
	uint64_t value = expect(sbi(EID_BASE, BASE_PROBE, absent_eids[variant]), SUCCESS);

	check(!value, "is there, value %lx", value);
}

/* "An ECALL with an unsupported SBI extension ID must return SBI_ERR_NOT_SUPPORTED." */
static void call_absent(uint64_t variant)
{
	expect(sbi(absent_eids[variant], 0), NOT_SUPPORTED);
}

/* NACL and STA are for hypervisors: a firmware has nothing to say there. */
static const char *const hypervisor_names[] = { "nacl", "sta", NULL };

static void probe_hypervisor(uint64_t variant)
{
	uint64_t eid = variant ? EID_STA : EID_NACL;

	check(!expect(sbi(EID_BASE, BASE_PROBE, eid), SUCCESS), "is there");
	expect(sbi(eid, 0), NOT_SUPPORTED);
}

/* What probing says and what calling says must agree; FID ~0 does nothing anywhere. */
static const char *const known_names[] = {
	"time", "ipi",	"rfence", "hsm",  "srst", "pmu",  "dbcn",
	"susp", "cppc", "sse",	  "fwft", "dbtr", "mpxy", NULL,
};
static const uint64_t known_eids[] = {
	EID_TIME, EID_IPI,  EID_RFENCE, EID_HSM,  EID_SRST, EID_PMU,  EID_DBCN,
	EID_SUSP, EID_CPPC, EID_SSE,	EID_FWFT, EID_DBTR, EID_MPXY,
};

static void probe_known(uint64_t variant)
{
	if (!expect(sbi(EID_BASE, BASE_PROBE, known_eids[variant]), SUCCESS)) {
		expect(sbi(known_eids[variant], 0), NOT_SUPPORTED);
		skip("not there");
	}
}

/* F registers are registers: no call may change them (Binary Encoding). */
#define FP_REGISTERS 32

static void fp_write(const uint64_t *values)
{
	/* fld f<n>, 8 * n(a0) */
	register const uint64_t *a0 __asm__("a0") = values;

	__asm__ volatile(".set n, 0\n"
			 ".rept 32\n"
			 ".4byte 0x00053007 | (n << 7) | (n << 23)\n"
			 ".set n, n + 1\n"
			 ".endr"
			 :
			 : "r"(a0)
			 : "memory");
}

static void fp_read(uint64_t *values)
{
	/* fsd f<n>, 8 * n(a0) */
	register uint64_t *a0 __asm__("a0") = values;

	__asm__ volatile(".set n, 0\n"
			 ".rept 32\n"
			 ".4byte 0x00053027 | (n << 20) | ((n & 3) << 10) | ((n >> 2) << 25)\n"
			 ".set n, n + 1\n"
			 ".endr"
			 :
			 : "r"(a0)
			 : "memory");
}

static void fp_registers_kept(uint64_t variant)
{
	uint64_t before[FP_REGISTERS], after[FP_REGISTERS];

	(void)variant;
	if (!isa_has("d"))
		skip("needs D");
	for (size_t n = 0; n < FP_REGISTERS; n++)
		before[n] = 0x4041424344450000 + n;
	csr_set(CSR_SSTATUS, MSTATUS_FS);
	fp_write(before);
	sbi(EID_BASE, BASE_GET_SPEC_VERSION);
	sbi(EID_TIME, TIME_SET_TIMER, ~0ul);
	sbi(EID_IPI, IPI_SEND, 0, ~0ul);
	sbi(EID_RFENCE, RFENCE_SFENCE_VMA, 0, ~0ul, 0, 0);
	sbi(EID_HSM, HSM_STATUS, harts[0].id);
	fp_read(after);
	csr_clear(CSR_SSTATUS, MSTATUS_FS);
	for (size_t n = 0; n < FP_REGISTERS; n++)
		check(before[n] == after[n], "f%zu was %lx, is %lx", n, before[n], after[n]);
}

static const struct test tests[] = {
	{ "get_spec_version.format", "Base: Get SBI Specification Version", spec_version },
	{ "get_spec_version.is_3_0", "Base: Get SBI Specification Version", spec_version_3_0,
	  .flags = HOUSE },
	{ "get", "Base Function List", get, getter_names },
	{ "get_on_every_hart", "Base Function List", get_on_every_hart, .min_harts = 2 },
	{ "probe.base", "Base: Probe SBI Extension", probe_base },
	{ "probe_absent", "Base: Probe SBI Extension", probe_absent, absent_names },
	{ "probe_known", "Base: Probe SBI Extension", probe_known, known_names },
	{ "probe_hypervisor", "Base: Probe SBI Extension", probe_hypervisor, hypervisor_names,
	  .flags = HOUSE },
	{ "unknown_eid", "Binary Encoding", call_absent, absent_names },
	{ "fp_registers_kept", "Binary Encoding", fp_registers_kept },
	{ 0 }
};

const struct suite base_suite = { "base", EID_BASE, BASE_FIDS, tests };
