/* SPDX-License-Identifier: BSD-2-Clause */
/* What sse_entry.S knows of struct sse_event (sse.h checks it). */
#pragma once

#define EVENT_STACK_TOP 256
