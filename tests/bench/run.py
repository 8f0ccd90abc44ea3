#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The bench. `make bench`, `make bench-short` and `make bench BASE=<rev>` call it."""

import argparse
import collections
import functools
import os
import subprocess
import sys
import time

import boot
import bounds
import budgets
import compare
import ecall
import load
import media
import overlap
import rate
import report
import selftest
import size
import stack
import verify
from qemu import Failed, Qemu
from results import Results

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = {"OpenSBI 1.9": "1.9", "OpenSBI 1.6": "1.6", "OpenSBI 1.1": "1.1"}
OURS, PEER = budgets.OURS, budgets.PEER
BOOT_HARTS = (1, 4, 8, 16, 64, 128, 256, 512)
# One that is never going to arrive is given up after a while: OpenSBI 1.9 with 128 harts.
PEER_BOOT_HARTS = {"OpenSBI 1.9": BOOT_HARTS[:6]}
PEER_BOOT_TIMEOUT = 200
PROFILED_CALLS = ("set_timer", "send_ipi to one other", "remote_sfence_vma one page to self",
                  "dbcn.write of 64 bytes", "illegal instruction reflected")
STORM_HARTS = (2, 4, 8, 16, 32, 64)
SHORT_MEDIA = ("NVMe", media.VIRTIO_NET)
HASHES = ("crc32", "sha1", "sha256", "sha512")
KEYS = ("rsa2048", "ecdsa256")

# What is measured of ours: paths without .bin, .elf.
Images = collections.namedtuple("Images", "firmware spl sha2_spl signed_spl crew_spl")


class Bench:
    def __init__(self, options):
        self.out, self.fetched = options.out, options.fetched
        self.qemu = Qemu(os.path.join(self.fetched, "qemu10/bin/qemu-system-riscv64"),
                         os.path.join(self.out, "count-qemu10.so"))
        self.names = ecall.window_names(os.path.join(HERE, "payload/windows.h"))
        self.results = Results()
        for tool, version in self.tools().items():
            self.results.put_tool(tool, version)
        self.cards = {}

    def payload(self, name):
        return os.path.join(self.out, "payload", name)

    def step(self, what, function, *arguments):
        started = time.time()
        print("  %-50s" % what, end="", flush=True)
        function(*arguments)
        print("%6.1f s" % (time.time() - started), flush=True)

    @functools.cached_property
    def old_qemu(self):
        return Qemu("qemu-system-riscv64", os.path.join(self.out, "count-qemu7.so"))

    def tools(self):
        """What the numbers depend on besides the sources."""
        compiler = subprocess.run(["riscv64-linux-gnu-gcc", "--version"], text=True,
                                  capture_output=True, check=True).stdout.splitlines()[0]
        return {"gcc": compiler, "QEMU": self.qemu.version}

    def self_test(self, *qemus):
        self.step("self-test of the counter", selftest.run, qemus, self.payload("selftest.bin"))

    def boot(self, name, firmware, harts, timeout=600):
        self.step("boot: %s, %d harts" % (name, harts), boot.measure, self.results,
                  self.qemu, name, firmware, self.payload("spin.bin"), harts, timeout)

    def quiet_boot(self, name, firmware, harts):
        self.step("boot: %s, %d%s" % (name, harts, boot.NO_BANNER), boot.measure_quiet, self.results,
                  self.qemu, name, firmware, self.payload("spin.bin"), self.payload("quiet.bin"), harts)

    def calls(self, name, firmware, harts, options=""):
        self.step("calls: %s, %d harts %s" % (name, harts, options), ecall.calls, self.results,
                  self.qemu, name, firmware, self.payload("ecall.elf"), self.names, harts, options)

    def storms(self, name, firmware, harts):
        self.step("storms: %s, %d harts" % (name, harts), ecall.storms, self.results, self.qemu,
                  name, firmware, self.payload("storm.elf"), self.names, harts)

    def size(self, name, image, firmware):
        """image: path without .elf, .bin, .map"""
        size.images(self.results, name, image + ".elf", os.path.getsize(image + ".bin"))
        if firmware and os.path.exists(image + ".map"):
            size.rooms(self.results, name, image)
        for harts in (1, 8, 64) if firmware else ():
            self.step("size: %s, %d harts" % (name, harts), size.resident, self.results,
                      self.qemu, name, image + ".bin", self.payload("spin.bin"), harts)

    def card(self, algorithm, length):
        if (algorithm, length) not in self.cards:
            u_boot = os.path.join(self.fetched, "u-boot/sifive_unleashed")
            self.cards[algorithm, length] = load.make_card(
                self.out, os.path.join(HERE, "../../scripts/sdcard"),
                os.path.join(u_boot, "u-boot-spl.bin"), self.peer("1.6") + ".bin",
                os.path.join(u_boot, "u-boot.itb"), length, algorithm)
        return self.cards[algorithm, length]

    def loading(self, name, qemu, spl, algorithm):
        cards = [self.card(algorithm, length) for length in (load.SMALL, load.LARGE)]
        self.step("loading: %s, %s" % (name, algorithm), load.measure, self.results,
                  qemu, name, spl, cards, algorithm)

    def verifying(self, measure, spl, firmware, algorithm, harts, *key_type):
        self.step("verifying: %s, with %s" % (" and ".join((algorithm, *key_type)), harts), measure,
                  self.results, self.qemu, self.out, OURS + " SPL", spl, firmware + ".bin", algorithm,
                  harts, *key_type)

    def signature(self, spl, signed_spl, firmware, key_type, harts):
        self.step("verifying: %s" % key_type, verify.measure_signature, self.results, self.qemu,
                  self.out, OURS + " SPL", spl, signed_spl, firmware + ".bin", key_type, harts)

    def medium(self, name, loader, what, symbols=None):
        self.step("loading: %s, %s" % (name, what), media.measure, self.results, self.qemu, name,
                  loader, what, self.out, symbols)

    def our_medium(self, spl, what):
        """spl: path of the sifive-unleashed's; the others' are beside it."""
        medium = media.MEDIA[what]
        path = spl.replace("sifive-unleashed", medium.board)
        self.medium(OURS, media.make_spl(self.out, path + ".bin", medium), what,
                    path + ".elf" if medium.code == media.LIM else None)

    def overlap(self, spl, firmware, images, harts):
        self.step("overlap: " + overlap.setup(images, harts), overlap.measure_memory, self.results,
                  self.qemu, self.out, OURS + " SPL", spl, firmware + ".bin", images, harts)

    def card_overlap(self, spl, what):
        cards = [self.card(overlap.ALGORITHM, length) for length in (load.SMALL, load.LARGE)]
        self.step("overlap: " + what, overlap.measure_card, self.results, self.qemu, OURS + " SPL",
                  spl + ".bin", cards, what)

    def peer(self, version):
        return os.path.join(self.fetched, "opensbi", version, "generic/fw_dynamic")

    def versions(self):
        compiler = subprocess.run(["riscv64-linux-gnu-gcc", "-dumpfullversion"], text=True,
                                  capture_output=True, check=True).stdout.strip()
        return ["QEMU %s and %s" % (self.qemu.version, self.old_qemu.version), "gcc " + compiler]


