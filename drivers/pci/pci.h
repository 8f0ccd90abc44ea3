/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI Express behind one host bridge: finding functions, numbering buses, sizing and placing BARs
 * (PCI Local Bus 3.0 chapter 6, PCI-to-PCI Bridge 1.2). Works on nothing but configuration accesses,
 * so that it runs over a modelled topology as well.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/dt.h"
#include "lib/err.h"

#define PCI_MAX_FUNCTIONS 64
#define PCI_MAX_DEPTH 8
#define PCI_RESOURCES 6

/* Bus, device and function in one number, as in a requester ID. */
#define PCI_BDF(bus, device, function) \
	((uint16_t)((unsigned int)(bus) << 8 | (unsigned int)(device) << 3 | (function)))
#define PCI_BUS(bdf) ((bdf) >> 8)
#define PCI_DEVICE(bdf) ((bdf) >> 3 & 31)
#define PCI_FUNCTION(bdf) ((bdf)&7)

struct pci_host;

struct pci_config_ops {
	/* @reg is a multiple of 4 below 4096. A function that is not there reads as all ones. */
	uint32_t (*read)(const struct pci_host *host, uint16_t bdf, unsigned int reg);
	void (*write)(const struct pci_host *host, uint16_t bdf, unsigned int reg, uint32_t value);

	/* @bytes 1 or 2 that lie in one word, in an access of that width. */
	void (*write_part)(const struct pci_host *host, uint16_t bdf, unsigned int reg,
			   uint32_t value, unsigned int bytes);
};

enum pci_space {
	PCI_IO,
	PCI_MEM,   /* below 4 GiB on the bus */
	PCI_MEM64, /* anywhere, prefetchable: bridges pass no other memory above 4 GiB */
	PCI_SPACES,
};

/* Addresses that the host bridge forwards; size 0: none. */
struct pci_window {
	uint64_t cpu;
	uint64_t bus;
	uint64_t size;
};

/* A BAR, or a window of a bridge. */
struct pci_resource {
	uint64_t size; /* 0: not implemented, or nothing behind the bridge wants it */
	uint64_t align;
	uint64_t bus;  /* bus address, once placed */
	uint8_t space; /* enum pci_space */
	bool is_64bit;
	bool prefetchable;
	bool placed;
	bool left_out; /* no room for it */
};

struct pci_function {
	uint16_t bdf;
	uint16_t vendor;
	uint16_t device;
	int16_t parent;	     /* index of the bridge that it is behind; -1: on the root bus */
	uint32_t class_code; /* base class, sub-class, programming interface: 0x080501 */
	bool is_bridge;	     /* header type 1 */
	uint8_t spaces;	   /* bit n: enum pci_space n reaches it; of a bridge: what is behind it */
	uint8_t secondary; /* bridges: the buses behind it; 0: none could be given */
	uint8_t subordinate;
	/* Type 0: BARs 0-5. Type 1: BARs 0-1, then its windows, in the order of enum pci_space. */
	struct pci_resource resources[PCI_RESOURCES];
};

#define PCI_BRIDGE_BARS 2

struct pci_host {
	const struct pci_config_ops *config;
	void *model;	/* a test's own */
	uintptr_t ecam; /* of bus @first_bus */
	uint8_t first_bus;
	uint8_t last_bus;
	uint8_t buses_used; /* the highest number given out */
	bool incomplete;    /* something did not fit: functions, buses, depth or a BAR */
	struct pci_window windows[PCI_SPACES];
	uint16_t function_count;
	struct pci_function functions[PCI_MAX_FUNCTIONS]; /* in the order of their bdf */
};

/*
 * Fills @host from a node compatible with "pci-host-ecam-generic" (its reg, bus-range and ranges).
 * ERR_PCI_HOST when it lacks something or contradicts itself, ERR_RANGE.
 */
enum err pci_host_from_dt(struct pci_host *host, const struct dt_node *node);

/*
 * Finds all functions, numbers the buses, sizes all BARs, places them in the windows of @host and
 * programs BARs and bridges. Endpoints do not decode nor master the bus until pci_enable(). What does
 * not fit is left out, and @host says that it is incomplete. ERR_PCI_EMPTY when nothing answers.
 */
enum err pci_scan(struct pci_host *host);

/* The @index-th function of a class (base class and sub-class: 0x0805) in bus order; or NULL. */
const struct pci_function *pci_find_class(const struct pci_host *host, uint16_t class_code,
					  unsigned int index);

/* The @index-th function with these ids, or NULL. */
const struct pci_function *pci_find_id(const struct pci_host *host, uint16_t vendor,
				       uint16_t device, unsigned int index);

/* CPU address and size of a memory or I/O BAR. ERR_PCI_BAR when it is absent or not placed. */
enum err pci_bar(const struct pci_host *host, const struct pci_function *function, unsigned int bar,
		 uint64_t *address, uint64_t *size);

/* A word of the function's configuration space; @reg is a multiple of 4 below 256. */
uint32_t pci_read(const struct pci_host *host, const struct pci_function *function,
		  unsigned int reg);

/* Writes @bytes, 1 or 2, of it, where a register takes no other width; @reg is a multiple of @bytes. */
void pci_write_part(const struct pci_host *host, const struct pci_function *function,
		    unsigned int reg, uint32_t value, unsigned int bytes);

/*
 * Where in configuration space the @index-th capability @id is, of which 20 bytes can be read; 0: there
 * are no more. A list that leads in a circle ends, too.
 */
unsigned int pci_capability(const struct pci_host *host, const struct pci_function *function,
			    uint8_t id, unsigned int index);

/* Lets the function answer at its placed BARs and master the bus; pci_disable() takes both back. */
void pci_enable(const struct pci_host *host, const struct pci_function *function);
void pci_disable(const struct pci_host *host, const struct pci_function *function);
