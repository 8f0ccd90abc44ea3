/* SPDX-License-Identifier: BSD-2-Clause */
/* struct fw_dynamic_info as an array of unsigned long, the format of OpenSBI's users. */
#pragma once

#define FW_DYNAMIC_MAGIC 0
#define FW_DYNAMIC_VERSION 1
#define FW_DYNAMIC_NEXT_ADDR 2
#define FW_DYNAMIC_NEXT_MODE 3
#define FW_DYNAMIC_OPTIONS 4
#define FW_DYNAMIC_BOOT_HART 5 /* since version 2 */

#define FW_DYNAMIC_MAGIC_VALUE 0x4942534f
#define FW_DYNAMIC_VERSION_MAX 2
