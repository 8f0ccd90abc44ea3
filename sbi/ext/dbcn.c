/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Debug Console Extension". */
#include "lib/bits.h"
#include "sbi/console.h"
#include "sbi/ecall.h"
#include "sbi/shmem.h"

#define CHUNK 64      /* bytes on the stack at a time */
#define MAX_CALL 1024 /* bytes a call, to bound its time on a UART that is never full */

enum { CONSOLE_WRITE, CONSOLE_READ, CONSOLE_WRITE_BYTE };

static struct sbiret write(unsigned long length, unsigned long lo, unsigned long hi)
{
	struct shmem window;
	size_t done = 0;
	char chunk[CHUNK];

	if (!shmem_open(&window, lo, hi, length, SHMEM_READ))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	length = MIN(length, (unsigned long)MAX_CALL);
	while (done < length) {
		size_t size = MIN(length - done, sizeof(chunk));
		size_t put;

		if (!shmem_read(&window, done, chunk, size))
			return sbi_error(SBI_ERR_FAILED);
		put = console_put(chunk, size);
		done += put;
		if (put < size)
			break;
	}
	return sbi_value(done);
}

static struct sbiret read(unsigned long length, unsigned long lo, unsigned long hi)
{
	struct shmem window;
	size_t done = 0;

	if (!shmem_open(&window, lo, hi, length, SHMEM_WRITE))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	length = MIN(length, (unsigned long)MAX_CALL);
	while (done < length) {
		int c = console_get();
		char byte = (char)c;

		if (c < 0)
			break;
		if (!shmem_write(&window, done, &byte, 1))
			return sbi_error(SBI_ERR_FAILED);
		done++;
	}
	return sbi_value(done);
}

struct sbiret ecall_dbcn(ECALL_PARAMETERS)
{
	if (!console_exists())
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	switch (fid) {
	case CONSOLE_WRITE:
		return write(a0, a1, a2);
	case CONSOLE_READ:
		return read(a0, a1, a2);
	case CONSOLE_WRITE_BYTE:
		return sbi_error(console_put_wait((char)a0) ? SBI_SUCCESS : SBI_ERR_FAILED);
	default:
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	}
}
