/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V Platform Management Interface v1.0: requests to platform microcontrollers, and the channels
 * by which S-mode software may send some of its own (chapter "Integration with SBI MPXY Extension").
 * Bindings riscv,rpmi-shmem-mbox for a transport and riscv,rpmi-mpxy-* for a channel, one for each
 * service group. For groups of the vendor's there is
 *
 *	fan-service {
 *		compatible = "hartline,rpmi-mpxy";
 *		mboxes = <&mailbox 0x8000>;		groups 0x7c00 to 0xffff
 *		riscv,sbi-mpxy-channel-id = <0x1001>;
 *	};
 *
 * whose services are all passed on. A transport may have hartline,timeout-us (20000 without it): how
 * long a message is waited with, and then its answer. A transport without a channel is S-mode's own.
 */
#pragma once

#include "drivers/mailbox/channel.h"
#include "drivers/mailbox/rpmi_queue.h"
#include "lib/dt.h"
#include "lib/machine.h"

#define RPMI_MAX_MAILBOXES 2
#define RPMI_MAX_CHANNELS 12
#define RPMI_EVENT_WORDS 64 /* of events that a channel keeps until they are asked for */

/* Regions of a mailbox: four queues, and the register that tells the microcontroller to look. */
enum rpmi_region { RPMI_A2P_REQ, RPMI_P2A_ACK, RPMI_P2A_REQ, RPMI_A2P_ACK, RPMI_DOORBELL };
#define RPMI_REGIONS 5

struct rpmi_mailbox {
	uint32_t phandle;
	uint32_t node; /* its offset in the DTB */
	uint32_t slot_size;
	struct memory_range regions[RPMI_REGIONS]; /* size 0: there is none */
	uint32_t doorbell_value;
	uint32_t doorbell_msi; /* the system MSI that is the microcontroller's own doorbell */
	uint32_t timeout_us;
	bool is_used; /* by a channel */

	/* From rpmi_start() on */
	bool is_up;
	struct rpmi_queue requests, answers, events;
	uint16_t token; /* of the last request */
	uint32_t spec_version;
	uint32_t implementation_id;
	uint32_t implementation_version;
	bool has_events;
};

/* Attributes from 0x80000000 on. */
enum rpmi_attribute {
	RPMI_GROUP_ID,
	RPMI_GROUP_VERSION,
	RPMI_IMPLEMENTATION_ID,
	RPMI_IMPLEMENTATION_VERSION,
	RPMI_ATTRIBUTES
};

struct rpmi_channel {
	struct channel channel; /* first: what the channel's user has is this */
	struct rpmi *rpmi;
	struct rpmi_mailbox *mailbox;
	uint32_t mailbox_phandle;
	uint16_t group;
	uint8_t services; /* numbers 1 to this one; 255: all, also such that nobody answers */
	uint32_t attributes[RPMI_ATTRIBUTES];
	uint32_t events[RPMI_EVENT_WORDS]; /* whole ones, in the order in which they came */
	uint32_t event_words;
	uint32_t lost;
};

/* What the walk finds; zero it first. */
struct rpmi {
	struct rpmi_mailbox mailboxes[RPMI_MAX_MAILBOXES];
	unsigned int mailbox_count;
	struct rpmi_channel channels[RPMI_MAX_CHANNELS];
	unsigned int channel_count;
	bool too_many; /* there are more of either, which are not used */

	/* The stage's: what is done while an answer is waited for, and where MSIs may be sent to. */
	void (*while_waiting)(void);
	bool (*is_msi_target)(uint64_t address);
};

/* To be called for every node of the walk. */
void rpmi_visit(struct rpmi *rpmi, const struct dt_node *node);

/* After the walk: joins channels and mailboxes, and drops channels that lack theirs. */
void rpmi_resolve(struct rpmi *rpmi);

/* A mailbox that is used has a byte of [base, base + size); most machines have no mailbox. */
bool rpmi_overlaps_any(const struct rpmi *rpmi, uint64_t base, uint64_t size);
static inline bool rpmi_overlaps(const struct rpmi *rpmi, uint64_t base, uint64_t size)
{
	return rpmi->mailbox_count && rpmi_overlaps_any(rpmi, base, size);
}

/*
 * Speaks to the microcontroller behind @mailbox for the first time. ERR_TIMEOUT, ERR_RPMI_*: its
 * channels cannot be used.
 */
enum err rpmi_start(struct rpmi *rpmi, struct rpmi_mailbox *mailbox);

/* After that: fills in what S-mode is told about @channel. ERR_RPMI_GROUP: its group is not there. */
enum err rpmi_start_channel(struct rpmi_channel *channel);
