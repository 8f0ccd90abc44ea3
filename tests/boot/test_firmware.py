# SPDX-License-Identifier: BSD-2-Clause
"""The SBI firmware alone, as users of `qemu -bios` and other loaders start it."""

import pytest

import machine
from machine import QEMU7, QEMU10

BOTH_QEMUS = pytest.mark.parametrize("qemu", [QEMU7, QEMU10], ids=["qemu7", "qemu10"])
MTIP, VSTIP = 1 << 7, 1 << 6

INITRD = ["-initrd", machine.INITRD, "-append", "earlycon=sbi"]


@BOTH_QEMUS
def test_fw_dynamic_starts_what_qemu_loaded(virt, qemu):
    linux = virt(machine.firmware("fw_dynamic.bin"), "-kernel", machine.LINUX, *INITRD, qemu=qemu)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


@BOTH_QEMUS
def test_no_timer_is_pending_that_nobody_uses(virt, qemu, tmp_path):
    """
    Linux has stimecmp. While another timer interrupt is pending, enabled or not, QEMU takes the lock
    of its devices whenever the hart touches a CSR, and harts wait for each other.
    """
    linux = virt(machine.firmware(), "-kernel", machine.LINUX, *INITRD, "-cpu", "rv64,h=true",
                 "-qmp", f"unix:{tmp_path}/qmp,server=on,wait=off", qemu=qemu)
    linux.wait_for_shell()
    assert "sstc" in linux.run("grep isa /proc/cpuinfo")
    pending = machine.pending_interrupts(tmp_path / "qmp")
    assert [mip & (MTIP | VSTIP) for mip in pending] == [0] * 4


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
