# SPDX-License-Identifier: BSD-2-Clause
"""From reset to the first instruction of the next stage, on QEMU's virt machine."""

import elf
from qemu import FIRMWARE, NEXT_STAGE, Failed, virt, zones

# The other harts are waited for after the boot hart has left: until they have all been idle
# for so many instructions.
SETTLE = 100000
DEAD = -1       # in place of a number: the next stage is not reached
NO_BANNER = " harts without the banner"
QUIET_AT = 0x86000000
COUNTER = zones(("firmware",) + FIRMWARE,
                ("payload", NEXT_STAGE, NEXT_STAGE + 0x1000)) + [
    ("stop", hex(NEXT_STAGE)), ("settle", SETTLE)]


def turns(harts):
    """Harts meet in memory as if they ran at the same time: they take turns of so many blocks.
    QEMU's effort for a turn is quadratic in the harts, so many harts take longer ones."""
    return ("slice", 200 * max(1, harts // 64) ** 2)


def arguments(firmware, payload, harts):
    return virt(harts) + ["-bios", firmware, "-kernel", payload]


def measure(results, qemu, name, firmware, payload, harts, timeout):
    setup = "%d harts" % harts
    try:
        report = qemu.run(arguments(firmware, payload, harts), COUNTER + [turns(harts)],
                          timeout=timeout)
    except Failed:
        results.put("boot", name, setup, "boot hart", DEAD)
        return
    hart = report.stop.hart
    results.put("boot", name, setup, "boot hart", report.insns(hart, at_stop=True))
    if report.settled:
        results.put("boot", name, setup, "all harts", report.total())


def measure_quiet(results, qemu, name, firmware, payload, quiet, harts):
    """@quiet sends hart 0 to the firmware, which boots."""
    report = qemu.run(arguments(firmware, payload, harts) +
                      ["-device", "loader,file=%s,addr=%#x,cpu-num=0" % (quiet, QUIET_AT)],
                      COUNTER + [turns(harts)])
    if report.stop.hart:
        raise Failed("without the banner hart %d boots, not hart 0" % report.stop.hart)
    results.put("boot", name, "%d%s" % (harts, NO_BANNER), "boot hart", report.insns(0, at_stop=True))


def profile(results, qemu, name, firmware, symbols, payload, harts):
    """Where all harts' instructions go, by function. symbols: the firmware's ELF."""
    counter = COUNTER + [turns(harts), ("pcs", "%#x-%#x" % FIRMWARE)]
    report = qemu.run(arguments(firmware, payload, harts), counter)
    results.put_profile(name, "boot with %d harts" % harts,
                        elf.by_function(symbols, report.pcs, FIRMWARE[0]))
