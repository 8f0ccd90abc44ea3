/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setting up what is behind a PCI host bridge, in three steps: find functions and number buses depth
 * first; plan, bridges before what they are behind, so that each asks for what its bus needs; program.
 * All configuration accesses are 32 bits wide: status bits share words with what is written, but are
 * cleared by ones only.
 */
#include "drivers/pci/pci.h"

#include <stddef.h>

#include "lib/bits.h"

/* Configuration header, both types */
#define CFG_ID 0x00
#define CFG_COMMAND 0x04
#define CFG_CLASS 0x08
#define CFG_HEADER_TYPE 0x0c
#define CFG_BAR(n) (0x10 + 4 * (n))
#define CFG_CAPABILITIES 0x34
#define CFG_HEADER_SIZE 0x40
#define STATUS_CAPABILITIES (1u << 20) /* in the upper half of CFG_COMMAND */
#define CAPABILITY_LAST (0x100 - 20)
#define CAPABILITIES_MAX 48

/* Type 1 */
#define CFG_BUSES 0x18
#define CFG_IO_WINDOW 0x1c
#define CFG_MEM_WINDOW 0x20
#define CFG_PREF_WINDOW 0x24
#define CFG_PREF_BASE_HIGH 0x28
#define CFG_PREF_LIMIT_HIGH 0x2c
#define CFG_IO_WINDOW_HIGH 0x30

#define COMMAND_IO 0x1
#define COMMAND_MEM 0x2
#define COMMAND_MASTER 0x4
#define COMMAND_MASK 0xffff

#define HEADER_TYPE(reg) ((reg) >> 16 & 0x7f)
#define HEADER_MULTI_FUNCTION (1u << 23)
#define HEADER_TYPE_BRIDGE 1

#define BAR_IO 0x1
#define BAR_IO_FLAGS 0x3
#define BAR_MEM_TYPE 0x6
#define BAR_MEM_64BIT 0x4
#define BAR_MEM_RESERVED 0x6
#define BAR_MEM_PREFETCHABLE 0x8
#define BAR_MEM_FLAGS 0xf

#define PREF_TYPE 0xf
#define PREF_64BIT 0x1

#define ROOT (-1)

/* Bridges forward in units of 4 KiB and 1 MiB. */
static const uint64_t granularity[PCI_SPACES] = {
	[PCI_IO] = 0x1000,
	[PCI_MEM] = 0x100000,
	[PCI_MEM64] = 0x100000,
};

static uint32_t config_read(const struct pci_host *host, const struct pci_function *function,
			    unsigned int reg)
{
	return host->config->read(host, function->bdf, reg);
}

static void config_write(const struct pci_host *host, const struct pci_function *function,
			 unsigned int reg, uint32_t value)
{
	host->config->write(host, function->bdf, reg, value);
}

static unsigned int bar_count(const struct pci_function *function)
{
	return function->is_bridge ? PCI_BRIDGE_BARS : PCI_RESOURCES;
}

/* What reads back after writing ones; the register keeps its value. */
static uint32_t probe(const struct pci_host *host, const struct pci_function *function,
		      unsigned int reg)
{
	uint32_t value = config_read(host, function, reg);
	uint32_t probed;

	config_write(host, function, reg, 0xffffffff);
	probed = config_read(host, function, reg);
	config_write(host, function, reg, value);
	return probed;
}

/* What bridges forward above 4 GiB goes there: that is where the room is. */
static enum pci_space space_of(const struct pci_function *function,
			       const struct pci_resource *resource)
{
	bool high = resource->is_64bit && resource->prefetchable &&
		    function->spaces & BIT(PCI_MEM64);

	return high ? PCI_MEM64 : PCI_MEM;
}

/*
 * What BAR @n says about itself, probed. Its address bits must be the upper ones, without a gap, and a
 * 64-bit BAR needs a second register. Returns how many registers it takes.
 */
static unsigned int size_bar(struct pci_host *host, struct pci_function *function, unsigned int n)
{
	struct pci_resource *resource = &function->resources[n];
	uint32_t low = probe(host, function, CFG_BAR(n));
	uint64_t ones = low & ~(uint32_t)(low & BAR_IO ? BAR_IO_FLAGS : BAR_MEM_FLAGS);
	bool good = low & BAR_IO || (low & BAR_MEM_TYPE) != BAR_MEM_RESERVED;
	unsigned int registers = 1;

	if (!low)
		return registers;
	if (low & BAR_IO) {
		resource->space = PCI_IO;
		/* Decoders of 16 bits leave the upper half at zero. */
		if (!(ones >> 16) && ones)
			ones |= 0xffff0000;
	} else {
		resource->is_64bit = (low & BAR_MEM_TYPE) == BAR_MEM_64BIT;
		resource->prefetchable = low & BAR_MEM_PREFETCHABLE;
		resource->space = (uint8_t)space_of(function, resource);
	}
	if (!resource->is_64bit) {
		good = good && ones;
		ones |= 0xffffffff00000000;
	} else if (n + 1 < bar_count(function)) {
		ones |= (uint64_t)probe(host, function, CFG_BAR(n + 1)) << 32;
		registers = 2;
	} else {
		good = false;
	}
	resource->size = resource->align = ones & -ones;
	if (!good || !ones || ones + resource->size) {
		*resource = (struct pci_resource){ .left_out = true };
		host->incomplete = true;
	}
	return registers;
}

