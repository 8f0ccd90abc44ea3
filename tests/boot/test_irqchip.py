# SPDX-License-Identifier: BSD-2-Clause
"""Linux on every interrupt controller that QEMU's virt machine can have, also on two sockets."""

import pytest

import machine
from machine import QEMU10

SOCKETS = ["-object", "memory-backend-ram,size=256M,id=m0",
           "-object", "memory-backend-ram,size=256M,id=m1",
           "-numa", "node,nodeid=0,cpus=0-1,memdev=m0", "-numa", "node,nodeid=1,cpus=2-3,memdev=m1"]


@pytest.mark.parametrize("aia, args, chip, hidden", [
    pytest.param("none", SOCKETS, "SiFive PLIC", [], id="plic-sockets"),
    pytest.param("aplic", [], "APLIC-DIRECT", ["c000000"], id="aplic"),
    pytest.param("aplic-imsic,aia-guests=3", [], "APLIC-MSI", ["c000000", "24000000"], id="imsic"),
    pytest.param("aplic-imsic", SOCKETS, "APLIC-MSI", ["c000000", "c008000", "24000000"],
                 id="imsic-sockets"),
])
def test_linux_takes_interrupts(virt, aia, args, chip, hidden):
    linux = virt(machine.firmware(), "-machine", f"virt,aia={aia}", *args,
                 *["-kernel", machine.LINUX, "-initrd", machine.INITRD, "-append", "console=ttyS0"],
                 qemu=QEMU10)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4
    assert chip in linux.run("grep ttyS0 /proc/interrupts")
    # What M-mode keeps is off in the tree, and everything else is on.
    off = linux.run("cd /proc/device-tree/soc; grep -ls disabled */status; cd")
    assert sorted(off.split()) == [f"interrupt-controller@{at}/status" for at in sorted(hidden)]
    for cpu in range(1, 4):
        linux.run(f"echo 0 > /sys/devices/system/cpu/cpu{cpu}/online")
        linux.run(f"echo 1 > /sys/devices/system/cpu/cpu{cpu}/online")
        linux.run(f"taskset {1 << cpu:x} true")
    linux.send("poweroff -f")
    assert linux.expect_exit() == 0
