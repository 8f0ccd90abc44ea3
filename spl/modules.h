/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypervisor gets besides itself: the `loadables` of the configuration that the SPL starts none
 * of. The device tree says where they are, as Xen's boot protocol has it (compatible
 * "multiboot,module").
 */
#pragma once

#include "fit/fit.h"
#include "spl/next_stage.h"

/*
 * Each such image is described in all nodes that have its name as `hartline,image`, which get `reg`,
 * and `compatible` if they lack it; if there is no such node, in a new one, /chosen/module@<address>.
 * @dtb has room to grow, see fixup_dtb(). ERR_DT_NO_SPACE, ERR_DT_STRUCTURE.
 */
enum err modules_describe(void *dtb, const struct boot_images *images,
			  const struct next_stage *stage);
