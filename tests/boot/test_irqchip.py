# SPDX-License-Identifier: BSD-2-Clause
"""Linux on every interrupt controller that QEMU's virt machine can have, also on two sockets."""

import collections
import re
import socket

import pexpect
import pytest

import machine
from domain_tree import DomainTree
from machine import QEMU10

SOCKETS = ["-object", "memory-backend-ram,size=256M,id=m0",
           "-object", "memory-backend-ram,size=256M,id=m1",
           "-numa", "node,nodeid=0,cpus=0-1,memdev=m0", "-numa", "node,nodeid=1,cpus=2-3,memdev=m1"]

# M-mode's devices, of one or two sockets.
CLINTS = ["clint@2000000", "clint@2010000"]
M_APLICS = ["interrupt-controller@c000000", "interrupt-controller@c008000"]
M_IMSIC = ["interrupt-controller@24000000"]

# (is an interrupt, cause): illegal instructions, misaligned accesses, ECALLs of S-mode; MSI, MTI, MEI.
TO_M_MODE = {(0, 2), (0, 4), (0, 6), (0, 9), (1, 3), (1, 7), (1, 11)}


def check_counters(linux):
    """
    What `perf stat` reads. Without -icount, QEMU's counters count the host's cycles: there is no exact
    number.
    """
    counted = dict(line.split() for line in linux.run("/kvm/perf").splitlines())
    assert int(counted["cycles"]) > 100000 and int(counted["instructions"]) > 100000


def check_suspend(linux):
    """To RAM, until a key wakes it; the other harts stop before and come back after."""
    linux.run("echo enabled > /sys/class/tty/ttyS0/power/wakeup")
    linux.run("dmesg -n 8")
    linux.send("echo mem > /sys/power/state; echo E''ND$?")
    linux.expect("Disabling non-boot CPUs")
    linux.expect("CPU3: off")
    assert linux.expect_first(["Enabling non-boot CPUs", pexpect.TIMEOUT], timeout=3) == 1
    linux.send("")
    linux.expect("Enabling non-boot CPUs")
    linux.expect("END0")
    linux.run("dmesg -n 1")
    assert int(linux.run("nproc")) == 4


def check_hotplug(linux):
    for cpu in range(1, 4):
        linux.run(f"echo 0 > /sys/devices/system/cpu/cpu{cpu}/online")
        linux.run(f"echo 1 > /sys/devices/system/cpu/cpu{cpu}/online")
        linux.run(f"taskset {1 << cpu:x} true")


@pytest.mark.parametrize("aia, args, chip, hidden", [
    pytest.param("none", SOCKETS, "SiFive PLIC", CLINTS, id="plic-sockets"),
    pytest.param("aplic", [], "APLIC-DIRECT", CLINTS[:1] + M_APLICS[:1], id="aplic"),
    pytest.param("aplic-imsic,aia-guests=3", [], "APLIC-MSI", CLINTS[:1] + M_IMSIC + M_APLICS[:1],
                 id="imsic"),
    pytest.param("aplic-imsic", SOCKETS, "APLIC-MSI", CLINTS + M_IMSIC + M_APLICS,
                 id="imsic-sockets"),
])
def test_linux_takes_interrupts(virt, tmp_path, aia, args, chip, hidden):
    """And with them comes through all that a hart's life has: hotplug, suspend to RAM, power off."""
    args = ["-machine", f"virt,aia={aia}", "-cpu", "max", *args]
    tree = DomainTree.of_machine(tmp_path / "virt.dtb", QEMU10, "-M", "virt", *args,
                                 "-smp", 4, "-m", "512M")
    tree.firmware_option("system-suspend-test")
    tree.bootargs("console=ttyS0 no_console_suspend")
    initrd = tmp_path / "initrd.cpio.gz"
    initrd.write_bytes(machine.INITRD.read_bytes() +
                       machine.payload("kvm/small.cpio.gz").read_bytes())
    linux = virt(machine.firmware(), *args, "-dtb", tree.dtb, "-kernel", machine.LINUX,
                 "-initrd", initrd, qemu=QEMU10)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4
    assert chip in linux.run("grep ttyS0 /proc/interrupts")
    # What M-mode keeps is off in the tree, and everything else is on.
    off = linux.run("cd /proc/device-tree/soc; grep -ls disabled */status; cd")
    assert sorted(off.split()) == sorted(f"{node}/status" for node in hidden)
    check_counters(linux)
    check_suspend(linux)
    check_counters(linux)
    check_hotplug(linux)
    linux.send("poweroff -f")
    assert linux.expect_exit() == 0


