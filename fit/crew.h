/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other harts that hash. One of them takes a whole image and follows its bytes through memory as they come in,
 * so that the hart that reads goes on to the next image. What they compute is compared by that hart alone.
 */
#pragma once

#include <stddef.h>

#include "fit/hash.h"

/* 0: a build without. */
#ifndef FIT_CREW
#define FIT_CREW 1
#endif

struct hash_job;

struct hash_crew {
	/* Has a hart begin with @hashes (bit n: algorithm n) of what will be at @data. NULL: none is free. */
	struct hash_job *(*begin)(unsigned int hashes, const void *data);
	/* The first @size bytes are there. */
	void (*advance)(struct hash_job *job, size_t size);
	/*
	 * Waits for the hashes of all the bytes that are there, good until the next begin(). NULL: the hart
	 * has stopped, and is not given any more. To be called once for each job.
	 */
	const struct hasher *(*end)(struct hash_job *job);
};
