/* SPDX-License-Identifier: BSD-2-Clause */
/* What was loaded, for a person. */
#pragma once

#include "fit/fit.h"

/* Writes @size with a unit to @text, and returns it. */
const char *size_text(uint64_t size, char text[24]);

/* Prints the configuration, who signed it, and each image; returns the size of all images. */
uint64_t report_print(const struct boot_images *images);
