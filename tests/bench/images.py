# SPDX-License-Identifier: BSD-2-Clause
"""What the bench boots from: FITs with random bytes in them, and SPLs with a control tree behind them."""

import random
import subprocess

from qemu import Failed


def tool(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed("%s\n%s" % (" ".join(command), done.stdout))


def make_bytes(path, size, first=b""):
    """The same ones each time."""
    with open(path, "wb") as f:
        f.write(first + random.Random(size).randbytes(size - len(first)))
    return path


def make_fit(base, its):
    """@base.itb of the text of an .its; its data are behind the tree."""
    with open(base + ".its", "w") as f:
        f.write(its)
    tool("mkimage", "-q", "-E", "-B", "0x200", "-f", base + ".its", base + ".itb")
    return base + ".itb"


def hash_node(algorithm):
    return 'hash-1 { algo = "%s"; };' % algorithm if algorithm != "none" else ""


def join(path, *parts):
    with open(path, "wb") as out:
        for part in parts:
            with open(part, "rb") as f:
                out.write(f.read())
    return path
