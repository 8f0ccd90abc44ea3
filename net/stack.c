/* SPDX-License-Identifier: BSD-2-Clause */
/* lwIP on one Ethernet controller. Received frames stay where the controller wrote them. */
#include "net/stack.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/string.h"

/* lwIP has an enumeration of errors as well. */
#define ERR_OK LWIP_ERR_OK
#define ERR_TIMEOUT LWIP_ERR_TIMEOUT
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/prot/dhcp.h>
#include <lwip/sys.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>
#undef ERR_OK
#undef ERR_TIMEOUT

#include "net/lwip_hooks.h"

#define HOST_NAME "hartline"
#define VENDOR_CLASS "hartline"
#define MTU 1500
#define FIRST_PORT 49152 /* the dynamic ports (RFC 6335) */
#define PORTS 16384
#define TIMER_US (DHCP_FINE_TIMER_MSECS * 1000) /* between two looks at lwIP's timers */

struct rx_packet {
	struct pbuf_custom custom; /* first: lwIP hands back its address */
	unsigned int slot;
};

_Static_assert(offsetof(struct netif, hwaddr) % 2 == 0, "lwIP reads it as part of a header");

static struct rx_packet rx_packets[NIC_RX_COUNT];
static struct netif netif;
static struct dhcp dhcp;
static struct nic *nic;
static enum err failure; /* of the controller */
static uint64_t random_state;
static uint64_t now_us; /* of the latest poll */
static uint64_t timers_due;

static struct boot_options boot_options;

static struct udp_pcb *udp;
static ip_addr_t udp_peer;
static net_receive_fn udp_receive;
static void *udp_context;

/* SplitMix64 */
uint32_t net_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

uint32_t stack_random(void)
{
	return net_random();
}

u32_t sys_now(void)
{
	return (u32_t)(now_us / 1000);
}

uint64_t net_now(void)
{
	return now_us;
}

static void release(struct pbuf *pbuf)
{
	nic_release(nic, ((struct rx_packet *)pbuf)->slot);
}

static err_t transmit(struct netif *to, struct pbuf *pbuf)
{
	unsigned int slot;
	uint8_t *frame;

	(void)to;
	if (failure || pbuf->tot_len > NIC_FRAME_MAX)
		return ERR_IF;
	failure = nic_send_buffer(nic, &slot, &frame);
	if (failure)
		return ERR_IF;
	pbuf_copy_partial(pbuf, frame, pbuf->tot_len, 0);
	nic_send(nic, slot, pbuf->tot_len);
	return LWIP_ERR_OK;
}

static err_t init(struct netif *interface)
{
	interface->name[0] = 'e';
	interface->name[1] = 'n';
	interface->hostname = HOST_NAME;
	interface->output = etharp_output;
	interface->linkoutput = transmit;
	interface->mtu = MTU;
	interface->hwaddr_len = sizeof(nic->mac);
	memcpy(interface->hwaddr, nic->mac, sizeof(nic->mac));
	interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
			   NETIF_FLAG_LINK_UP;
	return LWIP_ERR_OK;
}

void net_start(struct nic *controller, uint64_t seed)
{
	static bool is_initialised;

	nic = controller;
	failure = ERR_OK;
	random_state ^= seed;
	now_us = clock_us();
	if (!is_initialised)
		lwip_init();
	is_initialised = true;
	netif_add_noaddr(&netif, NULL, init, ethernet_input);
	netif_set_default(&netif);
	netif_set_up(&netif);
}

void net_stop(void)
{
	if (!nic)
		return;
	net_close();
	dhcp_stop(&netif);
	netif_remove(&netif);
	nic = NULL;
}

static void take_in(uint8_t *frame, unsigned int slot, uint32_t length)
{
	struct rx_packet *packet = &rx_packets[slot];
	struct pbuf *pbuf;

	packet->slot = slot;
	packet->custom.custom_free_function = release;
	pbuf = pbuf_alloced_custom(PBUF_RAW, (u16_t)length, PBUF_REF, &packet->custom, frame,
				   (u16_t)length);
	if (netif.input(pbuf, &netif) != LWIP_ERR_OK)
		pbuf_free(pbuf);
}

/* Every half second. A lease outlasts the SPL: it is not renewed. */
static void run_timers(void)
{
	static bool is_half;

	dhcp_fine_tmr();
	is_half = !is_half;
	if (is_half)
		return;
	etharp_tmr();
	dns_tmr();
}

enum err net_poll(void)
{
	unsigned int slot;
	uint32_t length;
	uint8_t *frame = NULL;

	now_us = clock_us();
	if (!failure)
		failure = nic_receive(nic, &slot, &frame, &length);
	if (!failure && frame)
		take_in(frame, slot, length);
	if (now_us >= timers_due) {
		timers_due = now_us + TIMER_US;
		run_timers();
	}
	return failure;
}

static void set_ip4(ip_addr_t *to, uint32_t address)
{
	ip_addr_set_ip4_u32(to, lwip_htonl(address));
}

