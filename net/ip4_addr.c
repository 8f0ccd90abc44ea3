/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for lwIP's file of that name, most of which reads addresses in all the ways that C libraries
 * ever took: "0x7f.1" is one of them. Texts that are addresses here are those of parse_ipv4() only.
 */
#include <lwip/ip_addr.h>
#include <lwip/netif.h>

const ip_addr_t ip_addr_any = IPADDR4_INIT(IPADDR_ANY);
const ip_addr_t ip_addr_broadcast = IPADDR4_INIT(IPADDR_BROADCAST);

/* All of everywhere, or of the net (RFC 1122, section 3.3.6; zeros were ones once). */
u8_t ip4_addr_isbroadcast_u32(u32_t address, const struct netif *netif)
{
	u32_t own = netif_ip4_addr(netif)->addr, mask = netif_ip4_netmask(netif)->addr;

	if (address == IPADDR_ANY || address == IPADDR_BROADCAST)
		return 1;
	return address != own && !((address ^ own) & mask) && (address | mask) == IPADDR_BROADCAST;
}

/* What DNS is asked for is a name: find_server() (spl/boot_tftp.c) has looked. */
int ip4addr_aton(const char *text, ip4_addr_t *address)
{
	(void)text;
	(void)address;
	return 0;
}
