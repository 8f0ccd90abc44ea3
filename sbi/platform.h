/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware knows of the machine it runs on. Filled in the one walk over the DTB at cold
 * boot (sbi/platform.c), read-only afterwards. The strings and properties that it points to lie in
 * the DTB, which belongs to the next stage from the hand-over on: nothing that runs later reads them.
 *
 * A driver class that is found in the DTB has a member here (its "search", zeroed), a line in
 * platform.c's visit() and, if it needs the whole picture, one in platform_discover().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/cppc/cppc.h"
#include "drivers/irqchip/aplic.h"
#include "drivers/irqchip/imsic.h"
#include "drivers/irqchip/plic.h"
#include "drivers/mailbox/rpmi.h"
#include "drivers/reset/reset.h"
#include "drivers/serial/serial.h"
#include "drivers/timer/aclint.h"
#include "lib/err.h"
#include "lib/machine.h"
#include "sbi/domain.h"
#include "sbi/fdt_fixup.h"
#include "sbi/pmu_policy.h"

/* The memory that this firmware keeps: [start, end). All are page aligned. */
struct firmware_memory {
	uintptr_t start;	/* code */
	uintptr_t rodata_start; /* constants */
	uintptr_t rw_start;	/* data, stacks and scratches */
	uintptr_t end;		/* known after the harts are placed */
};

/* /chosen/opensbi-config, compatible "opensbi,config"; with properties of our own. */
#define CONFIG_MAX_COLD_BOOT_HARTS 16
struct config {
	const uint8_t *cold_boot_harts; /* phandles of cpu nodes; NULL: any hart */
	uint32_t cold_boot_hart_count;
	bool system_suspend_test;
	bool reset_on_crash;	   /* hartline,on-crash = "reset"; else hang */
	uint32_t fence_page_limit; /* hartline,fence-page-limit: larger fences are of all pages */
};

/* A hart may enter the next stage first. */
bool config_allows_boot(const struct config *config, const struct hart_desc *hart);

struct platform {
	struct machine machine;
	struct firmware_memory memory;
	struct config config;

	struct serial_search serials;
	struct aclint_search aclint;
	struct plics plics;
	struct aplics aplics;
	struct imsics imsics;
	struct reset_devices resets;
	struct cppc_device cppc;
	struct rpmi rpmi;
	struct pmu_map pmu;
	struct fdt_fixup fixup;
	struct domain_search domain_search;

	struct domains domains;
	const struct serial *console;		     /* NULL: none */
	struct channel *channels[RPMI_MAX_CHANNELS]; /* that have somebody at their other end */
	unsigned int channel_count;
	void (*suspend_to_ram)(void); /* a driver's: returns when the system wakes up; NULL: none */
};

extern struct platform platform;

/*
 * Reads the DTB at @dtb. Called once, on the boot hart. Errors are those of dt_open() and dt_walk(),
 * ERR_DT_NO_HARTS, ERR_DT_NO_MEMORY.
 */
enum err platform_discover(const void *dtb);
