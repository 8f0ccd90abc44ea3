/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog of Intel's 6300ESB I/O controller hub on PCI (its datasheet, "Watchdog Timer"). */
#pragma once

#include <stdbool.h>

#include "drivers/pci/pci.h"
#include "drivers/watchdog/watchdog.h"

struct i6300esb {
	struct watchdog watchdog;
	const struct pci_host *host;
	const struct pci_function *function;
	uintptr_t base;
};

/* A function with these ids is one. */
bool i6300esb_knows(uint16_t vendor, uint16_t device);

/* Takes over the function, whose BAR 0 is at @base and enabled. Starts nothing yet. */
void i6300esb_open(struct i6300esb *i6300esb, const struct pci_host *host,
		   const struct pci_function *function, uintptr_t base);
