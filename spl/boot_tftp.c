/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot source "tftp": a file on a TFTP server, through each Ethernet controller of the board. The
 * addresses are DHCP's, or those in /chosen of the control device tree (docs/porting.md).
 *
 * The file is a stream: what is read again, or jumped back to, is transferred again, but for its
 * beginning, which is kept.
 */
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "net/stack.h"
#include "net/tftp.h"
#include "spl/boot_source.h"
#include "spl/entropy.h"
#include "spl/meter.h"
#include "spl/nic_source.h"

#define DHCP_TIMEOUT_US 25000000
#define DNS_TIMEOUT_US 10000000
#define WINDOW_SIZE 32
#define HEAD_SIZE 0x10000 /* of the file, that is kept */
#define MAX_TRANSFERS 12

static const struct nic_source *const nic_sources[] = {
#define X(kind) &nic_##kind,
	BOARD_NICS
#undef X
};

/* /chosen; NULL: not there */
static struct {
	const char *address; /* with the length of the prefix: "10.0.0.2/24" */
	const char *gateway;
	const char *dns;
	const char *server;
	const char *file;
} chosen;

static struct {
	struct source source;
	struct tftp tftp;
	uint64_t taken; /* bytes of this transfer that readers have got */
	unsigned int transfers;
	uint64_t ends; /* when all of them have to be over */
	uint32_t server;

	/* Where bytes go as they arrive, and how many more; NULL: they are skipped. */
	uint8_t *sink;
	uint64_t wanted;

	size_t rest_start, rest_end;
	size_t head_size; /* that is there; while it is not full, nothing behind it was read */
} stream;

/* The rest of a block of which less was wanted. */
static uint8_t rest[TFTP_BLKSIZE_MAX] __attribute__((aligned(8)));
static uint8_t head[HEAD_SIZE] __attribute__((aligned(8)));

static struct nic_buffers buffers;
static const struct nic_source *open_source;
static char why[160];

static void visit(const struct dt_node *node)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(nic_sources); i++)
		nic_sources[i]->visit(node);
	if (node->depth == 1 && dt_name_is(node, "chosen")) {
		chosen.address = dt_prop_string(node, "hartline,ip-address");
		chosen.gateway = dt_prop_string(node, "hartline,gateway");
		chosen.dns = dt_prop_string(node, "hartline,dns");
		chosen.server = dt_prop_string(node, "hartline,tftp-server");
		chosen.file = dt_prop_string(node, "hartline,tftp-file");
	}
}

static void forget(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(nic_sources); i++)
		nic_sources[i]->forget();
}

static unsigned int count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(nic_sources); i++)
		n += nic_sources[i]->count();
	return n;
}

static const char *ip_text(uint32_t address, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
		 address & 255);
	return text;
}

/* --- The file as a source --- */

/* Takes bytes that arrived, as far as they are wanted. */
static size_t take(const uint8_t *data, size_t length)
{
	size_t size = MIN(length, stream.wanted);

	if (stream.sink) {
		memcpy(stream.sink, data, size);
		stream.sink += size;
	}
	stream.wanted -= size;
	stream.taken += size;
	return size;
}

static void deliver(struct tftp *tftp, const void *data, size_t length)
{
	size_t size = take(data, length);

	(void)tftp;
	stream.rest_start = 0;
	stream.rest_end = length - size;
	memcpy(rest, (const uint8_t *)data + size, length - size);
}

static void send(struct tftp *tftp, uint16_t port, const void *packet, size_t length)
{
	(void)tftp;
	net_send(port, packet, length);
}

static void receive(void *context, uint16_t port, const void *data, size_t length)
{
	(void)context;
	tftp_input(&stream.tftp, port, data, length, net_now());
}

static enum err poll(void)
{
	enum err err = net_poll();

	if (!err)
		tftp_tick(&stream.tftp, net_now());
	if (!err && stream.tftp.state == TFTP_FAILED)
		err = stream.tftp.err;
	if (!err && net_now() > stream.ends)
		err = ERR_TFTP_SLOW;
	return !err && meter_is_over(net_now()) ? ERR_BOOT_SLOW : err;
}

/* Asks for the file from its beginning on, and waits for the first answer. */
static enum err start_transfer(void)
{
	static const struct tftp_ops ops = { .send = send, .deliver = deliver };
	enum err err;

