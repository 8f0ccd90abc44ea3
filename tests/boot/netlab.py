#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
A network with a server and a bad cable, for a machine in QEMU. It runs in a network namespace of its
own (unshare -n) and ends with its standard input:

    netlab.py FOLDER [option...]

QEMU's end of the cable is the socket FOLDER/qemu, this end FOLDER/wire (-netdev dgram). The other end
is a TAP device, 10.9.0.1/24, where the servers listen that the options name. Behind a router, which is
10.9.0.254, is 10.9.1.1: there the TFTP server is that is off-link.
"""

import argparse
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time

ADDRESS = "10.9.0.1"
ROUTER = "10.9.0.254"
OFF_LINK = "10.9.1.1"
TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
DATA, ACK = 3, 4


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    for command in (f"addr add {ADDRESS}/24 dev {name}", f"link set {name} up", "link set lo up"):
        subprocess.run(["ip", *command.split()], check=True)
    return tap


def open_off_link(name):
    for command in (f"addr add {ROUTER}/24 dev {name}", f"addr add {OFF_LINK}/32 dev lo"):
        subprocess.run(["ip", *command.split()], check=True)
    # Who takes it for a neighbour gets no answer.
    with open("/proc/sys/net/ipv4/conf/all/arp_ignore", "w") as arp_ignore:
        arp_ignore.write("1")


class Cable:
    """One direction: frames get lost, late, doubled, or overtaken by the next, in percent."""

    def __init__(self, options, seed):
        self.options, self.random = options, random.Random(seed)
        self.waiting, self.count = [], 0

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def put(self, frame, now):
        if self.chance(self.options.loss):
            return
        copies = 2 if self.chance(self.options.duplicate) else 1
        late = self.options.delay / 1000
        if self.chance(self.options.reorder):
            late += 0.003
        for _ in range(copies):
            self.count += 1
            heapq.heappush(self.waiting, (now + late, self.count, frame))

    def put_back(self, frame):
        """It stays the first."""
        heapq.heappush(self.waiting, (0, 0, frame))

    def due(self, now):
        while self.waiting and self.waiting[0][0] <= now:
            yield heapq.heappop(self.waiting)[2]

    def next_time(self):
        return self.waiting[0][0] if self.waiting else None


class Count:
    """What transfers took, in packets that were delivered, and from the first block to the last."""
    blocks = acks = first = last = 0

    def block(self, now):
        self.first = self.first or now
        self.last = now
        self.blocks += 1


def is_tftp(frame, opcode):
    """A TFTP packet of that kind: UDP in IPv4, without options, and between ports above DNS's and DHCP's."""
    return (frame[12:15] == b"\x08\x00\x45" and frame[23] == 17 and
            min(struct.unpack_from(">HH", frame, 34)) > 69 and
            struct.unpack_from(">H", frame, 42)[0] == opcode)


def carry(tap, wire, qemu, options, count):
    to_qemu, to_tap = Cable(options, options.seed), Cable(options, options.seed + 1)
    while True:
        times = [t for t in (to_qemu.next_time(), to_tap.next_time()) if t is not None]
        wait = max(0, min(times) - time.monotonic()) if times else None
        ready, _, _ = select.select([tap, wire, sys.stdin], [], [], wait)
        now = time.monotonic()
        if sys.stdin in ready and not os.read(0, 1):
            return
        if tap in ready:
            to_qemu.put(os.read(tap, 2048), now)
        if wire in ready:
            to_tap.put(wire.recv(2048), now)
        for frame in to_qemu.due(now):
            try:
                wire.sendto(frame, qemu)
                if is_tftp(frame, DATA):
                    count.block(now)
            except BlockingIOError:
                # The socket holds ten frames; to lose some is for the cable.
                to_qemu.put_back(frame)
                time.sleep(0.0005)
                break
            except OSError:
                pass  # QEMU is not there
        for frame in to_tap.due(now):
            os.write(tap, frame)
            count.acks += is_tftp(frame, ACK)


def servers(options):
    """The commands that serve; the last one of DHCP."""
    root = os.path.abspath(options.root)
    address = OFF_LINK if options.off_link else ADDRESS
    if options.tftp == "tftpd-hpa":
        yield [options.bin + "/in.tftpd", "--foreground", "--user", "root", "--address",
               f"{address}:69", "--secure", root]
    elif options.tftp == "atftpd":
        yield [options.bin + "/atftpd", "--daemon", "--no-fork", "--user", "root", "--group", "root",
               "--bind-address", address, "--logfile", "-", root]
    if options.dhcp or options.tftp == "dnsmasq":
        yield ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root",
               "--log-facility=-", "--interface=tap0", "--bind-interfaces", "--except-interface=lo",
               f"--dhcp-leasefile={options.folder}/leases", f"--pid-file={options.folder}/pid",
               "--no-resolv", "--no-hosts", "--no-ping",
               f"--address=/server.test/{ADDRESS}"] + (
                   ["--enable-tftp", f"--tftp-root={root}"] if options.tftp == "dnsmasq" else []) + (
                   ["--dhcp-range=10.9.0.50,10.9.0.60", "--dhcp-authoritative"] +
                   [f"--{option}" for option in options.dhcp] if options.dhcp else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--root", default=".")
    parser.add_argument("--bin", default="", help="where the TFTP servers are")
    parser.add_argument("--tftp", choices=["tftpd-hpa", "dnsmasq", "atftpd"])
    parser.add_argument("--dhcp", action="append", default=[],
                        help="an option of dnsmasq; with one at least it gives addresses")
    parser.add_argument("--off-link", action="store_true", help="where the TFTP server is")
    for name in ("loss", "duplicate", "reorder", "delay"):
        parser.add_argument("--" + name, type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    tap = open_tap("tap0")
    if options.off_link:
        open_off_link("tap0")
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    wire.bind(options.folder + "/wire")
    wire.setblocking(False)
    with open(options.folder + "/servers.log", "w") as log:
        running = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT) for command in servers(options)]
    count = Count()
    try:
        print("ready", flush=True)
        carry(tap, wire, options.folder + "/qemu", options, count)
        print(f"{count.blocks} blocks, {count.acks} acknowledgements, "
              f"{count.last - count.first:.3f} s")
    finally:
        for server in running:
            server.kill()


if __name__ == "__main__":
    main()
