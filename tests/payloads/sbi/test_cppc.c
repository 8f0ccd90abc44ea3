/* SPDX-License-Identifier: BSD-2-Clause */
/* CPPC extension (SBI v3.0, chapter "CPPC Extension"). */
#include "tests/payloads/sbi/tap.h"

#define READ_ERRORS "CPPC Read Errors"
#define READ_HI_ERRORS "CPPC Read Hi Errors"
#define WRITE_ERRORS "CPPC Write Errors"
#define REGISTERS "CPPC Registers"

static const char *const function_names[] = { "probe", "read", "read_hi", "write", NULL };

static const struct {
	uint64_t id;
	bool writable;
	uint8_t widths; /* 1: 32 bits, 2: 64 bits */
} registers[] = {
	{ 0x00, false, 1 }, { 0x01, false, 1 },	      { 0x02, false, 1 }, { 0x03, false, 1 },
	{ 0x04, false, 1 }, { 0x05, true, 1 },	      { 0x06, true, 1 },  { 0x07, true, 1 },
	{ 0x08, true, 1 },  { 0x09, true, 1 },	      { 0x0a, false, 3 }, { 0x0b, false, 3 },
	{ 0x0c, false, 3 }, { 0x0d, true, 1 },	      { 0x0e, true, 1 },  { 0x0f, true, 1 },
	{ 0x10, true, 1 },  { 0x11, true, 1 },	      { 0x12, false, 1 }, { 0x13, false, 1 },
	{ 0x14, false, 1 }, { 0x80000000, false, 1 },
};
#define REGISTER_COUNT (sizeof(registers) / sizeof(registers[0]))

static bool present(uint64_t id)
{
	return expect(sbi(EID_CPPC, CPPC_PROBE, id), SUCCESS) != 0;
}

static void widths(uint64_t variant)
{
	(void)variant;
	for (size_t i = 0; i < REGISTER_COUNT; i++) {
		uint64_t width = expect(sbi(EID_CPPC, CPPC_PROBE, registers[i].id), SUCCESS);

		check(!width || (width == 32 && registers[i].widths & 1) ||
			      (width == 64 && registers[i].widths & 2),
		      "register %lx is %lu bits wide", registers[i].id, width);
	}
}

static void reserved(uint64_t fid)
{
	static const uint64_t ids[] = {
		0x15, 0x7fffffff, 0x80000001, 0xffffffff, 0xffffffff80000001,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		expect(sbi(EID_CPPC, fid, ids[i], 0), INVALID_PARAM);
}

static void absent(uint64_t fid)
{
	bool seen = false;

	for (size_t i = 0; i < REGISTER_COUNT; i++) {
		if (!present(registers[i].id)) {
			expect(sbi(EID_CPPC, fid, registers[i].id, 0), NOT_SUPPORTED);
			seen = true;
		}
	}
	if (!seen)
		skip("all registers are implemented");
}

static void absent_read(uint64_t variant)
{
	(void)variant;
	absent(CPPC_READ);
}

static void absent_read_hi(uint64_t variant)
{
	(void)variant;
	absent(CPPC_READ_HI);
}

static void absent_write(uint64_t variant)
{
	(void)variant;
	absent(CPPC_WRITE);
}

static void reads(uint64_t variant)
{
	(void)variant;
	for (size_t i = 0; i < REGISTER_COUNT; i++) {
		if (!present(registers[i].id))
			continue;
		expect(sbi(EID_CPPC, CPPC_READ, registers[i].id), SUCCESS);
		check(!expect(sbi(EID_CPPC, CPPC_READ_HI, registers[i].id), SUCCESS),
		      "register %lx has high bits on RV64", registers[i].id);
	}
}

static void write_read_only(uint64_t variant)
{
	bool seen = false;

	(void)variant;
	for (size_t i = 0; i < REGISTER_COUNT; i++) {
		if (present(registers[i].id) && !registers[i].writable) {
			expect(sbi(EID_CPPC, CPPC_WRITE, registers[i].id, 1), DENIED);
			seen = true;
		}
	}
	if (!seen)
		skip("there is no such register");
}

/* DesiredPerformance, to what it was set to a moment before. */
static void write_back(uint64_t variant)
{
	uint64_t low, desired;

	(void)variant;
	if (!present(5) || !present(3))
		skip("there is no such register");
	low = expect(sbi(EID_CPPC, CPPC_READ, 3), SUCCESS);
	desired = expect(sbi(EID_CPPC, CPPC_READ, 5), SUCCESS);
	expect(sbi(EID_CPPC, CPPC_WRITE, 5, low), SUCCESS);
	check(expect(sbi(EID_CPPC, CPPC_READ, 5), SUCCESS) == low, "does not read back");
	expect(sbi(EID_CPPC, CPPC_WRITE, 5, desired), SUCCESS | INVALID_PARAM | FAILED);
}

static const struct test tests[] = {
	{ "probe.width", REGISTERS, widths },
	{ "invalid_register", REGISTERS, reserved, function_names },
	{ "read.not_supported", READ_ERRORS, absent_read },
	{ "read_hi.not_supported", READ_HI_ERRORS, absent_read_hi },
	{ "write.not_supported", WRITE_ERRORS, absent_write },
	{ "read", READ_ERRORS, reads },
	{ "write.denied_read_only", WRITE_ERRORS, write_read_only },
	{ "write.reads_back", WRITE_ERRORS, write_back },
	{ 0 },
};

const struct suite cppc_suite = { "cppc", EID_CPPC, CPPC_FIDS, tests };
