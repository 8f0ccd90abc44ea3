/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SBI v3.0, chapter "Debug Triggers Extension"; the rules are in sbi/dbtr_policy.c.
 *
 * Where the chapter's tables would refuse a range that ends with the last trigger, it is accepted:
 * shared memory has room for all trig_max of them, and the last one could not be read otherwise.
 */
#include "sbi/dbtr.h"

#include "lib/bits.h"
#include "lib/riscv/guard.h"
#include "sbi/ecall.h"

enum {
	NUM_TRIGGERS,
	SET_SHMEM,
	READ_TRIGGERS,
	INSTALL_TRIGGERS,
	UPDATE_TRIGGERS,
	UNINSTALL_TRIGGERS,
	ENABLE_TRIGGERS,
	DISABLE_TRIGGERS,
};

#define TINFO_INFO 0xffffUL
#define TINFO_NO_TRIGGER 1UL
#define ALL_ONES (~0UL)

static struct dbtr_config read_trigger(unsigned int index)
{
	csr_write(CSR_TSELECT, index);
	return (struct dbtr_config){
		index,
		csr_read(CSR_TDATA1),
		csr_read(CSR_TDATA2),
		this_hart()->dbtr.has_tdata3 ? csr_read(CSR_TDATA3) : 0,
	};
}

/*
 * Nothing matches while it is written. The type comes first: it says what tdata2 and tdata3 are.
 * Not all harts take zero for a type, so the old configuration ends under its own.
 */
static void write_trigger(const struct dbtr_config *config)
{
	csr_write(CSR_TSELECT, config->index);
	csr_write(CSR_TDATA1, csr_read(CSR_TDATA1) & TDATA1_TYPE);
	csr_write(CSR_TDATA1, config->tdata1 & TDATA1_TYPE);
	csr_write(CSR_TDATA2, config->tdata2);
	if (this_hart()->dbtr.has_tdata3)
		csr_write(CSR_TDATA3, config->tdata3);
	csr_write(CSR_TDATA1, config->tdata1);
}

/* Puts @config into its trigger and what was there into @config; false when it did not keep it. */
static bool exchange(struct dbtr_config *config)
{
	struct dbtr_config old = read_trigger((unsigned int)config->index), kept;
	bool same;

	write_trigger(config);
	kept = read_trigger((unsigned int)config->index);
	same = dbtr_is_kept(config->tdata1, kept.tdata1) && kept.tdata2 == config->tdata2 &&
	       kept.tdata3 == config->tdata3;
	*config = old;
	return same;
}

static void clear_trigger(unsigned int index)
{
	const struct dbtr_config cleared = { .index = index };

	write_trigger(&cleared);
}

/* An external debugger has taken it; nothing that is written to it has an effect. */
static bool is_debuggers(unsigned int index)
{
	return read_trigger(index).tdata1 & TDATA1_DMODE;
}

void dbtr_init(void)
{
	struct dbtr *dbtr = &this_hart()->dbtr;
	unsigned int index;

	*dbtr = (struct dbtr){ 0 };
	for (index = 0; index < DBTR_MAX_TRIGGERS; index++) {
		unsigned long info = 0, value = 0;

		if (!csr_try_write(CSR_TSELECT, index) || csr_read(CSR_TSELECT) != index ||
		    !csr_try_read(CSR_TDATA2, value) || !csr_try_read(CSR_TDATA1, value))
			break;
		dbtr->has_tdata3 = csr_try_read(CSR_TDATA3, info);
		if (!csr_try_read(CSR_TINFO, info))
			info = value >> TDATA1_TYPE_SHIFT ? BIT(value >> TDATA1_TYPE_SHIFT)
							  : TINFO_NO_TRIGGER;
		if ((info & TINFO_INFO) == TINFO_NO_TRIGGER)
			break;
		dbtr->triggers[index].types = dbtr_types(info);
		clear_trigger(index);
	}
	dbtr->count = index;
}

static void uninstall(uint32_t set)
{
	for (; set; set &= set - 1) {
		struct dbtr_trigger *trigger = &this_hart()->dbtr.triggers[lowest_bit(set)];

		clear_trigger(lowest_bit(set));
		*trigger = (struct dbtr_trigger){ .types = trigger->types };
	}
}

static uint32_t mapped_triggers(const struct dbtr *dbtr)
{
	uint32_t set = 0;

	for (unsigned int i = 0; i < dbtr->count; i++)
		set |= dbtr->triggers[i].type ? (uint32_t)BIT(i) : 0;
	return set;
}

void dbtr_leave(enum life_event why)
{
	struct dbtr *dbtr = &this_hart()->dbtr;

	if (why != LIFE_STOP)
		return;
	uninstall(mapped_triggers(dbtr));
	csr_try_write(CSR_SCONTEXT, 0);
	dbtr->shmem = (struct shmem){ 0 };
}

bool dbtr_exists(void)
{
	return this_hart()->dbtr.count;
}

/* Only a trigger itself can say which optional bits it has. */
static unsigned long num_triggers(const struct dbtr *dbtr, uint64_t tdata1)
{
	unsigned long count = 0;

	if (!tdata1)
		return dbtr->count;
	if (dbtr_check(tdata1))
		return 0;
	for (unsigned int i = 0; i < dbtr->count; i++) {
		struct dbtr_config config = { .index = i, .tdata1 = tdata1 };

		if (!(dbtr->triggers[i].types >> (tdata1 >> TDATA1_TYPE_SHIFT) & 1))
			continue;
		count += exchange(&config);
		write_trigger(&config);
	}
	return count;
}