	if (stream.transfers++ == MAX_TRANSFERS)
		return ERR_TFTP_REREAD;
	err = net_open(stream.server, receive, NULL);
	if (err)
		return err;
	stream.taken = 0;
	stream.wanted = 0;
	stream.rest_start = stream.rest_end = 0;
	stream.tftp.ops = &ops;
	stream.tftp.blksize = TFTP_BLKSIZE_MAX;
	stream.tftp.windowsize = WINDOW_SIZE;
	tftp_start(&stream.tftp, net_now());
	do {
		err = poll();
	} while (!err && stream.tftp.state == TFTP_REQUESTING);
	return err;
}

/* The next @length bytes of the file; @buffer NULL: they are skipped. */
static enum err get(uint8_t *buffer, uint64_t length)
{
	stream.sink = buffer;
	stream.wanted = length;
	stream.rest_start += take(rest + stream.rest_start, stream.rest_end - stream.rest_start);
	while (stream.wanted) {
		enum err err;

		if (stream.tftp.state == TFTP_COMPLETE)
			return ERR_SOURCE_END;
		err = poll();
		if (err)
			return err;
	}
	return ERR_OK;
}

/* Reads on until the kept part of the file reaches to @end. */
static enum err extend_head(size_t end)
{
	enum err err = get(head + stream.head_size, end - stream.head_size);

	stream.head_size = (size_t)MIN(stream.taken, (uint64_t)HEAD_SIZE);
	return err;
}

static enum err seek(uint64_t offset)
{
	enum err err = ERR_OK;

	if (stream.head_size < HEAD_SIZE)
		err = extend_head(HEAD_SIZE);
	if (!err && offset < stream.taken) {
		tftp_stop(&stream.tftp);
		err = start_transfer();
	}
	return err ? err : get(NULL, offset - stream.taken);
}

static enum err tftp_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	uint8_t *to = buffer;
	enum err err = ERR_OK;

	(void)source;
	while (!err && length && offset < HEAD_SIZE) {
		size_t end = (size_t)MIN(offset + length, (uint64_t)HEAD_SIZE);
		size_t size = end - (size_t)offset;

		if (end > stream.head_size) {
			err = extend_head(end);
			continue;
		}
		memcpy(to, head + offset, size);
		to += size;
		offset += size;
		length -= size;
	}
	if (!err && length)
		err = seek(offset);
	if (!err && length)
		err = get(to, length);
	return err;
}

/* --- From a controller to the file --- */

static enum err open_nic(unsigned int index, struct nic **nic)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(nic_sources); i++) {
		unsigned int n = nic_sources[i]->count();

		if (index < n) {
			open_source = nic_sources[i];
			return open_source->open(index, &buffers, nic);
		}
		index -= n;
	}
	return ERR_BOOT_NO_DEVICE;
}

/* A controller without an address gets one of its own making: locally administered. */
static void settle_mac(struct nic *nic)
{
	const uint8_t *mac = nic->mac;
	bool is_own = mac_is_valid(mac);

	if (!is_own) {
		uint64_t bits = entropy_seed(0);

		for (unsigned int i = 0; i < sizeof(nic->mac); i++)
			nic->mac[i] = (uint8_t)(bits >> 8 * i);
		nic->mac[0] = (uint8_t)((nic->mac[0] & 0xfc) | 2);
	}
	if (nic->ops->set_address)
		nic->ops->set_address(nic);
	printf("  %s, address %02x:%02x:%02x:%02x:%02x:%02x%s\n", nic->name, mac[0], mac[1], mac[2],
	       mac[3], mac[4], mac[5], is_own ? "" : " (made up)");
}

static enum err wait_for_link(struct nic *nic)
{
	enum err err;

	printf("  waiting for a link\n");
	err = nic_wait_link(nic, meter_left(NIC_LINK_TIMEOUT_US));
	if (err)
		return err;
	if (nic->speed)
		printf("  link at %u Mbit/s\n", nic->speed);
	else
		printf("  link up\n");
	return ERR_OK;
}

/* False: @text is there, and no address. */
static bool parse_optional(const char *text, uint32_t *address)
{
	*address = text ? parse_ipv4(text) : 0;
	return *address || !text;
}

/* "10.0.0.2/24"; without a prefix length the address is alone. */
static enum err parse_chosen(struct net_address *net)
{
	const char *slash = strchr(chosen.address, '/');
	size_t length = slash ? (size_t)(slash - chosen.address) : strlen(chosen.address);
	unsigned int prefix = 32;
	char text[16];

