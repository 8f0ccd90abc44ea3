/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Message Proxy Extension"; the rules are in sbi/mpxy_policy.c. */
#include "sbi/mpxy.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "sbi/ecall.h"
#include "sbi/mpxy_policy.h"
#include "sbi/platform.h"
#include "sbi/rfence.h"
#include "sbi/shmem.h"

enum {
	GET_SHMEM_SIZE,
	SET_SHMEM,
	GET_CHANNEL_IDS,
	READ_ATTRIBUTES,
	WRITE_ATTRIBUTES,
	SEND_WITH_RESPONSE,
	SEND_WITHOUT_RESPONSE,
	GET_NOTIFICATIONS,
};

#define MODE_OVERWRITE_RETURN 1UL
#define FLAGS_RESERVED (~1UL)

/*
 * One message is under way at a time, in a copy that S-mode cannot change. Who waits for it or for
 * the lock serves fences, and gives up in a bounded time.
 */
static struct spinlock lock;
static uint64_t message[CHANNEL_MAX_DATA / sizeof(uint64_t)];

/* ---- At boot ---- */

/* S-mode could write there itself. */
static bool is_msi_target(uint64_t address)
{
	const struct imsics *imsics = &platform.imsics;

	for (unsigned int i = 0; i < imsics->count; i++) {
		const struct imsic *imsic = &imsics->imsics[i];

		for (unsigned int j = 0; !imsic->is_machine && j < imsic->reg_count; j++) {
			if (range_inside(address, sizeof(uint32_t), imsic->regs[j].base,
					 imsic->regs[j].size))
				return !(address % sizeof(uint32_t));
		}
	}
	return false;
}

/* Its queues are memory, and none of its regions is in the firmware's. */
static bool is_sound(const struct rpmi_mailbox *mailbox)
{
	const struct firmware_memory *memory = &platform.memory;

	for (unsigned int i = 0; i < RPMI_REGIONS; i++) {
		const struct memory_range *region = &mailbox->regions[i];

		if (ranges_overlap(region->base, region->size, memory->start,
				   memory->end - memory->start))
			return false;
		if (region->size && i != RPMI_DOORBELL &&
		    !(shmem_is_there(region->base) &&
		      shmem_is_there(region->base + region->size - 1)))
			return false;
	}
	return true;
}

static void start_mailbox(struct rpmi *rpmi, struct rpmi_mailbox *mailbox)
{
	enum err err = ERR_RPMI_MEMORY;

	mailbox->is_used = is_sound(mailbox);
	if (mailbox->is_used)
		err = rpmi_start(rpmi, mailbox);
	if (err)
		printf("mpxy: mailbox at %#lx: %s (error %d)\n", mailbox->regions[0].base,
		       err_text(err), err);
}

enum err mpxy_start(void)
{
	struct rpmi *rpmi = &platform.rpmi;

	rpmi->while_waiting = rfence_relax;
	rpmi->is_msi_target = is_msi_target;
	if (rpmi->too_many)
		printf("mpxy: there are more mailboxes or channels than %u and %u\n",
		       RPMI_MAX_MAILBOXES, RPMI_MAX_CHANNELS);
	for (unsigned int i = 0; i < rpmi->mailbox_count; i++) {
		if (rpmi->mailboxes[i].is_used)
			start_mailbox(rpmi, &rpmi->mailboxes[i]);
	}
	for (unsigned int i = 0; i < rpmi->channel_count; i++) {
		struct rpmi_channel *channel = &rpmi->channels[i];
		enum err err = ERR_OK;

		if (channel->mailbox->is_up)
			err = rpmi_start_channel(channel);
		if (err)
			printf("mpxy: channel %#x: %s (error %d)\n", channel->channel.id,
			       err_text(err), err);
		else if (channel->channel.driver)
			platform.channels[platform.channel_count++] = &channel->channel;
	}
	return ERR_OK;
}

