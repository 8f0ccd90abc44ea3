# SPDX-License-Identifier: BSD-2-Clause
"""Growth between two sets of results, and what of it has been accepted."""

import re

from size import ALIGNMENT, ROOM

GROWTH = 0.05
OURS = "hartline"


def is_ours(key):
    return "/%s" % OURS in key


def is_cost(key):
    """M-mode instructions and code size; the rest follows from them."""
    if not is_ours(key):
        return False
    family, _, setup, metric = key.split("/", 3)
    if setup == ROOM + ALIGNMENT:
        return False
    return {"boot": True, "loading": metric == "instructions a byte",
            "verifying": metric.endswith("instructions a byte"),
            "calls": metric.endswith((": caller", ": others")),
            "size": metric in ("text", "rodata", "data", "file", "RAM kept"),
            }.get(family, False)


def accepted(path):
    """{key: value up to which growth is accepted}, from the table in benchmarks-accepted.md."""
    try:
        with open(path) as f:
            return {key: float(value.replace(",", "")) for key, value in
                    re.findall(r"^\| `([^`]+)` \| ([\d.,]+) \| \S.* \|$", f.read(), re.M)}
    except FileNotFoundError:
        return {}


def deltas(before, after, wanted=is_cost):
    """[(key, before, after)] of all that is wanted, that both have and that differs."""
    return [(key, before.numbers[key], value) for key, value in after.numbers.items()
            if wanted(key) and key in before.numbers and before.numbers[key] != value]


def show(changes):
    for key, old, new in changes:
        change = " (%+.1f %%)" % (100 * (new - old) / old) if old else ""
        print("  %-70s %12s -> %12s%s" % (key, "{:,}".format(old), "{:,}".format(new), change))


def too_much(changes, allowed):
    """The changes that nobody has accepted. From nothing, any growth is too much."""
    return [(key, old, new) for key, old, new in changes
            if new > old * (1 + GROWTH) and new > allowed.get(key, 0)]