	*net = (struct net_address){ 0 };
	if (slash && !parse_small_number(slash + 1, &prefix))
		return ERR_NET_ADDRESS;
	if (length >= sizeof(text) || !prefix || prefix > 32)
		return ERR_NET_ADDRESS;
	memcpy(text, chosen.address, length);
	text[length] = '\0';
	net->address = parse_ipv4(text);
	net->mask = UINT32_MAX << (32 - prefix);
	if (!net->address || !parse_optional(chosen.gateway, &net->gateway) ||
	    !parse_optional(chosen.dns, &net->dns))
		return ERR_NET_ADDRESS;
	return ERR_OK;
}

static enum err find_address(struct net_address *net)
{
	char address[16], mask[16], gateway[16];
	enum err err;

	if (chosen.address) {
		err = parse_chosen(net);
		if (!err)
			net_set_address(net);
	} else {
		printf("  asking for an address\n");
		err = net_dhcp(net, meter_left(DHCP_TIMEOUT_US));
	}
	if (err)
		return err;
	printf("  %s: %s, mask %s, router %s\n", chosen.address ? "static address" : "DHCP",
	       ip_text(net->address, address), ip_text(net->mask, mask),
	       net->gateway ? ip_text(net->gateway, gateway) : "none");
	return ERR_OK;
}

/* /chosen counts more than DHCP's options, and those more than the fields of its message. */
static enum err find_server(const struct net_address *net)
{
	const char *name = chosen.server ? chosen.server : net->options.server;

	if (!name[0]) {
		stream.server = net->next_server;
		return stream.server ? ERR_OK : ERR_NET_NO_SERVER;
	}
	stream.server = parse_ipv4(name);
	if (stream.server)
		return ERR_OK;
	snprintf(why, sizeof(why), "%s", name);
	return net_resolve(name, &stream.server, meter_left(DNS_TIMEOUT_US));
}

static enum err open_file(const struct net_address *net)
{
	static char file[BOOT_TEXT_MAX];
	char server[16];
	enum err err;

	snprintf(file, sizeof(file), "%s",
		 chosen.file		? chosen.file
		 : net->options.file[0] ? net->options.file
					: "hartline-" BOARD_NAME ".itb");
	snprintf(why, sizeof(why), "tftp://%s/%s", ip_text(stream.server, server), file);
	stream.tftp.file = file;
	stream.transfers = 0;
	stream.ends = net_now() + TFTP_TIME_MAX_US;
	stream.head_size = 0;
	err = start_transfer();
	if (err)
		return err;
	printf("  %s, ", why);
	if (stream.tftp.size)
		printf("%lu bytes, ", stream.tftp.size);
	printf("blksize %u, windowsize %u\n", stream.tftp.blksize, stream.tftp.windowsize);
	stream.source = (struct source){
		.read = tftp_read,
		.size = stream.tftp.size,
		.name = "the file",
	};
	return ERR_OK;
}

static enum err open(unsigned int index, struct source **source)
{
	struct net_address net = { 0 };
	struct nic *nic = NULL;
	enum err err;

	why[0] = '\0';
	stream.tftp.state = TFTP_FAILED;
	open_source = NULL;
	err = open_nic(index, &nic);
	if (err)
		return err;
	settle_mac(nic);
	err = wait_for_link(nic);
	if (!err) {
		net_start(nic, entropy_seed(load_le32(nic->mac + 2)));
		err = find_address(&net);
	}
	if (!err)
		err = find_server(&net);
	if (!err)
		err = open_file(&net);
	*source = &stream.source;
	return err && !meter_left(1) ? ERR_BOOT_SLOW : err;
}

static void close(void)
{
	tftp_stop(&stream.tftp);
	net_stop();
	if (open_source)
		open_source->close();
	open_source = NULL;
}

/* The file, and what the server said of it or how far it came. */
static const char *explain(void)
{
	size_t length = strlen(why);

	if (stream.tftp.words[0])
		snprintf(why + length, sizeof(why) - length, ": \"%s\"", stream.tftp.words);
	else if (stream.tftp.block)
		snprintf(why + length, sizeof(why) - length, ", block %lu", stream.tftp.block);
	return why;
}

const struct boot_source boot_tftp = {
	.name = "tftp",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
	.explain = explain,
};