void mpxy_enter(enum life_event why)
{
	if (why == LIFE_START)
		this_hart()->mpxy_shmem = MPXY_NO_SHMEM;
}

/* The microcontroller is the machine's: who may not reset that asks nothing of it. */
bool mpxy_exists(void)
{
	return platform.channel_count && this_hart()->domain->may_reset;
}

/* ---- Shared memory ---- */

static bool open_at(struct shmem *window, unsigned long lo, unsigned long hi)
{
	return shmem_open(window, lo, hi, MPXY_SHMEM_SIZE, SHMEM_READ | SHMEM_WRITE);
}

static bool open_own(struct shmem *window)
{
	unsigned long own = this_hart()->mpxy_shmem;

	return own != MPXY_NO_SHMEM && open_at(window, own, 0);
}

static long set_shmem(unsigned long lo, unsigned long hi, unsigned long flags)
{
	struct scratch *self = this_hart();
	unsigned long old[2] = { self->mpxy_shmem, self->mpxy_shmem == MPXY_NO_SHMEM ? ~0UL : 0 };
	struct shmem window;

	if (flags & FLAGS_RESERVED)
		return SBI_ERR_INVALID_PARAM;
	if (lo == ~0UL && hi == ~0UL) {
		self->mpxy_shmem = MPXY_NO_SHMEM;
		return SBI_SUCCESS;
	}
	if (lo % MPXY_SHMEM_SIZE)
		return SBI_ERR_INVALID_PARAM;
	if (!open_at(&window, lo, hi))
		return SBI_ERR_INVALID_ADDRESS;
	if (flags == MODE_OVERWRITE_RETURN && !shmem_write(&window, 0, old, sizeof(old)))
		return SBI_ERR_FAILED;
	self->mpxy_shmem = lo;
	return SBI_SUCCESS;
}

/* ---- Channels ---- */

static struct channel *channel_of(unsigned long id)
{
	for (unsigned int i = 0; is_u32(id) && i < platform.channel_count; i++) {
		if (platform.channels[i]->id == (uint32_t)id)
			return platform.channels[i];
	}
	return NULL;
}

static long get_channel_ids(const struct shmem *window, unsigned long start)
{
	struct {
		uint32_t remaining, returned, ids[RPMI_MAX_CHANNELS];
	} list = { 0 };

	_Static_assert(sizeof(list) <= MPXY_SHMEM_SIZE, "all of them fit");
	if (start >= platform.channel_count)
		return SBI_ERR_INVALID_PARAM;
	for (unsigned long i = start; i < platform.channel_count; i++)
		list.ids[list.returned++] = platform.channels[i]->id;
	return shmem_write(window, 0, &list, sizeof(list)) ? SBI_SUCCESS : SBI_ERR_FAILED;
}

static long read_attributes(const struct shmem *window, const struct channel *channel,
			    unsigned long base, unsigned long count)
{
	long error = mpxy_check_range(channel, base, count);

	for (unsigned long i = 0; i < count && !error; i++) {
		uint32_t value = mpxy_read(channel, (uint32_t)(base + i));

		if (!shmem_write(window, i * sizeof(value), &value, sizeof(value)))
			error = SBI_ERR_FAILED;
	}
	return error;
}

static long write_attributes(const struct shmem *window, struct channel *channel,
			     unsigned long base, unsigned long count)
{
	uint32_t values[MPXY_STANDARD_ATTRIBUTES];
	long error = mpxy_check_range(channel, base, count);

	if (error)
		return error;
	/* None of the others can be written. */
	if (count > ARRAY_SIZE(values))
		return SBI_ERR_BAD_RANGE;
	if (!shmem_read(window, 0, values, count * sizeof(values[0])))
		return SBI_ERR_FAILED;
	return mpxy_write(channel, (uint32_t)base, values, (uint32_t)count);
}

/* ---- Messages ---- */

static bool lock_in_time(const struct channel *channel)
{
	uint64_t deadline = deadline_after(channel->completion_timeout_us);

	while (!spin_trylock(&lock)) {
		if (deadline_passed(deadline))
			return false;
		rfence_relax();
	}
	return true;
}

