/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte offsets in struct event (test_sse.c). */
#pragma once

#define EVENT_STACK_TOP 256
#define EVENT_HART 264
