# SPDX-License-Identifier: BSD-2-Clause
"""A platform microcontroller for tests/payloads/sbi/test_mpxy.c.

It speaks RPMI over queues in the RAM of a QEMU machine, which is a file that both map. Some services
of its vendor's group misbehave on demand, as the numbers below say.
"""
import mmap
import threading

# Where it is, and the nodes of the device tree that say so: node, and its properties for fdtput.
BASE, QUEUE_SIZE, SLOT_SIZE = 0x8C000000, 0x800, 64
DOORBELL, DOORBELL_VALUE = BASE + 4 * QUEUE_SIZE, 0x8000
PHANDLE = "2000"
# A second one, which has queues for requests and answers only, and no doorbell.
PLAIN_BASE, PLAIN_PHANDLE = 0x8C004000, "2001"


def regions(base, count):
    """reg of so many queues."""
    return [cell for i in range(count)
            for cell in ("0", f"{base + i * QUEUE_SIZE:x}", "0", f"{QUEUE_SIZE:x}")]


def channel(name, compatible, group, identity, mailbox=PHANDLE):
    """A channel to one service group."""
    return (
        f"/{name}",
        ("s", "compatible", compatible),
        ("x", "mboxes", mailbox, group),
        ("x", "riscv,sbi-mpxy-channel-id", identity),
    )


NODES = (
    # A channel may come before its mailbox.
    channel("clock-service", "riscv,rpmi-mpxy-clock", "8", "1000"),
    (
        "/mailbox@8c000000",
        ("s", "compatible", "riscv,rpmi-shmem-mbox"),
        ("x", "reg", *regions(BASE, 4), "0", f"{DOORBELL:x}", "0", "4"),
        ("s", "reg-names", "a2p-req", "p2a-ack", "p2a-req", "a2p-ack", "a2p-doorbell"),
        ("u", "riscv,slot-size", str(SLOT_SIZE)),
        ("x", "riscv,a2p-doorbell-value", f"{DOORBELL_VALUE:x}"),
        ("u", "riscv,p2a-doorbell-sysmsi-index", "1"),
        ("u", "#mbox-cells", "1"),
        ("x", "phandle", PHANDLE),
    ),
    channel("vendor-service", "hartline,rpmi-mpxy", "8000", "1001"),
    channel("msi-service", "riscv,rpmi-mpxy-system-msi", "2", "1002"),
    (
        "/mailbox@8c004000",
        ("s", "compatible", "riscv,rpmi-shmem-mbox"),
        ("x", "reg", *regions(PLAIN_BASE, 2)),
        ("s", "reg-names", "a2p-req", "p2a-ack"),
        ("u", "riscv,slot-size", str(SLOT_SIZE)),
        ("u", "#mbox-cells", "1"),
        ("x", "phandle", PLAIN_PHANDLE),
    ),
    channel("plain-service", "riscv,rpmi-mpxy-clock", "8", "1006", PLAIN_PHANDLE),
    # Without somebody at the other end, malformed, or taken: none of these may be seen.
    channel("voltage-service", "riscv,rpmi-mpxy-voltage", "7", "1003"),
    channel("wrong-group-service", "riscv,rpmi-mpxy-clock", "3", "1004"),
    channel("reset-service", "hartline,rpmi-mpxy", "3", "1005"),
    channel("second-clock-service", "riscv,rpmi-mpxy-clock", "8", "1001"),
)


def nodes(timeout_us=5000000):
    """What the device tree has of it. It is a thread, on a machine that may be busy."""
    return tuple((name, *properties, ("u", "hartline,timeout-us", str(timeout_us)))
                 if name.startswith("/mailbox@") else (name, *properties)
                 for name, *properties in NODES)


NORMAL, POSTED, ACKNOWLEDGEMENT, NOTIFICATION = range(4)
NOT_SUPPORTED, INVALID_PARAM = -2, -3
BASE_GROUP, MSI_GROUP, CLOCK_GROUP, VENDOR_GROUP = 1, 2, 8, 0x8000
GROUPS = (BASE_GROUP, MSI_GROUP, CLOCK_GROUP, VENDOR_GROUP)
VERSION, IMPLEMENTATION, IMPLEMENTATION_VERSION = 0x10000, 0x80001234, 0x20007
ENABLE_NOTIFICATION = 1
# Of the vendor's group:
ECHO, STALE_FIRST, SILENT, CLAIM_LENGTH, WRONG_TOKEN, NOTIFY, BAD_INDEX, POSTED_SO_FAR = range(2, 10)


