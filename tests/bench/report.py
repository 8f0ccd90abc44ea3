# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/benchmarks.md and its plots from the results."""

import os

import budgets
import overlap
import plot
from boot import DEAD, NO_BANNER
from bounds import BOUNDS
from budgets import OURS, PEER, QUIET, call_value, growth
from ecall import LINE, LINES
from media import METRICS
from rate import FASTER, RATE, THEIRS
from size import KINDS, ROOM, SLASH
from stack import METRIC

INTRODUCTION = """# Benchmarks

Made by `make bench`; do not edit. What firmware costs is counted, not timed: every instruction
that a hart executes in M-mode firmware, in QEMU, by a plugin
([tests/bench/plugin/count.c](../tests/bench/plugin/count.c)) whose counts a self-test proves hart
by hart. The firmware under test and its peers run in the same QEMU with the same payload, so that
a ratio means something; a count says nothing about caches. The same commit gives the same numbers, but
for [one table](#tftp-by-the-clock) that is timed.

- `make bench` measures everything and writes this page, `make bench BASE=<rev>` compares with an
  earlier commit, by what is measured quickly or by the families that `ONLY=` names, and
  `make bench-short`, which is part of `make check`, measures some of ours: it fails when a count or
  a size grows by more than 5 % against [benchmarks/results.json](benchmarks/results.json) without a
  line in [benchmarks-accepted.md](benchmarks-accepted.md). Both fail when a budget is missed
  ([tests/bench/budgets.py](../tests/bench/budgets.py)).
- Peers are Debian's binaries, unchanged: OpenSBI 1.1 (bookworm), 1.6 (trixie), 1.9 (sid),
  fw_dynamic, and U-Boot SPL of sifive_unleashed.

"""


def number(value):
    if value is None:
        return "-"
    if value == DEAD:
        return "dead"
    return "{:,}".format(value) if isinstance(value, int) else "%.2f" % value


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(out + ["| " + " | ".join(row) + " |" for row in rows]) + "\n\n"


def verdict(value, budget):
    if budget is None:
        return ""
    if value is None:
        return number(budget)
    return "%s %s" % (number(budget), "met" if value <= budget else "**missed**")


def ratio(ours, peer):
    return "%.1f x" % (peer / ours) if ours and peer and peer != DEAD else "-"


def boot_section(results, folder):
    out = ["## Boot\n\nInstructions from reset to the first instruction of the next stage, on "
           "QEMU's virt machine, with the banner on the console. *all harts* adds what the others "
           "execute until they sleep (a dash: some never do, or it was not measured). Dead: it "
           "never gets there.\n\n"]
    firmwares = results.names("boot", 1)
    setups = [s for s in results.names("boot", 2) if s.endswith(" harts")]
    for metric in ("boot hart", "all harts"):
        rows = []
        for setup in setups:
            harts = int(setup.split()[0])
            row = [results.get("boot", f, setup, metric) for f in firmwares]
            ours = results.get("boot", OURS, setup, metric)
            rows.append([str(harts)] + [number(v) for v in row] +
                        [ratio(ours, results.get("boot", PEER, setup, metric)),
                         verdict(ours, budgets.BOOT.get((metric, harts)))])
        out.append(table([metric + ", harts"] + firmwares + ["ratio", "budget"], rows))
    quiet = sorted(int(s.split()[0]) for s in results.names("boot", 2, OURS) if s.endswith(NO_BANNER))
    more = {**{"%d harts, without the banner" % n: (
                lambda f, n=n: results.get("boot", f, "%d%s" % (n, NO_BANNER), "boot hart"), None)
               for n in quiet},
            budgets.GROWTH: (lambda f: growth(results, f, 64), budgets.GROWTH_BUDGET)}
    out.append(table(["boot hart"] + firmwares + ["ratio", "budget"], [
        [what] + [number(value(f)) for f in firmwares] +
        [ratio(value(OURS), value(PEER)), verdict(value(OURS), budget)]
        for what, (value, budget) in more.items()]))
    plot.lines(os.path.join(folder, "boot.svg"), "Reset to next stage: instructions of the boot "
               "hart", "harts", {f: {int(s.split()[0]): v for s in setups
                                     if (v := results.get("boot", f, s, "boot hart") or DEAD) > 0}
                                 for f in firmwares})
    out.append("![boot](benchmarks/boot.svg)\n\n")
    return "".join(out)


