/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Supervisor Software Events Extension"; the rules are in sbi/sse_policy.c. */
#include "sbi/sse.h"

#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/shmem.h"

enum {
	READ_ATTRS,
	WRITE_ATTRS,
	REGISTER,
	UNREGISTER,
	ENABLE,
	DISABLE,
	COMPLETE,
	INJECT,
	HART_UNMASK,
	HART_MASK,
};

static bool is_hart(unsigned long hartid)
{
	return hart_of_id(hartid);
}

static long check_event(const struct scratch *hart, enum sse_number number)
{
	if (number == SSE_NONE)
		return SBI_ERR_INVALID_PARAM;
	return sse_is_supported(hart, number) ? SBI_SUCCESS : SBI_ERR_NOT_SUPPORTED;
}

static long open_window(struct shmem *window, unsigned long lo, unsigned long hi,
			unsigned long count, unsigned int access)
{
	const unsigned long size = sizeof(unsigned long);

	if (lo % size || !shmem_open(window, lo, hi, count * size, access))
		return SBI_ERR_INVALID_ADDRESS;
	return SBI_SUCCESS;
}

static long read_attrs(enum sse_number number, unsigned long base, unsigned long count,
		       unsigned long lo, unsigned long hi)
{
	const struct sse_view view = sse_view_of(number);
	unsigned long values[SSE_ATTRIBUTES];
	struct shmem window;
	long error = sse_check_range(base, count);

	if (!error)
		error = open_window(&window, lo, hi, count, SHMEM_WRITE);
	if (error)
		return error;
	sse_lock(number);
	for (unsigned long i = 0; i < count; i++)
		values[i] = sse_read(&view, base + i);
	sse_unlock(number);
	return shmem_write(&window, 0, values, count * sizeof(values[0])) ? SBI_SUCCESS
									  : SBI_ERR_FAILED;
}

/* All or nothing. */
static long write_attrs(enum sse_number number, unsigned long base, unsigned long count,
			unsigned long lo, unsigned long hi)
{
	const struct sse_view view = sse_view_of(number);
	unsigned long values[SSE_ATTRIBUTES];
	struct shmem window;
	long error = sse_check_range(base, count);

	if (!error)
		error = open_window(&window, lo, hi, count, SHMEM_READ);
	if (error)
		return error;
	if (!shmem_read(&window, 0, values, count * sizeof(values[0])))
		return SBI_ERR_FAILED;
	sse_lock(number);
	for (unsigned long i = 0; i < count && !error; i++)
		error = sse_check_write(&view, base + i, values[i], is_hart);
	for (unsigned long i = 0; i < count && !error; i++)
		sse_write(&view, base + i, values[i]);
	sse_unlock(number);
	return error;
}

static long change_state(unsigned long fid, enum sse_number number, unsigned long entry_pc,
			 unsigned long entry_arg)
{
	struct sse_event *event = sse_view_of(number).event;
	long error = SBI_SUCCESS;

	sse_lock(number);
	switch (fid) {
	case REGISTER:
		error = sse_register(event, entry_pc, entry_arg);
		break;
	case UNREGISTER:
		error = sse_unregister(event);
		break;
	case ENABLE:
		error = sse_enable(event);
		break;
	case DISABLE:
		error = sse_disable(event);
		break;
	}
	sse_unlock(number);
	if (!error)
		sse_changed(number);
	return error;
}

static long inject(enum sse_number number, unsigned long hartid)
{
	bool is_local = number != SSE_NONE && !sse_is_global(number);
	struct scratch *hart = is_local ? hart_of_id(hartid) : this_hart();
	long error;

	if (!hart)
		return SBI_ERR_INVALID_PARAM;
	error = check_event(hart, number);
	if (error)
		return error;
	/* A stopped hart has no events. */
	if (!hsm_is_active(&hart->hsm))
		return SBI_ERR_FAILED;
	sse_signal(hart, number);
	return SBI_SUCCESS;
}

struct sbiret ecall_sse(ECALL_PARAMETERS)
{
	enum sse_number number;
	long error;

	switch (fid) {
	case COMPLETE:
		/* All registers are those of the interrupted context. */
		return sse_complete() ? (struct sbiret){ (long)a0, a1 } : sbi_value(0);
	case HART_UNMASK:
		return sbi_error(sse_unmask() ? SBI_SUCCESS : SBI_ERR_ALREADY_STARTED);
	case HART_MASK:
		return sbi_error(sse_mask() ? SBI_SUCCESS : SBI_ERR_ALREADY_STOPPED);
	}
	if (fid > HART_MASK)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	number = sse_number_of(a0);
	if (fid == INJECT)
		return sbi_error(inject(number, a1));
	error = check_event(this_hart(), number);
	if (error)
		return sbi_error(error);
	if (fid == READ_ATTRS)
		return sbi_error(read_attrs(number, a1, a2, a3, a4));
	if (fid == WRITE_ATTRS)
		return sbi_error(write_attrs(number, a1, a2, a3, a4));
	return sbi_error(change_state(fid, number, a1, a2));
}
