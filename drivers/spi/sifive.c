/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SiFive's SPI controller (FU540-C000 manual, chapter 19), single data line, no interrupts.
 *
 * Both FIFOs hold 8 frames. With at most 8 frames under way neither can overflow, so no status is
 * ever polled: each byte costs one write to txdata and one read of rxdata, whose top bit says whether
 * there was a byte, and the line is kept busy while bytes are being taken out.
 *
 * Or it makes commands of loads from a window onto a flash. A load that begins where the one before
 * ended goes on with its command: reading in order costs no more time on the line than by the FIFOs.
 */
#include "drivers/spi/spi.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

#define SCKDIV 0x00
#define SCKMODE 0x04
#define CSID 0x10
#define CSDEF 0x14
#define CSMODE 0x18
#define DELAY0 0x28
#define DELAY1 0x2c
#define FMT 0x40
#define TXDATA 0x48
#define RXDATA 0x4c
#define FCTRL 0x60
#define FFMT 0x64
#define IE 0x70

#define SCKDIV_MAX 0xfff
#define SCKMODE_0 0
#define CSMODE_AUTO 0
#define CSMODE_HOLD 2
#define CSMODE_OFF 3
#define DELAY0_ONE_BIT 0x00010001  /* one SCK cycle from CS to SCK and back */
#define DELAY1_ONE_BIT 0x00000001  /* one while CS is inactive, none between frames */
#define FMT_SINGLE_8BIT 0x00080000 /* most significant bit first, received frames are kept */
#define FCTRL_FIFOS 0		   /* registers rather than a memory-mapped flash */
#define FCTRL_WINDOW 1
/* With a command byte; all on one line, nothing between address and data. */
#define FFMT_READ(command, address_bytes) (1u | (address_bytes) << 1 | (uint32_t)(command) << 16)

#define FIFO_DEPTH 8
#define FRAME_TIMEOUT_US 100000

static struct sifive_spi *controller(struct spi_bus *bus)
{
	return (struct sifive_spi *)bus->driver;
}

static void sifive_set_speed(struct spi_bus *bus, uint32_t hz)
{
	const struct sifive_spi *spi = controller(bus);
	/* SCK is input / (2 * (sckdiv + 1)). */
	uint64_t divisor = hz ? (spi->input_hz + 2ull * hz - 1) / (2ull * hz) : SCKDIV_MAX + 1;

	mmio_write32(spi->base + SCKDIV,
		     divisor > SCKDIV_MAX ? SCKDIV_MAX : (uint32_t)MAX(divisor, 1ull) - 1);
}

/* AUTO rather than OFF: it ends HOLD, and nothing is sent in it. */
static void sifive_select(struct spi_bus *bus, bool active)
{
	struct sifive_spi *spi = controller(bus);

	spi->selected = active;
	mmio_write32(spi->base + CSMODE, active ? CSMODE_HOLD : CSMODE_AUTO);
}

/* The slow half of taking a frame: none had arrived. Sets the top bit when none comes. */
static __attribute__((noinline)) int32_t wait_frame(uintptr_t base)
{
	uint64_t deadline = deadline_after(FRAME_TIMEOUT_US);
	int32_t frame;

	do
		frame = (int32_t)mmio_read32(base + RXDATA);
	while (frame < 0 && !deadline_passed(deadline));
	return frame;
}

static inline __attribute__((always_inline)) int32_t take_frame(uintptr_t base)
{
	int32_t frame = (int32_t)mmio_read32(base + RXDATA);

	return __builtin_expect(frame < 0, 0) ? wait_frame(base) : frame;
}

/* Reading is the path that counts, so it has a loop without choices. */
static enum err receive(uintptr_t base, uint8_t *rx, size_t length)
{
	const uint8_t *end = rx + length;
	const uint8_t *all_sent = length > FIFO_DEPTH ? end - FIFO_DEPTH : rx;
	int32_t frame;

	for (size_t i = MIN(length, (size_t)FIFO_DEPTH); i; i--)
		mmio_write32(base + TXDATA, 0xff);
	while (rx < all_sent) {
		frame = take_frame(base);
		if (frame < 0)
			return ERR_SPI_TIMEOUT;
		mmio_write32(base + TXDATA, 0xff);
		*rx++ = (uint8_t)frame;
	}
	while (rx < end) {
		frame = take_frame(base);
		if (frame < 0)
			return ERR_SPI_TIMEOUT;
		*rx++ = (uint8_t)frame;
	}
	return ERR_OK;
}

static enum err exchange(uintptr_t base, const uint8_t *tx, uint8_t *rx, size_t length)
{
	size_t sent = 0;

	for (size_t received = 0; received < length; received++) {
		int32_t frame;

		for (; sent < length && sent < received + FIFO_DEPTH; sent++)
			mmio_write32(base + TXDATA, tx ? tx[sent] : 0xff);
		frame = take_frame(base);
		if (frame < 0)
			return ERR_SPI_TIMEOUT;
		if (rx)
			rx[received] = (uint8_t)frame;
	}
	return ERR_OK;
}

static enum err sifive_transfer(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length)
{
	const struct sifive_spi *spi = controller(bus);
	enum err err;

	/* In AUTO every frame would select the device; in OFF none does. */
	if (!spi->selected)
		mmio_write32(spi->base + CSMODE, CSMODE_OFF);
	err = !tx && rx ? receive(spi->base, rx, length) : exchange(spi->base, tx, rx, length);
	if (!spi->selected)
		mmio_write32(spi->base + CSMODE, CSMODE_AUTO);
	return err;
}

static void sifive_show(struct spi_bus *bus, uint8_t command, unsigned int address_bytes)
{
	uintptr_t base = controller(bus)->base;

	fence_full(); /* what was loaded from the window came as long as it was there */
	if (command)
		mmio_write32(base + FFMT, FFMT_READ(command, address_bytes));
	mmio_write32(base + FCTRL, command ? FCTRL_WINDOW : FCTRL_FIFOS);
	fence_full();
}

static const struct spi_ops sifive_ops = {
	.set_speed = sifive_set_speed,
	.select = sifive_select,
	.transfer = sifive_transfer,
	.show = sifive_show,
};

void sifive_spi_init(struct sifive_spi *spi, uintptr_t base, uint32_t input_hz, unsigned int cs)
{
	*spi = (struct sifive_spi){
		.bus = { .ops = &sifive_ops, .driver = spi },
		.base = base,
		.input_hz = input_hz,
	};
	mmio_write32(base + FCTRL, FCTRL_FIFOS);
	mmio_write32(base + IE, 0);
	mmio_write32(base + CSMODE, CSMODE_AUTO);
	mmio_write32(base + CSID, cs);
	mmio_write32(base + CSDEF, mmio_read32(base + CSDEF) | 1u << cs);
	mmio_write32(base + SCKMODE, SCKMODE_0);
	mmio_write32(base + DELAY0, DELAY0_ONE_BIT);
	mmio_write32(base + DELAY1, DELAY1_ONE_BIT);
	mmio_write32(base + FMT, FMT_SINGLE_8BIT);
	/* What a former user left behind; a FIFO's worth, and one that was on its way. */
	for (unsigned int i = 0; i <= FIFO_DEPTH; i++) {
		if (mmio_read32(base + RXDATA) >> 31)
			break;
	}
}
