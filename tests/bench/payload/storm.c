/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What calls cost when all harts make them at once. Hart 0 (the boot hart) only keeps the time
 * and is a target like any other. Each storm: all harts wait for the signal, call REPEAT times.
 */
#include "sbi.h"

#define REPEAT 2

enum storm { STORM_NONE, STORM_IPI, STORM_SFENCE, STORM_CONSOLE };

static volatile enum storm storm;
static unsigned long ready, done; /* harts, counted with atomics */
static unsigned long n_harts;
static const char text[64] = "The quick brown fox jumps over the lazy dog, and over the fence.";

static unsigned long count(unsigned long *counter, unsigned long n)
{
	return __atomic_add_fetch(counter, n, __ATOMIC_SEQ_CST);
}

static void call_ipi(void)
{
	for (int i = 0; i < REPEAT; i++) {
		measure(WINDOW_STORM_IPI, EID_IPI, 0, 0, -1UL, 0, 0);
		csr_clear(CSR_SIP, MIP_SSIP);
	}
}

static void call_sfence(void)
{
	for (int i = 0; i < REPEAT; i++)
		measure(WINDOW_STORM_SFENCE, EID_RFENCE, RFENCE_SFENCE_VMA, 0, -1UL, 0x1000,
			0x1000);
}

/* A partial write is allowed: go on where it stopped. */
static void call_console(void)
{
	for (int i = 0; i < REPEAT; i++) {
		size_t written = 0;

		open_window(WINDOW_STORM_CONSOLE);
		while (written < sizeof(text)) {
			struct sbiret r = sbi_call(EID_DBCN, DBCN_WRITE, sizeof(text) - written,
						   (uintptr_t)text + written, 0, 0);

			if (r.error)
				break;
			written += r.value;
		}
		close_window(WINDOW_STORM_CONSOLE);
	}
}

void started_hart_entry(unsigned long hart)
{
	enum storm last = STORM_NONE;

	for (;;) {
		count(&ready, 1);
		while (storm == last)
			;
		last = storm;
		if (last == STORM_IPI)
			call_ipi();
		else if (last == STORM_SFENCE)
			call_sfence();
		else
			call_console();
		count(&done, 1);
	}
}

void resumed_hart_entry(unsigned long hart) {}

/* Every hart but this one: ready, then done. */
static void raise_storm(enum storm next)
{
	while (count(&ready, 0) != n_harts - 1)
		;
	__atomic_store_n(&ready, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&done, 0, __ATOMIC_SEQ_CST);
	storm = next;
	while (count(&done, 0) != n_harts - 1)
		;
}

void boot_hart_entry(unsigned long hart)
{
	while (n_harts < MAX_HARTS && !sbi_call(EID_HSM, HSM_GET_STATUS, n_harts, 0, 0, 0).error)
		n_harts++;
	for (unsigned long i = 0; i < n_harts; i++) {
		if (i != hart)
			sbi_call(EID_HSM, HSM_START, i, (uintptr_t)hart_entry, 0, 0);
	}
	while (count(&ready, 0) != n_harts - 1)
		;

	open_window(WINDOW_STORM_WHOLE + WINDOW_STORM_IPI);
	raise_storm(STORM_IPI);
	close_window(WINDOW_STORM_WHOLE + WINDOW_STORM_IPI);

	open_window(WINDOW_STORM_WHOLE + WINDOW_STORM_SFENCE);
	raise_storm(STORM_SFENCE);
	close_window(WINDOW_STORM_WHOLE + WINDOW_STORM_SFENCE);

	open_window(WINDOW_STORM_WHOLE + WINDOW_STORM_CONSOLE);
	raise_storm(STORM_CONSOLE);
	close_window(WINDOW_STORM_WHOLE + WINDOW_STORM_CONSOLE);
	end_run();
}
