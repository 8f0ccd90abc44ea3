/* SPDX-License-Identifier: BSD-2-Clause */
/* Cyclic redundancy checks. All can be continued: feed the result in as @crc; start with 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* x^7 + x^3 + 1, most significant bit first: SD commands (SD Physical Layer 4.5). 0..127. */
uint8_t crc7(uint8_t crc, const void *data, size_t length);

/* x^16 + x^12 + x^5 + 1, most significant bit first, not inverted: SD data, XMODEM. */
uint16_t crc16(uint16_t crc, const void *data, size_t length);

/* The CRC-32 of IEEE 802.3, as zlib, GPT (UEFI 5.3.2) and FIT's "crc32" have it. */
uint32_t crc32_ieee(uint32_t crc, const void *data, size_t length);
