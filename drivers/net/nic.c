/* SPDX-License-Identifier: BSD-2-Clause */
/* What all Ethernet controllers have in common: whatever they say is checked here. */
#include "drivers/net/nic.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/riscv/io.h"

#define SEND_TIMEOUT_US 200000

_Static_assert(NIC_RX_COUNT <= 64, "nic->received has a bit for each");

enum err nic_wait_link(struct nic *nic, uint32_t timeout_us)
{
	uint64_t deadline = deadline_after(timeout_us);
	bool up = false;

	do {
		enum err err = nic->ops->link(nic, &up);

		if (err || up)
			return err;
		cpu_relax();
	} while (!deadline_passed(deadline));
	return ERR_NIC_NO_LINK;
}

enum err nic_receive(struct nic *nic, unsigned int *slot, uint8_t **frame, uint32_t *length)
{
	*frame = NULL;
	for (unsigned int i = 0; i < NIC_RX_COUNT; i++) {
		enum err err = nic->ops->receive(nic, slot, length);

		if (err || !*length)
			return err;
		if (*slot >= NIC_RX_COUNT || nic->received & BIT(*slot) || *length > NIC_FRAME_ROOM)
			return ERR_NIC_RING;
		nic->received |= BIT(*slot);
		if (*length >= NIC_FRAME_MIN && *length <= NIC_FRAME_MAX) {
			*frame = nic->buffers->rx[*slot] + NIC_FRAME_OFFSET;
			return ERR_OK;
		}
		nic_release(nic, *slot);
	}
	return ERR_OK;
}

void nic_release(struct nic *nic, unsigned int slot)
{
	nic->received &= ~BIT(slot);
	nic->ops->release(nic, slot);
}

enum err nic_send_buffer(struct nic *nic, unsigned int *slot, uint8_t **frame)
{
	uint64_t deadline = 0;

	do {
		enum err err = nic->ops->find_free(nic, slot);

		if (err)
			return err;
		if (*slot < NIC_TX_COUNT) {
			*frame = nic->buffers->tx[*slot] + NIC_FRAME_OFFSET;
			return ERR_OK;
		}
		if (!deadline)
			deadline = deadline_after(SEND_TIMEOUT_US);
		cpu_relax();
	} while (!deadline_passed(deadline));
	return ERR_NIC_SEND;
}

void nic_send(struct nic *nic, unsigned int slot, uint32_t length)
{
	nic->ops->send(nic, slot, length);
}

bool mac_is_valid(const uint8_t mac[6])
{
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}
