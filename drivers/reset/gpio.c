/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power-off and reboot by a pin (bindings gpio-poweroff, gpio-restart) of a SiFive GPIO controller
 * (FU540-C000 manual, chapter 17).
 */
#include "drivers/reset/reset.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

#define OUTPUT_EN 0x08
#define OUTPUT_VAL 0x0c
#define OUT_XOR 0x40
#define PINS 32

#define FLAG_ACTIVE_LOW 1
#define MAX_DELAY_MS 10000 /* a device tree may ask for any time */

static bool gpio_read(struct reset_device *device, const struct dt_node *node, int index)
{
	bool restart = index == 1;
	uint32_t length, flags, number = restart ? 129 : 0;
	const uint8_t *gpios = dt_prop(node, "gpios", &length);

	device->types = restart ? BIT(RESET_COLD_REBOOT) | BIT(RESET_WARM_REBOOT)
				: BIT(RESET_SHUTDOWN);
	dt_prop_u32(node, "priority", &number);
	device->priority = (uint8_t)MIN(number, 255u);

	device->extent = OUT_XOR + sizeof(uint32_t);

	/* <phandle pin flags> */
	if (!gpios || length != 12)
		return false;
	device->provider = load_be32(gpios);
	device->gpio.pin = load_be32(gpios + 4);
	flags = load_be32(gpios + 8);
	device->gpio.active_low = flags & FLAG_ACTIVE_LOW;

	device->gpio.active_ms = 100;
	device->gpio.inactive_ms = 100;
	device->gpio.wait_ms = 3000;
	dt_prop_u32(node, restart ? "active-delay" : "active-delay-ms", &device->gpio.active_ms);
	dt_prop_u32(node, restart ? "inactive-delay" : "inactive-delay-ms",
		    &device->gpio.inactive_ms);
	dt_prop_u32(node, restart ? "wait-delay" : "timeout-ms", &device->gpio.wait_ms);
	return device->provider && device->gpio.pin < PINS;
}

static void set_bit(uintptr_t reg, uint32_t bit, bool on)
{
	uint32_t value = mmio_read32(reg);

	mmio_write32(reg, on ? value | bit : value & ~bit);
}

static void drive(const struct reset_device *device, bool active, uint32_t ms)
{
	uint32_t pin = 1u << device->gpio.pin;
	uint64_t deadline = deadline_after(MIN(ms, (uint32_t)MAX_DELAY_MS) * 1000);

	set_bit(device->base + OUTPUT_VAL, pin, active != device->gpio.active_low);
	set_bit(device->base + OUTPUT_EN, pin, true);
	while (!deadline_passed(deadline))
		cpu_relax();
}

/* Both edges and the level, so that a line that is sensitive to any of them has it. */
static void gpio_reset(const struct reset_device *device, enum reset_type type, bool failed)
{
	(void)type;
	(void)failed;
	set_bit(device->base + OUT_XOR, 1u << device->gpio.pin, false);
	drive(device, true, device->gpio.active_ms);
	drive(device, false, device->gpio.inactive_ms);
	drive(device, true, device->gpio.wait_ms);
}

const struct reset_driver reset_gpio = {
	.name = "gpio",
	.compatible = (const char *const[]){ "gpio-poweroff", "gpio-restart", NULL },
	.read = gpio_read,
	.reset = gpio_reset,
};
