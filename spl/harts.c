/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering the followers and letting them go. */
#include "spl/harts.h"

#include <stddef.h>

#include "drivers/timer/aclint.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "lib/riscv/io.h"
#include "spl/clock.h"
#include "spl/layout.h"
#include "spl/trap.h"

#define PATIENCE_US 3000000 /* emulated harts on a busy host are slow */

struct hart_slot {
	uint64_t hartid;
	uint64_t msip; /* 0: this hart cannot be woken, it polls */
	void *work;    /* for crew_work() */
	uint32_t state;
};

struct hart_go {
	uint64_t entry; /* 0: wait; written last */
	uint64_t dtb;
	uint64_t info;
};

_Static_assert(offsetof(struct hart_slot, hartid) == SLOT_HARTID, "layout.h");
_Static_assert(offsetof(struct hart_slot, msip) == SLOT_MSIP, "layout.h");
_Static_assert(offsetof(struct hart_slot, work) == SLOT_WORK, "layout.h");
_Static_assert(offsetof(struct hart_slot, state) == SLOT_STATE, "layout.h");
_Static_assert(sizeof(struct hart_slot) == SLOT_SIZE, "layout.h");
_Static_assert(offsetof(struct hart_go, entry) == GO_ENTRY, "layout.h");
_Static_assert(offsetof(struct hart_go, dtb) == GO_DTB, "layout.h");
_Static_assert(offsetof(struct hart_go, info) == GO_INFO, "layout.h");

/* Shared with entry.S. */
uint64_t hart_arrivals;
struct hart_slot hart_slots[BOARD_MAX_HARTS];
struct hart_go hart_go;

static uint8_t states[BOARD_MAX_HARTS];
static unsigned int adopted; /* slots that were looked at */

enum hart_state hart_state(unsigned int index)
{
	return states[index];
}

/* Looks at the next slot; false when nobody has parked there yet. */
static bool adopt(const struct platform *platform)
{
	struct hart_slot *slot = &hart_slots[adopted];
	const struct hart_desc *hart;

	if (adopted == BOARD_MAX_HARTS ||
	    __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == SLOT_EMPTY)
		return false;
	adopted++;
	hart = platform_hart(platform, slot->hartid);
	if (!hart)
		return true;
	states[hart - platform->machine.harts] = HART_PARKED;
	if (hart->msip) {
		aclint_clear_ipi(hart->msip);
		__atomic_store_n(&slot->msip, hart->msip, __ATOMIC_RELEASE);
	}
	return true;
}

static unsigned int count_missing(const struct machine *machine)
{
	unsigned int missing = 0;

	for (unsigned int i = 0; i < machine->hart_count; i++)
		missing += machine->harts[i].enabled && states[i] == HART_MISSING;
	return missing;
}

static void report_missing(const struct machine *machine)
{
	printf("E%03d %s: hart", ERR_HART_MISSING, err_text(ERR_HART_MISSING));
	for (unsigned int i = 0; i < machine->hart_count; i++) {
		if (machine->harts[i].enabled && states[i] == HART_MISSING)
			printf(" %lu", machine->harts[i].hartid);
	}
	printf("\n");
	trap_report_follower();
}

void harts_gather(const struct platform *platform)
{
	const struct machine *machine = &platform->machine;
	const struct hart_desc *leader = platform_hart(platform, platform->hartid);
	unsigned int missing;
	uint64_t deadline = deadline_after(PATIENCE_US);

	if (leader)
		states[leader - machine->harts] = HART_LEADER;
	missing = count_missing(machine);
	while (missing && !deadline_passed(deadline)) {
		if (adopt(platform)) {
			missing = count_missing(machine);
			deadline = deadline_after(PATIENCE_US);
		} else {
			clock_doze();
		}
	}
	while (adopt(platform))
		;
	if (count_missing(machine))
		report_missing(machine);
	if (machine->too_many_harts ||
	    __atomic_load_n(&hart_arrivals, __ATOMIC_RELAXED) > BOARD_MAX_HARTS)
		printf("E%03d %s (%u)\n", ERR_HART_TOO_MANY, err_text(ERR_HART_TOO_MANY),
		       BOARD_MAX_HARTS);
}

static struct hart_slot *wakeable(unsigned int n)
{
	for (unsigned int i = 0; i < adopted; i++) {
		if (hart_slots[i].msip && !n--)
			return &hart_slots[i];
	}
	return NULL;
}

void harts_wake(unsigned int n)
{
	aclint_send_ipi(wakeable(n)->msip);
}

uint64_t harts_id(unsigned int n)
{
	return wakeable(n)->hartid;
}

bool harts_put_to_work(unsigned int n, void *work)
{
	struct hart_slot *slot = wakeable(n);

	if (!slot)
		return false;
	__atomic_store_n(&slot->work, work, __ATOMIC_RELEASE);
	aclint_send_ipi(slot->msip);
	return true;
}

static bool has_left(const struct hart_slot *slot)
{
	return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == SLOT_LEFT;
}

void harts_release(const struct platform *platform, uint64_t entry, uint64_t dtb, uint64_t info)
{
	uint64_t deadline;

	while (adopt(platform))
		;
	hart_go.dtb = dtb;
	hart_go.info = info;
	__atomic_store_n(&hart_go.entry, entry, __ATOMIC_RELEASE);
	fence_full();
	for (unsigned int i = 0; i < adopted; i++) {
		if (hart_slots[i].msip)
			aclint_send_ipi(hart_slots[i].msip);
	}
	deadline = deadline_after(PATIENCE_US);
	for (unsigned int i = 0; i < adopted; i++) {
		while (!has_left(&hart_slots[i]) && !deadline_passed(deadline))
			clock_doze();
		if (!has_left(&hart_slots[i])) {
			printf("E%03d %s: hart %lu\n", ERR_HART_STUCK, err_text(ERR_HART_STUCK),
			       hart_slots[i].hartid);
			trap_report_follower();
		}
	}
}
