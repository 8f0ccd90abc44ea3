/* SPDX-License-Identifier: BSD-2-Clause */
/* DBCN extension (SBI v3.0, chapter "Debug Console Extension"). Output is TAP comments. */
#include "tests/payloads/common/console.h"
#include "tests/payloads/common/riscv.h"
#include "tests/payloads/sbi/tap.h"

#define WRITE "Debug Console Write Errors"
#define READ "Debug Console Read Errors"
#define WRITE_BYTE "Debug Console Write Byte Errors"

static struct sbiret io(uint64_t fid, uint64_t length, const void *buffer)
{
	return sbi(EID_DBCN, fid, length, (uintptr_t)buffer, 0);
}

/* "may do partial/no writes if the debug console is not able to accept more bytes" */
static void write_all(const char *text, uint64_t length)
{
	uint64_t begin = time_now();

	while (length) {
		uint64_t done = expect(io(DBCN_WRITE, length, text), SUCCESS);

		check(done <= length, "%lu of %lu bytes written", done, length);
		check(time_now() - begin < milliseconds(4000), "no progress");
		text += done;
		length -= done;
	}
}

static void write_line(uint64_t variant)
{
	static const char text[] = "# dbcn: a line\n";

	(void)variant;
	write_all(text, sizeof(text) - 1);
}

static void write_unaligned(uint64_t variant)
{
	static const char text[] __attribute__((aligned(8))) = "       # dbcn: an odd address\n";

	(void)variant;
	write_all(text + 7, sizeof(text) - 8);
}

static void write_long(uint64_t variant)
{
	static char text[2048];

	(void)variant;
	memset(text, '.', sizeof(text));
	for (size_t i = 0; i < sizeof(text); i += 64) {
		text[i] = '#';
		text[i + 63] = '\n';
	}
	write_all(text, sizeof(text));
}

static void nothing(uint64_t fid)
{
	static char buffer[8];

	check(!expect(io(fid, 0, buffer), SUCCESS), "more than 0 bytes");
}

static void write_nothing(uint64_t variant)
{
	(void)variant;
	nothing(DBCN_WRITE);
}

static void read_nothing(uint64_t variant)
{
	(void)variant;
	nothing(DBCN_READ);
}

/*
 * "does not satisfy the requirements described in Shared memory physical address range parameter";
 * FAILED is left to implementations with stricter limits of their own.
 */
static void bad_address(uint64_t fid, uint64_t variant)
{
	struct phys phys = bad_memory_at(variant, 16, 1);

	expect(sbi(EID_DBCN, fid, 16, phys.lo, phys.hi), INVALID_PARAM | FAILED);
}

static void write_bad_address(uint64_t variant)
{
	bad_address(DBCN_WRITE, variant);
}

static void read_bad_address(uint64_t variant)
{
	bad_address(DBCN_READ, variant);
}

static void write_mmio(uint64_t variant)
{
	(void)variant;
	bad_address(DBCN_WRITE, BAD_MEMORY_MMIO);
}

static void read_mmio(uint64_t variant)
{
	(void)variant;
	bad_address(DBCN_READ, BAD_MEMORY_MMIO);
}

/* The buffer begins in RAM, and is longer than RAM or the address space. */
static const char *const length_names[] = { "past_ram", "2_63", "wraps", "all_ones", NULL };

static void bad_length(uint64_t fid, uint64_t variant)
{
	static char buffer[8];
	const uint64_t lengths[] = {
		machine.ram_end - (uintptr_t)buffer + 1,
		1ul << 63,
		-(uintptr_t)buffer + 1,
		~0ul,
	};

	if (!variant && !machine.hole)
		skip("this machine has no such place");
	expect(io(fid, lengths[variant], buffer), INVALID_PARAM | FAILED);
}

static void write_bad_length(uint64_t variant)
{
	bad_length(DBCN_WRITE, variant);
}

static void read_bad_length(uint64_t variant)
{
	bad_length(DBCN_READ, variant);
}

/* "will not write anything into the output memory if there are no bytes to be read" */
static void read_empty(uint64_t variant)
{
	static char buffer[64];

	(void)variant;
	for (unsigned int i = 0; i < 16; i++) {
		uint64_t got;

		memset(buffer, 0x5a, sizeof(buffer));
		got = expect(io(DBCN_READ, sizeof(buffer) - 8, buffer), SUCCESS);
		check(got <= sizeof(buffer) - 8, "%lu bytes", got);
		for (size_t at = got; at < sizeof(buffer); at++)
			check(buffer[at] == 0x5a, "byte %zu was written, %lu are said to be", at,
			      got);
	}
}

/* Needs somebody at the other end who types "ok" when asked to. */
static void read_input(uint64_t variant)
{
	static char buffer[8];
	uint64_t got = 0, begin = time_now();

	(void)variant;
	print("# type ok\n");
	while (got < 2 && time_now() - begin < milliseconds(1500))
		got += expect(sbi(EID_DBCN, DBCN_READ, 2 - got, (uintptr_t)buffer + got, 0),
			      SUCCESS);
	if (!got)
		skip("nobody types");
	check(got == 2 && buffer[0] == 'o' && buffer[1] == 'k', "%lu bytes: %c%c", got, buffer[0],
	      buffer[1]);
}

static void write_byte(uint64_t variant)
{
	(void)variant;
	for (const char *c = "# dbcn: byte by byte\n"; *c; c++)
		check(!expect(sbi(EID_DBCN, DBCN_WRITE_BYTE, (uint8_t)*c), SUCCESS), "value");
}

/* uint8_t: what is above is not looked at. */
static void write_byte_high_bits(uint64_t variant)
{
	(void)variant;
	for (const char *c = "# dbcn: high bits\n"; *c; c++)
		expect(sbi(EID_DBCN, DBCN_WRITE_BYTE, 0xdeadbeef00 | (uint8_t)*c), SUCCESS);
}

static void chatter(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 4; i++)
		write_all("#\n", 2);
}

static void write_concurrent(uint64_t variant)
{
	(void)variant;
	on_all_harts(chatter, 0);
	write_all("\n", 1);
}

static const struct test tests[] = {
	{ "write.line", WRITE, write_line },
	{ "write.unaligned", WRITE, write_unaligned },
	{ "write.long", WRITE, write_long },
	{ "write.nothing", WRITE, write_nothing },
	{ "write.concurrent", WRITE, write_concurrent, .min_harts = 2 },
	{ "write.invalid_address", WRITE, write_bad_address, bad_memory },
	{ "write.invalid_address_mmio", WRITE, write_mmio, .flags = HOUSE },
	{ "write.invalid_length", WRITE, write_bad_length, length_names },
	{ "read.empty", READ, read_empty },
	{ "read.input", READ, read_input },
	{ "read.nothing", READ, read_nothing },
	{ "read.invalid_address", READ, read_bad_address, bad_memory },
	{ "read.invalid_address_mmio", READ, read_mmio, .flags = HOUSE },
	{ "read.invalid_length", READ, read_bad_length, length_names },
	{ "write_byte", WRITE_BYTE, write_byte },
	{ "write_byte.high_bits", WRITE_BYTE, write_byte_high_bits },
	{ 0 }
};

const struct suite dbcn_suite = { "dbcn", EID_DBCN, DBCN_FIDS, tests };
