/* SPDX-License-Identifier: BSD-2-Clause */
/* The first and only process of Linux as a guest: powers off, so that the kernel says it was there. */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	reboot(RB_POWER_OFF);
}