def short(bench, firmware, spl, sha2_spl):
    """Ours only, within a minute or two."""
    for harts in (1, 4, 64):
        bench.boot(OURS, firmware + ".bin", harts)
    for options in ("", ecall.DEVICES):
        bench.calls(OURS, firmware + ".bin", 4, options)
    bench.size(OURS, firmware, True)
    bench.size(OURS + " SPL", spl, False)
    bench.loading(OURS, bench.qemu, spl + ".bin", "crc32")
    for harts in verify.HARTS if sha2_spl else ():
        bench.verifying(verify.measure_byte, sha2_spl, firmware, "sha256", harts)
    for medium in SHORT_MEDIA:
        bench.our_medium(spl, medium)


def with_peer(firmware, peers):
    return [(OURS, firmware)] + [(name, image) for name, image in peers.items() if name == PEER]


def full_boot(bench, firmware, peers):
    for harts in BOOT_HARTS:
        bench.boot(OURS, firmware + ".bin", harts)
        bench.quiet_boot(OURS, firmware + ".bin", harts)
    for name, image in peers.items():
        bench.quiet_boot(name, image + ".bin", 1)
        for harts in PEER_BOOT_HARTS.get(name, BOOT_HARTS[:5]):
            bench.boot(name, image + ".bin", harts, PEER_BOOT_TIMEOUT)
    for harts in (1, 64):
        boot.profile(bench.results, bench.qemu, OURS, firmware + ".bin", firmware + ".elf",
                     bench.payload("spin.bin"), harts)


def full_calls(bench, firmware, peers):
    for name, image in with_peer(firmware, peers):
        for harts, options in ((4, ""), (64, ""), (4, "no sstc"), (4, "imsic")):
            bench.calls(name, image + ".bin", harts, options)
    bench.calls(OURS, firmware + ".bin", 4, ecall.DEVICES)
    for number, what in bench.names.items():
        if what in PROFILED_CALLS:
            ecall.profile(bench.results, bench.qemu, OURS, firmware + ".bin", firmware + ".elf",
                          bench.payload("ecall.elf"), number, what)


def full_storms(bench, firmware, peers):
    for name, image in with_peer(firmware, peers):
        for harts in STORM_HARTS:
            bench.storms(name, image + ".bin", harts)


