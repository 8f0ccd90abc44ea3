/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC's contexts of M-mode are shut, all others and everything beyond its registers left alone. */
/* sources: drivers/irqchip/plic.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/irqchip/plic.h"
#include "tests/unit/dtb.h"

#define ENABLE 0x2000
#define THRESHOLD 0x200000
#define SIZE 0x204000 /* four contexts */
#define UNTOUCHED 0xa5a5a5a5

static uint8_t *regs;
static struct plics plics;

static enum err visit(const struct dt_node *node, void *context)
{
	plic_visit(context, node);
	return ERR_OK;
}

static void init(uint32_t sources, const uint32_t *contexts, size_t count)
{
	uint64_t base = (uintptr_t)regs;
	struct dt dt;

	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
	DTB_NODE("plic");
	fdt_property(dtb, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
	DTB_CELLS("reg", (uint32_t)(base >> 32), (uint32_t)base, 0, SIZE);
	DTB_CELLS("riscv,ndev", sources);
	dtb_cells("interrupts-extended", contexts, count);
	DTB_END();
	dtb_finish();

	memset(regs, 0xa5, SIZE);
	memset(&plics, 0, sizeof(plics));
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
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
