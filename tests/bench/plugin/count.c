/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instruction counter: a QEMU TCG plugin that says what firmware costs.
 *
 * It counts, per hart: instructions, loads and stores by the zone of addresses that the code
 * lies in, and device accesses by physical address. The privilege mode is not visible to a
 * plugin, so "the firmware" is the first zone. A payload opens and closes windows around what
 * it wants measured with HINT instructions that do nothing else, slti x0, x0, imm:
 *
 *	imm[11:10] = 0  open window imm[9:0] on this hart
 *	imm[11:10] = 1  close it, on the hart that opened it
 *	imm[11:10] = 2  close it, on any hart (the one that opened it last is meant)
 *	imm[11:10] = 3  write the report and end QEMU
 *
 * Arguments: out=FILE zone=NAME:START-END io=NAME:START-END mem=on ram=START-END stop=PC settle=N
 * idle-io=N slice=N pcs=START-END pcs-in=ID; see parse_argument(). The report has one record a line,
 * all numbers decimal; tests/bench/qemu.py reads it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <qemu-plugin.h>

/*
 * From version 3 on the plugin API can read registers. It must: QEMU 8.2 and later pass the
 * vCPU that a block was translated on, not the one that runs it, when one thread runs all.
 */
#define READS_REGISTERS (QEMU_PLUGIN_VERSION >= 3)

enum { MAX_HARTS = 512, MAX_ZONES = 8, MAX_WINDOW_ID = 1023 };
enum marker { MARK_OPEN, MARK_CLOSE, MARK_CLOSE_ANY, MARK_END };

struct range {
	const char *name;
	uint64_t start, end;
};

struct counts {
	uint64_t insns[MAX_ZONES];
	uint64_t loads[MAX_ZONES];
	uint64_t stores[MAX_ZONES];
	uint64_t io_reads[MAX_ZONES];
	uint64_t io_writes[MAX_ZONES];
};

struct window {
	bool open;
	unsigned int id;
	struct counts own;	      /* of the hart that opened it */
	uint64_t longest;	      /* firmware stretch of that hart while open */
	uint64_t firmware[MAX_HARTS]; /* of every hart, at the opening */
	uint64_t all[MAX_HARTS];
};

