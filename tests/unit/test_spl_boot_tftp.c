/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses before anything is sent: the controller's own, or one that is made up, and /chosen's. */
/* sources: net/tftp.c net/boot_options.c drivers/net/nic.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BOARD_NAME "model"
#define BOARD_NICS X(model)

#include "lib/clock.h"
#include "spl/nic_source.h"

static const struct nic_source nic_model;

#include "spl/boot_tftp.c"

static struct nic model;
static uint64_t entropy;
static uint8_t listens_to[6]; /* the device */
static enum err link_err;
static struct net_address was_set;

uint64_t entropy_seed(uint64_t salt)
{
	(void)salt;
	return entropy;
}

uint64_t clock_us(void)
{
	return 0;
}

static void model_set_address(struct nic *nic)
{
	memcpy(listens_to, nic->mac, sizeof(listens_to));
}

static enum err model_link(struct nic *nic, bool *up)
{
	(void)nic;
	*up = true;
	return link_err;
}

static unsigned int model_count(void)
{
	return 1;
}

static enum err model_open(unsigned int index, struct nic_buffers *its_buffers, struct nic **nic)
{
	(void)index;
	(void)its_buffers;
	*nic = &model;
	return ERR_OK;
}

static void model_close(void) {}

static const struct nic_source nic_model = {
	.count = model_count,
	.open = model_open,
	.close = model_close,
};

bool meter_is_over(uint64_t now)
{
	(void)now;
	return false;
}

uint32_t meter_left(uint32_t most)
{
	return most;
}

bool parse_small_number(const char *digits, unsigned int *number)
{
	return sscanf(digits, "%u", number) == 1;
}

void net_start(struct nic *nic, uint64_t seed)
{
	(void)nic;
	(void)seed;
}

void net_stop(void) {}

enum err net_poll(void)
{
	return ERR_OK;
}

uint64_t net_now(void)
{
	return 0;
}

void net_set_address(const struct net_address *address)
{
	was_set = *address;
}

enum err net_dhcp(struct net_address *address, uint32_t timeout_us)
{
	(void)address;
	(void)timeout_us;
	return ERR_DHCP_NO_ANSWER;
}

enum err net_resolve(const char *name, uint32_t *address, uint32_t timeout_us)
{
	(void)name;
	(void)address;
	(void)timeout_us;
	return ERR_NET_DNS;
}

enum err net_open(uint32_t peer, net_receive_fn handler, void *context)
{
	(void)peer;
	(void)handler;
	(void)context;
	return ERR_FULL;
}

void net_send(uint16_t port, const void *data, size_t length)
{
	(void)port;
	(void)data;
	(void)length;
}

/* What the device listens to in the end, of one that comes with @mac. */
static const uint8_t *settle(const uint8_t mac[6], uint64_t bits)
{
	static const struct nic_ops ops = { .set_address = model_set_address, .link = model_link };
	struct source *source;

	model = (struct nic){ .ops = &ops, .name = "model" };
	memcpy(model.mac, mac, sizeof(model.mac));
	memset(listens_to, 0, sizeof(listens_to));
	entropy = bits;
	link_err = ERR_NIC_RING; /* all that is tested happens before */
	assert_int_equal(boot_tftp.open(0, &source), ERR_NIC_RING);
	boot_tftp.close();
	assert_memory_equal(listens_to, model.mac, sizeof(listens_to));
	return listens_to;
}

static const uint8_t none[6];

static void keeps_its_own(void **state)
{
	static const uint8_t own[6] = { 0x70, 0xb3, 0xd5, 0x92, 0xfa, 0x5c };

	(void)state;
	assert_memory_equal(settle(own, 0x123456789abc), own, sizeof(own));
}

static void makes_one_up(void **state)
{
	static const uint8_t made_up[6] = { 0xbe, 0x9a, 0x78, 0x56, 0x34, 0x12 };
	static const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	(void)state;
	assert_memory_equal(settle(none, 0x123456789abc), made_up, sizeof(made_up));
	assert_memory_equal(settle(group, 0x123456789abc), made_up, sizeof(made_up));
	assert_memory_equal(settle(broadcast, 0x123456789abc), made_up, sizeof(made_up));
}

/* Neither a group's nor one that somebody has bought, whatever the bits are. */
static void makes_up_local_ones(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 256; first++) {
		const uint8_t *mac = settle(none, first);

		assert_int_equal(mac[0] & 3, 2);
		assert_int_equal(mac[0] & 0xfc, first & 0xfc);
		assert_true(mac_is_valid(mac));
	}
}

/* What comes of addresses in /chosen, and of a server that has a name. */
static enum err open_chosen(const char *address, const char *gateway, const char *dns)
{
	static const struct nic_ops ops = { .link = model_link };
	struct source *source;
	enum err err;

	model = (struct nic){ .ops = &ops, .name = "model" };
	link_err = ERR_OK;
	memset(&was_set, 0, sizeof(was_set));
	chosen.address = address;
	chosen.gateway = gateway;
	chosen.dns = dns;
	chosen.server = "server.test";
	err = boot_tftp.open(0, &source);
	boot_tftp.close();
	return err;
}

static void takes_static_addresses(void **state)
{
	(void)state;
	/* The name is asked for, and nobody answers here. */
	assert_int_equal(open_chosen("10.0.0.2/24", "10.0.0.1", "10.0.0.53"), ERR_NET_DNS);
	assert_int_equal(was_set.address, 0x0a000002);
	assert_int_equal(was_set.mask, 0xffffff00);
	assert_int_equal(was_set.gateway, 0x0a000001);
	assert_int_equal(was_set.dns, 0x0a000035);
	assert_int_equal(open_chosen("10.0.0.2", NULL, NULL), ERR_NET_DNS);
	assert_int_equal(was_set.mask, UINT32_MAX);
	assert_int_equal(was_set.gateway, 0);
	assert_int_equal(was_set.dns, 0);
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = { "", "10.0.0", "server", "224.0.0.1", "10.0.0.1/24" };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(open_chosen("10.0.0.2/24", bad[i], "10.0.0.53"), ERR_NET_ADDRESS);
		assert_int_equal(open_chosen("10.0.0.2/24", "10.0.0.1", bad[i]), ERR_NET_ADDRESS);
		assert_int_equal(was_set.address, 0);
	}
	assert_int_equal(open_chosen("10.0.0.2/33", NULL, NULL), ERR_NET_ADDRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_own),
		cmocka_unit_test(makes_one_up),
		cmocka_unit_test(makes_up_local_ones),
		cmocka_unit_test(takes_static_addresses),
		cmocka_unit_test(refuses_what_is_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
