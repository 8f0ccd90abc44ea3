/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_jump and fw_payload: where the next stage is, is known from the build. FW_JUMP_ADDR is an
 * address; FW_JUMP_OFFSET one relative to where the firmware is loaded. With a FW_..._FDT_ADDR the
 * DTB is copied there, otherwise it stays where it is.
 */
#include "lib/dt.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"
#include "sbi/next_stage.h"

#define DT_MAX_SIZE 0x1000000

extern char _fw_start[], payload[];

static unsigned long next_addr(void)
{
#if defined(FW_JUMP_ADDR)
	return FW_JUMP_ADDR;
#elif defined(FW_JUMP_OFFSET)
	return (unsigned long)_fw_start + FW_JUMP_OFFSET;
#else
	return (unsigned long)payload;
#endif
}

#ifdef FW_FDT_ADDR
static enum err move_dtb(unsigned long *dtb)
{
	struct dt dt;
	enum err err = dt_open(&dt, (const void *)*dtb, DT_MAX_SIZE);

	if (err)
		return err;
	memmove((void *)FW_FDT_ADDR, (const void *)*dtb, dt.total_size);
	*dtb = FW_FDT_ADDR;
	return ERR_OK;
}
#else
static enum err move_dtb(unsigned long *dtb)
{
	(void)dtb;
	return ERR_OK;
}
#endif

enum err next_stage_get(const struct boot_args *args, struct next_stage *next)
{
	*next = (struct next_stage){ .addr = next_addr(), .dtb = args->a1, .mode = PRV_S };
	return move_dtb(&next->dtb);
}
