# SPDX-License-Identifier: BSD-2-Clause
"""Machines with many harts: each is started, fences all others, and stops."""

import sys

import pytest

import machine
from domain_tree import DomainTree
from machine import QEMU7, QEMU10

sys.path.append(str(machine.ROOT / "tests/bench"))
import boot  # noqa: E402
import qemu as counting  # noqa: E402


@pytest.mark.parametrize("harts", [1, 3, 64, 128, 512])
def test_all_harts_run(virt, harts):
    kernel = virt(machine.firmware(), "-kernel", machine.payload("harts.elf"), smp=harts)
    kernel.expect(rf"harts: {harts} there, {harts} ran, {harts} fenced, {harts} in order",
                  machine.BOOT)
    assert kernel.expect_exit() == 0


def test_harts_with_gaps(virt, tmp_path):
    """Those that the tree has find their blocks, whatever their numbers; one that it has not waits."""
    tree = DomainTree.of_machine(tmp_path / "gaps.dtb", QEMU7, "-M", "virt", "-smp", "8",
                                 "-m", "512M")
    for hart in (1, 3, 4):
        tree.remove(f"/cpus/cpu@{hart}")
    tree.remove("/cpus/cpu-map")
    tree.bootargs("only=ipi.")
    kernel = virt(machine.firmware(), "-dtb", tree.dtb, "-kernel",
                  machine.payload("sbi-conformance.elf"), smp=8)
    kernel.expect(r"# harts 5 of 5, .*# passed [1-9]\d+, failed 0", machine.BOOT)


def test_waiting_harts_cost_the_same():
    """From reset until they idle, however many there are: the boot of a machine is linear in them."""
    counter = counting.Qemu(QEMU10, machine.OUT / "bench/count-qemu10.so")
    spin = machine.OUT / "bench/payload/spin.bin"
    costs = []
    for harts in (64, 512):
        report = counter.run(boot.arguments(machine.firmware(), spin, harts),
                             boot.COUNTER + [boot.turns(harts)])
        assert report.settled
        boot_hart = report.insns(report.stop.hart, at_stop=True)
        costs.append((report.total() - boot_hart) / (harts - 1))
    assert costs[1] < 1.02 * costs[0]
