/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: frames from a hostile network, as the source "tftp" takes them in, from the DHCP
 * offer to the file's last byte, through lwIP. The first byte of the input says what /chosen tells; then
 * come frames: what kind, how much later, how long (two bytes), and the bytes.
 */
/* sources: NET_SOURCES FUZZ_LWIP_SOURCES drivers/net/nic.c lib/err.c */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

/* With its tables at hand, which have to be empty when the next input comes. */
#define ERR_OK LWIP_ERR_OK
#define ERR_TIMEOUT LWIP_ERR_TIMEOUT
#include "../core/dns.c"
#include <lwip/memp.h>
#undef ERR_OK
#undef ERR_TIMEOUT

#define BOARD_NAME "model"
#define BOARD_NICS X(model)

#include "lib/clock.h"
#include "spl/nic_source.h"

static const struct nic_source nic_model;

/* Nobody reads along. */
#define printf ignore
int printf(const char *format, ...)
{
	return 0;
}

#include "spl/boot_tftp.c"

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

#define STATIC_ADDRESS 1 /* of the first byte */
#define BY_NAME 2

/* Kinds of frames: whole ones, or the payload of an answer with addresses, ports and ids as they must be. */
#define KIND_MASK 7
enum { WHOLE, ARP_REPLY, DHCP_REPLY, DNS_REPLY, TFTP_REPLY, ECHO };
#define FIXED 0x80 /* a whole one: with our address and ids, and good checksums */
#define FRAME_HEADER 4

#define IP_AT 14
#define UDP_AT 34
#define DATA_AT 42

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 2 }, its_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t its_address[4] = { 10, 9, 0, 1 }, dhcp_port[2] = { 0, 68 };

static const uint8_t *input;
static size_t left;
static uint64_t now;
static unsigned int next_slot;

/* From what was sent */
static uint8_t our_address[4], asked_by_arp[4], xid[4], dns_id[2], dns_port[2], tftp_port[2];

uint64_t clock_us(void)
{
	return now;
}

uint64_t entropy_seed(uint64_t salt)
{
	return salt;
}

bool meter_is_over(uint64_t time)
{
	return false;
}

uint32_t meter_left(uint32_t most)
{
	return most;
}

bool parse_small_number(const char *digits, unsigned int *number)
{
	*number = 24;
	return true;
}

void lwip_assert(const char *what)
{
	/*
	 * Structures are aligned to 2, on purpose (net/lwip/arch/cc.h), and so is their size. A long echo
	 * request has no pool for its answer, and gets none.
	 */
	require(strstr(what, "Struct packing") || strstr(what, "no pool is that big"));
}

static void put_be16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void fix_up(uint8_t *frame, size_t length)
{
	uint8_t *ip = frame + IP_AT, *udp = frame + UDP_AT, *data = frame + DATA_AT;
	uint16_t sum;

	memcpy(frame, mac, 6);
	if (length < DATA_AT || frame[12] != 8 || frame[13])
		return;
	if (ip[9] == 17) {
		put_be16(udp + 6, 0);
		if (udp[1] == 67 && length >= DATA_AT + 8)
			memcpy(data + 4, xid, 4);
		else if (udp[1] == 53)
			memcpy(data, dns_id, length > DATA_AT + 1 ? 2 : 0);
		memcpy(udp + 2, udp[1] == 67 ? dhcp_port : udp[1] == 53 ? dns_port : tftp_port, 2);
	}
	put_be16(ip + 10, 0);
	sum = (uint16_t)~checksum(ip, 20);
	memcpy(ip + 10, &sum, 2);
}

/* Puts headers before a payload; returns the length of it all. */
static size_t wrap(unsigned int kind, uint8_t *frame, const uint8_t *payload, size_t length)
{
	static const uint8_t ports[] = { [DHCP_REPLY] = 67, [DNS_REPLY] = 53, [TFTP_REPLY] = 200 };
	uint8_t *ip = frame + IP_AT;

	memset(frame, 0, DATA_AT);
	memcpy(frame, mac, 6);
	memcpy(frame + 6, its_mac, 6);
	frame[12] = 8;
	if (kind == ARP_REPLY) {
		memcpy(frame + 13, "\6\0\1\10\0\6\4\0\2", 9);
		memcpy(frame + 22, its_mac, 6);
		memcpy(frame + 28, asked_by_arp, 4);
		memcpy(frame + 32, mac, 6);
		memcpy(frame + 38, our_address, 4);
		return DATA_AT;
	}
	ip[0] = 0x45;
	ip[8] = 64;
	memcpy(ip + 12, its_address, 4);
	if (kind == DHCP_REPLY)
		memset(ip + 16, 0xff, 4);
	else
		memcpy(ip + 16, our_address, 4);
	if (kind == ECHO) {
		ip[9] = 1;
		put_be16(ip + 2, (unsigned int)(20 + length));
		memcpy(frame + UDP_AT, payload, length);
		length += UDP_AT;
	} else {
		ip[9] = 17;
		put_be16(ip + 2, (unsigned int)(28 + length));
		frame[UDP_AT + 1] = ports[kind];
		put_be16(frame + UDP_AT + 4, (unsigned int)(8 + length));
		memcpy(frame + DATA_AT, payload, length);
		length += DATA_AT;
	}
	fix_up(frame, length);
	return length;
}

/* All but the frame is out of bounds. */
static enum err model_receive(struct nic *nic, unsigned int *slot, uint32_t *length)
{
	uint8_t *frame;
	unsigned int kind;
	bool is_answer;
	size_t size;