/* Which spaces of its own bus a bridge can pass on. */
static uint8_t bridge_spaces(const struct pci_host *host, const struct pci_function *bridge)
{
	uint32_t pref = probe(host, bridge, CFG_PREF_WINDOW);
	uint8_t spaces = BIT(PCI_MEM);

	/* The upper half of the word is a status register: no ones there. */
	config_write(host, bridge, CFG_IO_WINDOW, 0xf0f0);
	if (config_read(host, bridge, CFG_IO_WINDOW) & 0xf0f0)
		spaces |= BIT(PCI_IO);
	if ((pref & PREF_TYPE) == PREF_64BIT)
		spaces |= BIT(PCI_MEM64);
	return spaces;
}

/* Records a function that answers; it decodes nothing from here on. */
static void add_function(struct pci_host *host, uint16_t bdf, int parent, uint8_t spaces,
			 uint32_t header)
{
	struct pci_function *function = &host->functions[host->function_count];
	uint32_t id = host->config->read(host, bdf, CFG_ID);

	*function = (struct pci_function){
		.bdf = bdf,
		.vendor = (uint16_t)id,
		.device = (uint16_t)(id >> 16),
		.parent = (int16_t)parent,
		.class_code = host->config->read(host, bdf, CFG_CLASS) >> 8,
		.is_bridge = HEADER_TYPE(header) == HEADER_TYPE_BRIDGE,
		.spaces = spaces,
	};
	host->function_count++;
	pci_disable(host, function);
	for (unsigned int n = 0; HEADER_TYPE(header) <= 1 && n < bar_count(function);)
		n += size_bar(host, function, n);
	if (function->is_bridge) {
		function->spaces &= bridge_spaces(host, function);
		config_write(host, function, CFG_BUSES, 0);
	}
}

static void scan_bus(struct pci_host *host, uint8_t bus, int parent, uint8_t spaces,
		     unsigned int depth);

static void set_buses(const struct pci_host *host, const struct pci_function *bridge)
{
	config_write(host, bridge, CFG_BUSES,
		     (uint32_t)bridge->subordinate << 16 | (uint32_t)bridge->secondary << 8 |
			     PCI_BUS(bridge->bdf));
}

/* Gives the bus behind a bridge the next number, and the bridge all numbers until that is scanned. */
static void scan_bridge(struct pci_host *host, int index, unsigned int depth)
{
	struct pci_function *bridge = &host->functions[index];

	if (host->buses_used == host->last_bus || depth == PCI_MAX_DEPTH) {
		host->incomplete = true;
		return;
	}
	bridge->secondary = ++host->buses_used;
	bridge->subordinate = host->last_bus;
	set_buses(host, bridge);
	scan_bus(host, bridge->secondary, index, bridge->spaces, depth + 1);
	bridge->subordinate = host->buses_used;
	set_buses(host, bridge);
}

static void scan_device(struct pci_host *host, uint8_t bus, unsigned int device, int parent,
			uint8_t spaces)
{
	bool multi_function = true;

	for (unsigned int number = 0; multi_function && number < 8; number++) {
		uint16_t bdf = PCI_BDF(bus, device, number);
		uint16_t vendor = (uint16_t)host->config->read(host, bdf, CFG_ID);
		uint32_t header;

		if (vendor == 0xffff || vendor == 0) {
			multi_function = number > 0;
			continue;
		}
		if (host->function_count == PCI_MAX_FUNCTIONS) {
			host->incomplete = true;
			return;
		}
		header = host->config->read(host, bdf, CFG_HEADER_TYPE);
		if (!number)
			multi_function = header & HEADER_MULTI_FUNCTION;
		add_function(host, bdf, parent, spaces, header);
	}
}

/*
 * All bridges of a bus forget their numbers before the first one gets new ones: what an earlier set-up
 * left would answer for buses that are not theirs.
 */
static void scan_bus(struct pci_host *host, uint8_t bus, int parent, uint8_t spaces,
		     unsigned int depth)
{
	int first = host->function_count, end;

	for (unsigned int device = 0; device < 32; device++)
		scan_device(host, bus, device, parent, spaces);
	end = host->function_count;
	for (int i = first; i < end; i++) {
		if (host->functions[i].is_bridge)
			scan_bridge(host, i, depth);
	}
}

