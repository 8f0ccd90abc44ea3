# SPDX-License-Identifier: BSD-2-Clause
"""
S-mode reaches neither the firmware nor the devices of M-mode, on any hart at any time; and with
Smepmp M-mode reaches nothing but what the firmware needs.
"""

import re
import subprocess
import sys

import pytest

import machine
from machine import QEMU7, QEMU10

sys.path.append(str(machine.ROOT / "tests/bench"))
from inject import Gdb  # noqa: E402

HARTS = 4
CLINT = (0x2000000, 0x10000)
APLIC_M = (0xc000000, 0x8000)
IMSIC_M = (0x24000000, HARTS * 0x1000)


@pytest.mark.parametrize("qemu, options, devices", [
    pytest.param(QEMU7, "", [CLINT], id="clint"),
    pytest.param(QEMU7, ",aclint=on", [CLINT], id="aclint"),
    pytest.param(QEMU10, ",aia=aplic", [CLINT, APLIC_M], id="aplic"),
    pytest.param(QEMU10, ",aia=aplic-imsic", [CLINT, APLIC_M, IMSIC_M], id="imsic"),
    pytest.param(QEMU7, " -cpu rv64,x-epmp=true", [CLINT], id="epmp"),
    pytest.param(QEMU10, ",aia=aplic-imsic -cpu max", [CLINT, APLIC_M, IMSIC_M], id="smepmp"),
])
def test_firmware_and_its_devices(virt, qemu, options, devices):
    deny = ",".join(f"{base:x}+{size:x}" for base, size in devices)
    kernel = virt(machine.firmware(), *("-machine virt" + options).split(), smp=HARTS, qemu=qemu,
                  *["-kernel", machine.payload("isolation.elf"), "-append", "deny=" + deny])
    kept = kernel.expect(r"memory +([0-9a-f]+-[0-9a-f]+),").group(1)
    start, end = (int(address, 16) for address in kept.split("-"))
    pages = (end + 1 - start + sum(size for _, size in devices)) // 0x1000
    # All harts, and all but one of them a second time.
    kernel.expect(f"isolation: firmware {kept}, {HARTS} harts kept off {pages * (2 * HARTS - 1)} pages")
    assert kernel.expect_exit() == 0


SMEPMP = {"epmp": (QEMU7, "rv64,x-epmp=true"), "smepmp": (QEMU10, "rv64,smepmp=true")}
MSECCFG_MML, MSECCFG_MMWP, MSECCFG_RLB = 1, 2, 4
S_MEMORY = 0x80200000  # where the payload is
DRAM = 0x80000000
ACCESS = {"load": b"\x14\x61", "store": b"\x14\xe1"}  # c.ld and c.sd a3, 0(a0)
FETCH_ACCESS, LOAD_ACCESS, STORE_ACCESS = 1, 5, 7
A0, A3 = 10, 13


def symbol(elf, name):
    """The address of a symbol as it is linked."""
    lines = subprocess.run(["riscv64-linux-gnu-nm", elf], capture_output=True, check=True, text=True)
    return int(re.search(rf"^(\w+) \w {name}$", lines.stdout, re.M).group(1), 16)


def of_firmware(name):
    return DRAM + symbol(machine.firmware("fw_dynamic.elf"), name)


class Debugged:
    """A machine that waits at its start, and a debugger at it."""

    def __init__(self, virt, tmp_path, which):
        qemu, cpu = SMEPMP[which]
        socket = tmp_path / "gdb"
        self.console = virt(
            machine.firmware(), "-cpu", cpu, "-kernel", machine.payload("isolation.elf"), "-S",
            "-gdb", f"unix:{socket},server=on,wait=off", qemu=qemu, smp=HARTS)
        self.gdb = Gdb(str(socket))

    def select(self, hart):
        assert self.gdb.ask(f"Hg{hart + 1:x}") == "OK"

    def run_to(self, address):
        """Until any hart gets there; which that is."""
        assert self.gdb.ask(f"Z1,{address:x},4") == "OK"
        stopped = self.gdb.ask("c")
        assert self.gdb.ask(f"z1,{address:x},4") == "OK"
        hart = int(re.search("thread:p?(?:\\d+\\.)?0*(\\w+);", stopped).group(1), 16) - 1
        self.select(hart)
        assert self.gdb.get("pc") == address
        return hart

    def byte(self, address, value):
        assert self.gdb.ask(f"M{address:x},1:{value:02x}") == "OK"


def instruction(code):
    """Where in the firmware's code these bytes are."""
    image = machine.firmware().read_bytes()
    at = next(at for at in range(0, len(image), 2) if image.startswith(code, at))
    assert at < symbol(machine.firmware("fw_dynamic.elf"), "_fw_rodata")
    return DRAM + at


@pytest.mark.parametrize("which, access, cause, target", [
    ("smepmp", "fetch", FETCH_ACCESS, S_MEMORY),
    ("smepmp", "load", LOAD_ACCESS, S_MEMORY + 0x1000),
    ("smepmp", "store", STORE_ACCESS, S_MEMORY + 0x1000),
    ("smepmp", "store", STORE_ACCESS, "_fw_start"),
    ("smepmp", "store", STORE_ACCESS, "_fw_rodata"),
    ("smepmp", "fetch", FETCH_ACCESS, "_fw_rodata"),
    ("smepmp", "fetch", FETCH_ACCESS, "_fw_rw_start"),
    ("epmp", "fetch", FETCH_ACCESS, S_MEMORY),
    ("epmp", "store", STORE_ACCESS, S_MEMORY + 0x1000),
    ("epmp", "store", STORE_ACCESS, "_fw_start"),
])
def test_m_mode_is_bound(virt, tmp_path, which, access, cause, target):
    """A firmware that goes astray, on a hart that has entered S-mode and is back in M-mode."""
    debugged = Debugged(virt, tmp_path, which)
    debugged.run_to(S_MEMORY)
    gdb, address = debugged.gdb, target if isinstance(target, int) else of_firmware(target)
    gdb.set("priv", 3)
    gdb.set("mscratch", 0)
    gdb.write(A0, address)
    gdb.write(A3, 0)
    gdb.set("pc", address if access == "fetch" else instruction(ACCESS[access]))
    gdb.send("c")
    debugged.console.expect(f"hartline: trap in M-mode on hart .*"
                            f"mcause {cause:#x} .*mtval {address:#x} ")


def mseccfg(debugged):
    values = []
    for hart in range(HARTS):
        debugged.select(hart)
        values.append(debugged.gdb.get("mseccfg"))
    return values


def test_all_harts_are_bound(virt, tmp_path):
    """At the end, when each was stopped and started once."""
    debugged = Debugged(virt, tmp_path, "smepmp")
    debugged.run_to(symbol(machine.payload("isolation.elf"), "machine_end"))
    assert mseccfg(debugged) == [MSECCFG_MML | MSECCFG_MMWP] * HARTS


def test_harts_with_and_without_smepmp(virt, tmp_path):
    debugged = Debugged(virt, tmp_path, "smepmp")
    changed = set()
    while len(changed) < HARTS:
        hart = debugged.run_to(of_firmware("pmp_protect"))
        if hart == 2:
            debugged.byte(debugged.gdb.read(A0) + 4, 0)  # pmp_limits.smepmp
        changed.add(hart)
        debugged.gdb.ask("s")
    debugged.run_to(symbol(machine.payload("isolation.elf"), "machine_end"))
    bound = MSECCFG_MML | MSECCFG_MMWP
    assert mseccfg(debugged) == [bound, bound, 0, bound]
    debugged.console.expect(rf"isolation: firmware \S+, {HARTS} harts kept off")