	*length = 0;
	now += 1000;
	if (left < FRAME_HEADER)
		return ERR_NIC_RING; /* that is all */
	*slot = next_slot++ % NIC_RX_COUNT;
	frame = nic->buffers->rx[*slot] + NIC_FRAME_OFFSET;
	now += (uint64_t)input[1] * input[1] * 200;
	kind = input[0] & KIND_MASK;
	is_answer = kind > WHOLE && kind <= ECHO;
	size = input[2] | (size_t)input[3] << 8;
	size = MIN(size, left - FRAME_HEADER);
	size = MIN(size, is_answer ? NIC_FRAME_MAX - DATA_AT : NIC_FRAME_ROOM);
	if (is_answer) {
		*length = (uint32_t)wrap(kind, frame, input + FRAME_HEADER, size);
	} else {
		*length = (uint32_t)size;
		memcpy(frame, input + FRAME_HEADER, size);
		if (input[0] & FIXED)
			fix_up(frame, size);
	}
	input += FRAME_HEADER + size;
	left -= FRAME_HEADER + size;
	if (*length)
		ASAN_POISON_MEMORY_REGION(frame + *length, NIC_FRAME_ROOM - *length);
	/* None is there where one is expected. */
	require(!*length || !(nic->received & BIT(*slot)));
	return ERR_OK;
}

static void model_release(struct nic *nic, unsigned int slot)
{
	ASAN_UNPOISON_MEMORY_REGION(nic->buffers->rx[slot], NIC_BUFFER_SIZE);
}

static enum err model_find_free(struct nic *nic, unsigned int *slot)
{
	*slot = 0;
	return ERR_OK;
}

static void model_send(struct nic *nic, unsigned int slot, uint32_t length)
{
	const uint8_t *frame = nic->buffers->tx[slot] + NIC_FRAME_OFFSET;

	require(length >= NIC_FRAME_MIN && length <= NIC_FRAME_MAX);
	require(!memcmp(frame + 6, mac, 6));
	if (frame[13] == 6 && length >= DATA_AT) {
		memcpy(asked_by_arp, frame + 38, 4);
		return;
	}
	require(frame[12] == 8 && !frame[13] && length >= UDP_AT && frame[IP_AT] == 0x45);
	memcpy(our_address, frame + IP_AT + 12, 4);
	if (frame[IP_AT + 9] != 17)
		return;
	require(length >= DATA_AT);
	if (frame[UDP_AT + 3] == 67)
		memcpy(xid, frame + DATA_AT + 4, 4);
	else if (frame[UDP_AT + 3] == 53)
		memcpy(dns_id, frame + DATA_AT, 2), memcpy(dns_port, frame + UDP_AT, 2);
	else
		memcpy(tftp_port, frame + UDP_AT, 2);
}

static enum err model_link(struct nic *nic, bool *up)
{
	*up = true;
	return ERR_OK;
}

static struct nic model;

static enum err model_open(unsigned int index, struct nic_buffers *its_buffers, struct nic **nic)
{
	static const struct nic_ops ops = {
		.link = model_link,
		.receive = model_receive,
		.release = model_release,
		.find_free = model_find_free,
		.send = model_send,
	};

	model = (struct nic){ .ops = &ops, .name = "model", .buffers = its_buffers };
	memcpy(model.mac, mac, sizeof(mac));
	*nic = &model;
	return ERR_OK;
}

static unsigned int model_count(void)
{
	return 1;
}

static void model_close(void) {}

static const struct nic_source nic_model = {
	.count = model_count,
	.open = model_open,
	.close = model_close,
};

/* All that was taken is back: another controller finds as much as this one. */
static void check_pool(memp_t type, unsigned int count)
{
	void *taken[16];
	unsigned int n = 0;

	while (n < ARRAY_SIZE(taken) && (taken[n] = memp_malloc(type)))
		n++;
	require(n == count);
	while (n)
		memp_free(type, taken[--n]);
}

/* A question that is still open goes on with the next controller. */
static void forget_dns(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(dns_pcbs); i++) {
		if (dns_pcbs[i])
			udp_remove(dns_pcbs[i]);
		dns_pcbs[i] = NULL;
	}
	memset(dns_table, 0, sizeof(dns_table));
	memset(dns_requests, 0, sizeof(dns_requests));
	memset(dns_servers, 0, sizeof(dns_servers));
}

static void read_all(struct source *source)
{
	static uint8_t buffer[3 * TFTP_BLKSIZE_MAX];
	uint64_t at = 0;
	size_t size = 40;

	while (!source->read(source, at, buffer, size)) {
		require(stream.taken + stream.rest_end - stream.rest_start == stream.tftp.received);
		at += size / 2; /* once more in part */
		size = sizeof(buffer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *source;

	if (!size)
		return 0;
	input = data + 1;
	left = size - 1;
	now = 1000000;
	next_slot = 0;
	memset(our_address, 0, sizeof(our_address));
	chosen.address = data[0] & STATIC_ADDRESS ? "10.9.0.77/24" : NULL;
	chosen.gateway = chosen.address ? "10.9.0.254" : NULL;
	chosen.dns = chosen.address ? "10.9.0.1" : NULL;
	chosen.server = data[0] & BY_NAME ? "server.test" : chosen.address ? "10.9.0.1" : NULL;
	if (!boot_tftp.open(0, &source))
		read_all(source);
	boot_tftp.explain();
	boot_tftp.close();
	require(!model.received);
	forget_dns();
	check_pool(MEMP_UDP_PCB, MEMP_NUM_UDP_PCB);
	check_pool(MEMP_PBUF, MEMP_NUM_PBUF);
	check_pool(MEMP_POOL_160, 8);
	check_pool(MEMP_POOL_512, 4);
	return 0;
}
