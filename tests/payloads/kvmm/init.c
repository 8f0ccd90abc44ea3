/* SPDX-License-Identifier: BSD-2-Clause */
/* The first and only process of Linux as a guest: says that it is there, and powers off. */
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname name;

	uname(&name);
	printf("guest: init of Linux %s on %ld harts\n", name.release,
	       sysconf(_SC_NPROCESSORS_ONLN));
	fflush(stdout);
	reboot(RB_POWER_OFF);
}
