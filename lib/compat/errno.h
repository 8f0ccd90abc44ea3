/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries get for <errno.h> on the target: they include it, and use nothing of it. */
#pragma once
