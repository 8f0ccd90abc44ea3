#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
TFTP by the clock, which the bench does not look at otherwise, beside U-Boot proper: from QEMU's own
server, and over a link that takes its time from servers that know windows and that do not. Loaders take
turns, and the quickest of each counts: what else the machine does only adds. `make tftp-rate` calls it in
a network namespace.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

import media
from qemu import Failed

HERE = os.path.dirname(os.path.abspath(__file__))
NETLAB = os.path.join(HERE, "../boot/netlab.py")
MIB = 1 << 20
SMALL, LARGE, OVER_LINK = 1 * MIB, 33 * MIB, 4 * MIB
TIMEOUT = 300

# lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, 0(t0): QEMU's virt machine switches itself off.
POWER_OFF = b"".join(word.to_bytes(4, "little") for word in (
    0x001002b7, 0x00005337, 0x55530313, 0x0062a023, 0x0000006f))


def boot(qemu, loader, *network):
    """Seconds from reset until what was loaded runs: by the clock, and of QEMU's processor time."""
    started, used = time.monotonic(), os.times()
    done = subprocess.run([qemu, "-M", "virt", "-m", "256M", "-display", "none", "-monitor", "none",
                           "-serial", "null", "-bios", loader, *network, "-device",
                           "virtio-net-device,netdev=net"], timeout=TIMEOUT)
    if done.returncode:
        raise Failed("%s ends with %d" % (loader, done.returncode))
    now = os.times()
    return (time.monotonic() - started, now.children_user + now.children_system -
            used.children_user - used.children_system)


def slirp(files):
    return ["-netdev", "user,id=net,tftp=%(folder)s,bootfile=%(file)s" % files]


def beside_u_boot(options, loaders, folder):
    """Of each, what a larger file takes longer: MiB/s by the clock, ms of the processor a MiB."""
    files = {size: media.make_files(folder, size, POWER_OFF) for size in (SMALL, LARGE)}
    took = {(name, size): [] for name in loaders for size in files}
    for _ in range(options.rounds):
        for name, size in took:
            took[name, size].append(boot(options.qemu, loaders[name], *slirp(files[size])))
    least = {key: [min(times) for times in zip(*runs)] for key, runs in took.items()}
    mib = (LARGE - SMALL) / MIB
    for name in loaders:
        clock, processor = (more - less for more, less in zip(least[name, LARGE],
                                                              least[name, SMALL]))
        print("from QEMU's server, %s: %.1f MiB/s, %.1f ms of the processor for each" % (
            name, mib / clock, 1000 * processor / mib), flush=True)


def over_a_link(options, loader, files, server, delay):
    """Blocks, acknowledgements and MiB/s, seen from the link."""
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
    return int(blocks), int(acks), files["size"] / MIB / float(took)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--qemu", required=True)
    p.add_argument("--spl", required=True, help="qemu-virt's")
    p.add_argument("--u-boot", required=True, help="proper, for M-mode")
    p.add_argument("--servers", required=True, help="where atftpd is")
    p.add_argument("--rounds", type=int, default=5)
    options = p.parse_args()
    # QEMU's end of the cable: a window and more.
    with open("/proc/sys/net/unix/max_dgram_qlen", "w") as f:
        f.write("256")
    with tempfile.TemporaryDirectory(prefix="rate-") as folder:
        os.chmod(folder, 0o755)
        loaders = {"hartline": media.make_spl(folder, options.spl, media.MEDIA[media.VIRTIO_NET]),
                   "U-Boot proper": media.make_u_boot(folder, options.u_boot)}
        beside_u_boot(options, loaders, folder)
        files = media.make_files(folder, OVER_LINK, POWER_OFF)
        for delay in (0, 0.5, 1):
            for server in ("dnsmasq", "atftpd"):  # without and with windows
                for name, loader in loaders.items():
                    runs = [over_a_link(options, loader, files, server, delay)
                            for _ in range(options.rounds)]
                    print("%g ms each way, from %s, %s: %d blocks, %d acknowledgements, %.2f MiB/s" % (
                        delay, server, name, *runs[0][:2], max(rate for _, _, rate in runs)), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit("rate: %s" % failure)
