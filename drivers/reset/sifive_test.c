/* SPDX-License-Identifier: BSD-2-Clause */
/* SiFive's test finisher, as in QEMU's virt machine: what is written to it ends the run. */
#include "drivers/reset/reset.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

#define FINISHER_FAIL 0x3333 /* exit code in the upper half */
#define FINISHER_PASS 0x5555
#define FINISHER_RESET 0x7777
#define EXIT_CODE_SHIFT 16
#define WAIT_US 100000

static bool sifive_test_read(struct reset_device *device, const struct dt_node *node, int index)
{
	device->types = BIT(RESET_SHUTDOWN);
	if (index == 0) /* sifive,test1 */
		device->types |= BIT(RESET_COLD_REBOOT) | BIT(RESET_WARM_REBOOT);
	device->extent = sizeof(uint32_t);
	device->priority = 255; /* it alone can tell a failure from success */
	return !dt_reg(node, 0, &device->base, &device->size);
}

static void sifive_test_reset(const struct reset_device *device, enum reset_type type, bool failed)
{
	uint32_t value = FINISHER_RESET;
	uint64_t deadline = deadline_after(WAIT_US);

	if (type == RESET_SHUTDOWN)
		value = failed ? FINISHER_FAIL | 1u << EXIT_CODE_SHIFT : FINISHER_PASS;
	mmio_write32(device->base, value);
	while (!deadline_passed(deadline))
		cpu_relax();
}

const struct reset_driver reset_sifive_test = {
	.name = "sifive_test",
	.compatible = (const char *const[]){ "sifive,test1", "sifive,test0", NULL },
	.read = sifive_test_read,
	.reset = sifive_test_reset,
};