struct hart {
	struct counts n;
	uint64_t all;
	uint64_t stretch;  /* firmware instructions since it last ran anything else */
	unsigned int zone; /* of the instruction that runs */
	struct window window;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct hart harts[MAX_HARTS];
static struct hart *running = harts; /* one thread runs all harts, one block at a time */
static unsigned int n_harts;
static unsigned int opened_last[MAX_WINDOW_ID + 1];
static unsigned int n_open;

/* Zone 0 takes what lies in no other. */
static struct range zones[MAX_ZONES] = { { .name = "other" } };
static struct range ios[MAX_ZONES] = { { .name = "other" } };
static unsigned int n_zones = 1, n_ios = 1;

static struct range pcs; /* where single addresses are counted */
static uint64_t *pc_counts;
static unsigned int pcs_in_window; /* 0: always */
static bool pcs_now = true;

/*
 * The only memory, where nothing translates addresses: all else is devices, and QEMU is not asked. Up to
 * version 10 it cannot be asked after a store that switches off a PCI BAR: it looks for what was stored
 * to in the new memory map by its number in the old one, and may find that there are not as many.
 */
static struct range ram;

static FILE *out;
static bool count_memory;
static uint64_t stop_pc = UINT64_MAX;
static uint64_t settle;
static bool stopped;
static struct hart *stopper;
static uint64_t stopped_at, quiet_since; /* instructions of the stopper */
static uint64_t idle_io;
static struct hart *io_user; /* who last used the first device range, */
static uint64_t io_used_at;  /* and its instructions at that time */
static uint64_t slice;

#if READS_REGISTERS
static struct qemu_plugin_register *mhartid[4]; /* one a kind of hart: their numbers differ */
static GByteArray *register_value;
static const void *time_control;

static void find_mhartid(qemu_plugin_id_t id, unsigned int vcpu)
{
	g_autoptr(GArray) registers = qemu_plugin_get_registers();
	unsigned int kind = 0;

	for (unsigned int i = 0; i < registers->len; i++) {
		qemu_plugin_reg_descriptor *r =
			&g_array_index(registers, qemu_plugin_reg_descriptor, i);

		if (strcmp(r->name, "mhartid"))
			continue;
		while (kind < 3 && mhartid[kind] && mhartid[kind] != r->handle)
			kind++;
		mhartid[kind] = r->handle;
	}
}

/* Of another kind of hart the number leads to a CSR that is not there: 0 bytes. */
static unsigned int running_hart(unsigned int vcpu)
{
	uint16_t hartid;

	g_byte_array_set_size(register_value, 0);
	for (unsigned int kind = 0; kind < 4 && mhartid[kind]; kind++) {
		if (qemu_plugin_read_register(mhartid[kind], register_value) <= 0)
			continue;
		memcpy(&hartid, register_value->data, sizeof(hartid));
		return hartid % MAX_HARTS;
	}
	fprintf(stderr, "count: QEMU does not say which hart runs\n");
	exit(1);
}

/*
 * Give every other hart a turn after this block. Moving the clock to a time that has passed
 * moves nothing, but it makes QEMU stop the round and queue the request.
 */
static void end_turn(void)
{
	qemu_plugin_update_ns(time_control, 0);
}
#else
static unsigned int running_hart(unsigned int vcpu)
{
	return vcpu % MAX_HARTS;
}

static void end_turn(void) {}
#endif

static unsigned int find_range(const struct range *r, unsigned int n, uint64_t address)
{
	for (unsigned int i = 1; i < n; i++) {
		if (address >= r[i].start && address < r[i].end)
			return i;
	}
	return 0;
}

static void report_hart(const char *record, unsigned int h)
{
	const struct counts *c = &harts[h].n;

	for (unsigned int z = 0; z < n_zones; z++) {
		if (c->insns[z])
			fprintf(out, "%s %u %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", record, h,
				zones[z].name, c->insns[z], c->loads[z], c->stores[z]);
	}
	for (unsigned int i = 0; i < n_ios; i++) {
		if (c->io_reads[i] || c->io_writes[i])
			fprintf(out, "%s-io %u %s %" PRIu64 " %" PRIu64 "\n", record, h,
				ios[i].name, c->io_reads[i], c->io_writes[i]);
	}
}

static void report(void)
{
	for (unsigned int h = 0; h < n_harts; h++)
		report_hart("hart", h);
	for (uint64_t pc = pcs.start; pc_counts && pc < pcs.end; pc += 2) {
		uint64_t n = pc_counts[(pc - pcs.start) / 2];

		if (n)
			fprintf(out, "pc %" PRIu64 " %" PRIu64 "\n", pc, n);
	}
	if (io_user)
		fprintf(out, "last-io %u %" PRIu64 "\n", (unsigned int)(io_user - harts),
			io_used_at);
	fprintf(out, "end\n");
	fclose(out);
}

static void end_qemu(void)
{
	report();
	_exit(0);
}

static void open_window(unsigned int id)
{
	struct window *w = &running->window;

	if (!w->open)
		n_open++;
	w->open = true;
	w->id = id;
	w->own = running->n;
	w->longest = 0;
	for (unsigned int h = 0; h < n_harts; h++) {
		w->firmware[h] = harts[h].n.insns[1];
		w->all[h] = harts[h].all;
	}
	opened_last[id] = running - harts;
	pcs_now = !pcs_in_window || pcs_in_window == id;
}

/* win ID HART CLOSER FIRMWARE LOADS STORES IO STRETCH OTHERS OTHERS-MOST ELAPSED */
static void close_window(unsigned int id, bool any)
{
	struct hart *owner = any ? &harts[opened_last[id]] : running;
	struct window *w = &owner->window;
	uint64_t others = 0, most = 0, elapsed = 0, io = 0;

	if (!w->open || w->id != id)
		return;
	w->open = false;
	n_open--;
	pcs_now = !pcs_in_window;
	for (unsigned int h = 0; h < n_harts; h++) {
		uint64_t firmware = harts[h].n.insns[1] - w->firmware[h];
		uint64_t all = harts[h].all - w->all[h];

		/* The busiest hart was never idle: in lock-step its count is the time. */
		if (all > elapsed)
			elapsed = all;
		if (&harts[h] == owner)
			continue;
		others += firmware;
		if (firmware > most)
			most = firmware;
	}
	for (unsigned int i = 0; i < n_ios; i++)
		io += owner->n.io_reads[i] + owner->n.io_writes[i] - w->own.io_reads[i] -
		      w->own.io_writes[i];
	fprintf(out,
		"win %u %u %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 "\n",
		id, (unsigned int)(owner - harts), (unsigned int)(running - harts),
		owner->n.insns[1] - w->own.insns[1], owner->n.loads[1] - w->own.loads[1],
		owner->n.stores[1] - w->own.stores[1], io, w->longest, others, most, elapsed);
}

static void on_marker(unsigned int vcpu, void *userdata)
{
	unsigned int imm = (uintptr_t)userdata;
	unsigned int id = imm & MAX_WINDOW_ID;

	switch ((enum marker)(imm >> 10)) {
	case MARK_OPEN:
		open_window(id);
		break;
	case MARK_CLOSE:
		close_window(id, false);
		break;
	case MARK_CLOSE_ANY:
		close_window(id, true);
		break;
	case MARK_END:
		end_qemu();
	}
}

static void on_stop(unsigned int vcpu, void *userdata)
{
	if (stopped)
		return;
	stopped = true;
	stopper = running;
	stopped_at = quiet_since = running->all;
	fprintf(out, "stop %u %" PRIu64 "\n", (unsigned int)(running - harts), running->all);
	for (unsigned int h = 0; h < n_harts; h++)
		report_hart("stop-hart", h);
	if (!settle)
		end_qemu();
}

/* Wait until no other hart runs any more; for some firmware that would be for ever. */
static void settle_down(void)
{
	bool quiet = stopper->all - quiet_since > settle;

	if (running != stopper)
		quiet_since = stopper->all;
	else if (quiet || stopper->all - stopped_at > 100 * settle) {
		fprintf(out, "settled %d\n", quiet);
		end_qemu();
	}
}

/* Which hart runs, and for how long: called at the start of each block. */
static void on_block(unsigned int vcpu, void *userdata)
{
	static uint64_t blocks;

	running = &harts[running_hart(vcpu)];
	if (idle_io && running == io_user && running->all - io_used_at > idle_io)
		end_qemu();
	if (running - harts >= n_harts)
		n_harts = running - harts + 1;
	if (slice && (n_open || ++blocks >= slice)) {
		blocks = 0;
		end_turn();
	}
	if (stopped)
		settle_down();
}

/* userdata: pc << 3 | zone */
static void on_insn(unsigned int vcpu, void *userdata)
{
	uint64_t pc = (uintptr_t)userdata >> 3;
	unsigned int zone = (uintptr_t)userdata & (MAX_ZONES - 1);
	struct hart *h = running;

	h->zone = zone;
	h->all++;
	h->n.insns[zone]++;
	if (zone != 1)
		h->stretch = 0;
	else if (++h->stretch > h->window.longest)
		h->window.longest = h->stretch;
	if (pcs_now && pc >= pcs.start && pc < pcs.end)
		pc_counts[(pc - pcs.start) / 2]++;
}

static bool is_device(qemu_plugin_meminfo_t info, uint64_t address, uint64_t *physical)
{
	struct qemu_plugin_hwaddr *hw;

	if (ram.end) {
		*physical = address;
		return address < ram.start || address >= ram.end;
	}
	hw = qemu_plugin_get_hwaddr(info, address);
	if (!hw || !qemu_plugin_hwaddr_is_io(hw))
		return false;
	*physical = qemu_plugin_hwaddr_phys_addr(hw);
	return true;
}

static void on_memory(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address,
		      void *userdata)
{
	struct counts *c = &running->n;
	bool store = qemu_plugin_mem_is_store(info);
	uint64_t physical;

	if (store)
		c->stores[running->zone]++;
	else
		c->loads[running->zone]++;
	if (!is_device(info, address, &physical))
		return;

	unsigned int io = find_range(ios, n_ios, physical);

	if (io == 1) {
		io_user = running;
		io_used_at = running->all;
	}
	if (store)
		c->io_writes[io]++;
	else
		c->io_reads[io]++;
}

static uint32_t insn_word(struct qemu_plugin_insn *insn)
{
	uint32_t word = 0;

	if (qemu_plugin_insn_size(insn) != sizeof(word))
		return 0;
#if READS_REGISTERS
	qemu_plugin_insn_data(insn, &word, sizeof(word));
#else
	memcpy(&word, qemu_plugin_insn_data(insn), sizeof(word));
#endif
	return word;
}

static void call(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t function,
		 uintptr_t argument)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, function, QEMU_PLUGIN_CB_NO_REGS,
					       (void *)argument);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	enum qemu_plugin_cb_flags flags = READS_REGISTERS ? QEMU_PLUGIN_CB_R_REGS
							  : QEMU_PLUGIN_CB_NO_REGS;

	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, flags, NULL);
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);
		unsigned int zone = find_range(zones, n_zones, pc);
		uint32_t word = insn_word(insn);

		if (pc == stop_pc)
			call(insn, on_stop, 0);
		if ((word & 0xfffff) == 0x02013) { /* slti x0, x0, imm: is not counted */
			call(insn, on_marker, word >> 20);
			continue;
		}
		call(insn, on_insn, pc << 3 | zone);
		if (count_memory)
			qemu_plugin_register_vcpu_mem_cb(insn, on_memory, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void on_exit_qemu(qemu_plugin_id_t id, void *userdata)
{
	report();
}

static bool parse_range(struct range *r, const char *text)
{
	char *dash;

	r->start = strtoull(text, &dash, 0);
	if (*dash != '-')
		return false;
	r->end = strtoull(dash + 1, NULL, 0);
	return r->end > r->start;
}

static bool parse_named_range(struct range *ranges, unsigned int *n, const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon || *n == MAX_ZONES)
		return false;
	ranges[*n].name = strndup(text, colon - text);
	return parse_range(&ranges[(*n)++], colon + 1);
}

