/* SPDX-License-Identifier: BSD-2-Clause */
/* Zstandard, by its own library in its smallest form. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "fit/decompress.h"

#define WORKSPACE_SIZE 0x2a000

enum err zstd_unpack(struct packed *packed)
{
	static _Alignas(8) uint8_t workspace[WORKSPACE_SIZE];
	ZSTD_DCtx *context = ZSTD_initStaticDCtx(workspace, sizeof(workspace));
	size_t result;

	packed->unpacked = 0;
	if (!context || !packed->size)
		return ERR_FIT_UNPACK;
	result = ZSTD_decompressDCtx(context, packed->to, packed->room, packed->data, packed->size);
	if (ZSTD_isError(result))
		return ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall
			     ? ERR_FIT_UNPACK_ROOM
			     : ERR_FIT_UNPACK;
	packed->unpacked = result;
	return ERR_OK;
}
