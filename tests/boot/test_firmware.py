# SPDX-License-Identifier: BSD-2-Clause
"""The SBI firmware alone, as users of `qemu -bios` and other loaders start it."""

import pytest

import machine
from machine import QEMU7, QEMU10

INITRD = ["-initrd", machine.INITRD, "-append", "earlycon=sbi"]


@pytest.mark.parametrize("qemu", [pytest.param(QEMU7, id="qemu7"),
                                  pytest.param(QEMU10, id="qemu10")])
def test_fw_dynamic_starts_what_qemu_loaded(virt, qemu):
    linux = virt(machine.firmware("fw_dynamic.bin"), "-kernel", machine.LINUX, *INITRD, qemu=qemu)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


def test_fw_jump(virt):
    linux = virt(machine.firmware("fw_jump.bin"), "-kernel", machine.LINUX, *INITRD)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


def test_fw_payload(virt):
    """Built with FW_PAYLOAD_PATH=<U-Boot for S-mode>."""
    u_boot = virt(machine.OUT / "payload-u-boot/sbi/fw_payload.bin")
    u_boot.expect("Hit any key to stop autoboot")
    u_boot.send("")
    u_boot.send("sbi")
    u_boot.expect("SBI 3.0")
    u_boot.expect("Hart State Management")


def test_cpu_max(virt):
    """All that QEMU 10 knows of the ISA, H and AIA CSRs among them."""
    linux = virt(machine.firmware(), "-kernel", machine.LINUX, *INITRD, "-cpu", "max", qemu=QEMU10)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4
    assert "isa" in linux.run("grep isa /proc/cpuinfo")
