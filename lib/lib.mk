# SPDX-License-Identifier: BSD-2-Clause
# What both stages stand on.
LIB_SOURCES := lib/err.c lib/string.c lib/printf.c lib/crc.c lib/dt.c lib/machine.c lib/riscv/isa.c \
	lib/riscv/relocate.S
SHA2_SOURCES := lib/riscv/sha2_constants.c lib/riscv/sha2_zbb.c lib/riscv/sha2_zknh.c
