# SPDX-License-Identifier: BSD-2-Clause
"""What the SPL spends on checking: on QEMU's virt machine, from a FIT in memory, so that reading is
one copy and nothing waits for a device whose time is not the machine's."""

import os

from images import join, make_bytes, make_firmware_fit, tool
from qemu import NEXT_STAGE, Failed, zones

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts")
SMALL, LARGE = 256 << 10, 1280 << 10    # their difference is the cost of a byte
WHOLE = 32 << 20                        # a kernel
FIT_ADDRESS = 0xa0000000
DRAM = (0x80000000, 0xc0000000)
# What a hart has for SHA-2.
HARTS = {"neither": "rv64,zbb=off,zknh=off", "Zbb": "rv64,zbb=on,zknh=off",
         "Zbb, Zknh": "rv64,zbb=on,zknh=on"}


def payload_fit(folder, firmware, size, algorithm):
    base = os.path.join(folder, "verify-%s-%d" % (algorithm, size))
    payload = make_bytes(base + ".payload", size)
    return make_firmware_fit(base, firmware, payload, [NEXT_STAGE], algorithm)


def sign(folder, fit, tree, key_type):
    """The FIT, with a key that the control tree then demands."""
    keys = os.path.join(folder, "keys")
    if not os.path.exists("%s/%s.pub" % (keys, key_type)):
        tool(SCRIPTS + "/sign", "key", keys, key_type, "--type", key_type)
    tool(SCRIPTS + "/sign", "fit", fit, keys, key_type, "--control-dtb", tree)


def make_spl(folder, spl, fit, key_type):
    """Our SPL (path without suffix) with a control tree that says where the FIT is, signed if with a
    type of key."""
    tree = os.path.join(folder, "verify.dtb")
    tool("cp", os.path.join(os.path.dirname(spl), "control.dtb"), tree)
    if key_type:
        sign(folder, fit, tree, key_type)
    tool("fdtput", "-p", "-t", "x", tree, "/chosen", "hartline,fit-ram", "0", "%x" % FIT_ADDRESS,
         "0", "%x" % os.path.getsize(fit))
    return join(os.path.join(folder, "verify-spl.bin"), spl + "-nodtb.bin", tree)


def boot(qemu, folder, spl, firmware, size, algorithm, cpu, key_type=None):
    """Instructions from reset to the first of the payload."""
    fit = payload_fit(folder, firmware, size, algorithm)
    loader = make_spl(folder, spl, fit, key_type)
    report = qemu.run(["-M", "virt", "-m", "1G", "-cpu", cpu, "-bios", loader,
                       "-device", "loader,file=%s,addr=%#x,force-raw=on" % (fit, FIT_ADDRESS)],
                      zones(("firmware",) + DRAM) + [("stop", hex(NEXT_STAGE))])
    os.remove(fit)
    if not report.stop:
        raise Failed("%s does not start the FIT (%s, %s)" % (spl, algorithm, cpu))
    return report.insns(report.stop.hart, at_stop=True)


def measure_byte(results, qemu, folder, name, spl, firmware, algorithm, harts):
    small, large = (boot(qemu, folder, spl, firmware, size, algorithm, HARTS[harts])
                    for size in (SMALL, LARGE))
    results.put("verifying", name, harts, "%s: instructions a byte" % algorithm,
                round((large - small) / (LARGE - SMALL), 2))


def measure_whole(results, qemu, folder, name, spl, firmware, algorithm, harts, key_type=None):
    metric = "%s: reset to kernel of %d MiB" % (
        " and ".join(filter(None, (algorithm, key_type))), WHOLE >> 20)
    results.put("verifying", name, harts, metric,
                boot(qemu, folder, spl, firmware, WHOLE, algorithm, HARTS[harts], key_type))


def measure_signature(results, qemu, folder, name, spl, signed_spl, firmware, key_type, harts):
    """signed_spl: of VERIFY=signed; what it executes more than the other, which checks the same hashes."""
    hashed, signed = (boot(qemu, folder, which, firmware, SMALL, "sha256", HARTS[harts], key)
                      for which, key in ((spl, None), (signed_spl, key_type)))
    results.put("verifying", name, harts, "%s: instructions that a signature adds" % key_type,
                signed - hashed)
