/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space in memory (PCI Express Base 4.0, section 7.2.2), and its host bridge in the device
 * tree (IEEE 1275 PCI bus binding; pci-host-ecam-generic).
 */
#include "drivers/pci/pci.h"

#include "lib/bits.h"
#include "lib/riscv/io.h"

#define ECAM_BUS_SIZE 0x100000

/* phys.hi of an address on the PCI bus */
#define PHYS_SPACE(hi) ((hi) >> 24 & 3)
#define PHYS_IO 1
#define PHYS_MEM32 2
#define PHYS_MEM64 3

#define PCI_ADDRESS_CELLS 3
#define PCI_SIZE_CELLS 2

/* More than any bus has; sums of sizes then cannot wrap. */
#define MAX_WINDOW_SIZE (1ull << 48)

static uintptr_t ecam_address(const struct pci_host *host, uint16_t bdf, unsigned int reg)
{
	return host->ecam + ((uintptr_t)bdf << 12) - (uintptr_t)host->first_bus * ECAM_BUS_SIZE +
	       reg;
}

static uint32_t ecam_read(const struct pci_host *host, uint16_t bdf, unsigned int reg)
{
	return mmio_read32(ecam_address(host, bdf, reg));
}

static void ecam_write(const struct pci_host *host, uint16_t bdf, unsigned int reg, uint32_t value)
{
	mmio_write32(ecam_address(host, bdf, reg), value);
}

static void ecam_write_part(const struct pci_host *host, uint16_t bdf, unsigned int reg,
			    uint32_t value, unsigned int bytes)
{
	if (bytes == sizeof(uint8_t))
		mmio_write8(ecam_address(host, bdf, reg), (uint8_t)value);
	else
		mmio_write16(ecam_address(host, bdf, reg), (uint16_t)value);
}

static const struct pci_config_ops ecam_ops = {
	.read = ecam_read,
	.write = ecam_write,
	.write_part = ecam_write_part,
};

/* The largest window of each space is the one that is used. */
static void add_window(struct pci_host *host, uint32_t phys_hi, const struct pci_window *window)
{
	static const uint8_t spaces[] = {
		[PHYS_IO] = PCI_IO, [PHYS_MEM32] = PCI_MEM, [PHYS_MEM64] = PCI_MEM64
	};
	unsigned int type = PHYS_SPACE(phys_hi);
	uint64_t limit = type == PHYS_MEM64 ? UINT64_MAX : 1ull << 32;

	if (!type || window->size > MAX_WINDOW_SIZE ||
	    !range_inside(window->bus, window->size, 0, limit))
		return;
	if (window->size > host->windows[spaces[type]].size)
		host->windows[spaces[type]] = *window;
}

static enum err add_windows(struct pci_host *host, const struct dt_node *node)
{
	unsigned int cpu_cells = node->parent->address_cells;
	unsigned int stride = (PCI_ADDRESS_CELLS + cpu_cells + PCI_SIZE_CELLS) * 4;
	uint32_t length;
	const uint8_t *range = dt_prop(node, "ranges", &length);

	if (!range || !length || length % stride || cpu_cells < 1 || cpu_cells > 2)
		return ERR_PCI_HOST;
	for (; length; length -= stride, range += stride) {
		const uint8_t *cpu = range + PCI_ADDRESS_CELLS * 4;
		struct pci_window window = {
			.cpu = cpu_cells == 1 ? load_be32(cpu) : load_be64(cpu),
			.bus = load_be64(range + 4),
			.size = load_be64(cpu + cpu_cells * 4),
		};
		enum err err = dt_translate(node->parent, &window.cpu, window.size);

		if (err)
			return err;
		add_window(host, load_be32(range), &window);
	}
	return ERR_OK;
}

enum err pci_host_from_dt(struct pci_host *host, const struct dt_node *node)
{
	uint64_t base, size;
	uint32_t length;
	const uint8_t *bus_range = dt_prop(node, "bus-range", &length);
	uint32_t first = 0, last = 255;
	enum err err;

	*host = (struct pci_host){ .config = &ecam_ops };
	if (!node->parent || node->address_cells != PCI_ADDRESS_CELLS ||
	    node->size_cells != PCI_SIZE_CELLS)
		return ERR_PCI_HOST;
	if (bus_range && length == 8) {
		first = load_be32(bus_range);
		last = load_be32(bus_range + 4);
	}
	err = dt_reg(node, 0, &base, &size);
	if (err)
		return err;
	if (first > last || last > 255 || size < ECAM_BUS_SIZE || base % 4)
		return ERR_PCI_HOST;
	host->ecam = base;
	host->first_bus = (uint8_t)first;
	host->last_bus = (uint8_t)MIN((uint64_t)last, first + size / ECAM_BUS_SIZE - 1);
	return add_windows(host, node);
}