def full_size(bench, firmware, peers, spl):
    for name, image in {OURS: firmware, **peers}.items():
        bench.size(name, image, True)
    bench.size(OURS + " SPL", spl, False)
    bench.step("size: rooms of the SPL", size.rooms, bench.results, OURS + " SPL", spl)
    bench.step("size: stacks", stack.measure, bench.results, bench.qemu, OURS, firmware + ".bin",
               os.path.dirname(bench.out), bench.fetched)


def full_loading(bench, peers, spl):
    if peers:
        bench.loading("U-Boot SPL", bench.old_qemu, os.path.join(
            bench.fetched, "u-boot/sifive_unleashed/u-boot-spl.bin"), "crc32")
    for algorithm in HASHES:
        bench.loading(OURS, bench.qemu, spl + ".bin", algorithm)
    for algorithm in HASHES[:1]:
        load.profile(bench.results, bench.qemu, OURS, spl + ".bin", spl + ".elf",
                     bench.card(algorithm, load.LARGE)[0], algorithm)


def full_verifying(bench, firmware, sha2_spl, signed_spl):
    for algorithm in ("none",) + HASHES[:-1] + ("sha384",) + HASHES[-1:]:
        for harts in verify.HARTS if algorithm in ("sha256", "sha384", "sha512") else ("neither",):
            bench.verifying(verify.measure_byte, sha2_spl, firmware, algorithm, harts)
    for harts in verify.HARTS:
        bench.verifying(verify.measure_whole, sha2_spl, firmware, "sha256", harts)
    for key_type in KEYS:
        bench.signature(sha2_spl, signed_spl, firmware, key_type, "neither")
        bench.verifying(verify.measure_whole, signed_spl, firmware, "sha256", "Zbb, Zknh", key_type)


def full_overlap(bench, firmware, spl, crew_spl, virt_spl):
    for images in overlap.IMAGES:
        for harts in overlap.HARTS:
            bench.overlap(virt_spl, firmware, images, harts)
    bench.card_overlap(spl, overlap.CARD + ", one hart")
    bench.card_overlap(crew_spl, overlap.CARD + ", two harts")


def full_media(bench, peers, spl):
    for what in media.MEDIA:
        bench.our_medium(spl, what)
    if not peers:
        return
    u_boot = os.path.join(bench.fetched, "u-boot/qemu-riscv64/u-boot.bin")
    bench.medium("U-Boot proper", media.make_u_boot(bench.out, u_boot), media.VIRTIO_NET)


def full_rate(bench, peers, spl):
    if not peers:
        return
    bench.step("rate: TFTP by the clock", lambda: rate.measure(
        bench.results, qemu="qemu-system-riscv64", spl=spl + ".bin",
        servers=os.path.join(bench.fetched, "tftp"),
        u_boot=os.path.join(bench.fetched, "u-boot/qemu-riscv64/u-boot.bin")))


def families(bench, images, peers, only):
    """[(name, function that measures it)], of all or of those named in @only."""
    firmware, spl, sha2_spl, signed_spl, crew_spl = images
    return [(family, measure) for family, measure in (
        ("boot", lambda: full_boot(bench, firmware, peers)),
        ("calls", lambda: full_calls(bench, firmware, peers)),
        ("storms", lambda: full_storms(bench, firmware, peers)),
        ("size", lambda: full_size(bench, firmware, peers, spl)),
        ("loading", lambda: full_loading(bench, peers, spl)),
        ("media", lambda: full_media(bench, peers, spl)),
        ("rate", lambda: full_rate(bench, peers, sha2_spl)),
        ("verifying", lambda: full_verifying(bench, firmware, sha2_spl, signed_spl)),
        ("overlap", lambda: full_overlap(bench, firmware, spl, crew_spl, sha2_spl)),
    ) if not only or family in only]


def full(bench, images, docs, only):
    peers = {name: bench.peer(version) for name, version in PEERS.items()
             if os.path.exists(bench.peer(version) + ".bin")}
    if only:
        now, bench.results = bench.results, Results.load(docs + "/benchmarks/results.json")
        bench.results.numbers.update(now.numbers)
    for family, measure in families(bench, images, peers, only):
        bench.results.forget(family)
        measure()
        report.write(bench.results, docs, bench.versions())


def tell_missed(results):
    missed = budgets.missed(results)
    for what, value, budget in missed:
        print("bench: %s: %s, but the budget is %s" % (
            what, report.number(value), report.number(budget)), file=sys.stderr)
    return missed


def tell_too_long(results):
    too_long = bounds.missed(results, OURS)
    for what, setup, measured, bound in too_long:
        print("bench: %s, %s: %d instructions in M-mode without a break, its bound in "
              "tests/bench/bounds.py is %d" % (what, setup, measured, bound), file=sys.stderr)
    return too_long


