/* SPDX-License-Identifier: BSD-2-Clause */
/* Who runs next. */
#include "spl/next_stage.h"

#include <stddef.h>

#include "spl/harts.h"

static bool is_sbi(const struct fit_image *image)
{
	return image->os == FIT_OS_OPENSBI &&
	       (image->role == FIT_FIRMWARE || image->type == FIT_TYPE_FIRMWARE);
}

static const struct fit_image *find_sbi(const struct boot_images *images)
{
	for (unsigned int i = 0; i < images->count; i++) {
		if (is_sbi(&images->all[i]))
			return &images->all[i];
	}
	return NULL;
}

enum err next_stage_choose(const struct boot_images *images, struct next_stage *stage)
{
	const struct fit_image *sbi = find_sbi(images);

	if (sbi)
		*stage = (struct next_stage){ sbi, images->next };
	else
		*stage = (struct next_stage){ images->firmware ? images->firmware : images->next,
					      NULL };
	return stage->first ? ERR_OK : ERR_BOOT_NOTHING_RUNS;
}

static bool can_boot(const struct platform *platform, const struct hart_desc *hart)
{
	unsigned int index = (unsigned int)(hart - platform->machine.harts);

	return hart->enabled && hart->has_mmu && hart_state(index) != HART_MISSING;
}

uint64_t next_stage_boot_hart(const struct platform *platform)
{
	const struct hart_desc *self = platform_hart(platform, platform->hartid);

	if (self && can_boot(platform, self))
		return self->hartid;
	for (unsigned int i = 0; i < platform->machine.hart_count; i++) {
		if (can_boot(platform, &platform->machine.harts[i]))
			return platform->machine.harts[i].hartid;
	}
	return platform->hartid;
}
