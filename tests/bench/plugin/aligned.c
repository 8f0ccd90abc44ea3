/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU TCG plugin that looks for misaligned loads and stores: QEMU does them, but a hart may trap, and
 * M-mode has nobody who would emulate them. Each place is told at once, one line, in hexadecimal:
 * "<pc> <address> <size>", to the file given by out=.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

enum { MAX_PLACES = 256 };

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static uint64_t places[MAX_PLACES];
static unsigned int place_count;

static void look_at_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address,
			   void *pc)
{
	unsigned int size = 1U << qemu_plugin_mem_size_shift(info);

	if (!(address & (size - 1)))
		return;
	for (unsigned int i = 0; i < place_count; i++) {
		if (places[i] == (uint64_t)(uintptr_t)pc)
			return;
	}
	if (place_count == MAX_PLACES)
		return;
	places[place_count++] = (uint64_t)(uintptr_t)pc;
	fprintf(out, "%" PRIx64 " %" PRIx64 " %x\n", (uint64_t)(uintptr_t)pc, address, size);
	fflush(out);
}

static void look_at_block(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);

		qemu_plugin_register_vcpu_mem_cb(insn, look_at_access, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, look_at_block);
	return 0;
}
