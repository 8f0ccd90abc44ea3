# SPDX-License-Identifier: BSD-2-Clause
"""Reading and hashing at the same time, on several harts (BOARD_EXTRAS with `crew`): how long it takes, in
instructions of the busiest hart. The one that hashes the largest image is never idle from the first
piece of it to the last, so that its count is the time."""

import os

import load
import verify
from images import make_bytes, make_firmware_fit
from qemu import NEXT_STAGE, Failed, zones

IMAGES, HARTS = (1, 2, 3), (1, 2, 4)    # in the FIT, of the machine
ALGORITHM = "sha256"
METRIC = "instructions a byte"
MEMORY, CARD = "from memory", "SD card over SPI"


def setup(images, harts):
    return "%d of %s, %d harts" % (images, MEMORY, harts)


def busiest(report, zone):
    if not report.stop:
        raise Failed("the FIT does not start")
    return max(report.insns(hart, zone, at_stop=True) for hart in report.stop_harts)


def boot(qemu, folder, spl, firmware, images, size, harts):
    base = os.path.join(folder, "overlap-%d-%d" % (images, size))
    fit = make_firmware_fit(base, firmware, make_bytes(base + ".payload", size),
                            [NEXT_STAGE + (i << 24) for i in range(images)], ALGORITHM)
    loader = verify.make_spl(folder, spl, fit, None)
    report = qemu.run(["-M", "virt", "-m", "1G", "-cpu", verify.HARTS["neither"], "-smp", str(harts),
                       "-bios", loader,
                       "-device", "loader,file=%s,addr=%#x,force-raw=on" % (fit, verify.FIT_ADDRESS)],
                      zones(("firmware",) + verify.DRAM) + [("stop", hex(NEXT_STAGE)), ("slice", 200)])
    os.remove(fit)
    return busiest(report, "firmware")


def measure_memory(results, qemu, folder, name, spl, firmware, images, harts):
    small, large = (boot(qemu, folder, spl, firmware, images, size, harts)
                    for size in (load.SMALL, load.LARGE))
    results.put("overlap", name, setup(images, harts), METRIC,
                round((large - small) / (load.LARGE - load.SMALL) / images, 2))


def measure_card(results, qemu, name, spl, cards, what):
    """One image by programmed I/O, which the leader has all the work of."""
    small, large = (busiest(qemu.run(load.machine(spl, card), load.COUNTER), "spl")
                    for card, _ in cards)
    results.put("overlap", name, what, METRIC, round((large - small) / (cards[1][1] - cards[0][1]), 2))
