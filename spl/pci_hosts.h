/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCI host bridges of the machine, for all boot sources that have devices there. */
#pragma once

#include <stdbool.h>

#include "drivers/pci/pci.h"

/* A function, and the host that it is behind. */
struct pci_slot {
	const struct pci_host *host;
	const struct pci_function *function;
};

/* Looks at a node of the walk; a host that is known already is not taken twice. */
void pci_hosts_visit(const struct dt_node *node);
void pci_hosts_forget(void);

/*
 * The @index-th function that @wanted accepts, hosts in the order of the device tree, functions in that
 * of their numbers. False: there is none. The first call sets the buses up.
 */
typedef bool (*pci_match_fn)(const struct pci_slot *slot);
bool pci_hosts_find(pci_match_fn wanted, unsigned int index, struct pci_slot *slot);
unsigned int pci_hosts_count(pci_match_fn wanted);
