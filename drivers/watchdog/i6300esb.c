/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two timers run one after the other: the first may interrupt, which nobody here listens to, the second
 * resets. Registers in memory take a write only after two magic ones.
 */
#include "drivers/watchdog/i6300esb.h"

#include <stddef.h>

#include "lib/riscv/io.h"

#define VENDOR_INTEL 0x8086
#define DEVICE_ESB_9 0x25ab

/* Configuration space; each is written in its own width. */
#define CFG_CONFIG 0x60 /* 16 bits; 0 in the others: 1 kHz, reset at the end */
#define CONFIG_NO_INTERRUPT 3
#define CFG_LOCK 0x68 /* 8 bits */
#define LOCK_ENABLE 0x02

/* Memory */
#define TIMER1 0x00
#define TIMER2 0x04
#define RELOAD 0x0c /* 16 bits */
#define RELOAD_UNLOCK1 0x80
#define RELOAD_UNLOCK2 0x86
#define RELOAD_TIMERS 0x100

/* 33 MHz / 2^15, rounded up, half of them for each timer. */
#define HALF_TICKS_PER_S 504
#define TIMER_MAX 0xfffff

static struct i6300esb *of(struct watchdog *watchdog)
{
	return (struct i6300esb *)((char *)watchdog - offsetof(struct i6300esb, watchdog));
}

static void unlock(const struct i6300esb *i6300esb)
{
	mmio_write16(i6300esb->base + RELOAD, RELOAD_UNLOCK1);
	mmio_write16(i6300esb->base + RELOAD, RELOAD_UNLOCK2);
}

static void set_timer(const struct i6300esb *i6300esb, unsigned int timer, uint32_t ticks)
{
	unlock(i6300esb);
	mmio_write32(i6300esb->base + timer, ticks);
}

static void set_lock(const struct i6300esb *i6300esb, uint8_t value)
{
	pci_write_part(i6300esb->host, i6300esb->function, CFG_LOCK, value, sizeof(value));
}

static void i6300esb_kick(struct watchdog *watchdog)
{
	unlock(of(watchdog));
	mmio_write16(of(watchdog)->base + RELOAD, RELOAD_TIMERS);
}

static void i6300esb_stop(struct watchdog *watchdog)
{
	set_lock(of(watchdog), 0);
}

static void i6300esb_start(struct watchdog *watchdog, uint32_t seconds)
{
	const struct i6300esb *i6300esb = of(watchdog);

	i6300esb_stop(watchdog);
	pci_write_part(i6300esb->host, i6300esb->function, CFG_CONFIG, CONFIG_NO_INTERRUPT,
		       sizeof(uint16_t));
	set_timer(i6300esb, TIMER1, seconds * HALF_TICKS_PER_S);
	set_timer(i6300esb, TIMER2, seconds * HALF_TICKS_PER_S);
	i6300esb_kick(watchdog);
	set_lock(i6300esb, LOCK_ENABLE);
}

bool i6300esb_knows(uint16_t vendor, uint16_t device)
{
	return vendor == VENDOR_INTEL && device == DEVICE_ESB_9;
}

void i6300esb_open(struct i6300esb *i6300esb, const struct pci_host *host,
		   const struct pci_function *function, uintptr_t base)
{
	*i6300esb = (struct i6300esb){
		.watchdog = {
			.name = "i6300esb",
			.seconds_max = TIMER_MAX / HALF_TICKS_PER_S,
			.start = i6300esb_start,
			.kick = i6300esb_kick,
			.stop = i6300esb_stop,
		},
		.host = host,
		.function = function,
		.base = base,
	};
}
