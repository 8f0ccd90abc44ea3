# SPDX-License-Identifier: BSD-2-Clause
"""Does the counter count right? See payload/selftest.S for the known amounts of work."""

from qemu import Failed, zones

HARTS = 5
FIRMWARE = zones(("firmware", 0x80000000, 0x80001000))
RAM = ("ram", "0x80000000-0x88000000")


def check(qemu, payload, lock_step, more=()):
    counter = FIRMWARE + [("mem", "on"), *more] + ([("slice", 100)] if lock_step else [])
    report = qemu.run(["-M", "virt", "-smp", str(HARTS), "-bios", payload], counter,
                      lock_step=lock_step, timeout=120)
    seen = {(w.id, w.hart): (w.firmware, w.loads, w.stores, w.io) for w in report.windows}
    for hart in range(HARTS):
        n = hart + 1
        for window, want in ((1, (5000 * n, 1000 * n, 2000 * n, 0)), (2, (3 * n, 0, n, n))):
            got = seen.get((window, hart))
            if got != want:
                raise Failed("QEMU %s%s: window %d of hart %d of %d: counted %s, is %s" %
                             (qemu.version, " in lock-step" if lock_step else "", window, hart,
                              HARTS, got, want))


def run(qemus, payload):
    for qemu in qemus:
        for lock_step in (False, True):
            check(qemu, payload, lock_step)
        check(qemu, payload, False, [RAM])
