/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DHCP says of booting (RFC 2132): server and file, in options 66 and 67, in the vendor's own
 * options (43) under the same numbers, or in the fields `siaddr` and `file` of the message.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DHCP_VENDOR_OPTIONS 43
#define DHCP_VENDOR_CLASS 60
#define DHCP_TFTP_SERVER 66
#define DHCP_BOOT_FILE 67

#define BOOT_TEXT_MAX 128

/* Texts are empty where nothing was said. */
struct boot_options {
	char server[BOOT_TEXT_MAX]; /* a name or an address */
	char file[BOOT_TEXT_MAX];
};

/*
 * Takes what an option of a DHCP message says; @option may be any. A text that is too long, or has
 * characters that are not printable, is dropped: the option counts as not given. The vendor's own
 * options count more, whichever comes first.
 */
void boot_options_take(struct boot_options *options, uint8_t option, const uint8_t *data,
		       size_t length);

/* "10.0.0.1" as a number, 0x0a000001; 0: it is no address that a host can have. */
uint32_t parse_ipv4(const char *text);
