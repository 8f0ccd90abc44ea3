/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding devices below SPI controllers ("sifive,spi0"). */
#include "spl/spi_devices.h"

#include "lib/bits.h"

#define DEFAULT_HZ 20000000U
/* The fastest input clock that such a controller has: a slower one makes a slower bus. */
#define DEFAULT_INPUT_HZ 500000000U

void spi_devices_visit(struct spi_devices *devices, const char *compatible,
		       const struct dt_node *node)
{
	struct spi_device device = { .input_hz = DEFAULT_INPUT_HZ, .hz = DEFAULT_HZ };
	struct spi_device *list = devices->list;
	uint64_t select, size;
	unsigned int i = 0;

	if (!node->parent || !dt_is_compatible(node, compatible) ||
	    !dt_is_compatible(node->parent, "sifive,spi0") || !dt_is_enabled(node->parent) ||
	    dt_reg(node->parent, 0, &device.base, &size) || dt_reg_raw(node, 0, &select, &size) ||
	    select > 31)
		return;
	if (dt_reg(node->parent, 1, &device.window, &device.window_size))
		device.window_size = 0;
	device.select = (uint32_t)select;
	dt_prop_u32(node->parent, "clock-frequency", &device.input_hz);
	dt_prop_u32(node, "spi-max-frequency", &device.hz);
	while (i < devices->count &&
	       (list[i].base != device.base || list[i].select != device.select))
		i++;
	if (i == SPI_DEVICES_MAX)
		return;
	list[i] = device;
	devices->count = MAX(devices->count, i + 1);
}
