/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Something to do while a device works: who has it leaves it here, and the driver that next has
 * nothing to do but wait takes it. So a piece of an image is hashed while the next one comes in by
 * DMA, and still no transfer outlives the call that began it. For one hart.
 */
#pragma once

/*
 * Leaves @work for the next meanwhile_run(), which may be deep in a driver: it must not use a device.
 * Before @context goes away, meanwhile_run() has to be called once more.
 */
void meanwhile(void (*work)(void *context), void *context);

/*
 * Does what was left, once. A driver calls it when its device has been started and before the time
 * that it gives the device begins.
 */
void meanwhile_run(void);
