# SPDX-License-Identifier: BSD-2-Clause
"""Machines with many harts: each is started, fences all others, and stops."""

import pytest

import machine


@pytest.mark.parametrize("harts", [1, 3, 64, 128, 512])
def test_all_harts_run(virt, harts):
    kernel = virt(machine.firmware(), "-kernel", machine.payload("harts.elf"), smp=harts)
    kernel.expect(rf"harts: {harts} there, {harts} ran, {harts} fenced, {harts} in order",
                  machine.BOOT)
    assert kernel.expect_exit() == 0