/* The resource on a bus that is to be placed next: the one with the strictest alignment. */
static struct pci_resource *next_to_place(struct pci_host *host, int bridge, enum pci_space space)
{
	struct pci_resource *next = NULL;

	for (unsigned int i = 0; i < host->function_count; i++) {
		struct pci_function *function = &host->functions[i];

		for (unsigned int n = 0; function->parent == bridge && n < PCI_RESOURCES; n++) {
			struct pci_resource *resource = &function->resources[n];

			if (resource->size && resource->space == space && !resource->placed &&
			    !resource->left_out && (!next || resource->align > next->align))
				next = resource;
		}
	}
	return next;
}

/*
 * Places what is on the bus behind @bridge into [start, end), the largest alignment first, which leaves
 * no holes between BARs. Returns the end of what was placed; @align is the strictest alignment.
 */
static uint64_t place_bus(struct pci_host *host, int bridge, enum pci_space space, uint64_t start,
			  uint64_t end, uint64_t *align)
{
	struct pci_resource *resource;
	uint64_t at = start;

	*align = 1;
	while ((resource = next_to_place(host, bridge, space))) {
		uint64_t bus = align_up(at, resource->align);

		if (bus < at || !range_inside(bus, resource->size, start, end - start)) {
			resource->left_out = true;
			host->incomplete = true;
			continue;
		}
		resource->bus = bus;
		resource->placed = true;
		at = bus + resource->size;
		*align = MAX(*align, resource->align);
	}
	return at;
}

/* Children first: the window of a bridge holds what was placed, from 0 on, on the bus behind it. */
static void plan_bridges(struct pci_host *host)
{
	for (int i = host->function_count - 1; i >= 0; i--) {
		struct pci_function *bridge = &host->functions[i];

		for (unsigned int space = 0; bridge->is_bridge && space < PCI_SPACES; space++) {
			uint64_t limit = bridge->spaces & BIT(space) ? host->windows[space].size
								     : 0;
			uint64_t align, end = place_bus(host, i, space, 0, limit, &align);

			align = MAX(align, granularity[space]);
			bridge->resources[PCI_BRIDGE_BARS + space] = (struct pci_resource){
				.size = align_up(end, granularity[space]),
				.align = align,
				.space = (uint8_t)space,
			};
		}
	}
}

/* Then from the root: every window has a place, and what is in it moves there. */
static void plan_addresses(struct pci_host *host)
{
	for (unsigned int space = 0; space < PCI_SPACES; space++) {
		const struct pci_window *window = &host->windows[space];
		uint64_t align, end = window->bus + window->size;
		/* Address 0 looks like a BAR that was never set. */
		uint64_t start = window->bus ? window->bus : MIN(granularity[space], end);

		place_bus(host, ROOT, space, start, end, &align);
	}
	for (unsigned int i = 0; i < host->function_count; i++) {
		struct pci_function *function = &host->functions[i];

		for (unsigned int n = 0; function->parent != ROOT && n < PCI_RESOURCES; n++) {
			struct pci_resource *resource = &function->resources[n];
			const struct pci_resource *window =
				&host->functions[function->parent]
					 .resources[PCI_BRIDGE_BARS + resource->space];

			resource->bus += window->bus;
			resource->left_out = resource->left_out ||
					     (resource->placed && !window->placed);
			resource->placed = resource->placed && window->placed;
		}
	}
}

static void program_bars(const struct pci_host *host, const struct pci_function *function)
{
	for (unsigned int n = 0; n < bar_count(function); n++) {
		const struct pci_resource *resource = &function->resources[n];

		if (!resource->placed)
			continue;
		config_write(host, function, CFG_BAR(n), (uint32_t)resource->bus);
		if (resource->is_64bit)
			config_write(host, function, CFG_BAR(n + 1),
				     (uint32_t)(resource->bus >> 32));
	}
}

