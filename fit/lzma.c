/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZMA, in what `xz --format=lzma` and the LZMA SDK's `lzma` write; the SDK's own decoder decodes. A file
 * has 5 bytes of properties, the size of what is packed, or all ones where an end mark tells, and the
 * data. The dictionary is what has been unpacked, so how large the file says it is does not matter.
 */
#include <LzmaDec.h>
#include <stdbool.h>

#include "fit/decompress.h"
#include "lib/bits.h"

#define HEADER_SIZE 13
#define SIZE_UNKNOWN UINT64_MAX

/* More only helps text of a kind that no image is; xz makes none, and reads none. */
#define LC_LP_MAX 4
#define PROBABILITIES (1984 + (0x300 << LC_LP_MAX)) /* lzma-specification.txt */

static void *lend(ISzAllocPtr self, size_t size)
{
	static CLzmaProb probabilities[PROBABILITIES];

	(void)self;
	return size <= sizeof(probabilities) ? probabilities : NULL;
}

static void take_back(ISzAllocPtr self, void *address)
{
	(void)self;
	(void)address;
}

enum err lzma_unpack(struct packed *packed)
{
	static const ISzAlloc memory = { .Alloc = lend, .Free = take_back };
	CLzmaDec decoder = { .dic = packed->to, .dicBufSize = packed->room };
	ELzmaStatus status;
	uint64_t expected;
	size_t taken;
	bool ended;
	SRes result;

	packed->unpacked = 0;
	if (packed->size < HEADER_SIZE)
		return ERR_FIT_UNPACK;
	expected = load_le64(packed->data + LZMA_PROPS_SIZE);
	result = LzmaDec_AllocateProbs(&decoder, packed->data, LZMA_PROPS_SIZE, &memory);
	if (result)
		return result == SZ_ERROR_MEM ? ERR_FIT_UNPACK_LZMA : ERR_FIT_UNPACK;
	if (expected != SIZE_UNKNOWN && expected > packed->room)
		return ERR_FIT_UNPACK_ROOM;

	LzmaDec_Init(&decoder);
	taken = packed->size - HEADER_SIZE;
	result = LzmaDec_DecodeToDic(&decoder, MIN(expected, packed->room),
				     packed->data + HEADER_SIZE, &taken, LZMA_FINISH_END, &status);
	packed->unpacked = decoder.dicPos;
	if (expected == SIZE_UNKNOWN && status == LZMA_STATUS_NOT_FINISHED)
		return ERR_FIT_UNPACK_ROOM;
	ended = status == LZMA_STATUS_FINISHED_WITH_MARK ||
		(status == LZMA_STATUS_MAYBE_FINISHED_WITHOUT_MARK && expected != SIZE_UNKNOWN);
	if (result || !ended || taken != packed->size - HEADER_SIZE)
		return ERR_FIT_UNPACK;
	return expected == SIZE_UNKNOWN || expected == decoder.dicPos ? ERR_OK : ERR_FIT_UNPACK;
}
