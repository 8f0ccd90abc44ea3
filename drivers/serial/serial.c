/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the console in a device tree. */
#include "drivers/serial/serial.h"

#include "lib/bits.h"
#include "lib/string.h"

static const struct serial_driver *const drivers[] = { &serial_8250, &serial_sifive };

static const struct serial_driver *driver_of(const struct dt_node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (dt_match(node, drivers[i]->compatible) >= 0)
			return drivers[i];
	}
	return NULL;
}

static void add_candidate(struct serial_search *search, const struct dt_node *node,
			  const struct serial_driver *driver)
{
	struct serial *serial = &search->candidates[search->count];
	uint64_t base, size;
	uint32_t value;

	if (search->count == SERIAL_MAX_CANDIDATES || dt_reg(node, 0, &base, &size))
		return;
	*serial = (struct serial){ .driver = driver, .base = base, .reg_width = 1 };
	if (dt_prop_u32(node, "reg-offset", &value))
		serial->base += value;
	if (dt_prop_u32(node, "reg-shift", &value) && value <= 3)
		serial->reg_shift = (uint8_t)value;
	if (dt_prop_u32(node, "reg-io-width", &value) && value == 4)
		serial->reg_width = 4;
	dt_prop_u32(node, "clock-frequency", &serial->clock_hz);
	dt_prop_u32(node, "current-speed", &serial->baud);
	dt_path_of(node, &search->paths[search->count]);
	search->count++;
}

void serial_visit(struct serial_search *search, const struct dt_node *node)
{
	const struct serial_driver *driver;

	if (node->depth == 1 && dt_name_is(node, "chosen")) {
		search->stdout_path = dt_prop_string(node, "stdout-path");
		return;
	}
	if (node->depth == 1 && dt_name_is(node, "aliases")) {
		search->aliases = *node;
		return;
	}
	driver = driver_of(node);
	if (driver && dt_is_enabled(node))
		add_candidate(search, node, driver);
}

static uint32_t parse_baud(const char *options)
{
	uint32_t baud = 0;

	for (; *options >= '0' && *options <= '9' && baud < 100000000; options++)
		baud = baud * 10 + (uint32_t)(*options - '0');
	return baud;
}

/* An alias ends at ':'; its property holds the path. */
static const char *resolve_alias(const struct serial_search *search, const char *alias)
{
	char name[32];
	size_t length = 0;

	while (alias[length] && alias[length] != ':')
		length++;
	if (!search->aliases.dt || length >= sizeof(name))
		return NULL;
	memcpy(name, alias, length);
	name[length] = '\0';
	return dt_prop_string(&search->aliases, name);
}

struct serial *serial_choose(struct serial_search *search)
{
	const char *path = search->stdout_path;
	const char *options;

	if (!search->count)
		return NULL;
	if (!path)
		return &search->candidates[0];
	options = strchr(path, ':');
	if (path[0] != '/')
		path = resolve_alias(search, path);
	for (unsigned int i = 0; path && i < search->count; i++) {
		if (!dt_path_is(&search->paths[i], path))
			continue;
		if (options && parse_baud(options + 1))
			search->candidates[i].baud = parse_baud(options + 1);
		return &search->candidates[i];
	}
	return &search->candidates[0];
}