static bool parse_argument(const char *argument)
{
	const char *value = strchr(argument, '=');

	if (!value++)
		return false;
	if (!strncmp(argument, "out=", 4)) { /* the report */
		out = fopen(value, "w");
		return out;
	}
	if (!strncmp(argument, "zone=", 5)) /* code; the first one is the firmware */
		return parse_named_range(zones, &n_zones, value);
	if (!strncmp(argument, "io=", 3)) /* devices */
		return parse_named_range(ios, &n_ios, value);
	if (!strncmp(argument, "mem=", 4)) { /* count loads, stores, device accesses */
		count_memory = !strcmp(value, "on");
		return true;
	}
	if (!strncmp(argument, "ram=", 4)) /* all else is devices */
		return parse_range(&ram, value);
	if (!strncmp(argument, "pcs=", 4)) { /* count single addresses there */
		if (!parse_range(&pcs, value))
			return false;
		pc_counts = calloc((pcs.end - pcs.start) / 2, sizeof(*pc_counts));
		return pc_counts;
	}

	uint64_t number = strtoull(value, NULL, 0);

	if (!strncmp(argument, "stop=", 5)) /* end at the first instruction there */
		stop_pc = number;
	else if (!strncmp(argument, "settle=", 7)) /* but when others ran nothing for N more */
		settle = number;
	else if (!strncmp(argument, "idle-io=", 8)) /* end when N after use of the first io */
		idle_io = number;
	else if (!strncmp(argument, "slice=", 6)) /* blocks a turn; 1 while windows are open */
		slice = number;
	else if (!strncmp(argument, "pcs-in=", 7)) /* only while this window is open */
		pcs_in_window = number;
	else
		return false;
	pcs_now = !pcs_in_window;
	return true;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!parse_argument(argv[i])) {
			fprintf(stderr, "count: bad argument %s\n", argv[i]);
			return -1;
		}
	}
	if (!out)
		out = stdout;
#if READS_REGISTERS
	qemu_plugin_register_vcpu_init_cb(id, find_mhartid);
	register_value = g_byte_array_new();
	time_control = qemu_plugin_request_time_control();
#endif
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_qemu, NULL);
	return 0;
}
