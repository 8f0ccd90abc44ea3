/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "nor": NOR flash on an SPI bus. */
#include "drivers/flash/spi_nor.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/probe.h"
#include "spl/spi_devices.h"

static struct spi_devices devices;
static struct sifive_spi spi;
static struct spi_nor nor;
static struct disk disk;

static void visit(const struct dt_node *node)
{
	spi_devices_visit(&devices, "jedec,spi-nor", node);
}

static void forget(void)
{
	devices.count = 0;
}

static unsigned int count(void)
{
	return devices.count;
}

static enum err open(unsigned int index, struct source **source)
{
	const struct spi_device *device = &devices.list[index];
	enum err err;

	sifive_spi_init(&spi, device->base, device->input_hz, device->select);
	if (device->window_size && probe_is_readable(device->window, sizeof(uint64_t))) {
		spi.bus.window = (const uint8_t *)device->window;
		spi.bus.window_size = device->window_size;
	}
	err = spi_nor_open(&nor, &spi.bus, device->hz);
	return err ? err : disk_open(&disk, &nor.block, source);
}

static void close(void) {}

const struct boot_source boot_nor = {
	.name = "nor",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
