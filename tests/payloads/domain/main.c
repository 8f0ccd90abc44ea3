/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One of two domains: what is its own it can use, what is the other's it cannot, whatever it asks the
 * firmware for. Two of these run side by side; a page that both may write says whose turn it is.
 * Bootargs, all numbers hexadecimal:
 *	me=<0 or 1>		turns are taken in this order
 *	others=<hartid>,...	harts of the other domain
 *	deny=<base>+<size>,...	its memory and devices
 *	mailbox=<page>		read and write for both
 *	notice=<page>		read and write for 0, read for 1; nobody may execute it
 *	reset=<0 or 1>		may reset the machine
 */
#include <stdbool.h>
#include <stdint.h>

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"

#define LOAD_ACCESS_FAULT 5
#define STORE_ACCESS_FAULT 7
#define MAX_LIST 16
#define PATIENCE_MS 60000
#define SSE_LOCAL_SOFTWARE 0xffff0000

struct list {
	struct {
		uint64_t base, size;
	} items[MAX_LIST];
	unsigned int count;
};

static struct list others, denied;
static uint64_t mailbox, notice;
static bool may_reset, is_second;

static const char *hex(const char *text, uint64_t *number)
{
	*number = 0;
	for (;; text++) {
		if (*text >= '0' && *text <= '9')
			*number = *number << 4 | (uint64_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			*number = *number << 4 | (uint64_t)(*text - 'a' + 10);
		else
			return text;
	}
}

static void read_list(const char *name, struct list *list)
{
	char text[256];
	const char *at = text;

	if (!option(name, text, sizeof(text)))
		return;
	while (*at && list->count < MAX_LIST) {
		at = hex(at, &list->items[list->count].base);
		if (*at == '+')
			at = hex(at + 1, &list->items[list->count].size);
		list->count++;
		at += *at == ',';
	}
}

static uint64_t read_number(const char *name)
{
	struct list list = { .count = 0 };

	read_list(name, &list);
	return list.items[0].base;
}

static void expect(struct sbiret ret, int64_t error, const char *what, uint64_t of)
{
	check(ret.error == error, "%s of %lx: error %ld, not %ld", what, of, ret.error, error);
}

/* ---- Harts ---- */

static void ask_for_hart(uint64_t id, int64_t refusal)
{
	uint64_t bit = 1ul << id;

	expect(sbi(EID_HSM, HSM_START, id, (uintptr_t)hart_entry, 0), refusal, "start", id);
	expect(sbi(EID_HSM, HSM_STATUS, id), refusal, "status", id);
	expect(sbi(EID_IPI, IPI_SEND, 1, id), refusal, "IPI", id);
	expect(sbi(EID_IPI, IPI_SEND, bit, 0), refusal, "IPI by mask", id);
	expect(sbi(EID_RFENCE, RFENCE_FENCE_I, 1, id), refusal, "fence.i", id);
	expect(sbi(EID_RFENCE, RFENCE_SFENCE_VMA, bit, 0, 0, 4096), refusal, "sfence", id);
	expect(sbi(EID_SSE, SSE_INJECT, SSE_LOCAL_SOFTWARE, id), refusal, "software event", id);
}

static bool is_mine(uint64_t id)
{
	for_each_online(hart)
	{
		if (hart->id == id)
			return true;
	}
	return false;
}

static void harts_of_others(uint64_t arg)
{
	(void)arg;
	for (unsigned int i = 0; i < others.count; i++) {
		check(!is_mine(others.items[i].base), "hart %lx is here", others.items[i].base);
		ask_for_hart(others.items[i].base, SBI_ERR_INVALID_PARAM);
	}
	/* All of mine are there and answer, and "all" means those. */
	for_each_online(hart)
	{
		expect(sbi(EID_HSM, HSM_STATUS, hart->id), SBI_SUCCESS, "status", hart->id);
		expect(sbi(EID_RFENCE, RFENCE_FENCE_I, 1, hart->id), SBI_SUCCESS, "fence.i",
		       hart->id);
	}
	expect(sbi(EID_RFENCE, RFENCE_FENCE_I, 0, -1ul), SBI_SUCCESS, "fence.i", -1ul);
}

/* ---- Memory ---- */

static void memory_of_others(uint64_t arg)
{
	struct trap trap;

	(void)arg;
	for (unsigned int i = 0; i < denied.count; i++) {
		uint64_t base = denied.items[i].base, last = base + denied.items[i].size - 8;
		uint64_t at[] = { base, base + (denied.items[i].size / 2 & ~7ul), last };

		for (unsigned int j = 0; j < 3; j++) {
			check(load_traps(at[j], &trap) && trap.cause == LOAD_ACCESS_FAULT,
			      "%lx can be read", at[j]);
			check(store_traps(at[j], 0, &trap) && trap.cause == STORE_ACCESS_FAULT,
			      "%lx can be written", at[j]);
		}
	}
	check(!load_traps(notice, NULL), "the notice cannot be read");
	check(store_traps(notice, 1, NULL) == is_second, "the notice: wrong about writing");
	check(!load_traps(mailbox + 8, NULL) && !store_traps(mailbox + 8, 1, NULL),
	      "the mailbox cannot be used");
}

/* ---- What the firmware does with addresses ---- */

static void addresses_of_others(uint64_t arg)
{
	uint64_t own = (uintptr_t)&machine;

	(void)arg;
	for (unsigned int i = 0; i < denied.count; i++) {
		uint64_t base = denied.items[i].base, end = base + denied.items[i].size;

		expect(sbi(EID_DBCN, DBCN_WRITE, 8, base, 0), SBI_ERR_INVALID_PARAM, "write", base);
		expect(sbi(EID_DBCN, DBCN_READ, 8, end - 8, 0), SBI_ERR_INVALID_PARAM, "read", end);
		expect(sbi(EID_HSM, HSM_SUSPEND, SUSPEND_NON_RETENTIVE, base, 0),
		       SBI_ERR_INVALID_ADDRESS, "resume", base);
		expect(sbi(EID_PMU, PMU_SNAPSHOT_SET_SHMEM, base, 0, 0), SBI_ERR_INVALID_ADDRESS,
		       "snapshot", base);
	}
	expect(sbi(EID_DBCN, DBCN_WRITE, 0, own, 0), SBI_SUCCESS, "write", own);
	/* Reading needs the right to read, writing that to write, and neither is that to execute. */
	expect(sbi(EID_DBCN, DBCN_READ, 0, notice, 0), SBI_SUCCESS, "read nothing", notice);
	expect(sbi(EID_PMU, PMU_SNAPSHOT_SET_SHMEM, notice, 0, 0),
	       is_second ? SBI_ERR_INVALID_ADDRESS : SBI_SUCCESS, "snapshot", notice);
	expect(sbi(EID_PMU, PMU_SNAPSHOT_SET_SHMEM, -1ul, -1ul, 0), SBI_SUCCESS, "snapshot", -1ul);
	expect(sbi(EID_HSM, HSM_SUSPEND, SUSPEND_NON_RETENTIVE, notice, 0), SBI_ERR_INVALID_ADDRESS,
	       "resume", notice);
}

/* ---- The machine ---- */

static void rights(uint64_t arg)
{
	uint64_t there = sbi(EID_BASE, BASE_PROBE, EID_SRST).value;

	(void)arg;
	check(!!there == may_reset, "probing SRST yields %lu", there);
	if (may_reset)
		return;
	expect(sbi(EID_SRST, SRST_RESET, SRST_SHUTDOWN, 0), SBI_ERR_NOT_SUPPORTED, "reset", 0);
	expect(sbi(EID_SRST, SRST_RESET, SRST_COLD_REBOOT, 0), SBI_ERR_NOT_SUPPORTED, "reset", 1);
	check(!sbi(EID_BASE, BASE_PROBE, EID_SUSP).value, "SUSP is there");
}

static void everything(uint64_t arg)
{
	(void)arg;
	rights(0);
	on_all_harts(harts_of_others, 0);
	on_all_harts(memory_of_others, 0);
	on_all_harts(addresses_of_others, 0);
	for_each_other(hart)
	{
		check(hart_stop(hart) && hart_start(hart), "hart %lu does not restart", hart->id);
		on_hart(hart, memory_of_others, 0);
	}
}

void payload_main(void)
{
	volatile uint64_t *turn;

	read_list("others", &others);
	read_list("deny", &denied);
	mailbox = read_number("mailbox");
	notice = read_number("notice");
	may_reset = read_number("reset");
	is_second = read_number("me");
	turn = (volatile uint64_t *)mailbox;
	if (is_second && !wait_for(turn, 1, PATIENCE_MS))
		print("domain 1: never its turn\n");
	if (guarded(everything, 0) == PASS)
		print("domain %u: %u harts of its own\n", is_second, count_online());
	else
		print("domain %u: FAILED on hart %lu: %s\n", is_second, self()->id,
		      self()->message);
	barrier();
	*turn = is_second ? 2 : 1;
	if (!is_second && !wait_for(turn, 2, PATIENCE_MS))
		print("domain 0: the other does not come to an end\n");
	machine_end("srst");
}
