# SPDX-License-Identifier: BSD-2-Clause
"""S-mode reaches neither the firmware nor the devices of M-mode, on any hart at any time."""

import pytest

import machine
from machine import QEMU7, QEMU10

HARTS = 4
CLINT = (0x2000000, 0x10000)
APLIC_M = (0xc000000, 0x8000)
IMSIC_M = (0x24000000, HARTS * 0x1000)


@pytest.mark.parametrize("qemu, options, devices", [
    pytest.param(QEMU7, "", [CLINT], id="clint"),
    pytest.param(QEMU7, ",aclint=on", [CLINT], id="aclint"),
    pytest.param(QEMU10, ",aia=aplic", [CLINT, APLIC_M], id="aplic"),
    pytest.param(QEMU10, ",aia=aplic-imsic", [CLINT, APLIC_M, IMSIC_M], id="imsic"),
])
def test_firmware_and_its_devices(virt, qemu, options, devices):
    deny = ",".join(f"{base:x}+{size:x}" for base, size in devices)
    kernel = virt(machine.firmware(), "-machine", "virt" + options, smp=HARTS, qemu=qemu,
                  *["-kernel", machine.payload("isolation.elf"), "-append", "deny=" + deny])
    kept = kernel.expect(r"memory +([0-9a-f]+-[0-9a-f]+),").group(1)
    start, end = (int(address, 16) for address in kept.split("-"))
    pages = (end + 1 - start + sum(size for _, size in devices)) // 0x1000
    # All harts, and all but one of them a second time.
    kernel.expect(f"isolation: firmware {kept}, {HARTS} harts kept off {pages * (2 * HARTS - 1)} pages")
    assert kernel.expect_exit() == 0
