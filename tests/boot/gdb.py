# SPDX-License-Identifier: BSD-2-Clause
"""Makes a hart take traps to M-mode that QEMU's harts never take, through QEMU's GDB stub.

QEMU does every misaligned access itself and has all counters. Real harts need not, and firmware
emulates both. So the hart is stopped at a place that the payload has for that, and put into the state
that the trap leaves it in (RISC-V privileged ISA, "Machine-Mode Trap Handling"): the payload says in
scause, stval, sepc, sstatus.SPP and hstatus.SPV what trap it should be. The firmware cannot tell the
difference, and the payload checks what it delivers.
"""

import re
import socket
import struct
import subprocess

SSTATUS_SPP, HSTATUS_SPV = 1 << 8, 1 << 7
CAUSE_ILLEGAL_INSTRUCTION = 2
MSTATUS_MIE, MSTATUS_MPIE, MSTATUS_MPP, MSTATUS_MPP_S = 1 << 3, 1 << 7, 3 << 11, 1 << 11
MSTATUS_GVA, MSTATUS_MPV = 1 << 38, 1 << 39
PRIVILEGE_M = 3


class Gdb:
    """A client of the GDB remote protocol; only what is needed here."""

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""
        self.numbers = self._register_numbers()

    def ask(self, text):
        """Sends a packet; returns the answer, None when QEMU has ended."""
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 0xff))
        while not (packet := re.search(rb"\$([^#]*)#..", self.buffer)):
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.buffer += more
        self.buffer = self.buffer[packet.end():]
        self.socket.sendall(b"+")
        return packet.group(1).decode("latin-1")

    def _description(self, name):
        xml = ""
        while True:
            part = self.ask("qXfer:features:read:%s:%x,%x" % (name, len(xml), 2048))
            xml += part[1:]
            if part[0] == "l":
                return xml

    def _register_numbers(self):
        self.ask("qSupported:xmlRegisters=riscv")
        numbers, n = {}, 0
        for part in re.findall(r'href="([^"]+)"', self._description("target.xml")):
            for tag in re.findall(r"<reg [^>]*>", self._description(part)):
                attribute = dict(re.findall(r'(\w+)="([^"]*)"', tag))
                n = int(attribute.get("regnum", n))
                numbers[attribute["name"]] = n
                n += 1
        return numbers

    def get(self, name):
        return struct.unpack("<Q", bytes.fromhex(self.ask("p%x" % self.numbers[name])))[0]

    def set(self, name, value):
        reply = self.ask("P%x=%s" % (self.numbers[name], struct.pack("<Q", value).hex()))
        assert reply == "OK", f"QEMU refuses to set {name}: {reply}"

    def take_trap(self):
        cause, status = self.get("scause"), self.get("mstatus")
        status &= ~(MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPV | MSTATUS_GVA)
        if status & SSTATUS_SPP:
            status |= MSTATUS_MPP_S
        if self.get("hstatus") & HSTATUS_SPV:
            status |= MSTATUS_MPV
            if cause != CAUSE_ILLEGAL_INSTRUCTION:
                status |= MSTATUS_GVA
        self.set("mstatus", status | MSTATUS_MPIE)
        self.set("mepc", self.get("sepc"))
        self.set("mcause", cause)
        self.set("mtval", self.get("stval"))
        self.set("mtval2", 0)
        self.set("mtinst", 0)
        self.set("pc", self.get("mtvec") & ~3)
        self.set("priv", PRIVILEGE_M)


def symbol(elf, name):
    listing = subprocess.run(["riscv64-linux-gnu-nm", elf], check=True, capture_output=True,
                             text=True).stdout
    return int(re.search(rf"^([0-9a-f]+) \w {name}$", listing, re.M)[1], 16)


def serve(listener, address):
    """Takes QEMU's call, and drives it until it ends: a trap each time that a hart is at address."""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(120)
        gdb = Gdb(connection)
        assert gdb.ask("Z1,%x,4" % address) == "OK"
        while (stopped := gdb.ask("c")) and stopped[0] != "W":
            thread = re.search(r"thread:([^;]+);", stopped)
            if thread:
                gdb.ask("Hg" + thread[1])
            gdb.take_trap()
