/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP calls of ours, by macros in lwip/lwipopts.h. */
#pragma once

#include <stdint.h>

struct pbuf;

/* The Internet checksum (RFC 1071), not inverted, in the order of the bytes in memory. */
uint16_t checksum(const void *data, int length);

/* Adds our options to a DHCP message that has @length bytes of them. */
void stack_append_dhcp_options(uint8_t *options, uint16_t *length);

/* An option that lwIP does not know: @length bytes at @offset of @packet, as the option claims. */
void stack_take_dhcp_option(uint8_t message, uint8_t option, uint8_t length,
			    const struct pbuf *packet, uint16_t offset);
