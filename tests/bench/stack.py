# SPDX-License-Identifier: BSD-2-Clause
"""How much of the firmware's stacks the conformance suite leaves unused. Nothing is painted: QEMU's
memory starts as zeros, so all below the lowest word that is not zero was never used."""

import contextlib
import importlib.machinery
import importlib.util
import os
import pathlib
import struct
import sys
import tempfile

from qemu import FIRMWARE, Failed

HERE = os.path.dirname(os.path.abspath(__file__))
GUARD = struct.pack("<Q", 0x6a5d7e31)   # below each stack: STACK_GUARD of sbi/scratch.h
BLOCK = 3584                            # HART_BLOCK_SIZE there
HARTS = 4
METRIC = "stack never used in the conformance suite"


def conformance():
    scripts = os.path.join(HERE, "../../scripts")
    sys.path.insert(0, scripts)
    loader = importlib.machinery.SourceFileLoader("conformance",
                                                  os.path.join(scripts, "conformance"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("conformance", loader))
    sys.modules["conformance"] = module
    loader.exec_module(module)
    return module


def unused(memory):
    """Bytes above each hart's guard that are zero."""
    found = []
    first = at = memory.find(GUARD)
    while at >= 0 and memory[at:at + len(GUARD)] == GUARD:
        stack = memory[at + len(GUARD):at + BLOCK]
        found.append((len(stack) - len(stack.lstrip(b"\0"))) & ~7)
        at += BLOCK
    if first % 8 or len(found) != HARTS:
        raise Failed("%d stacks instead of %d in the firmware's memory" % (len(found), HARTS))
    return found


def watched(module, found):
    """A configuration whose machines' memory is looked at when they have ended."""
    class Watched(module.Config):
        @contextlib.contextmanager
        def peer(self, scratch):
            with tempfile.NamedTemporaryFile(dir=scratch) as ram:
                ram.truncate(256 << 20)
                yield ["-object", "memory-backend-file,id=ram,size=256M,share=on,mem-path=%s" %
                       ram.name, "-machine", "memory-backend=ram"]
                ram.seek(0)
                found.extend(unused(ram.read(FIRMWARE[1] - FIRMWARE[0])))
    return Watched


def measure(results, qemu, name, firmware, out, fetched):
    module, found = conformance(), []
    config = watched(module, found)("stack", qemu.binary, "virt", "max", HARTS)
    arguments = module.arguments(["--build", out, "--fetched", fetched])
    folder = pathlib.Path(out) / "bench"
    with open(folder / "stack.tap", "wb") as log:
        rows = module.Run(firmware, config, arguments, log).run()
    if not rows or any(row.verdict == "fail" for row in rows.values()):
        raise Failed("the conformance suite fails, see %s/stack.tap" % folder)
    results.put("size", name, "stack", METRIC, min(found))