def test_no_traps_with_imsic_and_sstc(virt, tmp_path):
    """
    Where the harts have IMSICs and Sstc, Linux needs the firmware for nothing: forks, timers and work
    on all harts take no trap to M-mode. QEMU logs each trap that a hart takes.
    """
    log, monitor = tmp_path / "int.log", tmp_path / "monitor"
    linux = virt(machine.firmware(), "-machine", "virt,aia=aplic-imsic", "-cpu", "max",
                 "-monitor", f"unix:{monitor},server=on,wait=off", "-D", log,
                 "-kernel", machine.LINUX, "-initrd", machine.INITRD, "-append", "console=ttyS0",
                 qemu=QEMU10)
    linux.wait_for_shell()
    with socket.socket(socket.AF_UNIX) as qemu:
        qemu.connect(str(monitor))
        qemu.settimeout(60)

        def order(command):
            qemu.sendall(command.encode() + b"\n")
            while not qemu.recv(4096).endswith(b"(qemu) "):
                pass

        order("info status")
        order("log int")
        linux.run("for c in 1 2 4 8; do taskset $c sh -c 'for i in $(seq 30); do sleep 0.01; "
                  "cat /proc/self/maps >/dev/null; done' & done; wait")
        order("log none")
    # What is not delegated to S-mode: its calls, and what M-mode's own interrupts are.
    traps = re.findall(r"async:(\d), cause:([0-9a-f]+),", log.read_text())
    counts = collections.Counter((int(kind), int(cause, 16)) for kind, cause in traps)
    mine = {trap: n for trap, n in counts.items() if trap in TO_M_MODE}
    assert not mine, f"traps to M-mode: {mine}"
    # It was not idle: timers and IPIs of S-mode, system calls.
    assert counts[1, 5] > 100 and counts[1, 9] > 30 and counts[0, 8] > 5000, counts


@pytest.mark.long
@pytest.mark.parametrize("harts", [1, 8])
@pytest.mark.parametrize("aia", ["none", "aplic", "aplic-imsic"])
def test_linux_with_other_numbers_of_harts(virt, aia, harts):
    linux = virt(machine.firmware(), "-machine", f"virt,aia={aia}", "-kernel", machine.LINUX,
                 "-initrd", machine.INITRD, "-append", "console=ttyS0", qemu=QEMU10, smp=harts)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == harts
    for cpu in range(1, harts):
        linux.run(f"echo 0 > /sys/devices/system/cpu/cpu{cpu}/online")
        linux.run(f"echo 1 > /sys/devices/system/cpu/cpu{cpu}/online")
    assert int(linux.run("nproc")) == harts
    linux.send("poweroff -f")
    assert linux.expect_exit() == 0


@pytest.mark.long
def test_linux_with_128_harts(virt):
    """Up to all of them in Linux; a shell on so many emulated harts is a matter of patience."""
    linux = virt(machine.firmware(), "-machine", "virt,aia=aplic-imsic", "-kernel", machine.LINUX,
                 "-initrd", machine.INITRD, "-append", "console=ttyS0 earlycon=sbi", qemu=QEMU10,
                 smp=128, mem="2G")
    linux.expect("smp: Brought up 1 node, 128 CPUs", 2 * machine.BOOT)