def profile_section(results, firmware, setup):
    profile = [(m, n) for m in results.names("profile", 3, firmware)
               if (n := results.get("profile", firmware, setup, m))]
    total = sum(count for _, count in profile)
    rows = [["`%s`" % name, number(count), "%.1f %%" % (100 * count / total)]
            for name, count in sorted(profile, key=lambda p: (p[0][0] == "(", -p[1]))]
    lines = results.get("calls", firmware, QUIET, setup + LINES)
    where = ", in %d cache lines of %d bytes" % (lines, LINE) if lines else ""
    return "%s, %s%s:\n\n" % (firmware, setup, where) + table(["function", "instructions", "share"], rows)


def profiles_section(results):
    out = ["## Where instructions go\n\nBy function, of all harts together; of a call, while it "
           "lasts.\n\n"]
    for firmware in results.names("profile", 1):
        for setup in results.names("profile", 2, firmware):
            out.append(profile_section(results, firmware, setup))
    return "".join(out)


def longest(results, firmware, setup, what):
    """Where a quiet machine does not have it, on one that does."""
    for more in ("", ", no sstc", ", devices"):
        value = results.get("calls", firmware, setup + more, what + ": longest in M-mode")
        if value:
            return value
    return None


def calls_section(results, folder):
    out = ["## Calls and traps\n\nM-mode instructions on the calling hart; *others* are those of "
           "the harts that the call reaches, *time* is what the busiest hart executes from the "
           "call to the end, in lock-step. Measured from S-mode by "
           "[a payload](../tests/bench/payload/ecall.c). QEMU takes no trap for a misaligned load "
           "or for `rdtime`: there the trap is injected, and the emulated value is checked.\n\n"]
    rows, bars = [], {}
    for what, metric, setup, budget in budgets.CALLS:
        ours = call_value(results, OURS, what, metric, setup)
        peer = call_value(results, PEER, what, metric, setup)
        label = what + ("" if setup == QUIET else " (%s)" % setup.replace("4 harts, ", ""))
        rows.append([label, metric, number(ours), number(peer), ratio(ours, peer),
                     verdict(ours, budget)])
        if ours or peer:
            bars["%s, %s" % (label, metric) if metric != "caller" else label] = [ours, peer]
    out.append(table(["call", "counted", OURS, PEER, "ratio", "budget"], rows))
    plot.bars(os.path.join(folder, "calls.svg"), "M-mode instructions a call", bars, (OURS, PEER))
    out.append("![calls](benchmarks/calls.svg)\n\n")
    out.append("Longest stretch in M-mode, that is with interrupts off, on the calling hart, and "
               "the [bound](../tests/bench/bounds.py) for it on a machine of n harts, which "
               "`make bench-short` checks. Bounds are for the call as it is made here; what else "
               "bounds it is said behind.\n\n")
    rows = []
    for what, bound in BOUNDS.items():
        row = [longest(results, f, s, what) for s in (QUIET, "64 harts") for f in (OURS, PEER)]
        rows.append([what] + [number(v) for v in row] +
                    ["%d%s" % (bound.once, " + %d n" % bound.a_hart if bound.a_hart else ""),
                     bound.why])
    out.append(table(["call"] + ["%s, %s" % (f, s) for s in (QUIET, "64 harts")
                                 for f in (OURS, PEER)] + ["bound", "why it is bounded"], rows))
    out.append("Not in it is `mpxy.send_message_with_response`, which lasts as long as the microcontroller "
               "takes. It waits for another hart's call, for room in the queue, and for the answer, at "
               "most six times the mailbox's time-out (`hartline,timeout-us`, or 20 ms) in all, and serves "
               "fences meanwhile.\n\n")
    return "".join(out)


