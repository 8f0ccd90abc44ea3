# SPDX-License-Identifier: BSD-2-Clause
"""Makes a hart take a trap that QEMU's harts never take, through the GDB stub.

QEMU does every misaligned load itself and always has the time CSR. Real harts need not, and
firmware emulates both. So QEMU is stopped at such an instruction and the hart is put into the
state that the trap leaves it in (RISC-V privileged ISA, "Machine-Mode Trap Handling"); the
firmware cannot tell the difference, and the payload checks the value that it delivers.
"""

import re
import socket
import struct
import time

from qemu import Failed

CAUSE_ILLEGAL_INSTRUCTION = 2
CAUSE_LOAD_MISALIGNED = 4
MSTATUS_MIE, MSTATUS_MPIE = 1 << 3, 1 << 7
MSTATUS_MPP, MSTATUS_MPP_S = 3 << 11, 1 << 11
MSTATUS_MPV_GVA = 1 << 39 | 1 << 38
MSTATUS_MDT = 1 << 42  # only harts with Smdbltrp keep it
PRIVILEGE_M = 3
REGISTER_A0 = 10


class Gdb:
    """A client of the GDB remote protocol; only what is needed here."""

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.time() + timeout
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.time() > deadline:
                    raise
                time.sleep(0.02)
        self.socket.settimeout(timeout)
        self.buffer = b""
        self.numbers = self.register_numbers()

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 0xff))

    def receive(self):
        """The next packet; None when QEMU has ended."""
        while True:
            packet = re.search(rb"\$([^#]*)#..", self.buffer)
            if packet:
                self.buffer = self.buffer[packet.end():]
                self.socket.sendall(b"+")
                return packet.group(1).decode("latin-1")
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            except socket.timeout:
                raise Failed("QEMU's GDB stub does not answer") from None
            if not more:
                return None
            self.buffer += more

    def ask(self, text):
        self.send(text)
        return self.receive()

    def description(self, name):
        xml = ""
        while True:
            part = self.ask("qXfer:features:read:%s:%x,%x" % (name, len(xml), 2048))
            xml += part[1:]
            if part[0] == "l":
                return xml

    def register_numbers(self):
        self.ask("qSupported:xmlRegisters=riscv")
        numbers, n = {}, 0
        for part in re.findall(r'href="([^"]+)"', self.description("target.xml")):
            for tag in re.findall(r"<reg [^>]*>", self.description(part)):
                attribute = dict(re.findall(r'(\w+)="([^"]*)"', tag))
                n = int(attribute.get("regnum", n))
                numbers[attribute["name"]] = n
                n += 1
        return numbers

    def read(self, number):
        return struct.unpack("<Q", bytes.fromhex(self.ask("p%x" % number)))[0]

    def write(self, number, value):
        reply = self.ask("P%x=%s" % (number, struct.pack("<Q", value).hex()))
        if reply != "OK":
            raise Failed("QEMU refuses to set register %d: %s" % (number, reply))

    def get(self, name):
        return self.read(self.numbers[name])

    def set(self, name, value):
        self.write(self.numbers[name], value)


def take_trap(gdb, cause, value, instruction=0, guest=False):
    """From S-mode, or VS-mode of a guest. instruction: what the hart says of it in mtinst."""
    gdb.set("priv", PRIVILEGE_M)
    status = gdb.get("mstatus")
    status &= ~(MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPV_GVA)
    status |= MSTATUS_MPP_S | MSTATUS_MDT | (MSTATUS_MPV_GVA if guest else 0)
    gdb.set("mstatus", status)
    gdb.set("mepc", gdb.get("pc"))
    gdb.set("mcause", cause)
    gdb.set("mtval", value)
    if "mtinst" in gdb.numbers:
        gdb.set("mtinst", instruction)
        gdb.set("mtval2", 0)
    gdb.set("pc", gdb.get("mtvec") & ~3)


def serve(path, misaligned_load, read_time):
    """Drive a QEMU that waits at its start, until it ends: take a trap at both addresses."""
    gdb = Gdb(path)
    for address in (misaligned_load, read_time):
        if gdb.ask("Z1,%x,4" % address) != "OK":
            raise Failed("QEMU refuses a breakpoint")
    while True:
        stopped = gdb.ask("c")
        if stopped is None or stopped[0] == "W":
            return
        thread = re.search(r"thread:([^;]+);", stopped)
        if thread:
            gdb.ask("Hg" + thread.group(1))
        pc = gdb.get("pc")
        if pc == misaligned_load:
            take_trap(gdb, CAUSE_LOAD_MISALIGNED, gdb.read(REGISTER_A0) + 1)
        elif pc == read_time:
            instruction = gdb.ask("m%x,4" % pc)
            take_trap(gdb, CAUSE_ILLEGAL_INSTRUCTION,
                      struct.unpack("<I", bytes.fromhex(instruction))[0])
