/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a RISC-V Linux Image. */
#include "fit/linux_image.h"

#include "lib/bits.h"

#define TEXT_OFFSET 8
#define IMAGE_SIZE 16
#define FLAGS 24
#define MAGIC2 56

#define MAGIC2_VALUE 0x05435352 /* "RSC\x05" */
#define FLAG_BIG_ENDIAN BIT(0)

enum err linux_image_parse(const uint8_t header[LINUX_IMAGE_HEADER_SIZE], uint64_t file_size,
			   uint64_t *memory_size)
{
	if (file_size < LINUX_IMAGE_HEADER_SIZE || load_le32(header + MAGIC2) != MAGIC2_VALUE ||
	    load_le64(header + FLAGS) & FLAG_BIG_ENDIAN ||
	    load_le64(header + TEXT_OFFSET) % LINUX_IMAGE_ALIGN)
		return ERR_KERNEL_HEADER;
	*memory_size = MAX(load_le64(header + IMAGE_SIZE), file_size);
	return ERR_OK;
}
