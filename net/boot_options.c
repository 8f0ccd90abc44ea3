/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of DHCP that are about booting. */
#include "net/boot_options.h"

#include <stdbool.h>

#include "lib/string.h"

/* The length of the printable text, which may have a NUL at its end; 0: it is none. */
static size_t text_length(const uint8_t *data, size_t length)
{
	while (length && !data[length - 1])
		length--;
	if (length >= BOOT_TEXT_MAX)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (data[i] <= ' ' || data[i] > '~')
			return 0;
	}
	return length;
}

static void take_text(char *text, const uint8_t *data, size_t length, bool replaces)
{
	length = text_length(data, length);
	if (!length || (text[0] && !replaces))
		return;
	memcpy(text, data, length);
	text[length] = '\0';
}

static void take(struct boot_options *options, uint8_t option, const uint8_t *data, size_t length,
		 bool is_vendor)
{
	if (option == DHCP_TFTP_SERVER)
		take_text(options->server, data, length, is_vendor);
	else if (option == DHCP_BOOT_FILE)
		take_text(options->file, data, length, is_vendor);
}

/* RFC 2132, section 8.4: options within the option, up to their end or a 255. */
static void take_vendor_options(struct boot_options *options, const uint8_t *data, size_t length)
{
	while (length && data[0] != 255) {
		size_t size = data[0] && length > 1 ? 2 + (size_t)data[1] : 1;

		if (size > length)
			return;
		if (size > 1)
			take(options, data[0], data + 2, data[1], true);
		data += size;
		length -= size;
	}
}

void boot_options_take(struct boot_options *options, uint8_t option, const uint8_t *data,
		       size_t length)
{
	if (option == DHCP_VENDOR_OPTIONS)
		take_vendor_options(options, data, length);
	else
		take(options, option, data, length, false);
}

uint32_t parse_ipv4(const char *text)
{
	uint32_t address = 0;

	for (unsigned int part = 0; part < 4; part++) {
		unsigned int value = 0, digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 3; text++, digits++)
			value = value * 10 + (unsigned int)(*text - '0');
		if (!digits || value > 255 || *text++ != (part < 3 ? '.' : '\0'))
			return 0;
		address = address << 8 | value;
	}
	/* Neither "this network", nor the own host, nor several. */
	return address >> 24 && address >> 24 != 127 && address >> 24 < 224 ? address : 0;
}