def tell_unsteady(bench, options):
    """What another run counts differently, by more than 1 %."""
    again = Bench(options)
    again.boot(OURS, options.firmware + ".bin", 4)
    again.calls(OURS, options.firmware + ".bin", 4)
    unsteady = [(key, bench.results.numbers[key], value) for key, value in again.results.numbers.items()
                if not isinstance(value, str) and abs(value - bench.results.numbers[key]) > value / 100]
    for key, first, second in unsteady:
        print("bench: %s is %s, and %s the second time" % (key, first, second), file=sys.stderr)
    return unsteady


def build_base(revision, out, fetched, only):
    """An earlier commit's images."""
    tree = os.path.join(os.path.abspath(out), "base")
    subprocess.run("rm -rf '%s' && mkdir -p '%s' && git archive '%s' | tar x -C '%s'" %
                   (tree, tree, revision, tree), shell=True, check=True)
    builds = [("O=build", "BOARD=qemu-virt", "sbi", "spl"), ("O=build", "BOARD=sifive-unleashed", "spl")]
    if "verifying" in only:
        builds.append(("O=signed", "BOARD=qemu-virt", "VERIFY=signed", "KEYS=", "spl"))
    if "overlap" in only:
        builds.append(("O=crew", "BOARD=sifive-unleashed", "BOARD_EXTRAS=crew", "spl"))
    for arguments in builds:
        subprocess.run(["make", "-s", "-C", tree, "FETCHED=" + os.path.abspath(fetched), *arguments],
                       check=True)
    return Images(*(os.path.join(tree, path) for path in (
        "build/sbi/fw_dynamic", "build/sifive-unleashed/spl/spl", "build/qemu-virt/spl/spl",
        "signed/qemu-virt/spl/spl", "crew/sifive-unleashed/spl/spl")))


def compare_with_base(bench, images, options, only):
    """What is different, of what is measured quickly or of whole families."""
    before, old = Bench(options), build_base(options.base, options.out, options.fetched, only)
    for title, measured, of in ((options.base, before, old), ("now", bench, images)):
        print(title + ":")
        if not only:
            short(measured, of.firmware, of.spl, None)
        for _, measure in families(measured, of, {}, only) if only else ():
            measure()
    changes = compare.deltas(before.results, bench.results, compare.is_ours if only else compare.is_cost)
    print("changes since %s:" % options.base if changes else "nothing changed")
    compare.show(changes)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("what", choices=("full", "short"))
    p.add_argument("--out", required=True, help="where the plugin and the payloads are")
    p.add_argument("--fetched", required=True, help="where QEMU and the peers are")
    p.add_argument("--docs", required=True, help="folder of the results and benchmarks.md")
    p.add_argument("--firmware", required=True, help="path of fw_dynamic, without .bin, .elf")
    p.add_argument("--spl", required=True, help="path of the sifive-unleashed spl, likewise")
    p.add_argument("--sha2-spl", required=True, help="path of a qemu-virt spl that has sha2")
    p.add_argument("--signed-spl", required=True, help="the same with VERIFY=signed, keys in its "
                   "control DTB; made for full only")
    p.add_argument("--crew-spl", required=True, help="of sifive-unleashed, with crew; made for full only")
    p.add_argument("--only", default="", help="families to measure again: boot calls storms "
                   "size loading media rate verifying overlap")
    p.add_argument("--base", help="revision to compare with, by what is measured quickly or by those "
                   "families; writes nothing")
    options = p.parse_args()
    images = Images(options.firmware, options.spl, options.sha2_spl, options.signed_spl, options.crew_spl)
    only = options.only.split()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

    bench = Bench(options)
    bench.self_test(bench.qemu, *([] if options.what == "short" else [bench.old_qemu]))
    if options.base:
        compare_with_base(bench, images, options, only)
        return 0
    if options.what == "full":
        full(bench, images, options.docs, only)
        return 1 if tell_missed(bench.results) else 0

    short(bench, options.firmware, options.spl, options.sha2_spl)
    failed = tell_missed(bench.results) or tell_too_long(bench.results) or tell_unsteady(bench, options)
    recorded = Results.load(options.docs + "/benchmarks/results.json")
    changes = compare.deltas(recorded, bench.results)
    print("changes since docs/benchmarks.md was made:" if changes else "nothing changed")
    compare.show(changes)
    if recorded.tools() != bench.results.tools():
        print("bench: docs/benchmarks.md was made with %s, this is %s: growth is not judged" % (
            recorded.tools(), bench.results.tools()))
        return 1 if failed else 0
    grown = compare.too_much(changes, compare.accepted(options.docs + "/benchmarks-accepted.md"))
    for key, old, new in grown:
        print("bench: %s grows from %s to %s: make it smaller, or say why in "
              "docs/benchmarks-accepted.md" % (key, old, new), file=sys.stderr)
    return 1 if failed or grown else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit("bench: %s" % failure)
