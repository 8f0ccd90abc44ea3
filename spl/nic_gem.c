/* SPDX-License-Identifier: BSD-2-Clause */
/* Cadence GEMs (binding cdns,macb). */
#include "drivers/net/gem.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "spl/board.h"
#include "spl/nic_source.h"

#define MAX_PORTS 2

static const char *const compatible[] = { "sifive,fu540-c000-gem", "sifive,fu740-c000-gem",
					  "microchip,mpfs-macb", "cdns,gem", NULL };
#define WITH_CLOCK 2 /* the first two have a register for the transmit clock */

static struct port {
	uintptr_t base;
	uintptr_t clock;
	uint8_t mac[6];
} ports[MAX_PORTS];
static unsigned int port_count;

static struct gem gem;

/* What the control DTB does not know, such as the address, the previous stage's may have told. */
static void visit(const struct dt_node *node)
{
	int match = dt_match(node, compatible);
	uint64_t base, clock, size;
	unsigned int i = 0;
	const uint8_t *mac;
	uint32_t length;

	if (match < 0 || dt_reg(node, 0, &base, &size))
		return;
	while (i < port_count && ports[i].base != base)
		i++;
	if (i == MAX_PORTS)
		return;
	if (i == port_count) {
		ports[i] = (struct port){ .base = base };
		port_count++;
	}
	if (match < WITH_CLOCK && !dt_reg(node, 1, &clock, &size))
		ports[i].clock = clock;
	mac = dt_prop(node, "local-mac-address", &length);
	if (mac && length == sizeof(ports[i].mac))
		memcpy(ports[i].mac, mac, length);
}

static void forget(void)
{
	port_count = 0;
}

static unsigned int count(void)
{
	return port_count;
}

static enum err open(unsigned int index, struct nic_buffers *buffers, struct nic **nic)
{
	struct port *port = &ports[index];

	if (!index && !mac_is_valid(port->mac))
		board_mac(port->mac);
	*nic = &gem.nic;
	return gem_open(&gem, port->base, port->clock, port->mac, buffers);
}

static void close(void)
{
	gem.nic.ops->stop(&gem.nic);
}

const struct nic_source nic_gem = {
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
