/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "sd": SD cards on an SPI bus (binding mmc-spi-slot). */
#include "drivers/mmc/sd_spi.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/spi_devices.h"

static struct spi_devices devices;
static struct sifive_spi spi;
static struct sd_spi card;
static struct disk disk;

static void visit(const struct dt_node *node)
{
	spi_devices_visit(&devices, "mmc-spi-slot", node);
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
	err = sd_spi_open(&card, &spi.bus, device->hz);
	return err ? err : disk_open(&disk, &card.block, source);
}

static void close(void) {}

const struct boot_source boot_sd_spi = {
	.name = "sd",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
