/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of boot sources, and names of their devices. */
#include "spl/boot_source.h"

#include "lib/bits.h"
#include "lib/string.h"

/* Those that the board has, in the order of board.mk. */
static const struct boot_source *const sources[] = {
#define X(kind) &boot_##kind,
	BOARD_BOOT_SOURCES
#undef X
};

#define NUMBER_MAX 99

void boot_sources_visit(const struct dt_node *node)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++)
		sources[i]->visit(node);
}

void boot_sources_forget(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++)
		sources[i]->forget();
}

bool parse_small_number(const char *digits, unsigned int *number)
{
	*number = 0;
	if (!*digits)
		return false;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return false;
		*number = *number * 10 + (unsigned int)(*digits - '0');
		if (*number > NUMBER_MAX)
			return false;
	}
	return true;
}

enum err boot_device_find(const char *name, struct boot_device *device)
{
	enum err err = ERR_BOOT_NAME;
	unsigned int before = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
		size_t length = strlen(sources[i]->name);
		unsigned int number, count;

		if (strncmp(name, sources[i]->name, length) ||
		    !parse_small_number(name + length, &number))
			continue;
		err = ERR_BOOT_NO_DEVICE;
		count = sources[i]->count();
		if (number - before < count) {
			*device = (struct boot_device){ sources[i], number - before, number };
			return ERR_OK;
		}
		before += count;
	}
	return err;
}

enum err boot_device_nth(unsigned int nth, struct boot_device *device)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
		unsigned int count = sources[i]->count();

		if (nth < count) {
			unsigned int before = 0;

			for (unsigned int j = 0; j < i; j++) {
				if (!strcmp(sources[j]->name, sources[i]->name))
					before += sources[j]->count();
			}
			*device = (struct boot_device){ sources[i], nth, before + nth };
			return ERR_OK;
		}
		nth -= count;
	}
	return ERR_BOOT_NO_DEVICE;
}
