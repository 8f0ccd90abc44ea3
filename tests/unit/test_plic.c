/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC's contexts of M-mode are shut, all others and everything beyond its registers left alone. */
/* sources: drivers/irqchip/plic.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "drivers/irqchip/plic.h"

#define ENABLE 0x2000
#define THRESHOLD 0x200000
#define SIZE 0x204000 /* four contexts */
#define UNTOUCHED 0xa5a5a5a5

static uint8_t *regs;
static uint64_t blob[256];
static struct plics plics;

static void cells(const char *name, const uint32_t *values, int count)
{
	uint32_t be[32];

	for (int i = 0; i < count; i++)
		be[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(blob, name, be, count * 4), 0);
}

#define CELLS(name, ...) \
	cells(name, (const uint32_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static enum err visit(const struct dt_node *node, void *context)
{
	plic_visit(context, node);
	return ERR_OK;
}

static void init(uint32_t sources, const uint32_t *contexts, int count)
{
	uint64_t base = (uintptr_t)regs;
	struct dt dt;

	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	fdt_begin_node(blob, "plic");
	fdt_property(blob, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
	CELLS("reg", (uint32_t)(base >> 32), (uint32_t)base, 0, SIZE);
	CELLS("riscv,ndev", sources);
	cells("interrupts-extended", contexts, count);
	fdt_end_node(blob);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);

	memset(regs, 0xa5, SIZE);
	memset(&plics, 0, sizeof(plics));
	assert_int_equal(dt_open(&dt, blob, sizeof(blob)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &plics), ERR_OK);
	plic_init(&plics);
}

static uint32_t at(uint32_t offset)
{
	return *(uint32_t *)(void *)(regs + offset);
}

static void check_context(uint32_t context, bool shut)
{
	for (uint32_t word = 0; word < 32; word++)
		assert_int_equal(at(ENABLE + context * 0x80 + word * 4),
				 shut && word < 4 ? 0 : UNTOUCHED);
	assert_int_equal(at(THRESHOLD + context * 0x1000), shut ? 7 : UNTOUCHED);
	assert_int_equal(at(THRESHOLD + context * 0x1000 + 4), UNTOUCHED);
}

static void contexts(void **state)
{
	/* As on the FU540: the first hart has no S-mode. */
	static const uint32_t fu540[] = { 7, 11, 6, 11, 6, 9, 5, 11 };

	(void)state;
	init(127, fu540, 8);
	assert_int_equal(plics.count, 1);
	check_context(0, true);
	check_context(1, true);
	check_context(2, false);
	check_context(3, true);
	assert_int_equal(at(4), UNTOUCHED); /* priorities */
}

static void more_contexts_than_registers(void **state)
{
	static const uint32_t many[] = { 1, 9, 1, 9, 1, 9, 1, 9, 1, 11, 1, 11, 1 };

	(void)state;
	init(31, many, 13);
	assert_int_equal(plics.plics[0].contexts, 6);
	for (uint32_t offset = 0; offset < SIZE; offset += 4)
		assert_int_equal(at(offset), UNTOUCHED);
}

static void too_many_sources(void **state)
{
	static const uint32_t one[] = { 1, 11 };

	(void)state;
	init(1024, one, 2);
	assert_int_equal(plics.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contexts),
		cmocka_unit_test(more_contexts_than_registers),
		cmocka_unit_test(too_many_sources),
	};

	regs = aligned_alloc(4096, SIZE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
