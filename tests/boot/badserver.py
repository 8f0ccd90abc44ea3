#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
A DHCP and TFTP server that misbehaves, frame by frame: nothing below it keeps it from lying.

    badserver.py FOLDER HABIT [FILE]

QEMU's end of the cable is the socket FOLDER/qemu, this end FOLDER/wire (-netdev dgram). It serves FILE
under any name, and ends with its standard input. It needs no privileges.
"""

import os
import random
import select
import socket
import struct
import sys
import time

MAC = bytes.fromhex("525400000001")
OWN, CLIENT = bytes([10, 9, 0, 1]), bytes([10, 9, 0, 50])
TID = 3000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(payload, protocol=17, source=OWN, target=CLIENT, fragment=0, length=None):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length or 20 + len(payload), 1, fragment, 64,
                         protocol, 0, source, target)
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def udp(port, to, payload, length=None):
    return struct.pack(">HHHH", port, to, length or 8 + len(payload), 0) + payload


def option(number, data):
    return bytes([number, len(data)]) + data


class Server:
    """Does everything right; each habit spoils something of it."""

    def __init__(self, wire, qemu, image):
        self.wire, self.qemu, self.image = wire, qemu, image
        self.client_mac, self.client_port = b"\xff" * 6, None
        self.blksize, self.random = 512, random.Random(1)

    def send(self, packet, kind=0x0800):
        frame = self.client_mac + MAC + struct.pack(">H", kind) + packet
        try:
            self.wire.sendto(frame, self.qemu)
        except OSError:
            pass

    def send_tftp(self, payload, port=TID):
        self.send(ip(udp(port, self.client_port, payload)))

    def receive(self, frame):
        self.client_mac = frame[6:12]
        kind, packet = struct.unpack(">H", frame[12:14])[0], frame[14:]
        if kind == 0x0806 and packet[24:28] == OWN and packet[7] == 1:
            self.send(packet[:7] + b"\2" + MAC + OWN + packet[8:18], 0x0806)
        elif kind == 0x0800 and packet[9] == 17:
            source, target = struct.unpack(">HH", packet[20:24])
            if target == 67:
                self.dhcp(packet[28:])
            elif target in (69, TID):
                self.client_port = source
                self.tftp(packet[28:], target)

    def dhcp(self, message):
        kind = message[message.index(b"\x35\x01", 240) + 2]
        answer = {1: 2, 3: 5}.get(kind)
        if answer:
            head = b"\2" + message[1:16] + CLIENT + OWN + bytes(4) + message[28:44] + bytes(192)
            options = b"\x63\x82\x53\x63" + option(53, bytes([answer])) + self.dhcp_options()
            self.send(ip(udp(67, 68, head + options), target=b"\xff" * 4))

    def dhcp_options(self):
        return option(54, OWN) + option(51, b"\0\0\1\0") + option(1, b"\xff\xff\xff\0") + \
            option(67, b"file") + b"\xff"

    def tftp(self, packet, port):
        operation, number = struct.unpack(">HH", packet[:4])
        if operation == 1 and port == 69:
            words = packet[2:].split(b"\0")
            asked = dict(zip(words[2::2], words[3::2]))
            self.request({k.decode(): int(v) for k, v in asked.items() if v})
        elif operation == 4 and port == TID:
            self.acknowledged(number)

    def request(self, asked):
        self.blksize = asked["blksize"]
        self.send_tftp(self.oack({"tsize": len(self.image), "blksize": self.blksize}))

    @staticmethod
    def oack(options):
        return b"\0\6" + b"".join(f"{k}\0{v}\0".encode() for k, v in options.items())

    def block(self, number):
        at = (number - 1) * self.blksize
        return struct.pack(">HH", 3, number & 0xffff) + self.image[at:at + self.blksize]

    def acknowledged(self, number):
        if number * self.blksize <= len(self.image):
            self.send_tftp(self.block(number + 1))


class Silent(Server):
    def dhcp(self, message):
        pass


class DhcpPastTheEnd(Server):
    """Options that claim more than the message has, or nothing at all."""
    def dhcp_options(self):
        return self.random.choice([
            option(54, OWN) + b"\x43\xff" + b"A" * 30, option(54, OWN) + b"\x2b\x08\x43\xff",
            option(54, OWN) + b"\x33", b"\xff", b"", option(1, b"\xff\xff") + option(54, OWN) + b"\xff",
            option(52, b"\3") + b"\xff", b"\x43\0" * 100])


class DhcpPastTheEndFirst(Server):
    """
    Such messages come before each true one, in which vendor's options go on beyond their option; and the
    file is there under its own name only.
    """
    def dhcp(self, message):
        true = option(67, b"A" * 255) + option(43, b"\x43\x28" + b"B" * 30) + super().dhcp_options()
        for self.options in (option(54, OWN) + b"\x43\xff" + b"A" * 30,
                             option(54, OWN) + b"\x2b\x08\x43\xff", option(54, OWN) + b"\x33", true):
            super().dhcp(message)

    def dhcp_options(self):
        return self.options

    def tftp(self, packet, port):
        if packet.startswith((b"\0\1file\0", b"\0\4")):
            super().tftp(packet, port)
        else:
            self.send_tftp(b"\0\5\0\1no such file\0")


class DhcpTooLong(Server):
    """Texts that do not fit, in the vendor's options as well; a good one hides behind them."""
    def dhcp_options(self):
        return option(43, b"\x43\xff" + b"B" * 100) + option(43, b"\x42\x03\x1b[2\x43\xfe") + \
            option(67, b"A" * 255) + option(66, b"\x1b[2J") + option(66, b"10.9.0.1") + \
            super().dhcp_options()


