/* SPDX-License-Identifier: BSD-2-Clause */
/* fw_dynamic: the stage before passes a struct fw_dynamic_info in a2. */
#include "sbi/fw_dynamic.h"
#include "lib/riscv/csr.h"
#include "sbi/next_stage.h"

/* All fields are read once, into @next. */
enum err next_stage_get(const struct boot_args *args, struct next_stage *next)
{
	const volatile unsigned long *info = (const unsigned long *)args->a2;

	if (!info || info[FW_DYNAMIC_MAGIC] != FW_DYNAMIC_MAGIC_VALUE)
		return ERR_NEXT_INFO;
	if (!info[FW_DYNAMIC_VERSION] || info[FW_DYNAMIC_VERSION] > FW_DYNAMIC_VERSION_MAX)
		return ERR_NEXT_VERSION;
	*next = (struct next_stage){
		.addr = info[FW_DYNAMIC_NEXT_ADDR],
		.dtb = args->a1,
		.mode = info[FW_DYNAMIC_NEXT_MODE],
		.options = info[FW_DYNAMIC_OPTIONS],
	};
	return next->mode == PRV_S || next->mode == PRV_M ? ERR_OK : ERR_NEXT_MODE;
}
