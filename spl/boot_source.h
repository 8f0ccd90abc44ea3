/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a FIT may come from. One kind of boot source is one file, boot_<kind>.c. Devices are called
 * by the name of their source and their number in it, in the order of the device tree: "sd0".
 * Sources may share a name; their devices are then counted on.
 */
#pragma once

#include "fit/source.h"
#include "lib/dt.h"

struct disk;

struct boot_source {
	const char *name;

	/* Looks at a node of the walks over the device trees; the control DTB comes last. */
	void (*visit)(const struct dt_node *node);

	/* Drops what visit() found. */
	void (*forget)(void);

	/* How many devices there are. */
	unsigned int (*count)(void);

	/*
	 * Opens device @index < count(). On success *@source reads the FIT until close(). Quick when
	 * the device or its medium is not there.
	 */
	enum err (*open)(unsigned int index, struct source **source);

	/* Stops the device that open() was called for, whether it succeeded or not. */
	void (*close)(void);

	/* What the last failure was about, beyond its error; "" for nothing. May be absent. */
	const char *(*explain)(void);

	/* The disk that the source lies on while it is open; NULL: it lies on none. */
	struct disk *disk;
};

extern const struct boot_source boot_sd_spi;
extern const struct boot_source boot_sdhci;
extern const struct boot_source boot_sdhci_cdns;
extern const struct boot_source boot_virtio;
extern const struct boot_source boot_nvme;
extern const struct boot_source boot_tftp;
extern const struct boot_source boot_flash;
extern const struct boot_source boot_nor;
extern const struct boot_source boot_ram;
extern const struct boot_source boot_serial;

/* visit() and forget() of all sources. */
void boot_sources_visit(const struct dt_node *node);
void boot_sources_forget(void);

/* @digits are a decimal number up to 99, and nothing else. */
bool parse_small_number(const char *digits, unsigned int *number);

/* A device that a FIT may come from. */
struct boot_device {
	const struct boot_source *source;
	unsigned int index;  /* within the source */
	unsigned int number; /* within the name */
};

/* The device called @name ("sd0"). ERR_BOOT_NAME: not such a name. ERR_BOOT_NO_DEVICE. */
enum err boot_device_find(const char *name, struct boot_device *device);

/* The @nth of all devices, for boards without an order of their own. ERR_BOOT_NO_DEVICE: no more. */
enum err boot_device_nth(unsigned int nth, struct boot_device *device);