def storms_section(results, folder):
    out = ["## Storms\n\nAll harts but one make the same call at once, aimed at all harts, "
           "twice. Instructions a call are those of all harts together; waits are what a caller "
           "sees.\n\n"]
    setups = results.names("storms", 2)
    tabled = [s for s in setups if s in ("4 harts", "16 harts", "64 harts")]
    metrics = results.names("storms", 3)
    rows = []
    for metric in metrics:
        for setup in tabled:
            ours, peer = (results.get("storms", f, setup, metric) for f in (OURS, PEER))
            rows.append(["%s, %s" % (metric, setup), number(ours), number(peer),
                         ratio(ours, peer)])
    out.append(table(["storm", OURS, PEER, "ratio"], rows))
    series = {}
    for metric in metrics:
        if metric.endswith(": longest wait"):
            for firmware in (OURS, PEER):
                points = {int(s.split()[0]): v for s in setups
                          if (v := results.get("storms", firmware, s, metric))}
                if points:
                    series["%s, %s" % (metric.split()[0], firmware)] = points
    if series:
        plot.lines(os.path.join(folder, "storms.svg"), "Storms: longest wait of a caller, in "
                   "instructions", "harts", series)
        out.append("![storms](benchmarks/storms.svg)\n\n")
    return "".join(out)


def size_section(results, folder):
    out = ["## Size\n\nBytes of the ELF file's sections, of the file that is loaded, and of RAM "
           "that the device tree keeps from the next stage. A hart's stack has at least "
           "2,048 bytes; of the deepest one, so many were never used while the conformance suite "
           "ran on 4 harts.\n\n"]
    firmwares = [f for f in results.names("size", 1)]
    parts = [("image", m) for m in ("text", "rodata", "data", "bss", "file")]
    parts += [(s, "RAM kept") for s in results.names("size", 2) if s.endswith("harts")]
    parts += [("stack", METRIC)]
    rows = []
    for setup, metric in parts:
        rows.append([metric if setup in ("image", "stack") else "%s, %s" % (metric, setup)] +
                    [number(results.get("size", f, setup, metric)) for f in firmwares] +
                    [verdict(results.get("size", OURS, setup, metric),
                             budgets.SIZES.get((setup, metric)))])
    out.append(table(["bytes"] + firmwares + ["budget"], rows))
    plot.bars(os.path.join(folder, "size.svg"), "Bytes",
              {"%s, %s" % (m, s) if s != "image" else m:
               [results.get("size", f, s, m) for f in firmwares]
               for s, m in parts if s != "stack"}, firmwares)
    out.append("![size](benchmarks/size.svg)\n\nBy room. An object "
               "of the firmware is all of one room; an SPL is compiled as one, and there the debug "
               "information says which source each instruction and each variable is from: what was "
               "inlined counts where it was written. Literals may be of several rooms, and messages are "
               "packed together. The sums are those above.\n\n")
    for firmware in firmwares:
        rooms = [s for s in results.names("size", 2, firmware) if s.startswith(ROOM)]
        if rooms:
            out.append(table([firmware] + list(KINDS), [
                [room[len(ROOM):].replace(SLASH, "/")] + [number(results.get("size", firmware, room, kind))
                                      for kind in KINDS] for room in sorted(rooms)]))
    return "".join(out)


def loading_section(results, folder):
    out = ["## Loading\n\nThe first-stage loader on QEMU's sifive_u (7.2; later versions lack what "
           "U-Boot SPL needs from an SD card over SPI), reading the same FIT from the same card. "
           "What a byte costs is the difference between two FITs. U-Boot SPL checks no hash; "
           "Debian's is built without.\n\n"]
    rows, bars = [], {}
    for firmware in results.names("loading", 1):
        for setup in results.names("loading", 2, firmware):
            values = [results.get("loading", firmware, setup, m) for m in budgets.LOADING]
            label = "%s, %s" % (firmware, setup)
            judged = setup == budgets.CHEAPEST_HASH and firmware == OURS
            rows.append([label] + [part for v, b in zip(values, budgets.LOADING.values())
                                   for part in (number(v), verdict(v, b) if judged else "")])
            bars[label] = values
    head = [part for metric in budgets.LOADING for part in (metric, "budget")]
    out.append(table(["loader, hash in the FIT"] + head, rows))
    plot.bars(os.path.join(folder, "loading.svg"), "Loading from SD, a byte", bars,
              tuple(budgets.LOADING))
    out.append("![loading](benchmarks/loading.svg)\n\n")
    return "".join(out)


