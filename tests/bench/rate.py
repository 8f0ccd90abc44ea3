#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
TFTP by the clock, beside U-Boot proper: from QEMU's own server, and over a link that takes its time from
servers that know windows and that do not. Loaders take turns, and of what each does, and of how much faster
one is than the other in the same turn, the median counts: what else the machine does meanwhile falls on
both. `make tftp-rate` prints it, `make bench` makes a table of it.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import media
from qemu import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
NETLAB = os.path.join(HERE, "../boot/netlab.py")
MIB = 1 << 20
SMALL, LARGE, OVER_LINK = 1 * MIB, 33 * MIB, 4 * MIB
TIMEOUT, TRIES = 120, 3
RATE, FASTER = "MiB/s", "times as fast"
OURS, THEIRS = "hartline", "U-Boot proper"

# lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, 0(t0): QEMU's virt machine switches itself off.
POWER_OFF = b"".join(word.to_bytes(4, "little") for word in (
    0x001002b7, 0x00005337, 0x55530313, 0x0062a023, 0x0000006f))


def boot(qemu, loader, *network):
    """Seconds from reset until what was loaded runs: by the clock, and of QEMU's processor time."""
    started = time.monotonic()
    loading = subprocess.Popen([qemu, "-M", "virt", "-m", "256M", "-display", "none", "-monitor", "none",
                                "-serial", "null", "-bios", loader, *network, "-device",
                                "virtio-net-device,netdev=net"])
    # Popen's own wait looks every 50 ms, once it has a time-out.
    patience = threading.Timer(TIMEOUT, loading.kill)
    patience.start()
    try:
        _, status, used = os.wait4(loading.pid, 0)
        took = time.monotonic() - started
    finally:
        patience.cancel()
    loading.returncode = os.waitstatus_to_exitcode(status)
    if loading.returncode == -signal.SIGKILL:
        raise subprocess.TimeoutExpired(loader, TIMEOUT)
    if loading.returncode:
        raise Failed("%s ends with %d" % (loader, loading.returncode))
    return took, used.ru_utime + used.ru_stime


def slirp(files):
    return ["-netdev", "user,id=net,tftp=%(folder)s,bootfile=%(file)s" % files]


def from_qemu(options, loader, files):
    """MiB/s by the clock and ms of the processor for a MiB: what a larger file takes longer."""
    less, more = (boot(options.qemu, loader, *slirp(files[size])) for size in (SMALL, LARGE))
    mib = (LARGE - SMALL) / MIB
    return mib / (more[0] - less[0]), 1000 * (more[1] - less[1]) / mib


def over_a_link(options, loader, files, server, delay):
    """MiB/s from the first block to the last, seen from the link; blocks and acknowledgements."""
    with tempfile.TemporaryDirectory(prefix="rate-") as folder:
        lab = subprocess.Popen(
            [sys.executable, "-B", NETLAB, folder, "--bin", options.servers, "--tftp", server,
             "--root", files["folder"], "--dhcp", "dhcp-boot=%(file)s,,10.9.0.1" % files,
             "--delay", str(delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            if lab.stdout.readline() != "ready\n":
                raise Failed("there is no network")
            boot(options.qemu, loader, "-netdev",
                 "dgram,id=net,local.type=unix,local.path=%s/qemu,"
                 "remote.type=unix,remote.path=%s/wire" % (folder, folder))
        finally:
            said, _ = lab.communicate("", timeout=TIMEOUT)
    blocks, acks, took = re.match(r"(\d+) blocks, (\d+) ack\w+, ([\d.]+) s", said).groups()
    return files["size"] / MIB / float(took), int(blocks), int(acks)


def try_over(measure, options, loader, *arguments):
    """A loader that does not get there has its turn again: U-Boot did not once in some hundreds, nobody
    knows why."""
    for left in reversed(range(TRIES)):
        try:
            return measure(options, loader, *arguments)
        except subprocess.TimeoutExpired:
            print("rate: %s did not arrive, tries left: %d" % (loader, left), file=sys.stderr)
    raise Failed("%s does not arrive" % loader)


def medians(options, rounds, loaders, measure, *arguments):
    """{loader: medians} of what measure() returns, and how many times as fast the first loader is."""
    runs = {name: [] for name in loaders}
    for _ in range(rounds):
        for name, loader in loaders.items():
            runs[name].append(try_over(measure, options, loader, *arguments))
    ours, theirs = ([rate for rate, *_ in of_one] for of_one in runs.values())
    return ({name: [statistics.median(values) for values in zip(*of_one)]
             for name, of_one in runs.items()},
            statistics.median(our / their for our, their in zip(ours, theirs)))


def measure_all(options, folder):
    """Yields what was set up, the metrics, and what medians() returns."""
    loaders = {OURS: media.make_spl(folder, options.spl, media.MEDIA[media.VIRTIO_NET]),
               THEIRS: media.make_u_boot(folder, options.u_boot)}
    files = {size: media.make_files(folder, size, POWER_OFF) for size in (SMALL, LARGE, OVER_LINK)}
    yield ("QEMU's own", (RATE, "ms of the processor a MiB"),
           *medians(options, 3 * options.rounds, loaders, from_qemu, files))
    for delay in (0, 0.5, 1):
        for server in ("dnsmasq", "atftpd"):  # without and with windows
            yield ("%s, %g ms each way" % (server, delay), (RATE, "blocks", "acknowledgements"),
                   *medians(options, options.rounds, loaders, over_a_link, files[OVER_LINK], server, delay))


def measure(results, **options):
    """For the bench: the same in a network namespace of its own."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(["unshare", *root, "--net", sys.executable, "-B", __file__, "--json"] +
                          ["--%s=%s" % (name.replace("_", "-"), value)
                           for name, value in options.items()], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise Failed("tests/bench/rate.py fails")
    for line in done.stdout.splitlines():
        setup, metrics, found, faster = json.loads(line)
        results.put("rate", OURS, setup, FASTER, round(faster, 2))
        for name, values in found.items():
            for metric, value in zip(metrics, values):
                results.put("rate", name, setup, metric, round(value, 2))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--qemu", required=True)
    p.add_argument("--spl", required=True, help="qemu-virt's")
    p.add_argument("--u-boot", required=True, help="proper, for M-mode")
    p.add_argument("--servers", required=True, help="where atftpd is")
    p.add_argument("--rounds", type=int, default=5, help="three times as many without a link, which are short"
                   " and differ by half: QEMU's two threads wait for each other, block by block")
    p.add_argument("--json", action="store_true", help="a line for each, for programs")
    options = p.parse_args()
    # QEMU's end of the cable: a window and more.
    with open("/proc/sys/net/unix/max_dgram_qlen", "w") as f:
        f.write("256")
    with tempfile.TemporaryDirectory(prefix="rate-") as folder:
        os.chmod(folder, 0o755)
        for setup, metrics, found, faster in measure_all(options, folder):
            if options.json:
                print(json.dumps([setup, metrics, found, faster]), flush=True)
                continue
            for name, values in found.items():
                print("from %s, %s: %s" % (setup, name, ", ".join(
                    "%.4g %s" % (value, metric) for metric, value in zip(metrics, values))))
            print("  %.2f times as fast" % faster, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit("rate: %s" % failure)
