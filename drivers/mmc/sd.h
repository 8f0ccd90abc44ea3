/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What SD memory cards have in common on every bus (SD Physical Layer Simplified Specification 6.0,
 * chapters 4 and 5; SPI mode: chapter 7).
 */
#pragma once

#include <stdint.h>

#define SD_BLOCK_SIZE 512
#define SD_CID_SIZE 16

#define SD_GO_IDLE_STATE 0
#define SD_ALL_SEND_CID 2
#define SD_SEND_RELATIVE_ADDR 3
#define SD_SELECT_CARD 7
#define SD_SEND_IF_COND 8
#define SD_SEND_CSD 9
#define SD_SEND_CID 10
#define SD_STOP_TRANSMISSION 12
#define SD_SEND_STATUS 13
#define SD_SET_BLOCKLEN 16
#define SD_READ_SINGLE_BLOCK 17
#define SD_READ_MULTIPLE_BLOCK 18
#define SD_WRITE_BLOCK 24
#define SD_WRITE_MULTIPLE_BLOCK 25
#define SD_APP_CMD 55
#define SD_READ_OCR 58	 /* SPI only */
#define SD_CRC_ON_OFF 59 /* SPI only */
#define SD_APP_SET_BUS_WIDTH 6
#define SD_APP_SEND_OP_COND 41

/* CMD8: 2.7-3.6 V, and a pattern that comes back. */
#define SD_IF_COND 0x1aa
#define SD_IF_COND_MASK 0xfff

/* OCR; the argument of ACMD41 has the same fields. */
#define SD_OCR_READY (1u << 31)
#define SD_OCR_BLOCK_ADDRESSED (1u << 30) /* CCS: SDHC, SDXC; in ACMD41 HCS: the host can */
#define SD_OCR_3V2_3V4 (3u << 20)

#define SD_IDENTIFICATION_HZ 400000
#define SD_DEFAULT_SPEED_HZ 25000000

/* A card may take a second to become ready. */
#define SD_READY_TIMEOUT_US 1100000
/* A block is sent at most 100 ms after the command. */
#define SD_READ_TIMEOUT_US 200000
/* A busy card, such as one that writes, is ready after at most 500 ms. */
#define SD_BUSY_TIMEOUT_US 500000
