# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Linux through the whole chain: from an SD card to a shell, seen from inside Linux."""

import re

import pytest

import machine
from machine import BOOT, QEMU7, QEMU10, QEMU11

BOARDS = [
    pytest.param("qemu-virt", QEMU7, 4, id="virt-qemu7"),
    pytest.param("qemu-virt", QEMU10, 4, id="virt-qemu10"),
    pytest.param("sifive-unleashed", QEMU7, 5, id="unleashed-qemu7"),
    pytest.param("sifive-unleashed", QEMU10, 5, id="unleashed-qemu10"),
    pytest.param("microchip-icicle", QEMU7, 5, id="icicle-qemu7"),
]
# Whose SD card gives no block before it was asked who it is.
UNLEASHED_11 = pytest.param("sifive-unleashed", QEMU11, 5, id="unleashed-qemu11",
                            marks=machine.needs_qemu11)

# Hart 0 of the FU540 and the MPFS has no S-mode: Linux gets the other four.
LINUX_HARTS = 4


def online(linux):
    return linux.run("cat /sys/devices/system/cpu/online")


# Linux's CPU 0 is the hart that booted.
SECONDARIES = range(1, LINUX_HARTS)


@pytest.mark.parametrize("name, qemu, smp", [*BOARDS, UNLEASHED_11])
def test_boots_linux_with_all_harts(board, name, qemu, smp):
    linux = board(name, qemu=qemu, smp=smp)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == LINUX_HARTS
    assert online(linux) == f"0-{LINUX_HARTS - 1}"

    # SBI as Linux found it.
    for text in ("SBI specification v3.0", "SBI TIME extension", "SBI IPI extension",
                 "SBI RFENCE extension", "SBI SRST extension", "SBI DBCN extension",
                 "SBI HSM extension"):
        linux.run(f"dmesg | grep -q '{text} detected'")

    # The firmware's memory is kept from Linux, all of it.
    linux.run("test -e /proc/device-tree/reserved-memory/mmode_resv0*/no-map")

    # SPL and firmware told it of the boot.
    record = linux.boot_record()
    assert record["board"] == [name] and record["source"] == ["sd0"]
    assert "slot" not in record and len(record["image kernel"]) == 1


@pytest.mark.parametrize("name, qemu, smp", BOARDS)
def test_hotplug_and_reset(board, name, qemu, smp):
    """Every secondary stops and starts again through HSM; then SRST reboots, and powers off."""
    linux = board(name, qemu=qemu, smp=smp)
    linux.wait_for_shell()
    for _ in range(2):
        for cpu in SECONDARIES:
            linux.run(f"echo 0 > /sys/devices/system/cpu/cpu{cpu}/online")
            assert linux.run(f"cat /sys/devices/system/cpu/cpu{cpu}/online") == "0"
        assert int(linux.run("nproc")) == 1
        for cpu in SECONDARIES:
            linux.run(f"echo 1 > /sys/devices/system/cpu/cpu{cpu}/online")
        assert int(linux.run("nproc")) == LINUX_HARTS
        # A hart that came back does work.
        for cpu in SECONDARIES:
            linux.run(f"taskset {1 << cpu:x} true")

    if name == "microchip-icicle":
        return  # QEMU's system registers do not reset it

    linux.run("touch /run-once")
    linux.send("reboot -f")
    linux.wait_for_shell()
    linux.run("test ! -e /run-once")
    assert int(linux.run("nproc")) == LINUX_HARTS

    linux.send("poweroff -f")
    if name == "qemu-virt":
        assert linux.expect_exit() == 0
    else:
        # It has no power-off: SRST says so, and the kernel goes on to halt by itself.
        linux.expect("(reboot: Power down|System halted|reboot: System halted)", BOOT)


@pytest.mark.parametrize("name, mem", [
    ("qemu-virt", "192M"), ("qemu-virt", "4G"),
    ("sifive-unleashed", "256M"), ("sifive-unleashed", "8G"),
])
def test_memory_size_is_not_assumed(board, name, mem):
    linux = board(name, mem=mem)
    linux.wait_for_shell()
    total = int(re.search(r"MemTotal:\s+(\d+) kB", linux.run("cat /proc/meminfo")).group(1))
    size = int(mem[:-1]) << (10 if mem.endswith("M") else 20)
    assert size * 0.6 < total < size


@pytest.mark.parametrize("smp", [1, 2, 8])
def test_other_numbers_of_harts(board, smp):
    linux = board("qemu-virt", smp=smp)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == smp


def test_boots_from_virtio_blk(start):
    """The same card image on a modern virtio disk over MMIO; no SD controller is there."""
    linux = start(QEMU7, "-M", "virt", "-smp", 2, "-m", "512M", "-nographic", "-snapshot",
                  "-nic", "none", "-bios", machine.spl("qemu-virt"),
                  "-drive", f"if=none,id=disk,format=raw,file={machine.sdcard('qemu-virt')}",
                  "-global", "virtio-mmio.force-legacy=false", "-device", "virtio-blk-device,drive=disk")
    linux.wait_for_shell()
    # The register Version of the last window, where QEMU puts the first device (virtio 1.2, 4.2.2).
    assert int(linux.run("devmem 0x10008004"), 16) == 2


def test_boots_through_pci_bridges(start):
    """The SD controller sits behind a root port and a PCI bridge."""
    linux = start(QEMU7, "-M", "virt", "-smp", 2, "-m", "512M", "-nographic", "-snapshot",
                  "-nic", "none", "-bios", machine.spl("qemu-virt"),
                  "-device", "pcie-root-port,id=rp,bus=pcie.0,chassis=1",
                  "-device", "pcie-pci-bridge,id=bridge,bus=rp",
                  "-device", "sdhci-pci,id=slot,bus=bridge,addr=1",
                  "-drive", f"if=none,id=sd,format=raw,file={machine.sdcard('qemu-virt')}",
                  "-device", "sd-card,drive=sd")
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 2
