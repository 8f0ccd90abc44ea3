/* SPDX-License-Identifier: BSD-2-Clause */
/* Shutting M-mode's contexts of the PLIC. */
#include "drivers/irqchip/plic.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"

#define ENABLE 0x2000
#define ENABLE_STRIDE 0x80
#define CONTEXT 0x200000 /* threshold, claim */
#define CONTEXT_STRIDE 0x1000
#define THRESHOLD_MAX 7
#define MAX_SOURCES 1023

void plic_visit(struct plics *plics, const struct dt_node *node)
{
	static const char *const compatible[] = { "sifive,plic-1.0.0", "riscv,plic0", NULL };
	struct plic *plic = &plics->plics[plics->count];
	uint32_t length;

	if (plics->count == PLIC_MAX || dt_match(node, compatible) < 0 || !dt_is_enabled(node))
		return;
	*plic = (struct plic){ 0 };
	plic->interrupts = dt_prop(node, "interrupts-extended", &length);
	if (!plic->interrupts || dt_reg(node, 0, &plic->base, &plic->size) || plic->base % 4 ||
	    !dt_prop_u32(node, "riscv,ndev", &plic->sources) || plic->sources > MAX_SOURCES)
		return;
	plic->contexts = length / 8;
	plics->count++;
}

static void shut_context(const struct plic *plic, uint32_t context)
{
	uint64_t enable = ENABLE + (uint64_t)context * ENABLE_STRIDE;
	uint64_t threshold = CONTEXT + (uint64_t)context * CONTEXT_STRIDE;

	if (enable >= CONTEXT || !range_inside(threshold, sizeof(uint32_t), 0, plic->size))
		return;
	for (uint32_t word = 0; word <= plic->sources / 32; word++)
		mmio_write32(plic->base + enable + word * sizeof(uint32_t), 0);
	mmio_write32(plic->base + threshold, THRESHOLD_MAX);
}

void plic_init(const struct plics *plics)
{
	for (unsigned int i = 0; i < plics->count; i++) {
		const struct plic *plic = &plics->plics[i];

		for (uint32_t context = 0; context < plic->contexts; context++) {
			if (load_be32(plic->interrupts + context * 8 + 4) == IRQ_MEI)
				shut_context(plic, context);
		}
	}
}
