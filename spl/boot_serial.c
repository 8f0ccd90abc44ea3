/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot source "serial": a FIT that a person sends over the console, when nothing else boots. It is there
 * if /chosen says how many seconds to wait for that: `hartline,serial-rescue`.
 */
#include "lib/bits.h"
#include "lib/printf.h"
#include "spl/boot.h"
#include "spl/boot_source.h"
#include "spl/console.h"
#include "spl/mapped.h"
#include "spl/meter.h"
#include "spl/watchdog.h"
#include "spl/xmodem.h"

#define MOST 0x8000000u
#define SECONDS_MAX 86400u

static uint32_t seconds;
static struct mapped mapped;

static void visit(const struct dt_node *node)
{
	if (node->depth == 1 && dt_name_is(node, "chosen"))
		dt_prop_u32(node, "hartline,serial-rescue", &seconds);
}

static void forget(void)
{
	seconds = 0;
}

static unsigned int count(void)
{
	return seconds > 0;
}

/* Once a second while nobody sends, and after each block. */
static void put(char c)
{
	watchdog_kick();
	console_put(c);
}

static enum err open(unsigned int index, struct source **source)
{
	static const struct xmodem_port port = { console_get, put };
	uint64_t base, capacity, size;
	enum err err = boot_take_memory(MOST, &base, &capacity);

	(void)index;
	if (err)
		return err;
	/* A person has seconds of their own. */
	meter_limit(0);
	printf("  Send a FIT of up to %lu MiB by YMODEM or XMODEM (sb, sx -k) within %u seconds\n",
	       capacity >> 20, MIN(seconds, SECONDS_MAX));
	err = xmodem_receive(&port, MIN(seconds, SECONDS_MAX), (uint8_t *)base, capacity, &size);
	if (err)
		return err;
	printf("\n  %lu KiB received\n", size >> 10);
	mapped_open(&mapped, base, size, "serial line");
	*source = &mapped.source;
	return ERR_OK;
}

static void close(void) {}

const struct boot_source boot_serial = {
	.name = "serial",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
