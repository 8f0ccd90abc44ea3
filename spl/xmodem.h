/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receiving a file by XMODEM-CRC, XMODEM-1K or YMODEM (Chuck Forsberg, "XMODEM/YMODEM Protocol
 * Reference", 1988); the sender decides which.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct xmodem_port {
	/* The next byte, or -1 when none came for @timeout_us. */
	int (*get)(uint32_t timeout_us);
	void (*put)(char c);
};

/*
 * Waits up to @seconds for a sender, and puts the file into @buffer. @size is then what YMODEM says,
 * else whole blocks. ERR_XMODEM_NOBODY, ERR_XMODEM_CANCELLED: by the sender. ERR_XMODEM_LINE: too
 * many damaged blocks. ERR_XMODEM_ORDER: blocks are missing. ERR_XMODEM_SIZE: it does not fit.
 */
enum err xmodem_receive(const struct xmodem_port *port, uint32_t seconds, uint8_t *buffer,
			uint64_t capacity, uint64_t *size);
