/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPL on the hart that leads, from top to bottom. */
#include "drivers/reset/reset.h"
#include "fit/hash.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "spl/board.h"
#include "spl/boot.h"
#include "spl/clock.h"
#include "spl/harts.h"
#include "spl/hash_isa.h"
#include "spl/memory.h"
#include "spl/platform.h"
#include "spl/trap.h"
#include "spl/verify.h"
#include "spl/watchdog.h"

#define FAILURE_DELAY_US 5000000

static struct platform platform;

/* entry.S */
void spl_main(uint64_t hartid, const void *dtb, uint64_t *home);
_Noreturn void lead_from(uint64_t hartid, const void *dtb, uint64_t *home, uint64_t image);
extern uint64_t home;
extern const char _start[], _end[];

static void print_error(enum err err)
{
	printf("E%03d %s\n", err, err_text(err));
}

static void print_banner(void)
{
	const struct machine *machine = &platform.machine;
	const struct memory_range *spl = &platform.spl;
	uint64_t dram = 0;

	for (unsigned int i = 0; i < machine->memory_count; i++)
		dram += machine->memory[i].size;
	printf("\nhartline SPL " SPL_VERSION " for " BOARD_NAME "\n");
	printf("  %s, %u harts, %lu MiB of DRAM%s\n", machine->model ? machine->model : "no model",
	       machine->hart_count, dram >> 20,
	       platform.previous_dtb ? "" : MESSAGE("; no device tree in a1"));
	printf("  hart %lu leads, SPL at 0x%lx-0x%lx\n", platform.hartid, spl->base,
	       spl->base + spl->size - 1);
	if (executed_in_place())
		printf("  its code stays in flash, at 0x%lx\n", (uintptr_t)_start);
	verify_print(&platform);
}

static enum err visit_reset(const struct dt_node *node, void *context)
{
	reset_visit(context, node);
	return ERR_OK;
}

/* Long enough to read what went wrong. */
static void wait_after_failure(const char *what)
{
	uint64_t deadline = deadline_after(FAILURE_DELAY_US);

	printf("%s in %d seconds\n", what, FAILURE_DELAY_US / 1000000);
	while (!deadline_passed(deadline)) {
		watchdog_kick();
		clock_doze();
	}
}

/* Comes back when there is none. */
static void wait_for_watchdog(void)
{
	if (!watchdog_seconds())
		return;
	printf("The watchdog resets in %u seconds\n", watchdog_seconds());
	for (;;)
		clock_doze();
}

/* Comes back when nothing here can reset the machine. */
static void reset_after_delay(void)
{
	const void *blob = platform.previous_dtb ? platform.previous_dtb : platform.control_dtb;
	static struct reset_devices resets;
	struct dt dt;

	if (!blob || dt_open(&dt, blob, UINT32_MAX) || dt_walk(&dt, visit_reset, &resets))
		return;
	reset_resolve(&resets);
	if (!reset_can(&resets, RESET_COLD_REBOOT))
		return;
	wait_after_failure("Reset");
	reset_machine(&resets, RESET_COLD_REBOOT, true);
}

/*
 * All harts start in one image. It may be where the next stage has to go; then this hart goes on in
 * a copy somewhere else, passing here a second time, and the others follow it. In flash it stays.
 */
void spl_main(uint64_t hartid, const void *dtb, uint64_t *home_of_all)
{
	bool moved = home_of_all != &home;
	enum err err, move_err = ERR_OK;
	uint64_t place;

	if (!moved)
		board_early_init();
	err = platform_discover(&platform, hartid, dtb);
	memory_measure(&platform);
	if (!executed_in_place()) {
		move_err = memory_home(&platform, &place);
		if (!move_err && place != (uintptr_t)_start) {
			memcpy((void *)place, _start,
			       (size_t)(_end - _start) + platform.control_size);
			lead_from(hartid, dtb, home_of_all, place);
		}
	}
	__atomic_store_n(home_of_all, (uintptr_t)_start, __ATOMIC_RELEASE);

	print_banner();
	if (err)
		print_error(err);
	if (move_err)
		print_error(move_err);
	harts_gather(&platform);
	if (HASH_BLOCKS) {
		struct hash_blocks blocks = hash_isa_blocks();

		hash_accelerate(&blocks);
	}
	watchdog_start(platform.watchdog_s);
	boot(&platform);
	while (platform.retry_on_failure) {
		wait_after_failure("Next try");
		boot(&platform);
	}
	if (platform.reset_on_failure) {
		reset_after_delay();
		wait_for_watchdog();
	}
	watchdog_stop();
	printf("Stopped\n");
	stop();
}