static long set_shmem(struct dbtr *dbtr, unsigned long lo, unsigned long hi, unsigned long flags)
{
	struct shmem window = { 0 };

	if (flags)
		return SBI_ERR_INVALID_PARAM;
	if (lo != ALL_ONES || hi != ALL_ONES) {
		if (lo % sizeof(long))
			return SBI_ERR_INVALID_PARAM;
		if (!shmem_open(&window, lo, hi, dbtr->count * sizeof(struct dbtr_config),
				SHMEM_READ | SHMEM_WRITE))
			return SBI_ERR_INVALID_ADDRESS;
	}
	dbtr->shmem = window;
	return SBI_SUCCESS;
}

static long read_triggers(const struct dbtr *dbtr, unsigned long base, unsigned long count)
{
	if (!dbtr->shmem.length)
		return SBI_ERR_NO_SHMEM;
	if (base >= dbtr->count || count > dbtr->count - base)
		return SBI_ERR_BAD_RANGE;
	for (unsigned int i = 0; i < count; i++) {
		unsigned int index = (unsigned int)base + i;
		struct dbtr_config config = { 0 };

		if (dbtr->triggers[index].type)
			config = read_trigger(index);
		if (dbtr_check(config.tdata1)) /* not mapped, or a debugger has taken it */
			config = (struct dbtr_config){ 0 };
		config.index = dbtr_state(dbtr, index);
		if (!shmem_write(&dbtr->shmem, i * sizeof(config), &config, sizeof(config)))
			return SBI_ERR_FAILED;
	}
	return SBI_SUCCESS;
}

/* Undoes what exchange() did to the first @count of @configs. */
static void put_back(const struct dbtr_config *configs, unsigned int count)
{
	while (count--)
		write_trigger(&configs[count]);
}

static bool write_indexes(const struct dbtr *dbtr, const struct dbtr_config *configs,
			  unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (!shmem_write(&dbtr->shmem, i * sizeof(*configs), &configs[i].index,
				 sizeof(configs[i].index)))
			return false;
	}
	return true;
}

static uint32_t unused_triggers(const struct dbtr *dbtr)
{
	uint32_t set = 0;

	for (unsigned int i = 0; i < dbtr->count; i++) {
		if (!dbtr->triggers[i].type && !is_debuggers(i))
			set |= (uint32_t)BIT(i);
	}
	return set;
}

/* Installs or updates all configurations in shared memory, or none. */
static struct sbiret configure(struct dbtr *dbtr, unsigned long count, bool is_install)
{
	struct dbtr_config configs[DBTR_MAX_TRIGGERS];
	struct dbtr before = *dbtr;
	unsigned int failing = 0;
	long error;

	if (!dbtr->shmem.length)
		return sbi_error(SBI_ERR_NO_SHMEM);
	if (count > dbtr->count)
		return sbi_error(SBI_ERR_BAD_RANGE);
	if (!shmem_read(&dbtr->shmem, 0, configs, count * sizeof(configs[0])))
		return sbi_error(SBI_ERR_FAILED);
	error = is_install ? dbtr_plan_install(dbtr, unused_triggers(dbtr), configs,
					       (unsigned int)count, &failing)
			   : dbtr_plan_update(dbtr, configs, (unsigned int)count, &failing);
	if (error)
		return (struct sbiret){ .error = error, .value = failing };

	for (unsigned int i = 0; i < count; i++) {
		dbtr_map(dbtr, &configs[i]);
		if (!exchange(&configs[i])) {
			put_back(configs, i + 1);
			*dbtr = before;
			return (struct sbiret){ .error = SBI_ERR_NOT_SUPPORTED, .value = i };
		}
	}
	if (is_install && !write_indexes(dbtr, configs, (unsigned int)count)) {
		put_back(configs, (unsigned int)count);
		*dbtr = before;
		return sbi_error(SBI_ERR_FAILED);
	}
	return sbi_value(0);
}

/* Lets a set of triggers match in the modes of their trig_state, or in none. */
static void enable(uint32_t set, bool on)
{
	for (; set; set &= set - 1) {
		struct dbtr_config config = read_trigger(lowest_bit(set));
		unsigned long modes = this_hart()->dbtr.triggers[lowest_bit(set)].modes;

		if (!dbtr_check(config.tdata1)) /* else a debugger has taken it */
			csr_write(CSR_TDATA1, dbtr_with_modes(config.tdata1, on ? modes : 0));
	}
}

static long for_set(const struct dbtr *dbtr, unsigned long base, unsigned long mask,
		    unsigned long fid)
{
	uint32_t set;

	if (!dbtr_set(dbtr, base, mask, &set))
		return SBI_ERR_INVALID_PARAM;
	if (fid == UNINSTALL_TRIGGERS)
		uninstall(set);
	else
		enable(set, fid == ENABLE_TRIGGERS);
	return SBI_SUCCESS;
}

struct sbiret ecall_dbtr(ECALL_PARAMETERS)
{
	struct dbtr *dbtr = &this_hart()->dbtr;

	if (!dbtr_exists())
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	switch (fid) {
	case NUM_TRIGGERS:
		return sbi_value(num_triggers(dbtr, a0));
	case SET_SHMEM:
		return sbi_error(set_shmem(dbtr, a0, a1, a2));
	case READ_TRIGGERS:
		return sbi_error(read_triggers(dbtr, a0, a1));
	case INSTALL_TRIGGERS:
	case UPDATE_TRIGGERS:
		return configure(dbtr, a0, fid == INSTALL_TRIGGERS);
	case UNINSTALL_TRIGGERS:
	case ENABLE_TRIGGERS:
	case DISABLE_TRIGGERS:
		return sbi_error(for_set(dbtr, a0, a1, fid));
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
