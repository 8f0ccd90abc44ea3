# SPDX-License-Identifier: BSD-2-Clause
"""What each thing may cost at most, and what costs more."""

import re

from boot import DEAD
from media import COPIED

OURS, PEER = "hartline", "OpenSBI 1.9"
QUIET = "4 harts"

# (what, metric, setup, budget): calls of the firmware, in instructions.
CALLS = (
    ("base.get_spec_version", "caller", QUIET, 80),
    ("base.probe_extension", "caller", QUIET, None),
    ("set_timer", "caller", QUIET, 90),
    ("set_timer", "caller", "4 harts, no sstc", 130),
    ("M timer to S timer", "caller", "4 harts, no sstc", 90),
    ("send_ipi to one other", "caller", QUIET, 160),
    ("send_ipi to one other until it has it", "others", QUIET, 70),
    ("send_ipi to one other", "caller", "64 harts", 160),
    ("send_ipi to one other", "caller", "4 harts, imsic", None),
    ("send_ipi to all others", "caller", "64 harts", None),
    ("remote_fence_i to self", "caller", QUIET, None),
    ("remote_sfence_vma one page to self", "caller", QUIET, 150),
    ("remote_sfence_vma one page to one other", "caller + others", QUIET, 500),
    ("remote_sfence_vma one page to all others", "caller", "64 harts", 6000),
    ("dbcn.write of 64 bytes", "caller", QUIET, 700),
    ("dbcn.write_byte", "caller", QUIET, None),
    ("legacy putchar", "caller", QUIET, None),
    ("hart_get_status", "caller", QUIET, None),
    ("hart_start to first S-mode instruction", "time", QUIET, 3000),
    ("hart_start after hart_stop", "time", QUIET, 3000),
    ("retentive suspend and wake", "caller", QUIET, None),
    ("non-retentive suspend and wake", "caller", QUIET, 1500),
    ("system_suspend and wake", "caller", "4 harts, devices", None),
    ("cppc.read", "caller", "4 harts, devices", None),
    ("mpxy.send_message_without_response", "caller", "4 harts, devices", None),
    ("illegal instruction reflected", "caller", QUIET, 150),
    ("misaligned 8-byte load emulated", "caller", QUIET, 200),
    ("rdtime emulated", "caller", QUIET, 110),
)
BOOT = {("boot hart", 1): 400000, ("boot hart", 64): 2000000}
GROWTH = "each hart from 2 to 64"
GROWTH_BUDGET = 5000
SIZES = {("image", "file"): 131072, ("8 harts", "RAM kept"): 196608, ("64 harts", "RAM kept"): 655360}
# The budget for instructions is that of reading with the cheapest hash.
LOADING = {"instructions a byte": 30, "device accesses a byte": 2.2}
CHEAPEST_HASH = "crc32"
DISK, TFTP = 0.1, 3  # instructions a byte
# Of SHA-256, in C, on a hart that has nothing for it; what is copied counts as well.
HASHING = {("neither", "sha256: instructions a byte"): 70}


def of_medium(medium):
    return TFTP if "TFTP" in medium else None if medium in COPIED else DISK


def call_value(results, firmware, what, metric, setup):
    values = [results.get("calls", firmware, setup, "%s: %s" % (what, part))
              for part in metric.split(" + ")]
    return None if None in values else sum(values)


def growth(results, firmware, harts):
    one, many = (results.get("boot", firmware, "%d harts" % n, "boot hart") for n in (1, harts))
    return round((many - one) / (harts - 1)) if one and many and DEAD not in (one, many) else None


def measured(results):
    """(what, value, budget) of all of ours that has a budget; a value that is not there is None."""
    for what, metric, setup, budget in CALLS:
        yield ("%s: %s, %s" % (what, metric, setup), call_value(results, OURS, what, metric, setup),
               budget)
    for (metric, harts), budget in BOOT.items():
        yield ("boot with %d harts, %s" % (harts, metric),
               results.get("boot", OURS, "%d harts" % harts, metric), budget)
    yield "boot, " + GROWTH, growth(results, OURS, int(re.search(r"\d+$", GROWTH)[0])), GROWTH_BUDGET
    for (setup, metric), budget in SIZES.items():
        yield "%s, %s" % (setup, metric), results.get("size", OURS, setup, metric), budget
    for metric, budget in LOADING.items():
        yield ("loading from SD over SPI, " + metric,
               results.get("loading", OURS, CHEAPEST_HASH, metric), budget)
    for (setup, metric), budget in HASHING.items():
        yield "hashing, " + metric, results.get("verifying", OURS + " SPL", setup, metric), budget
    for medium in results.names("media", 2, OURS):
        yield ("loading from %s, instructions a byte" % medium,
               results.get("media", OURS, medium, "instructions a byte"), of_medium(medium))


def missed(results):
    return [(what, value, budget) for what, value, budget in measured(results)
            if None not in (value, budget) and value > budget]
