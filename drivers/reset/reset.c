/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding reset devices in a device tree, and trying them one after the other. */
#include "drivers/reset/reset.h"

#include <stddef.h>

#include "lib/bits.h"

static const struct reset_driver *const drivers[] = { &reset_sifive_test, &reset_syscon,
						      &reset_gpio };

static const char *const provider_names[] = { "syscon", "sifive,gpio0", NULL };

/* A node may be both: QEMU's test device is a syscon as well. */
static void visit_provider(struct reset_devices *resets, const struct dt_node *node)
{
	uint32_t phandle;
	uint64_t base, size;

	if (resets->provider_count == RESET_MAX_PROVIDERS || dt_match(node, provider_names) < 0)
		return;
	phandle = dt_phandle(node);
	if (!phandle || dt_reg(node, 0, &base, &size))
		return;
	resets->providers[resets->provider_count].phandle = phandle;
	resets->providers[resets->provider_count].base = base;
	resets->providers[resets->provider_count].size = size;
	resets->provider_count++;
}

void reset_visit(struct reset_devices *resets, const struct dt_node *node)
{
	visit_provider(resets, node);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		int index = dt_match(node, drivers[i]->compatible);
		struct reset_device *device = &resets->devices[resets->count];

		if (index < 0)
			continue;
		if (resets->count == RESET_MAX_DEVICES || !dt_is_enabled(node))
			return;
		*device = (struct reset_device){ .driver = drivers[i] };
		if (drivers[i]->read(device, node, index))
			resets->count++;
		return;
	}
}

static bool find_provider(const struct reset_devices *resets, struct reset_device *device)
{
	if (!device->provider)
		return true;
	for (unsigned int i = 0; i < resets->provider_count; i++) {
		if (resets->providers[i].phandle == device->provider) {
			device->base = resets->providers[i].base;
			device->size = resets->providers[i].size;
			device->provider = 0;
			return true;
		}
	}
	return false;
}

void reset_resolve(struct reset_devices *resets)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < resets->count; i++) {
		struct reset_device device = resets->devices[i];
		unsigned int at;

		if (!find_provider(resets, &device) || device.extent > device.size ||
		    (device.base | device.extent) % sizeof(uint32_t))
			continue;
		for (at = kept++; at && resets->devices[at - 1].priority < device.priority; at--)
			resets->devices[at] = resets->devices[at - 1];
		resets->devices[at] = device;
	}
	resets->count = kept;
}

bool reset_can(const struct reset_devices *resets, enum reset_type type)
{
	for (unsigned int i = 0; i < resets->count; i++) {
		if (resets->devices[i].types & BIT(type))
			return true;
	}
	return false;
}

void reset_machine(const struct reset_devices *resets, enum reset_type type, bool failed)
{
	for (unsigned int i = 0; i < resets->count; i++) {
		const struct reset_device *device = &resets->devices[i];

		if (device->types & BIT(type))
			device->driver->reset(device, type, failed);
	}
}
