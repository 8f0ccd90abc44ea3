/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The U-Boot environment, stored redundantly, as fw_setenv and U-Boot store it on block devices: two
 * copies of one size, each a CRC-32 (little-endian) of all that follows the flags, a byte of flags
 * that counts the writes, and "name=value" texts, each ended by a NUL, the last followed by another.
 *
 * Policy only: bytes in memory. Where they are on a disk is spl/env_disk.h's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define ENV_HEADER_SIZE 5
#define ENV_SIZE_MIN 64

/* One copy in memory; nothing in it is trusted. */
struct env {
	uint8_t *copy;
	size_t size; /* of the copy, ENV_SIZE_MIN or more */
};

/* The CRC is right. */
bool env_is_whole(const struct env *env);

uint8_t env_flags(const struct env *env);

/* Of two whole copies with these flags: the index of the newer one. 0 follows 255. */
unsigned int env_newer(uint8_t flags0, uint8_t flags1);

/* Forgets all variables. */
void env_clear(struct env *env);

/* Makes the copy whole, with these flags. */
void env_seal(struct env *env, uint8_t flags);

/* The value of variable @name; NULL when there is none. Lives until the next change. */
const char *env_get(const struct env *env, const char *name);

/* Sets a variable, or with a NULL @value deletes it. ERR_ENV_FULL: nothing was changed. */
enum err env_set(struct env *env, const char *name, const char *value);

/*
 * The same for a hexadecimal number, as U-Boot's setexpr writes it. @otherwise is for a variable
 * that is not there; one that is no number is 0.
 */
uint64_t env_get_number(const struct env *env, const char *name, uint64_t otherwise);
enum err env_set_number(struct env *env, const char *name, uint64_t value);
