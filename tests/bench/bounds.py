# SPDX-License-Identifier: BSD-2-Clause
"""How long M-mode, and with it interrupts being off, may last: a bound for each call."""

import collections

# Instructions without interruption on the calling hart: once, and for each hart of the machine.
Bound = collections.namedtuple("Bound", "once a_hart why")

STRAIGHT = "no loop"
BOUNDS = {
    "base.get_spec_version": Bound(90, 0, STRAIGHT),
    "base.probe_extension": Bound(125, 0, "one look into a table"),
    "set_timer": Bound(40, 0, STRAIGHT),
    "M timer to S timer": Bound(20, 0, STRAIGHT),
    "send_ipi to one other": Bound(140, 0, "the target is not waited for"),
    "send_ipi to one other until it has it": Bound(140, 0, "the target is not waited for"),
    "send_ipi to all others": Bound(200, 32, "each hart once; they are not waited for"),
    "remote_fence_i to self": Bound(120, 0, STRAIGHT),
    "remote_sfence_vma one page to self": Bound(160, 0, "from a limit of pages on it is one fence "
                                                "of everything"),
    "remote_sfence_vma one page to one other": Bound(
        440, 0, "waits for the target, and serves others meanwhile: S-mode cannot hold back "
        "M-mode's interrupts, and what waits in M-mode serves fences"),
    "remote_sfence_vma one page to all others": Bound(
        220, 96, "each hart once to ask it and once to wait; requests are merged, there is no "
        "queue"),
    "dbcn.write of 64 bytes": Bound(780, 0, "a full UART ends the call, and so do 1024 bytes"),
    "dbcn.write_byte": Bound(225, 0, "a full UART is waited for 80 ms, a stuck one only once"),
    "legacy putchar": Bound(220, 0, "a full UART is waited for 80 ms, a stuck one only once"),
    "hart_get_status": Bound(130, 0, STRAIGHT),
    "hart_start to first S-mode instruction": Bound(310, 0, "the target is not waited for"),
    "hart_start after hart_stop": Bound(310, 0, "the target is not waited for"),
    "retentive suspend and wake": Bound(260, 0, "until an interrupt that S-mode enabled"),
    "non-retentive suspend and wake": Bound(1400, 0, "sets each CSR once, after the interrupt"),
    "illegal instruction reflected": Bound(165, 0, STRAIGHT),
    "misaligned 8-byte load emulated": Bound(200, 0, "8 bytes at most; a vector has at most vl "
                                             "elements"),
    "rdtime emulated": Bound(125, 0, STRAIGHT),
    "dbcn.write of 1024 bytes": Bound(8500, 0, "no call writes more; a full UART ends it"),
    "dbcn.read of what was not typed": Bound(275, 0, "an empty UART ends it, and so do 1024 bytes"),
    "remote_sfence_vma of everything to self": Bound(145, 0, STRAIGHT),
    "remote_sfence_vma of 64 pages to self": Bound(155, 0, "at most the limit of pages, one by one"),
    "fwft.set": Bound(290, 0, STRAIGHT),
    "fwft.get": Bound(115, 0, STRAIGHT),
    "pmu.counter_config_matching": Bound(450, 0, "each of up to 64 counters once"),
    "pmu.counter_start": Bound(260, 0, "each of up to 64 counters once"),
    "pmu.counter_stop": Bound(310, 0, "each of up to 64 counters once"),
    "sse.read_attrs, all of them": Bound(850, 0, "there are ten"),
    "dbtr.num_triggers": Bound(125, 0, "one look at each trigger, at boot"),
    "cppc.read": Bound(225, 0, "one access to a device"),
    "cppc.write": Bound(240, 0, "one access to a device"),
    "mpxy.set_shmem": Bound(390, 0, STRAIGHT),
    "mpxy.get_channel_ids": Bound(615, 0, "each of up to 12 channels once"),
    "mpxy.read_attributes, all of them": Bound(1700, 0, "there are twelve, and four of a protocol"),
    "mpxy.write_attributes": Bound(565, 0, "at most twelve"),
    "mpxy.send_message_without_response": Bound(1000, 0, "56 bytes here; a full queue is waited for as long "
                                                "as the mailbox's time-out, a hart that is in a call "
                                                "twice as long"),
    "mpxy.get_notifications, of which there are none": Bound(840, 0, "each slot of the queue once, and one "
                                                             "page copied; waits for a hart that is in a "
                                                             "call, twice the mailbox's time-out"),
    "system_suspend and wake": Bound(1770, 0, "sets each CSR once, after the interrupt"),
}


def bound(what, harts):
    return BOUNDS[what].once + BOUNDS[what].a_hart * harts


def missed(results, firmware):
    """[(call, setup, measured, bound)] of what lasts longer than it may."""
    return [(what, setup, measured, bound(what, int(setup.split()[0])))
            for setup in results.names("calls", 2, firmware) for what in BOUNDS
            if (measured := results.get("calls", firmware, setup, what + ": longest in M-mode"))
            and measured > bound(what, int(setup.split()[0]))]