void net_set_address(const struct net_address *address)
{
	ip4_addr_t ip, mask, gateway, dns;

	set_ip4(&ip, address->address);
	set_ip4(&mask, address->mask);
	set_ip4(&gateway, address->gateway);
	set_ip4(&dns, address->dns);
	dns_setserver(0, &dns);
	netif_set_addr(&netif, &ip, &mask, &gateway);
}

static void append(uint8_t *options, uint16_t *length, uint8_t option, const char *text)
{
	uint8_t size = (uint8_t)strlen(text);

	options[(*length)++] = option;
	options[(*length)++] = size;
	memcpy(options + *length, text, size);
	*length = (uint16_t)(*length + size);
}

void stack_append_dhcp_options(uint8_t *options, uint16_t *length)
{
	append(options, length, DHCP_VENDOR_CLASS, VENDOR_CLASS);
}

void stack_take_dhcp_option(uint8_t message, uint8_t option, uint8_t length,
			    const struct pbuf *packet, uint16_t offset)
{
	uint8_t data[UINT8_MAX];

	/* The message type comes first in practice; what an offer says, the acknowledgement repeats. */
	if (message == DHCP_ACK && pbuf_copy_partial(packet, data, length, offset) == length)
		boot_options_take(&boot_options, option, data, length);
}

enum err net_dhcp(struct net_address *address, uint32_t timeout_us)
{
	uint64_t deadline = deadline_after(timeout_us);

	memset(&boot_options, 0, sizeof(boot_options));
	dhcp_set_struct(&netif, &dhcp);
	if (dhcp_start(&netif) != LWIP_ERR_OK)
		return ERR_FULL;
	while (!dhcp_supplied_address(&netif)) {
		enum err err = net_poll();

		if (err)
			return err;
		if (deadline_passed(deadline))
			return ERR_DHCP_NO_ANSWER;
	}
	/* The field is DHCP's oldest way to name a file, and the last to count. */
	boot_options_take(&boot_options, boot_options.file[0] ? 0 : DHCP_BOOT_FILE,
			  (const uint8_t *)dhcp.boot_file_name,
			  strnlen(dhcp.boot_file_name, sizeof(dhcp.boot_file_name)));
	*address = (struct net_address){
		.address = lwip_ntohl(netif_ip4_addr(&netif)->addr),
		.mask = lwip_ntohl(netif_ip4_netmask(&netif)->addr),
		.gateway = lwip_ntohl(netif_ip4_gw(&netif)->addr),
		.next_server = lwip_ntohl(dhcp.offered_si_addr.addr),
		.options = boot_options,
	};
	return ERR_OK;
}

static void note_resolved(const char *name, const ip_addr_t *found, void *context)
{
	uint32_t *address = context;

	(void)name;
	*address = found ? lwip_ntohl(found->addr) : UINT32_MAX;
}

/* Filled when the answer comes, which may be after whoever asked has gone. */
static uint32_t resolved;

enum err net_resolve(const char *name, uint32_t *address, uint32_t timeout_us)
{
	uint64_t deadline = deadline_after(timeout_us);
	ip_addr_t known;

	resolved = 0;
	switch (dns_gethostbyname(name, &known, note_resolved, &resolved)) {
	case LWIP_ERR_OK:
		resolved = lwip_ntohl(known.addr);
		break;
	case ERR_INPROGRESS:
		break;
	default:
		return ERR_NET_DNS;
	}
	while (!resolved && !deadline_passed(deadline)) {
		enum err err = net_poll();

		if (err)
			return err;
	}
	if (!resolved || resolved == UINT32_MAX)
		return ERR_NET_DNS;
	*address = resolved;
	return ERR_OK;
}

static void receive(void *context, struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *from,
		    u16_t port)
{
	(void)context;
	(void)pcb;
	/* Frames come in one piece each. */
	if (ip_addr_eq(from, &udp_peer) && !pbuf->next)
		udp_receive(udp_context, port, pbuf->payload, pbuf->len);
	pbuf_free(pbuf);
}

enum err net_open(uint32_t peer, net_receive_fn handler, void *context)
{
	net_close();
	udp = udp_new();
	if (!udp)
		return ERR_FULL;
	udp_receive = handler;
	udp_context = context;
	set_ip4(&udp_peer, peer);
	udp_recv(udp, receive, NULL);
	udp_bind(udp, IP4_ADDR_ANY, (u16_t)(FIRST_PORT + net_random() % PORTS));
	return ERR_OK;
}

void net_send(uint16_t port, const void *data, size_t length)
{
	struct pbuf *pbuf = pbuf_alloc(PBUF_TRANSPORT, (u16_t)length, PBUF_RAM);

	if (!pbuf)
		return;
	memcpy(pbuf->payload, data, length);
	udp_sendto(udp, pbuf, &udp_peer, port);
	pbuf_free(pbuf);
}

void net_close(void)
{
	if (udp)
		udp_remove(udp);
	udp = NULL;
}
