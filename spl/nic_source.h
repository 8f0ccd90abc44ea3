/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where Ethernet controllers are found. One kind is one file, nic_<kind>.c; board.mk says which the
 * board has (BOARD_NICS). It works as a boot source does (spl/boot_source.h).
 */
#pragma once

#include "drivers/net/nic.h"
#include "lib/dt.h"

struct nic_source {
	void (*visit)(const struct dt_node *node);
	void (*forget)(void);
	unsigned int (*count)(void);

	/* Opens controller @index < count(), which uses @buffers until close(). */
	enum err (*open)(unsigned int index, struct nic_buffers *buffers, struct nic **nic);

	/* Stops what open() has opened, whether it succeeded or not. */
	void (*close)(void);
};

extern const struct nic_source nic_virtio;
extern const struct nic_source nic_gem;
extern const struct nic_source nic_e1000e;
