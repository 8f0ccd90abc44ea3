/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of debug triggers (SBI v3.0, chapter "Debug Triggers Extension"; formats of tdata1: RISC-V
 * debug specification v1.0, chapter "Sdtrig").
 */
#include "sbi/dbtr_policy.h"

#include "lib/bits.h"
#include "sbi/sbi.h"

/* Types of the debug specification that can be configured. */
#define KNOWN_TYPES (BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7))

#define FIELD(high, low) ((~0UL >> (63 - (high))) & (~0UL << (low)))

struct format {
	uint8_t type;
	uint8_t u, s, vu, vs; /* bit numbers; 0: it has no such bit */
	uint64_t chain;
	uint64_t action;
	uint64_t forbidden; /* m, dmode and reserved bits */
	uint64_t status; /* what the hardware changes or fixes: hit, maskmax, uncertain, pending */
};

/*
 * Triggers on interrupts and exceptions (types 4 and 5) fire in the handler, which may be M-mode's
 * own, and an external one (7) cannot be kept out of M-mode: S-mode is not offered them.
 */
static const struct format formats[] = {
	{
		.type = 2, /* mcontrol */
		.u = 3,
		.s = 4,
		.chain = BIT(11),
		.action = FIELD(15, 12),
		.forbidden = TDATA1_DMODE | FIELD(52, 23) | BIT(6) | BIT(5),
		.status = FIELD(58, 53) | BIT(20),
	},
	{
		.type = 3, /* icount */
		.u = 6,
		.s = 7,
		.vu = 25,
		.vs = 26,
		.action = FIELD(5, 0),
		.forbidden = TDATA1_DMODE | FIELD(58, 27) | BIT(9),
		.status = BIT(24) | BIT(8),
	},
	{
		.type = 6, /* mcontrol6 */
		.u = 3,
		.s = 4,
		.vu = 23,
		.vs = 24,
		.chain = BIT(11),
		.action = FIELD(15, 12),
		.forbidden = TDATA1_DMODE | FIELD(58, 27) | FIELD(20, 19) | BIT(6),
		.status = FIELD(26, 25) | BIT(22),
	},
};

static const struct format *format_of(uint64_t tdata1)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].type == tdata1 >> TDATA1_TYPE_SHIFT)
			return &formats[i];
	}
	return NULL;
}

uint8_t dbtr_types(unsigned long info)
{
	unsigned long offered = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		offered |= BIT(formats[i].type);
	return (uint8_t)(info & offered);
}

long dbtr_check(uint64_t tdata1)
{
	const struct format *format = format_of(tdata1);

	if (!format) /* there may be such triggers, but none for S-mode */
		return KNOWN_TYPES & BIT(tdata1 >> TDATA1_TYPE_SHIFT) ? SBI_ERR_FAILED
								      : SBI_ERR_INVALID_PARAM;
	if (tdata1 & format->forbidden)
		return SBI_ERR_INVALID_PARAM;
	/* A breakpoint exception is what S-mode can handle; Debug Mode is not its own. */
	return tdata1 & format->action ? SBI_ERR_NOT_SUPPORTED : SBI_SUCCESS;
}

static uint64_t mode_bit(unsigned int number)
{
	return number ? BIT(number) : 0;
}

unsigned long dbtr_modes(uint64_t tdata1)
{
	const struct format *format = format_of(tdata1);

	return (tdata1 & mode_bit(format->u) ? DBTR_U : 0) |
	       (tdata1 & mode_bit(format->s) ? DBTR_S : 0) |
	       (tdata1 & mode_bit(format->vu) ? DBTR_VU : 0) |
	       (tdata1 & mode_bit(format->vs) ? DBTR_VS : 0);
}

uint64_t dbtr_with_modes(uint64_t tdata1, unsigned long modes)
{
	const struct format *format = format_of(tdata1);
	uint64_t u = mode_bit(format->u), s = mode_bit(format->s);
	uint64_t vu = mode_bit(format->vu), vs = mode_bit(format->vs);

	return (tdata1 & ~(u | s | vu | vs)) | (modes & DBTR_U ? u : 0) | (modes & DBTR_S ? s : 0) |
	       (modes & DBTR_VU ? vu : 0) | (modes & DBTR_VS ? vs : 0);
}

bool dbtr_is_kept(uint64_t tdata1, uint64_t kept)
{
	return !((tdata1 ^ kept) & ~format_of(tdata1)->status);
}

