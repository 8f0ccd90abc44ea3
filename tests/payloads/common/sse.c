/* SPDX-License-Identifier: BSD-2-Clause */
/* Software events on their way to a handler, see sse.h. */
#include "tests/payloads/common/sse.h"

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/riscv.h"

void sse_dispatch(struct sse_event *event, uint64_t hart_id);

static volatile uint64_t sse_clock;

static uint64_t tick(void)
{
	return __atomic_add_fetch(&sse_clock, 1, __ATOMIC_SEQ_CST);
}

void sse_prepare(struct sse_event *event, uint64_t id, void (*handler)(struct sse_event *))
{
	event->stack_top = (uintptr_t)event->stack + sizeof(event->stack);
	event->id = id;
	event->handler = handler;
	event->count = event->order = event->end_order = 0;
	barrier();
}

/* A failure must not leave the event running: the row goes on, and fails all the same. */
static void run_handler(struct sse_event *event, struct hart *hart)
{
	struct mark *const escape = hart->escape;
	struct mark here;

	hart->escape = &here;
	if (!mark(&here) && event->handler)
		event->handler(event);
	hart->escape = escape;
}

/*
 * The event may have come in the middle of sbi_call(), with anything in tp and sscratch: what that
 * works with is put aside.
 */
void sse_dispatch(struct sse_event *event, uint64_t hart_id)
{
	uint64_t call[32], result[32], kept[16], sscratch = csr_read(CSR_SSCRATCH);
	struct hart *hart = hart_by_id(hart_id);

	__asm__ volatile("mv tp, %0" : : "r"(hart));
	csr_write(CSR_SSCRATCH, (uintptr_t)hart);
	memcpy(call, hart->call, sizeof(call));
	memcpy(result, hart->result, sizeof(result));
	memcpy(kept, hart->kept, sizeof(kept));
	event->seen_hart = hart_id;
	event->seen_sstatus = csr_read(CSR_SSTATUS);
	event->order = tick();
	event->count++;
	run_handler(event, hart);
	event->end_order = tick();
	memcpy(hart->call, call, sizeof(call));
	memcpy(hart->result, result, sizeof(result));
	memcpy(hart->kept, kept, sizeof(kept));
	csr_write(CSR_SSCRATCH, sscratch);
}
