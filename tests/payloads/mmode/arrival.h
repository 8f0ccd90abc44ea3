/* SPDX-License-Identifier: BSD-2-Clause */
/* What start.S notes of each hart (main.c checks the offsets). */
#pragma once

#define MAX_ARRIVALS 512

#define ARRIVAL_A0 0
#define ARRIVAL_A1 8
#define ARRIVAL_A2 16
#define ARRIVAL_HARTID 24
#define ARRIVAL_MIE 32
#define ARRIVAL_MIP 40
#define ARRIVAL_MSTATUS 48
#define ARRIVAL_VALID 56
#define ARRIVAL_SIZE 64