/* A window whose base is above its limit is closed. */
static void program_windows(const struct pci_host *host, const struct pci_function *bridge)
{
	uint64_t base[PCI_SPACES], limit[PCI_SPACES];

	for (unsigned int space = 0; space < PCI_SPACES; space++) {
		const struct pci_resource *window = &bridge->resources[PCI_BRIDGE_BARS + space];

		base[space] = window->placed ? window->bus : 0xfffff000;
		limit[space] = window->placed ? window->bus + window->size - 1 : 0;
	}
	config_write(host, bridge, CFG_IO_WINDOW,
		     (base[PCI_IO] >> 8 & 0xf0) | (limit[PCI_IO] & 0xf000));
	config_write(host, bridge, CFG_IO_WINDOW_HIGH,
		     (base[PCI_IO] >> 16 & 0xffff) | (limit[PCI_IO] & 0xffff0000));
	config_write(host, bridge, CFG_MEM_WINDOW,
		     (base[PCI_MEM] >> 16 & 0xfff0) | (limit[PCI_MEM] & 0xfff00000));
	config_write(host, bridge, CFG_PREF_WINDOW,
		     (base[PCI_MEM64] >> 16 & 0xfff0) | (limit[PCI_MEM64] & 0xfff00000));
	config_write(host, bridge, CFG_PREF_BASE_HIGH, (uint32_t)(base[PCI_MEM64] >> 32));
	config_write(host, bridge, CFG_PREF_LIMIT_HIGH, (uint32_t)(limit[PCI_MEM64] >> 32));
	config_write(host, bridge, CFG_COMMAND, COMMAND_IO | COMMAND_MEM | COMMAND_MASTER);
}

enum err pci_scan(struct pci_host *host)
{
	uint8_t spaces = 0;

	for (unsigned int space = 0; space < PCI_SPACES; space++)
		spaces |= host->windows[space].size ? (uint8_t)BIT(space) : 0;
	host->function_count = 0;
	host->incomplete = false;
	host->buses_used = host->first_bus;
	scan_bus(host, host->first_bus, ROOT, spaces, 0);
	if (!host->function_count)
		return ERR_PCI_EMPTY;
	plan_bridges(host);
	plan_addresses(host);
	for (unsigned int i = 0; i < host->function_count; i++) {
		program_bars(host, &host->functions[i]);
		if (host->functions[i].is_bridge)
			program_windows(host, &host->functions[i]);
	}
	return ERR_OK;
}

const struct pci_function *pci_find_class(const struct pci_host *host, uint16_t class_code,
					  unsigned int index)
{
	for (unsigned int i = 0; i < host->function_count; i++) {
		if (host->functions[i].class_code >> 8 == class_code && !index--)
			return &host->functions[i];
	}
	return NULL;
}

const struct pci_function *pci_find_id(const struct pci_host *host, uint16_t vendor,
				       uint16_t device, unsigned int index)
{
	for (unsigned int i = 0; i < host->function_count; i++) {
		const struct pci_function *function = &host->functions[i];

		if (function->vendor == vendor && function->device == device && !index--)
			return function;
	}
	return NULL;
}

enum err pci_bar(const struct pci_host *host, const struct pci_function *function, unsigned int bar,
		 uint64_t *address, uint64_t *size)
{
	const struct pci_resource *resource;
	const struct pci_window *window;

	if (bar >= bar_count(function) || !function->resources[bar].placed)
		return ERR_PCI_BAR;
	resource = &function->resources[bar];
	window = &host->windows[resource->space];
	*address = window->cpu + (resource->bus - window->bus);
	*size = resource->size;
	return ERR_OK;
}

uint32_t pci_read(const struct pci_host *host, const struct pci_function *function,
		  unsigned int reg)
{
	return config_read(host, function, reg);
}

void pci_write_part(const struct pci_host *host, const struct pci_function *function,
		    unsigned int reg, uint32_t value, unsigned int bytes)
{
	host->config->write_part(host, function->bdf, reg, value, bytes);
}

unsigned int pci_capability(const struct pci_host *host, const struct pci_function *function,
			    uint8_t id, unsigned int index)
{
	uint32_t next = config_read(host, function, CFG_CAPABILITIES);

	if (!(config_read(host, function, CFG_COMMAND) & STATUS_CAPABILITIES))
		return 0;
	for (unsigned int i = 0; i < CAPABILITIES_MAX; i++) {
		unsigned int at = next & 0xfc;
		uint32_t head;

		if (at < CFG_HEADER_SIZE || at > CAPABILITY_LAST)
			return 0;
		head = config_read(host, function, at);
		if ((head & 0xff) == id && !index--)
			return at;
		next = head >> 8;
	}
	return 0;
}

static void set_command(const struct pci_host *host, const struct pci_function *function,
			uint32_t clear, uint32_t set)
{
	uint32_t command = config_read(host, function, CFG_COMMAND) & COMMAND_MASK;

	config_write(host, function, CFG_COMMAND, (command & ~clear) | set);
}

void pci_enable(const struct pci_host *host, const struct pci_function *function)
{
	uint32_t set = COMMAND_MASTER;

	for (unsigned int n = 0; n < bar_count(function); n++) {
		if (function->resources[n].placed)
			set |= function->resources[n].space == PCI_IO ? COMMAND_IO : COMMAND_MEM;
	}
	set_command(host, function, 0, set);
}

void pci_disable(const struct pci_host *host, const struct pci_function *function)
{
	set_command(host, function, COMMAND_IO | COMMAND_MEM | COMMAND_MASTER, 0);
}
