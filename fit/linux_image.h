/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a RISC-V Linux Image (Linux, Documentation/arch/riscv/boot-image-header.rst). */
#pragma once

#include <stdint.h>

#include "lib/err.h"

#define LINUX_IMAGE_HEADER_SIZE 64
#define LINUX_IMAGE_ALIGN 0x200000UL /* where a 64-bit kernel can start */

/*
 * From the header of an Image whose file has @file_size bytes: how much memory it needs from its
 * start on, its BSS included. ERR_KERNEL_HEADER: it is not a 64-bit little-endian RISC-V Image.
 */
enum err linux_image_parse(const uint8_t header[LINUX_IMAGE_HEADER_SIZE], uint64_t file_size,
			   uint64_t *memory_size);
