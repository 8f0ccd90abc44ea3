/* SPDX-License-Identifier: BSD-2-Clause */
/* Boards that come up by themselves. */
#include "spl/board.h"

#include <stddef.h>

__attribute__((weak)) void board_early_init(void) {}

__attribute__((weak)) int board_strap(void)
{
	return -1;
}

__attribute__((weak)) bool board_mac(uint8_t mac[6])
{
	(void)mac;
	return false;
}

__attribute__((weak)) const struct rollback_store *board_rollback_store(void)
{
	return NULL;
}
