# SPDX-License-Identifier: BSD-2-Clause
# Drivers, one class a line; a stage takes the classes that it needs.
SERIAL_SOURCES := drivers/serial/serial.c drivers/serial/sifive.c drivers/serial/8250.c
TIMER_SOURCES := drivers/timer/aclint.c
