/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TFTP client that reads one file: RFC 1350, with the options of RFC 2347 to 2349 and 7440. It is
 * a state machine without a network: packets and the time go in, packets and the file's bytes in
 * their order come out. Everything that the server says is checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define TFTP_SERVER_PORT 69
#define TFTP_NAME_MAX 127
#define TFTP_BLKSIZE_DEFAULT 512
#define TFTP_BLKSIZE_MIN 8
/* What fits into a frame of Ethernet, behind the headers of IPv4, UDP and TFTP: 1500 - 20 - 8 - 4. */
#define TFTP_BLKSIZE_MAX 1468

/* From the first request to the last byte, so much time and no more: the second grows with the file. */
#define TFTP_TIME_MAX_US (15 * 60 * 1000000UL)
#define TFTP_GRACE_US (30 * 1000000UL)
#define TFTP_RATE_MIN 4096 /* bytes a second */

enum tftp_state {
	TFTP_REQUESTING, /* nobody has answered */
	TFTP_RECEIVING,
	TFTP_COMPLETE, /* the last block came */
	TFTP_FAILED,   /* tftp->err says why */
};

struct tftp;

struct tftp_ops {
	/* Sends a packet to @port of the server; it may get lost. */
	void (*send)(struct tftp *tftp, uint16_t port, const void *packet, size_t length);
	/* The next bytes of the file; at most a block. */
	void (*deliver)(struct tftp *tftp, const void *data, size_t length);
};

struct tftp {
	/* The caller's, before tftp_start() */
	const struct tftp_ops *ops;
	const char *file;    /* at most TFTP_NAME_MAX characters */
	uint16_t blksize;    /* that is asked for, then what was agreed on */
	uint16_t windowsize; /* likewise */

	/* To be read */
	enum tftp_state state;
	enum err err;
	uint64_t size;	   /* that the server told; 0: it did not */
	uint64_t received; /* bytes of the file */
	uint64_t block;	   /* the last one in order; counts on where numbers on the wire wrap */
	uint16_t port;	   /* of the server for this file (its TID); 0: not known yet */
	char words[80];	   /* what an ERROR packet said, printable; "": nothing */

	/* For tftp.c only */
	bool plain;	   /* without options: the server refused them all */
	bool gap_told;	   /* a lost block was reported, and none came in order since */
	uint8_t strangers; /* packets of others that were answered */
	uint8_t tries;
	uint16_t unacknowledged;
	uint64_t started;
	uint64_t sent_at; /* the last packet */
	uint64_t deadline;
	uint32_t timeout_us;
	uint32_t round_trip_us; /* smoothed; 0: not measured */
};

/* Sends the request. @now counts microseconds, here and below. */
void tftp_start(struct tftp *tftp, uint64_t now);

/* A packet came from @port of the server. @packet is aligned to 2. */
void tftp_input(struct tftp *tftp, uint16_t port, const void *packet, size_t length, uint64_t now);

/* Sends again what was not answered in time; gives up in the end. To be called often. */
void tftp_tick(struct tftp *tftp, uint64_t now);

/* Tells the server that no more is wanted, if it is still sending. */
void tftp_stop(struct tftp *tftp);
