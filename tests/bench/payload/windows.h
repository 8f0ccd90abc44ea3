/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the payloads measure: one window each. tests/bench/ecall.py reads the numbers and names
 * from here.
 */
#pragma once

#define MAX_HARTS 512

#define WINDOW_EMPTY 1		    /* nothing */
#define WINDOW_GET_SPEC_VERSION 2   /* base.get_spec_version */
#define WINDOW_PROBE_EXTENSION 3    /* base.probe_extension */
#define WINDOW_SET_TIMER 4	    /* set_timer */
#define WINDOW_TIMER_INTERRUPT 5    /* M timer to S timer */
#define WINDOW_SEND_IPI 6	    /* send_ipi to one other */
#define WINDOW_IPI_TAKEN 7	    /* send_ipi to one other until it has it */
#define WINDOW_SEND_IPI_ALL 8	    /* send_ipi to all others */
#define WINDOW_FENCE_I_SELF 9	    /* remote_fence_i to self */
#define WINDOW_SFENCE_SELF 10	    /* remote_sfence_vma one page to self */
#define WINDOW_SFENCE_ONE 11	    /* remote_sfence_vma one page to one other */
#define WINDOW_SFENCE_ALL 12	    /* remote_sfence_vma one page to all others */
#define WINDOW_CONSOLE_WRITE 13	    /* dbcn.write of 64 bytes */
#define WINDOW_CONSOLE_BYTE 14	    /* dbcn.write_byte */
#define WINDOW_PUTCHAR 15	    /* legacy putchar */
#define WINDOW_HART_STATUS 16	    /* hart_get_status */
#define WINDOW_HART_START 17	    /* hart_start to first S-mode instruction */
#define WINDOW_SUSPEND_RETENTIVE 18 /* retentive suspend and wake */
#define WINDOW_SUSPEND 19	    /* non-retentive suspend and wake */
#define WINDOW_ILLEGAL 20	    /* illegal instruction reflected */
#define WINDOW_MISALIGNED_LOAD 21   /* misaligned 8-byte load emulated */
#define WINDOW_READ_TIME 22	    /* rdtime emulated */
#define WINDOW_HART_RESTART 23	    /* hart_start after hart_stop */
#define WINDOW_CONSOLE_KIB 24	    /* dbcn.write of 1024 bytes */
#define WINDOW_CONSOLE_READ 25	    /* dbcn.read of what was not typed */
#define WINDOW_SFENCE_EVERYTHING 26 /* remote_sfence_vma of everything to self */
#define WINDOW_SFENCE_RANGE 27	    /* remote_sfence_vma of 64 pages to self */
#define WINDOW_FWFT_SET 28	    /* fwft.set */
#define WINDOW_FWFT_GET 29	    /* fwft.get */
#define WINDOW_PMU_MATCH 30	    /* pmu.counter_config_matching */
#define WINDOW_PMU_START 31	    /* pmu.counter_start */
#define WINDOW_PMU_STOP 35	    /* pmu.counter_stop */
#define WINDOW_SSE_READ 36	    /* sse.read_attrs, all of them */
#define WINDOW_DBTR_COUNT 37	    /* dbtr.num_triggers */
#define WINDOW_CPPC_READ 38	    /* cppc.read */
#define WINDOW_CPPC_WRITE 39	    /* cppc.write */
#define WINDOW_MPXY_SHMEM 40	    /* mpxy.set_shmem */
#define WINDOW_MPXY_IDS 41	    /* mpxy.get_channel_ids */
#define WINDOW_MPXY_READ 42	    /* mpxy.read_attributes, all of them */
#define WINDOW_MPXY_WRITE 43	    /* mpxy.write_attributes */
#define WINDOW_MPXY_POST 44	    /* mpxy.send_message_without_response */
#define WINDOW_MPXY_EVENTS 45	    /* mpxy.get_notifications, of which there are none */
#define WINDOW_SYSTEM_SUSPEND 46    /* system_suspend and wake */

#define WINDOW_STORM_IPI 32	/* send_ipi to all by all */
#define WINDOW_STORM_SFENCE 33	/* remote_sfence_vma to all by all */
#define WINDOW_STORM_CONSOLE 34 /* dbcn.write of 64 bytes by all */
#define WINDOW_STORM_WHOLE 64	/* + the above: from the first call to the last */
