/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading places of FITs. */
#include "spl/place.h"

#include "lib/string.h"

#define GUID_LENGTH 36
#define ESP_TYPE "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"

/* What follows @prefix; NULL: @text does not begin with it. */
static const char *after(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err parse_number(const char *text, size_t length, uint64_t *number)
{
	unsigned int base = 10;

	if (after(text, "0x")) {
		text += 2;
		length -= 2;
		base = 16;
	}
	*number = 0;
	if (!length)
		return ERR_BOOT_PLACE;
	for (; length; length--) {
		int value = digit(*text++);

		if (value < 0 || (unsigned int)value >= base || *number >> 60)
			return ERR_BOOT_PLACE;
		*number = *number * base + (unsigned int)value;
	}
	return ERR_OK;
}

static enum err parse_guid(const char *text, size_t length, struct guid *guid)
{
	char copy[GUID_LENGTH + 1] = "";

	if (length != GUID_LENGTH)
		return ERR_BOOT_PLACE;
	memcpy(copy, text, length);
	return guid_parse(copy, guid) ? ERR_BOOT_PLACE : ERR_OK;
}

static enum err parse_name(const char *text, size_t length, struct place *place)
{
	if (!length || length > GPT_NAME_MAX)
		return ERR_BOOT_PLACE;
	place->has_name = true;
	memcpy(place->name, text, length);
	return ERR_OK;
}

enum err place_parse(const char *text, struct place *place)
{
	size_t length = 0;
	const char *value;

	*place = (struct place){ .is_partition = true };
	while (text[length] && text[length] != ':')
		length++;
	if (text[length]) {
		place->path = text + length + 1;
		if (*place->path != '/')
			return ERR_BOOT_PLACE;
	}
	if ((value = after(text, "type=")))
		return parse_guid(value, length - 5, &place->type);
	if ((value = after(text, "name=")))
		return parse_name(value, length - 5, place);
	if ((value = after(text, "offset="))) {
		place->is_partition = false;
		return parse_number(value, length - 7, &place->offset);
	}
	if (after(text, "esp") && length == 3)
		return parse_guid(ESP_TYPE, GUID_LENGTH, &place->type);
	return ERR_BOOT_PLACE;
}