class Escapes(Server):
    def request(self, asked):
        self.send_tftp(b"\0\5\0\1\x1b[2Jno \x07such file\0")


class MalformedOack(Server):
    def request(self, asked):
        self.send_tftp(b"\0\6tsize\x00100\0blksize\x0065465\0")


class NotAskedFor(Server):
    def request(self, asked):
        self.send_tftp(b"\0\6multicast\x00224.0.0.1,1758,1\0")


class GiantSize(Server):
    """The file is told to be as large as numbers get."""
    size = (1 << 64) - 1

    def request(self, asked):
        self.blksize = asked["blksize"]
        self.send_tftp(self.oack({"tsize": self.size, "blksize": self.blksize}))


class SmallSize(GiantSize):
    """The file is told to be smaller than it is."""
    size = 70000


class TooLong(Server):
    def block(self, number):
        return super().block(number) + b"!" * 512

    def request(self, asked):
        self.blksize = 512
        self.acknowledged(0)


class WrongPorts(Server):
    """Each block comes from a port of its own."""
    def acknowledged(self, number):
        if number * self.blksize <= len(self.image):
            self.send_tftp(self.block(number + 1), TID + 1 + number % 1000)


class WrongPortsFirst(Server):
    """Before each block comes one from another port, with the same number."""
    def acknowledged(self, number):
        self.send_tftp(struct.pack(">HH", 3, number + 1) + b"!" * self.blksize, TID + 1)
        super().acknowledged(number)


class Endless(Server):
    """Eight bytes at a time, slowly, of a file that has no end."""
    def request(self, asked):
        self.blksize = 8
        self.image += bytes(1 << 22)
        self.send_tftp(self.oack({"blksize": 8}))

    def acknowledged(self, number):
        time.sleep(0.01)
        super().acknowledged(number)


class Repeats(Server):
    """Sends the first block again and again."""
    def acknowledged(self, number):
        time.sleep(0.01)
        self.send_tftp(self.block(1))


class Noise(Server):
    """What it has to say is true, but comes among frames that make no sense."""
    def noise(self):
        r = self.random
        payload = r.randbytes(r.randrange(0, 200))
        to = self.client_port or 68
        yield r.randbytes(r.randrange(0, 60)), r.randrange(0x10000)
        yield r.randbytes(r.randrange(0, 60)), 0x0800
        yield r.randbytes(r.randrange(0, 60)), 0x0806
        yield ip(udp(TID, to, payload, length=r.randrange(0x10000))), 0x0800
        yield ip(udp(TID, to, payload), length=r.randrange(1, 0x10000)), 0x0800
        yield ip(udp(TID, to, payload), fragment=r.choice([0x2000, 0x2001, 0x1fff])), 0x0800
        yield ip(udp(TID, to, payload), source=bytes([10, 9, 0, 77])), 0x0800
        yield ip(udp(67, 68, payload)), 0x0800
        yield ip(udp(53, r.randrange(0x10000), payload)), 0x0800
        yield ip(payload, protocol=1), 0x0800
        yield ip(payload, protocol=r.randrange(256)), 0x0800
        yield b"\x4f" + ip(payload)[1:], 0x0800
        yield bytes(1600), 0x0800

    def send(self, packet, kind=0x0800):
        for garbage in self.random.sample(list(self.noise()), 4):
            super().send(*garbage)
        super().send(packet, kind)


HABITS = {kind.__name__: kind for kind in
          [Server, Silent, DhcpPastTheEnd, DhcpPastTheEndFirst, DhcpTooLong, Escapes, MalformedOack,
           NotAskedFor, GiantSize, SmallSize, TooLong, WrongPorts, WrongPortsFirst, Endless, Repeats,
           Noise]}


def main():
    folder, habit = sys.argv[1:3]
    image = b""
    if len(sys.argv) > 3:
        with open(sys.argv[3], "rb") as file:
            image = file.read()
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    wire.bind(folder + "/wire")
    server = HABITS[habit](wire, folder + "/qemu", image)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([wire, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(0, 1):
            return
        if wire in ready:
            server.receive(wire.recv(2048))


if __name__ == "__main__":
    main()
