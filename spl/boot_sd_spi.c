/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "sd": SD cards on an SPI bus (binding mmc-spi-slot below sifive,spi0). */
#include "drivers/mmc/sd_spi.h"
#include "lib/bits.h"
#include "spl/boot_source.h"
#include "spl/disk.h"

#define MAX_SLOTS 4
#define DEFAULT_HZ 20000000U
/* The fastest input clock that such a controller has: a slower one makes a slower bus. */
#define DEFAULT_INPUT_HZ 500000000U

static struct slot {
	uint64_t base;
	uint32_t select;
	uint32_t input_hz;
	uint32_t hz;
} slots[MAX_SLOTS];
static unsigned int slot_count;

static struct sifive_spi spi;
static struct sd_spi card;
static struct disk disk;

/* `clock-frequency` of the controller, of which the control DTB knows, is its input clock. */
static void visit(const struct dt_node *node)
{
	struct slot slot = { .input_hz = DEFAULT_INPUT_HZ, .hz = DEFAULT_HZ };
	uint64_t select, size;
	unsigned int i = 0;

	if (!node->parent || !dt_is_compatible(node, "mmc-spi-slot") ||
	    !dt_is_compatible(node->parent, "sifive,spi0") || !dt_is_enabled(node->parent) ||
	    dt_reg(node->parent, 0, &slot.base, &size) || dt_reg_raw(node, 0, &select, &size) ||
	    select > 31)
		return;
	slot.select = (uint32_t)select;
	dt_prop_u32(node->parent, "clock-frequency", &slot.input_hz);
	dt_prop_u32(node, "spi-max-frequency", &slot.hz);
	while (i < slot_count && (slots[i].base != slot.base || slots[i].select != slot.select))
		i++;
	if (i == MAX_SLOTS)
		return;
	slots[i] = slot;
	slot_count = MAX(slot_count, i + 1);
}

static void forget(void)
{
	slot_count = 0;
}

static unsigned int count(void)
{
	return slot_count;
}

static enum err open(unsigned int index, struct source **source)
{
	const struct slot *slot = &slots[index];
	enum err err;

	sifive_spi_init(&spi, slot->base, slot->input_hz, slot->select);
	err = sd_spi_open(&card, &spi.bus, slot->hz);
	if (!err)
		err = disk_open(&disk, &card.block, source);
	return err;
}

static void close(void) {}

const struct boot_source boot_sd_spi = {
	.name = "sd",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
