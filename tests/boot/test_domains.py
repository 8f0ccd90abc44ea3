# SPDX-License-Identifier: BSD-2-Clause
"""Two domains on one machine: neither reaches what is the other's."""

import shutil

import pytest

import machine
from domain_tree import READ, RW, RWX, DomainTree
from machine import QEMU7, QEMU10

HARTS = 4
DRAM, B_MEMORY, B_ORDER = 0x80000000, 0x88000000, 27
NOTICE, MAILBOX = 0x8ffe0000, 0x8fff0000
B_DTB, B_ENTRY = 0x8f000000, 0x88200000
TEST_DEVICE = 0x100000
ECAM, ECAM_ORDER = 0x30000000, 28


def two_domains(tmp_path, *qemu):
    """A has everything but what is B's; B has no more than what is listed."""
    tree = DomainTree.of_machine(tmp_path / "a.dtb", *qemu)
    shutil.copyfile(tree.dtb, tmp_path / "b.dtb")
    tree.config()
    tree.memregion("all", 0, 64)
    tree.memregion("b-memory", B_MEMORY, B_ORDER)
    tree.memregion("notice", NOTICE, 12)
    tree.memregion("mailbox", MAILBOX, 12)
    tree.memregion("pci", ECAM, ECAM_ORDER, "mmio")
    shared = {"mailbox": RW}
    tree.instance("a", [0, 1], {"b-memory": 0, "pci": 0, "notice": RW, **shared, "all": RWX},
                  "system-reset-allowed")
    tree.instance("b", [2, 3], {"b-memory": RWX, "pci": RW, "notice": READ, **shared},
                  boot_hart=2, next_addr=B_ENTRY, next_arg1=B_DTB)
    other = DomainTree(tmp_path / "b.dtb")
    for hart in (0, 1):
        other.remove(f"/cpus/cpu@{hart}")
    other.remove("/cpus/cpu-map")
    other.put(f"/memory@{DRAM:x}", "reg", 0, B_MEMORY, 0, NOTICE - B_MEMORY)
    return tree, other


def listed(*ranges):
    return ",".join(f"{base:x}+{size:x}" for base, size in ranges)


@pytest.mark.parametrize("qemu, cpu", [
    pytest.param(QEMU7, "rv64", id="pmp"),
    pytest.param(QEMU10, "max", id="smepmp"),
])
def test_two_domains(virt, tmp_path, qemu, cpu):
    command = [qemu, "-M", "virt", "-cpu", cpu, "-smp", HARTS, "-m", "512M"]
    tree, other = two_domains(tmp_path, *command)
    pages = f"mailbox={MAILBOX:x} notice={NOTICE:x}"
    tree.bootargs(f"me=0 reset=1 others=2,3 {pages} "
                  f"deny={listed((B_MEMORY, NOTICE - B_MEMORY), (ECAM, 1 << ECAM_ORDER))}")
    other.bootargs(f"me=1 reset=0 others=0,1 {pages} "
                   f"deny={listed((DRAM, B_MEMORY - DRAM), (0x90000000, 0x10000000), (TEST_DEVICE, 0x1000))}")
    console = virt(machine.firmware(), "-cpu", cpu, "-dtb", tree.dtb,
                   "-kernel", machine.payload("domain-a.elf"),
                   "-device", f"loader,file={machine.payload('domain-b.elf')}",
                   "-device", f"loader,file={other.dtb},addr={B_DTB:#x},force-raw=on",
                   qemu=qemu, smp=HARTS)
    console.expect("domain 0: 2 harts of its own")
    console.expect("domain 1: 2 harts of its own")
    assert console.expect_exit() == 0
