/* SPDX-License-Identifier: BSD-2-Clause */
/* Which image of a configuration is entered, in which mode, and on which hart the boot goes on. */
/* sources: spl/next_stage.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spl/harts.h"
#include "spl/next_stage.h"

static struct boot_images images;
static struct next_stage stage;
static enum hart_state states[4];
static struct hart_desc harts[4];
static struct platform platform;

enum hart_state hart_state(unsigned int index)
{
	assert_in_range(index, 0, 3);
	return states[index];
}

const struct hart_desc *platform_hart(const struct platform *p, uint64_t hartid)
{
	for (unsigned int i = 0; i < p->machine.hart_count; i++) {
		if (harts[i].hartid == hartid)
			return &harts[i];
	}
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	memset(&images, 0, sizeof(images));
	platform =
		(struct platform){ .hartid = 11, .machine = { .harts = harts, .hart_count = 4 } };
	for (unsigned int i = 0; i < 4; i++) {
		harts[i] = (struct hart_desc){ .hartid = 10 + i, .enabled = true, .has_mmu = i };
		states[i] = i == 1 ? HART_LEADER : HART_PARKED;
	}
	return 0;
}

static const struct fit_image *add(enum fit_role role, enum fit_type type, enum fit_os os)
{
	struct fit_image *image = &images.all[images.count++];

	*image = (struct fit_image){ .role = role, .type = type, .os = os };
	if (role == FIT_FIRMWARE)
		images.firmware = image;
	return image;
}

static void expect_stage(const struct fit_image *first, const struct fit_image *next)
{
	assert_int_equal(next_stage_choose(&images, &stage), ERR_OK);
	assert_ptr_equal(stage.first, first);
	assert_ptr_equal(stage.next, next);
}

static void firmware_starts_what_is_next(void **state)
{
	const struct fit_image *sbi = add(FIT_FIRMWARE, FIT_TYPE_FIRMWARE, FIT_OS_OPENSBI);

	(void)state;
	images.next = add(FIT_KERNEL, FIT_TYPE_KERNEL, FIT_OS_LINUX);
	expect_stage(sbi, images.next);
}

static void firmware_may_be_among_the_loadables(void **state)
{
	const struct fit_image *sbi;

	(void)state;
	images.next = add(FIT_KERNEL, FIT_TYPE_KERNEL, FIT_OS_LINUX);
	sbi = add(FIT_LOADABLE, FIT_TYPE_FIRMWARE, FIT_OS_OPENSBI);
	expect_stage(sbi, images.next);
}

static void firmware_alone_has_its_payload_with_it(void **state)
{
	(void)state;
	expect_stage(add(FIT_FIRMWARE, FIT_TYPE_FIRMWARE, FIT_OS_OPENSBI), NULL);
}

static void other_firmware_runs_in_m_mode(void **state)
{
	const struct fit_image *u_boot = add(FIT_FIRMWARE, FIT_TYPE_FIRMWARE, FIT_OS_U_BOOT);

	(void)state;
	images.next = add(FIT_LOADABLE, FIT_TYPE_STANDALONE, FIT_OS_OTHER);
	expect_stage(u_boot, NULL);
}

static void a_kernel_without_firmware_runs_in_m_mode(void **state)
{
	(void)state;
	images.next = add(FIT_KERNEL, FIT_TYPE_KERNEL, FIT_OS_LINUX);
	expect_stage(images.next, NULL);
}

static void data_does_not_run(void **state)
{
	(void)state;
	add(FIT_FDT, FIT_TYPE_FLAT_DT, FIT_OS_OTHER);
	add(FIT_LOADABLE, FIT_TYPE_OTHER, FIT_OS_OPENSBI);
	assert_int_equal(next_stage_choose(&images, &stage), ERR_BOOT_NOTHING_RUNS);
}

static void the_leader_boots_if_it_can(void **state)
{
	(void)state;
	assert_int_equal(next_stage_boot_hart(&platform), 11);
	platform.hartid = 10; /* no MMU */
	assert_int_equal(next_stage_boot_hart(&platform), 11);
	states[1] = HART_MISSING;
	harts[2].enabled = false;
	assert_int_equal(next_stage_boot_hart(&platform), 13);
	harts[3].has_mmu = false;
	assert_int_equal(next_stage_boot_hart(&platform), 10);
	platform.hartid = 99; /* not described at all */
	assert_int_equal(next_stage_boot_hart(&platform), 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(firmware_starts_what_is_next, setup),
		cmocka_unit_test_setup(firmware_may_be_among_the_loadables, setup),
		cmocka_unit_test_setup(firmware_alone_has_its_payload_with_it, setup),
		cmocka_unit_test_setup(other_firmware_runs_in_m_mode, setup),
		cmocka_unit_test_setup(a_kernel_without_firmware_runs_in_m_mode, setup),
		cmocka_unit_test_setup(data_does_not_run, setup),
		cmocka_unit_test_setup(the_leader_boots_if_it_can, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