def verifying_section(results, folder):
    out = ["## Verifying\n\nThe first-stage loader on QEMU's virt machine, from a FIT in memory: "
           "what a byte costs to copy and to check, by what the hart has for SHA-2 "
           "(`BOARD_EXTRAS` with `sha2`), and a boot from reset to the kernel's first "
           "instruction with all of it checked. A signature over the configuration adds the same to "
           "each boot, however long the images are: what an SPL of `VERIFY=signed` executes more "
           "than one that checks hashes.\n\n"]
    harts = results.names("verifying", 2)
    rows = [[metric] + [number(results.get("verifying", OURS + " SPL", h, metric)) for h in harts]
            for metric in results.names("verifying", 3)]
    out.append(table(["hash, signature"] + ["with " + h for h in harts], rows))
    return "".join(out)


def overlap_section(results, folder):
    firmware = OURS + " SPL"
    out = ["### On several harts\n\nHow long it takes until all is read and verified by SHA-256 in C, in "
           "instructions of the busiest hart, which is never idle, for a byte of all images together "
           "(`BOARD_EXTRAS` with `crew`). A SHA-256 is one chain: several harts share images, not one "
           "image.\n\n"]
    rows = [["%d image%s from memory" % (images, "s" * (images > 1))] +
            [number(results.get("overlap", firmware, overlap.setup(images, harts), overlap.METRIC))
             for harts in overlap.HARTS] for images in overlap.IMAGES]
    rows.append(["1 image from an " + overlap.CARD] +
                [number(results.get("overlap", firmware, "%s, %s" % (overlap.CARD, harts), overlap.METRIC))
                 for harts in ("one hart", "two harts")] + ["-"])
    out.append(table(["read and hashed"] + ["%d hart%s" % (harts, "s" * (harts > 1))
                                            for harts in overlap.HARTS], rows))
    return "".join(out)


def media_section(results, folder):
    out = ["### From other sources\n\nInstructions and device accesses for what a FIT without "
           "hashes has more in it: from disks, from flash, from memory, and from QEMU's own TFTP "
           "server, which knows no windows. Waiting is taken out: how often a loader polls is this "
           "machine's doing. Reading parallel flash is reading memory, here and to the hart. A serial "
           "line is not measured: at 115,200 baud almost all of it is waiting, at the sender's "
           "pace.\n\n"]
    rows = []
    for firmware in results.names("media", 1):
        for medium in results.names("media", 2, firmware):
            values = [results.get("media", firmware, medium, metric) for metric in METRICS]
            rows.append(["%s, %s" % (firmware, medium), number(values[0]),
                         verdict(values[0], budgets.of_medium(medium)) if firmware == OURS else "",
                         number(values[1])])
    out.append(table(["loader, medium", "instructions a byte", "budget", "device accesses a KiB"],
                     rows))
    return "".join(out)


def rate_section(results, folder):
    out = ["### TFTP by the clock\n\nWhat else is on this page is counted; this is timed, and the busier the "
           "machine, the less does another run say the same. Both loaders take turns in one run, five times, or "
           "fifteen from QEMU's own server, and the medians are here, of the last column that of the "
           "ratios. From QEMU's own TFTP server it "
           "is what a larger file takes longer; else the time from the first block to the last on a link "
           "that delays each frame. dnsmasq and QEMU know no windows (RFC 7440), atftpd does, and so does "
           "hartline's client.\n\n"]
    rows = []
    for setup in results.names("rate", 2, OURS):
        rows.append([setup, *(number(results.get("rate", *key)) for key in (
            (OURS, setup, RATE), (THEIRS, setup, RATE), (OURS, setup, FASTER)))])
    out.append(table(["server", "hartline, MiB/s", "U-Boot proper, MiB/s", FASTER], rows))
    return "".join(out)


SECTIONS = {"boot": boot_section, "calls": calls_section, "storms": storms_section,
            "size": size_section, "loading": loading_section, "media": media_section,
            "rate": rate_section, "verifying": verifying_section, "overlap": overlap_section}


def write(results, docs, versions):
    folder = os.path.join(docs, "benchmarks")
    os.makedirs(folder, exist_ok=True)
    results.save(os.path.join(folder, "results.json"))
    text = INTRODUCTION + "Measured with %s.\n\n" % ", ".join(versions)
    for family, section in SECTIONS.items():
        if results.names(family, 1):
            text += section(results, folder)
    text += profiles_section(results)
    with open(os.path.join(docs, "benchmarks.md"), "w") as f:
        f.write(text.rstrip() + "\n")
