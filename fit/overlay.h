/* SPDX-License-Identifier: BSD-2-Clause */
/* Device tree overlays (Devicetree Specification v0.4, 5; dtc -@). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* What libfdt takes for granted of the tree at @dtb, in @capacity bytes. ERR_DT_*. */
enum err dtb_check(const void *dtb, size_t capacity);

/*
 * Applies the overlay of @overlay_size bytes to the tree in the @capacity bytes at @dtb; both are
 * changed, and after a failure neither may be used. ERR_DT_NO_SPACE, ERR_BOOT_OVERLAY, or what
 * dtb_check() says of one of them.
 */
enum err overlay_apply(void *dtb, size_t capacity, void *overlay, size_t overlay_size);