class Peer:
    """The microcontroller behind a mailbox of the machine whose RAM is the file @path."""

    def __init__(self, path, base=BASE, ram_base=0x80000000):
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.words = memoryview(self.map).cast("I")
        self.base, self.ram_base = base, ram_base
        self.heads_and_tails = [0] * 4  # ours, one a queue
        self.slots = QUEUE_SIZE // SLOT_SIZE - 2
        self.posted, self.last_posted, self.targets = 0, 0, {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.over.set()
        self.thread.join()
        self.words.release()
        self.map.close()

    def _word(self, address):
        return (address - self.ram_base) // 4

    def _queue(self, queue, slot):
        return self._word(self.base + queue * QUEUE_SIZE + slot * SLOT_SIZE)

    def _run(self):
        while not self.over.wait(0.0005):
            while self.words[self._queue(0, 1)] != self.heads_and_tails[0]:
                self._request()

    def _request(self):
        at = self._queue(0, 2 + self.heads_and_tails[0])
        first, second = self.words[at], self.words[at + 1]
        length = (second & 0xFFFF) // 4
        data = list(self.words[at + 2:at + 2 + length])
        self.heads_and_tails[0] = (self.heads_and_tails[0] + 1) % self.slots
        self.words[self._queue(0, 0)] = self.heads_and_tails[0]
        group, service, kind = first & 0xFFFF, first >> 16 & 0xFF, first >> 24 & 7
        if kind == POSTED:
            self.posted += 1
            self.last_posted = data[0] if data else 0
            return
        answer = self._answer(group, service, data, first, second >> 16)
        if answer is not None:
            self._put(1, first & 0xFFFFFF | ACKNOWLEDGEMENT << 24, second >> 16, answer)

    def _put(self, queue, first, token, data, claimed=None):
        at = self._queue(queue, 2 + self.heads_and_tails[queue])
        for i, word in enumerate(data[:SLOT_SIZE // 4 - 2]):
            self.words[at + 2 + i] = word & 0xFFFFFFFF
        self.words[at] = first
        length = 4 * len(data) if claimed is None else claimed & 0xFFFF
        self.words[at + 1] = (token & 0xFFFF) << 16 | length
        self.heads_and_tails[queue] = (self.heads_and_tails[queue] + 1) % self.slots
        self.words[self._queue(queue, 1)] = self.heads_and_tails[queue]

    def _answer(self, group, service, data, first, token):
        if group == BASE_GROUP:
            return self._base(service, data)
        if group == CLOCK_GROUP:
            return {2: [0, 3], 8: [0, 48000000, 0]}.get(service, [NOT_SUPPORTED])
        if group == MSI_GROUP:
            return self._msi(service, data)
        if group == VENDOR_GROUP:
            return self._vendor(service, data, first & 0xFFFFFF | ACKNOWLEDGEMENT << 24, token)
        return [NOT_SUPPORTED]

    def _base(self, service, data):
        return {
            2: [0, IMPLEMENTATION_VERSION],
            3: [0, IMPLEMENTATION],
            4: [0, VERSION],
            6: [0, VERSION if data and data[0] in GROUPS else 0],
            7: [0, 3, 0, 0, 0],  # M-mode's, with events
        }.get(service, [NOT_SUPPORTED])

    def _msi(self, service, data):
        """Four system MSIs; 1 is the doorbell, 2 had better be M-mode's."""
        if service == 2:
            return [0, 4, 0, 0]
        if not data or data[0] > 3:
            return [INVALID_PARAM]
        if service == 3:
            return [0, data[0] == 2, 0, 0, 0, 0, 0]
        if service == 6:
            self.targets[data[0]] = data[1:4]
            return [0]
        if service == 7:
            return [0] + self.targets.get(data[0], [0, 0, 0])
        return [0]

    def _vendor(self, service, data, first, token):
        if service == ECHO:
            return [0] + data
        data = data + [0] * (2 - len(data))
        if service == STALE_FIRST:
            self._put(1, first, token - 1, [0, 0xBAD])
            self._put(1, first + 0x10000, token, [0, 0xBAD])
            return [0, data[0]]
        if service == CLAIM_LENGTH:
            self._put(1, first, token, [0, 0xBAD], claimed=data[0])
        elif service == WRONG_TOKEN:
            self._put(1, first, token + 1, [0, 0xBAD])
        elif service == NOTIFY:
            self._put(2, NOTIFICATION << 24 | data[0], 0, data[1:])
            return [0]
        elif service == BAD_INDEX:
            self.words[self._queue(1, 1)] = data[0]
        elif service == POSTED_SO_FAR:
            return [0, self.posted, self.last_posted, self.words[self._word(DOORBELL)]]
        elif service == ENABLE_NOTIFICATION:
            return [0, data[1] & 1]
        elif service != SILENT:
            return [NOT_SUPPORTED]
        return None
