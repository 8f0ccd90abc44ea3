/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP asks of a port: the compiler, and functions of the host. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/string.h"

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define INT_MAX __INT_MAX__
#define SSIZE_MAX __LONG_MAX__
typedef long ssize_t; /* as on hosts, where it is fuzzed */

#define X8_F "02x"
#define U16_F "hu"
#define S16_F "hd"
#define X16_F "hx"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"

/* Headers begin at even addresses: 14 bytes of Ethernet behind NIC_FRAME_OFFSET, then multiples of 4. */
#define PACK_STRUCT_STRUCT __attribute__((packed, aligned(2)))

/* Copies of addresses and headers, whose size the compiler knows. */
#define SMEMCPY(to, from, size) __builtin_memcpy(to, from, size)

#define LWIP_PLATFORM_DIAG(x) ((void)0)
#ifndef LWIP_PLATFORM_ASSERT
#define LWIP_PLATFORM_ASSERT(x) ((void)0)
#endif

/* net/stack.c */
uint32_t stack_random(void);
#define LWIP_RAND() stack_random()
