# SPDX-License-Identifier: BSD-2-Clause
"""
What the firmware does for a hart - misaligned loads and stores of integers, F, D and V, reading counters - is
what the hart does itself. No hart of QEMU takes a trap for these; so QEMU is stopped at one instruction, and
the hart put into the state that the trap leaves it in (tests/bench/inject.py).
"""

import struct
import sys
import threading

import pytest

import machine
from machine import QEMU7, QEMU10

sys.path.append(str(machine.ROOT / "tests/bench"))
import elf  # noqa: E402
import inject  # noqa: E402


class Injector(threading.Thread):
    """Takes the trap that the payload asks for, each time that it comes to its slot."""

    def __init__(self, path, payload, guest):
        super().__init__(daemon=True)
        image = elf.Elf(payload)
        self.path, self.guest = str(path), guest
        self.slot, self.wanted = image.address("slot_trapping"), image.address("injection")
        self.taken = 0

    def run(self):
        gdb = inject.Gdb(self.path, machine.BOOT)
        assert gdb.ask("Z1,%x,2" % self.slot) == "OK"
        while True:
            try:
                stopped = gdb.ask("c")
            except OSError:  # QEMU is gone
                return
            if stopped is None or stopped[0] == "W":
                return
            wanted = bytes.fromhex(gdb.ask("m%x,18" % self.wanted))
            inject.take_trap(gdb, *struct.unpack("<QQQ", wanted), self.guest)
            self.taken += 1


@pytest.fixture
def run(start, tmp_path):
    """run(qemu, cpu, rounds, seed, guest) returns how many faults there were, and of guest pages."""
    def run_payload(qemu, cpu, rounds, seed, guest):
        payload = machine.payload("emulate.elf")
        kernel = start(
            qemu, "-M", "virt", "-cpu", cpu, "-nographic", "-nic", "none", "-m", "256M",
            "-bios", machine.firmware(), "-kernel", payload,
            "-append", f"rounds={rounds} seed={seed} guest={guest} straddle={int(qemu == QEMU7)}",
            "-S", "-gdb", f"unix:{tmp_path}/gdb,server=on,wait=off")
        injector = Injector(tmp_path / "gdb", str(payload), bool(guest))
        injector.start()
        result = kernel.expect(r"emulate: (?:(\d+) instructions the same, (\d+) faults, (\d+) of "
                               r"|FAILED: [^\r]*\r)", machine.BOOT)
        assert result.group(1), result.group(0)
        assert int(result.group(1)) == injector.taken == rounds
        assert kernel.expect_exit() == 0
        return int(result.group(2)), int(result.group(3))
    return run_payload


HARTS = [
    pytest.param(QEMU7, "rv64,v=true", 0, id="rv64-v"),
    pytest.param(QEMU7, "sifive-u54", 0, id="u54"),
    pytest.param(QEMU10, "max,vlen=256,smdbltrp=true,smrnmi=true", 0, id="max"),
    pytest.param(QEMU10, "max", 1, id="guest"),
]
SWEEP = [pytest.param(seed, 2000, marks=pytest.mark.long) for seed in range(2, 6)]


@pytest.mark.parametrize("seed, rounds", [(1, 300), *SWEEP])
@pytest.mark.parametrize("qemu, cpu, guest", HARTS)
def test_same_as_the_hart(run, qemu, cpu, guest, seed, rounds):
    faults, of_hypervisor = run(qemu, cpu, rounds, seed, guest)
    assert faults - of_hypervisor > rounds / 40
    assert not guest or of_hypervisor > rounds / 40
