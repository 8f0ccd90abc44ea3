/* SPDX-License-Identifier: BSD-2-Clause */
/* The SBI call, with an eye on what it does to the caller's registers. */
#include "tests/payloads/common/sbi.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/riscv.h"

#define A0 10
#define A1 11
#define A6 16
#define A7 17
#define RUBBISH(n) (0xa5a5000000005a00ul | (n))

struct conduct conduct;

/* S-mode CSRs that a call leaves alone; sscratch is covered by the way ecall_recorded() works. */
struct csrs {
	uint64_t sstatus, sie, stvec, scounteren, sepc, scause, stval, satp;
};

static const char *const csr_names[] = {
	"sstatus", "sie", "stvec", "scounteren", "sepc", "scause", "stval", "satp",
};

static struct csrs read_csrs(void)
{
	return (struct csrs){
		csr_read(CSR_SSTATUS),	  csr_read(CSR_SIE),  csr_read(CSR_STVEC),
		csr_read(CSR_SCOUNTEREN), csr_read(CSR_SEPC), csr_read(CSR_SCAUSE),
		csr_read(CSR_STVAL),	  csr_read(CSR_SATP),
	};
}

void conduct_reset(void)
{
	memset(&conduct, 0, sizeof(conduct));
}

/* The first complaint of a kind is worded, the others counted. */
static void complain(uint32_t *count, char *first, const char *what, uint64_t eid, uint64_t fid,
		     uint64_t was, uint64_t is)
{
	if (!__atomic_fetch_add(count, 1, __ATOMIC_RELAXED))
		format(first, sizeof(conduct.change), "EID %lx FID %lx: %s was %lx, is %lx", eid,
		       fid, what, was, is);
}

static void review(const struct hart *hart, const struct csrs *before, unsigned int traps)
{
	uint64_t eid = hart->call[A7], fid = hart->call[A6];
	bool legacy = eid <= EID_LEGACY_SHUTDOWN;
	struct csrs after = read_csrs();

	__atomic_fetch_add(&conduct.calls, 1, __ATOMIC_RELAXED);
	for (unsigned int n = 1; n < 32; n++) {
		char name[4];

		if (n == A0 || (n == A1 && !legacy) || hart->call[n] == hart->result[n])
			continue;
		format(name, sizeof(name), "x%u", n);
		complain(&conduct.changes, conduct.change, name, eid, fid, hart->call[n],
			 hart->result[n]);
	}
	/* A fault that a legacy call hands back does change CSRs. */
	for (size_t i = 0; i < sizeof(csr_names) / sizeof(csr_names[0]); i++) {
		uint64_t was = ((const uint64_t *)before)[i], is = ((uint64_t *)&after)[i];

		if (was != is && hart->stepped.count == traps)
			complain(&conduct.changes, conduct.change, csr_names[i], eid, fid, was, is);
	}
	/* DBTR install and update say in a1 which entry was bad. */
	if (!legacy && hart->result[A0] && hart->result[A1] &&
	    !(eid == EID_DBTR && (fid == DBTR_INSTALL || fid == DBTR_UPDATE)))
		complain(&conduct.a1_on_error, conduct.dirt, "a1", eid, fid, 0, hart->result[A1]);
}

struct sbiret sbi_call(uint64_t eid, uint64_t fid, const uint64_t *args, size_t count)
{
	struct hart *hart = self();
	unsigned int traps = hart->stepped.count;
	bool on = interrupts_off();
	struct csrs before;

	for (unsigned int n = 0; n < 32; n++)
		hart->call[n] = RUBBISH(n);
	for (size_t i = 0; i < count; i++)
		hart->call[A0 + i] = args[i + 1];
	hart->call[A7] = eid;
	if (eid > EID_LEGACY_SHUTDOWN)
		hart->call[A6] = fid;
	before = read_csrs();
	ecall_recorded(hart);
	review(hart, &before, traps);
	interrupts_restore(on);
	return (struct sbiret){ (int64_t)hart->result[A0], hart->result[A1] };
}

bool sbi_probe(uint64_t eid)
{
	struct sbiret ret = sbi(EID_BASE, BASE_PROBE, eid);

	return !ret.error && ret.value;
}

const char *sbi_error_name(int64_t error)
{
	static const char *const names[] = {
		"SUCCESS",
		"FAILED",
		"NOT_SUPPORTED",
		"INVALID_PARAM",
		"DENIED",
		"INVALID_ADDRESS",
		"ALREADY_AVAILABLE",
		"ALREADY_STARTED",
		"ALREADY_STOPPED",
		"NO_SHMEM",
		"INVALID_STATE",
		"BAD_RANGE",
		"TIMEOUT",
		"IO",
		"DENIED_LOCKED",
	};

	if (error > 0 || error < SBI_ERR_DENIED_LOCKED)
		return "no SBI error";
	return names[-error];
}