static struct sbiret exchange(const struct shmem *window, struct channel *channel, unsigned long id,
			      unsigned long length)
{
	size_t answer = 0;
	enum err err = ERR_UNSUPPORTED;

	if (!shmem_read(window, 0, message, length))
		return sbi_error(SBI_ERR_FAILED);
	if (is_u32(id))
		err = channel->driver->exchange(channel, (uint32_t)id, message, length, &answer);
	if (err)
		return sbi_error(mpxy_error(err));
	if (!shmem_write(window, 0, message, answer))
		return sbi_error(SBI_ERR_FAILED);
	return sbi_value(answer);
}

static struct sbiret post(const struct shmem *window, struct channel *channel, unsigned long id,
			  unsigned long length)
{
	enum err err = ERR_UNSUPPORTED;

	if (!shmem_read(window, 0, message, length))
		return sbi_error(SBI_ERR_FAILED);
	if (is_u32(id))
		err = channel->driver->post(channel, (uint32_t)id, message, length);
	return sbi_error(mpxy_error(err));
}

static struct sbiret get_notifications(const struct shmem *window, struct channel *channel)
{
	struct channel_events events;
	size_t size = 0;
	enum err err = channel->driver->take_events(
		channel, message, MPXY_SHMEM_SIZE - MPXY_EVENTS_OFFSET, &size, &events);
	uint32_t state[MPXY_EVENTS_OFFSET / 4] = { 0 };

	if (err)
		return sbi_error(SBI_ERR_IO);
	if (channel->count_lost) {
		state[0] = events.remaining;
		state[1] = events.returned;
		state[2] = events.lost;
	}
	if (!shmem_write(window, 0, state, sizeof(state)) ||
	    !shmem_write(window, MPXY_EVENTS_OFFSET, message, size))
		return sbi_error(SBI_ERR_FAILED);
	return sbi_value(size);
}

static struct sbiret use(const struct shmem *window, struct channel *channel, unsigned long fid,
			 unsigned long id, unsigned long length)
{
	static const uint8_t capability[] = { CHANNEL_HAS_RESPONSE, CHANNEL_HAS_POSTED,
					      CHANNEL_HAS_NOTIFICATIONS };
	struct sbiret ret;

	if (!(channel->capability & capability[fid - SEND_WITH_RESPONSE]))
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (fid != GET_NOTIFICATIONS && mpxy_check_length(channel, length))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	if (!lock_in_time(channel))
		return sbi_error(fid == GET_NOTIFICATIONS ? SBI_ERR_IO : SBI_ERR_TIMEOUT);
	if (fid == SEND_WITH_RESPONSE)
		ret = exchange(window, channel, id, length);
	else if (fid == SEND_WITHOUT_RESPONSE)
		ret = post(window, channel, id, length);
	else
		ret = get_notifications(window, channel);
	spin_unlock(&lock);
	return ret;
}

struct sbiret ecall_mpxy(ECALL_PARAMETERS)
{
	struct channel *channel;
	struct shmem window;

	if (!mpxy_exists() || fid > GET_NOTIFICATIONS)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (fid == GET_SHMEM_SIZE)
		return sbi_value(MPXY_SHMEM_SIZE);
	if (fid == SET_SHMEM)
		return sbi_error(set_shmem(a0, a1, a2));
	if (!open_own(&window))
		return sbi_error(SBI_ERR_NO_SHMEM);
	if (fid == GET_CHANNEL_IDS)
		return sbi_error(get_channel_ids(&window, a0));
	channel = channel_of(a0);
	if (!channel)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (fid == READ_ATTRIBUTES)
		return sbi_error(read_attributes(&window, channel, a1, a2));
	if (fid == WRITE_ATTRIBUTES)
		return sbi_error(write_attributes(&window, channel, a1, a2));
	return use(&window, channel, fid, a1, a2);
}
