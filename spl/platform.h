/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SPL knows of the machine: from its own control DTB, which is appended to the image, and
 * from the one that the previous stage handed over, if that is sound. Memory and harts are the
 * previous stage's where it describes them; devices are those of both.
 */
#pragma once

#include "drivers/serial/serial.h"
#include "lib/machine.h"
#include "spl/slot_boot.h"

struct platform {
	struct machine machine;
	struct memory_range spl;  /* this image, its stacks and buffers */
	uint64_t hartid;	  /* of this hart, the leader */
	uint64_t started_us;	  /* when the clock had been found */
	const void *control_dtb;  /* NULL: there is none */
	const void *previous_dtb; /* NULL: none, or not sound */
	uint32_t control_size;
	uint32_t previous_size;
	bool memory_is_previous; /* memory and harts are those of previous_dtb */
	bool harts_are_previous;
	const char *compatible; /* of the control DTB's root, a string list; NULL: none */
	uint32_t compatible_size;
	struct memory_range sram[4]; /* on-chip memory, "mmio-sram" */
	unsigned int sram_count;

	/* /chosen of the control DTB */
	const char *bootargs;	   /* for kernels whose FIT brings none */
	const char *configuration; /* hartline,configuration; NULL: what fits best */
	const char *boot_order;	   /* hartline,boot-order: a string list; NULL: all in turn */
	uint32_t boot_order_size;
	const char *places; /* hartline,fit: a string list; NULL: the default */
	uint32_t places_size;
	struct memory_range fit_in_ram; /* hartline,fit-ram; size 0: none */
	uint32_t source_timeout_s;	/* hartline,source-timeout; 0: none */
	uint32_t watchdog_s;		/* hartline,watchdog; 0: none is asked for */
	bool keep_watchdog;		/* hartline,keep-watchdog */
	bool retry_on_failure;		/* hartline,on-failure = "retry" */
	bool reset_on_failure;		/* hartline,on-failure = "reset" */
	bool rollback_required;		/* hartline,rollback = "required" */
	struct env_place environment;	/* hartline,environment-offsets and -size */
};

/*
 * Reads both trees: @previous_dtb is what this hart, @hartid, found in a1. Starts clock and
 * console. ERR_SPL_CONTROL_DTB, ERR_DT_NO_MEMORY, ERR_DT_NO_HARTS, ...: what is there is usable
 * to tell about it.
 */
enum err platform_discover(struct platform *platform, uint64_t hartid, const void *previous_dtb);

/* The memory that `hartline,fit-ram` of the node names; @range untouched when it names none. */
void platform_fit_in_ram(const struct dt_node *node, struct memory_range *range);

/* The hart that has this id; NULL: not described. */
const struct hart_desc *platform_hart(const struct platform *platform, uint64_t hartid);
