/* SPDX-License-Identifier: BSD-2-Clause */
/* What eMMC devices have of their own (JEDEC JESD84-B51); the rest is as with SD cards (sd.h). */
#pragma once

#include <stdint.h>

#define MMC_SEND_OP_COND 1
#define MMC_SET_RELATIVE_ADDR 3
#define MMC_SWITCH 6
#define MMC_SEND_EXT_CSD 8

/* 7.1: 2.7-3.6 V, and that the host can address sectors; the answer's bit 30 says that of the device. */
#define MMC_OCR_VOLTAGES 0x00ff8000u
#define MMC_OCR_SECTORS (1u << 30)

/* A device may take a second to become ready. */
#define MMC_READY_TIMEOUT_US 1100000

/* The address that the host gives it. */
#define MMC_RCA 1

/* Bytes of the extended CSD (7.4) */
#define EXT_CSD_SIZE 512
#define EXT_CSD_PARTITION_CONFIG 179
#define EXT_CSD_BUS_WIDTH 183
#define EXT_CSD_REVISION 192
#define EXT_CSD_SECTORS 212
#define EXT_CSD_BOOT_SIZE 226
#define EXT_CSD_BOOT_UNIT 0x20000u

#define PARTITION_ACCESS_MASK 7

/* 6.6.1: sets a byte of it. */
#define MMC_SWITCH_BYTE(index, value) (3u << 24 | (uint32_t)(index) << 16 | (uint32_t)(value) << 8)

/* Card status: the last switch failed. */
#define MMC_STATUS_SWITCH_ERROR (1u << 7)
