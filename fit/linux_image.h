/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a RISC-V Linux Image (Linux, Documentation/arch/riscv/boot-image-header.rst). */
#pragma once

#include <stdint.h>

#include "lib/err.h"

#define LINUX_IMAGE_HEADER_SIZE 64
#define LINUX_IMAGE_ALIGN 0x200000UL /* a 64-bit kernel starts at text_offset above such a place */

struct linux_image {
	uint64_t text_offset;
	uint64_t memory_size; /* with BSS: what must be free from its start on */
};

/*
 * Reads the header of an Image whose file has @size bytes. ERR_KERNEL_HEADER: not an Image for
 * RISC-V, big-endian, or sizes that cannot be.
 */
enum err linux_image_parse(const uint8_t header[LINUX_IMAGE_HEADER_SIZE], uint64_t size,
			   struct linux_image *image);
