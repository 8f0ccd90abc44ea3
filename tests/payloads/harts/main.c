/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts every hart of a machine, however many there are, lets each fence all others, stops them, and
 * says how many took part. The hart ids are 0, 1, 2, ... up to the first that the firmware denies.
 */
#include <stdbool.h>
#include <stdint.h>

#define EID_HSM 0x48534d
#define EID_RFENCE 0x52464e43
#define EID_SRST 0x53525354
#define EID_DBCN 0x4442434e

#define HSM_START 0
#define HSM_STOP 1
#define HSM_STATUS 2
#define HSM_STOPPED 1
#define REMOTE_SFENCE_VMA 1
#define WRITE_BYTE 2
#define INVALID_PARAM (-3L)
#define ALREADY_AVAILABLE (-6L)

#define MAX_HARTS 1024
#define STACK_SIZE 512
#define PATIENCE 600000000UL /* ticks: a minute at 10 MHz, more where they are slower */

void payload_main(unsigned long hartid);
void hart_main(unsigned long hartid);
extern char hart_entry[];

static uint8_t stacks[MAX_HARTS + 1][STACK_SIZE] __attribute__((aligned(16)));
static unsigned long arrived, fenced;

struct sbiret {
	long error;
	long value;
};

static struct sbiret sbi(unsigned long eid, unsigned long fid, unsigned long arg0,
			 unsigned long arg1, unsigned long arg2, unsigned long arg3)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a3 __asm__("a3") = arg3;
	register unsigned long a6 __asm__("a6") = fid;
	register unsigned long a7 __asm__("a7") = eid;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbiret){ (long)a0, (long)a1 };
}

static void print(const char *text)
{
	for (; *text; text++)
		sbi(EID_DBCN, WRITE_BYTE, (unsigned long)*text, 0, 0, 0);
}

static void print_number(unsigned long number)
{
	char digit[2] = { (char)('0' + number % 10), 0 };

	if (number >= 10)
		print_number(number / 10);
	print(digit);
}

static unsigned long now(void)
{
	unsigned long time;

	__asm__ volatile("rdtime %0" : "=r"(time));
	return time;
}

/* The counter reaches @target in time. */
static bool reaches(const unsigned long *counter, unsigned long target)
{
	unsigned long start = now();

	while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < target) {
		if (now() - start > PATIENCE)
			return false;
	}
	return true;
}

static bool fence_all(void)
{
	return !sbi(EID_RFENCE, REMOTE_SFENCE_VMA, 0, -1UL, 0x1000, 0x1000).error;
}

void hart_main(unsigned long hartid)
{
	(void)hartid;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
	if (fence_all())
		__atomic_fetch_add(&fenced, 1, __ATOMIC_RELEASE);
	sbi(EID_HSM, HSM_STOP, 0, 0, 0, 0);
	for (;;)
		;
}

static bool stops(unsigned long hartid)
{
	unsigned long start = now();

	while (sbi(EID_HSM, HSM_STATUS, hartid, 0, 0, 0).value != HSM_STOPPED) {
		if (now() - start > PATIENCE)
			return false;
	}
	return true;
}

void payload_main(unsigned long self)
{
	unsigned long count = 0, stopped = 0;

	for (; count < MAX_HARTS; count++) {
		long error = sbi(EID_HSM, HSM_START, count, (unsigned long)hart_entry,
				 (unsigned long)stacks[count + 1], 0)
				     .error;

		if (error == INVALID_PARAM)
			break;
		if (error && error != ALREADY_AVAILABLE)
			print("harts: hart_start failed\n");
	}
	reaches(&arrived, count - 1);
	reaches(&fenced, count - 1);
	for (unsigned long hartid = 0; hartid < count; hartid++)
		stopped += hartid != self && stops(hartid);
	print("harts: ");
	print_number(count);
	print(" there, ");
	print_number(arrived + 1);
	print(" ran, ");
	print_number(fenced + fence_all());
	print(" fenced, ");
	print_number(stopped + 1);
	print(" in order\n");
	sbi(EID_SRST, 0, 0, 0, 0, 0);
	for (;;)
		;
}
