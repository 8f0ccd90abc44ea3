# SPDX-License-Identifier: BSD-2-Clause
"""What each SBI call and each trap costs, measured from S-mode (payload/ecall.c, storm.c)."""

import contextlib
import os
import pathlib
import re
import statistics
import sys
import tempfile

import elf
import inject
from qemu import Failed, FIRMWARE, NEXT_STAGE, virt, zones

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))
from sbi_machine import Config, CPPC, MPXY, SUSPEND  # noqa: E402

COUNTER = zones(("firmware",) + FIRMWARE, ("payload", NEXT_STAGE, NEXT_STAGE + 0x400000)) + [
    ("mem", "on"), ("slice", 1000)]
STORM_WHOLE = 64
LINE, LINES = 64, ": cache lines of code"
DEVICES = "devices"     # an option of calls()
OF_DEVICES = ("cppc.", "mpxy.", "system_suspend")


def window_names(header):
    """{number: name}, from payload/windows.h."""
    with open(header) as f:
        return {int(number): name for number, name in
                re.findall(r"#define WINDOW_\w+ (\d+)\s+/\* (.*?) \*/", f.read())}


def typical(windows, field):
    """Of several calls; of what has a bound the worst."""
    values = [getattr(w, field) for w in windows]
    return max(values) if field == "longest" else round(statistics.median(values))


@contextlib.contextmanager
def machine_of(qemu, harts, options):
    """Arguments of QEMU. "devices": those that it does not have, with a microcontroller beside it."""
    if options != DEVICES:
        yield virt(harts, options)
        return
    config = Config("bench", qemu.binary, "virt", "rv64", harts, tree=CPPC + SUSPEND + MPXY, has_peer=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, config.peer(folder) as peer:
        yield virt(harts) + peer + ["-dtb", config.device_tree(pathlib.Path(folder), "")]


def calls(results, qemu, name, firmware, payload, names, harts, options=""):
    """payload: path of ecall.elf, ecall.bin beside it. options: see qemu.virt(),
    or "devices"."""
    with machine_of(qemu, harts, options) as machine:
        report = run(qemu, firmware, payload, machine, lock_step=harts <= 4)
    injected = None if options == DEVICES else run(
        qemu, firmware, payload, virt(1, options), during=trap_injector(payload))
    setup = "%d harts%s" % (harts, ", " + options if options else "")
    for number, what in names.items():
        windows = [w for w in report.windows if w.id == number]
        if injected and what.endswith("emulated"):
            windows = [w for w in injected.windows if w.id == number]
        if not windows and options == DEVICES and what.startswith(OF_DEVICES):
            raise Failed("%s: %s failed, or one before it" % (name, what))
        if not windows or what == "nothing":
            continue
        for metric, field in (("caller", "firmware"), ("others", "others"),
                              ("most on one other", "others_most"), ("time", "elapsed"),
                              ("longest in M-mode", "longest"), ("device accesses", "io"),
                              ("loads", "loads"), ("stores", "stores")):
            results.put("calls", name, setup, "%s: %s" % (what, metric), typical(windows, field))


def run(qemu, firmware, payload, machine, **how):
    return qemu.run(machine + ["-bios", firmware, "-kernel", payload.replace(".elf", ".bin")],
                    COUNTER, **how)


def trap_injector(payload):
    image = elf.Elf(payload)
    traps = [image.address(name) for name in ("misaligned_load", "read_time")]
    return lambda socket: inject.serve(socket, *traps)


def profile(results, qemu, name, firmware, symbols, payload, window, what, harts=4):
    """Where the instructions of one call go, by function, and how many cache lines they are in."""
    counter = COUNTER + [("pcs", "%#x-%#x" % FIRMWARE), ("pcs-in", window)]
    report = qemu.run(virt(harts) + ["-bios", firmware, "-kernel",
                                     payload.replace(".elf", ".bin")], counter, lock_step=True)
    calls = sum(w.id == window for w in report.windows)
    results.put_profile(name, what, elf.by_function(symbols, report.pcs, FIRMWARE[0]), calls)
    results.put("calls", name, "%d harts" % harts, what + LINES, len({pc // LINE for pc in report.pcs}))


def storms(results, qemu, name, firmware, payload, names, harts):
    """All harts call at once."""
    report = run(qemu, firmware, payload, virt(harts), lock_step=False)
    for number, what in names.items():
        windows = [w for w in report.windows if w.id == number]
        whole = [w for w in report.windows if w.id == number + STORM_WHOLE]
        if not windows or not whole:
            continue
        setup = "%d harts" % harts
        total = whole[0].firmware + whole[0].others
        results.put("storms", name, setup, what + ": instructions a call",
                    round(total / len(windows)))
        results.put("storms", name, setup, what + ": longest wait",
                    max(w.elapsed for w in windows))
