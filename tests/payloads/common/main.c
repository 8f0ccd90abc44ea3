/* SPDX-License-Identifier: BSD-2-Clause */
/* From the first instruction to the payload, and out of the machine again. */
#include <stdint.h>

#include "tests/payloads/common/console.h"
#include "tests/payloads/common/hart.h"
#include "tests/payloads/common/machine.h"
#include "tests/payloads/common/payload.h"
#include "tests/payloads/common/riscv.h"

#define TEST_DEVICE_PASS 0x5555

void payload_start(uint64_t hartid, const void *dtb);

void __attribute__((weak)) payload_arrived(void) {}

void payload_start(uint64_t hartid, const void *dtb)
{
	machine_init(dtb);
	harts_init(hartid);
	console_init();
	payload_arrived();
	machine_look_around();
	harts_start();
	payload_main();
	park();
}

void machine_end(const char *how)
{
	if (!strcmp(how, "legacy"))
		sbi(EID_LEGACY_SHUTDOWN, 0);
	else if (!strcmp(how, "cold"))
		sbi(EID_SRST, SRST_RESET, SRST_COLD_REBOOT, 0);
	else if (!strcmp(how, "warm"))
		sbi(EID_SRST, SRST_RESET, SRST_WARM_REBOOT, 0);
	else if (!strcmp(how, "test") && machine.test_device)
		*(volatile uint32_t *)machine.test_device = TEST_DEVICE_PASS;
	else if (!strcmp(how, "srst"))
		sbi(EID_SRST, SRST_RESET, SRST_SHUTDOWN, 0);
}