static bool is_chained(uint64_t tdata1)
{
	return tdata1 & format_of(tdata1)->chain;
}

/* Triggers [@first, @first + @length) can take the chain @configs, and do not end another chain. */
static bool fits(const struct dbtr *dbtr, uint32_t unused, unsigned int first,
		 const struct dbtr_config *configs, unsigned int length)
{
	if (first && dbtr->triggers[first - 1].chain)
		return false;
	for (unsigned int i = 0; i < length; i++) {
		unsigned int type = configs[i].tdata1 >> TDATA1_TYPE_SHIFT;

		if (!(unused >> (first + i) & 1) || !(dbtr->triggers[first + i].types >> type & 1))
			return false;
	}
	return true;
}

/* The length of the chain that begins with @configs; an SBI error: @length is its bad link. */
static long chain_length(const struct dbtr_config *configs, unsigned int count,
			 unsigned int *length)
{
	for (unsigned int i = 0; i < count; i++) {
		long error = dbtr_check(configs[i].tdata1);

		*length = i;
		if (error)
			return error;
		*length = i + 1;
		if (!is_chained(configs[i].tdata1))
			return SBI_SUCCESS;
	}
	*length = count - 1;
	return SBI_ERR_INVALID_PARAM;
}

long dbtr_plan_install(const struct dbtr *dbtr, uint32_t unused, struct dbtr_config *configs,
		       unsigned int count, unsigned int *failing)
{
	for (unsigned int i = 0, length; i < count; i += length) {
		unsigned int first = 0;
		long error = chain_length(&configs[i], count - i, &length);

		if (error) {
			*failing = i + length;
			return error;
		}
		while (first + length <= dbtr->count &&
		       !fits(dbtr, unused, first, &configs[i], length))
			first++;
		if (first + length > dbtr->count) {
			*failing = i;
			return SBI_ERR_FAILED;
		}
		for (unsigned int link = 0; link < length; link++) {
			configs[i + link].index = first + link;
			unused &= ~(uint32_t)BIT(first + link);
		}
	}
	return SBI_SUCCESS;
}

static long check_update(const struct dbtr *dbtr, const struct dbtr_config *config)
{
	const struct dbtr_trigger *trigger;
	long error;

	if (config->index >= dbtr->count)
		return SBI_ERR_INVALID_PARAM;
	trigger = &dbtr->triggers[config->index];
	if (!trigger->type)
		return SBI_ERR_FAILED;
	if (config->tdata1 >> TDATA1_TYPE_SHIFT != trigger->type)
		return SBI_ERR_INVALID_PARAM;
	error = dbtr_check(config->tdata1);
	if (!error && is_chained(config->tdata1) != trigger->chain)
		return SBI_ERR_INVALID_PARAM;
	return error;
}

long dbtr_plan_update(const struct dbtr *dbtr, const struct dbtr_config *configs,
		      unsigned int count, unsigned int *failing)
{
	for (unsigned int i = 0; i < count; i++) {
		long error = check_update(dbtr, &configs[i]);

		if (error) {
			*failing = i;
			return error;
		}
	}
	return SBI_SUCCESS;
}

void dbtr_map(struct dbtr *dbtr, const struct dbtr_config *config)
{
	struct dbtr_trigger *trigger = &dbtr->triggers[config->index];

	trigger->type = (uint8_t)(config->tdata1 >> TDATA1_TYPE_SHIFT);
	trigger->modes = (uint8_t)dbtr_modes(config->tdata1);
	trigger->chain = is_chained(config->tdata1);
}

bool dbtr_set(const struct dbtr *dbtr, unsigned long base, unsigned long mask, uint32_t *set)
{
	*set = 0;
	if (!mask)
		return true;
	if (base >= dbtr->count || mask >> (dbtr->count - base))
		return false;
	*set = (uint32_t)(mask << base);
	for (uint32_t left = *set; left; left &= left - 1) {
		if (!dbtr->triggers[lowest_bit(left)].type)
			return false;
	}
	return true;
}

unsigned long dbtr_state(const struct dbtr *dbtr, unsigned int index)
{
	const struct dbtr_trigger *trigger = &dbtr->triggers[index];

	if (!trigger->type)
		return 0;
	return DBTR_MAPPED | trigger->modes | DBTR_HAVE_HW_TRIG |
	       (unsigned long)index << DBTR_HW_TRIG_SHIFT;
}
