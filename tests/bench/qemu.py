# SPDX-License-Identifier: BSD-2-Clause
"""Runs QEMU with the instruction counter (plugin/count.c) and reads its report."""

import collections
import os
import re
import subprocess
import tempfile

FIRMWARE = (0x80000000, 0x80200000)     # where firmware runs; the next stage is behind it
NEXT_STAGE = 0x80200000

Window = collections.namedtuple(
    "Window", "id hart closer firmware loads stores io longest others others_most elapsed")
Code = collections.namedtuple("Code", "insns loads stores")
Io = collections.namedtuple("Io", "reads writes")
Stop = collections.namedtuple("Stop", "hart insns")


class Failed(Exception):
    pass


class Report:
    """What the counter saw. harts, io: {hart: {zone name: counts}}; the same at the stop."""

    def __init__(self, text):
        self.harts, self.io = {}, {}
        self.stop_harts, self.stop_io = {}, {}
        self.windows, self.pcs = [], {}
        self.stop, self.last_io, self.settled, complete = None, None, True, False
        for line in text.splitlines():
            record, *fields = line.split()
            if record in ("hart", "stop-hart"):
                into = self.harts if record == "hart" else self.stop_harts
                into.setdefault(int(fields[0]), {})[fields[1]] = Code(*map(int, fields[2:]))
            elif record in ("hart-io", "stop-hart-io"):
                into = self.io if record == "hart-io" else self.stop_io
                into.setdefault(int(fields[0]), {})[fields[1]] = Io(*map(int, fields[2:]))
            elif record == "win":
                self.windows.append(Window(*map(int, fields)))
            elif record == "pc":
                self.pcs[int(fields[0])] = int(fields[1])
            elif record == "stop":
                self.stop = Stop(*map(int, fields))
            elif record == "last-io":
                self.last_io = Stop(*map(int, fields))
            elif record == "settled":
                self.settled = fields[0] == "1"
            elif record == "end":
                complete = True
        if not complete:
            raise Failed("the counter wrote no complete report")

    def insns(self, hart, zone="firmware", at_stop=False):
        harts = self.stop_harts if at_stop else self.harts
        return harts.get(hart, {}).get(zone, Code(0, 0, 0)).insns

    def total(self, zone="firmware"):
        return sum(self.insns(hart, zone) for hart in self.harts)


class Qemu:
    """One QEMU with the counter built for it."""

    def __init__(self, binary, plugin):
        self.binary, self.plugin = binary, os.path.abspath(plugin)
        version = subprocess.run([binary, "--version"], capture_output=True, text=True,
                                 check=True).stdout
        self.version = re.search(r"version (\S+)", version).group(1)
        self.one_insn = (["-singlestep"] if self.version.startswith("7.")
                         else ["-accel", "tcg,one-insn-per-tb=on"])

    def run(self, arguments, counter, lock_step=False, during=None, timeout=900):
        """Run until the counter ends it. counter: its arguments, a list of (name, value).
        lock_step: harts take turns instruction by instruction while a window is open.
        during: called while QEMU runs, with the path of a socket for its GDB stub."""
        with tempfile.TemporaryDirectory(prefix="bench-") as tmp:
            out, console = os.path.join(tmp, "report"), os.path.join(tmp, "console")
            plugin = ",".join(["file=" + self.plugin, "out=" + out] +
                              ["%s=%s" % (k, v) for k, v in counter])
            gdb = os.path.join(tmp, "gdb")
            command = [self.binary, "-display", "none", "-monitor", "none", "-serial",
                       "file:" + console, "-plugin", plugin]
            # QEMU 10 does not go on after a breakpoint where the clock never sleeps.
            command += (["-icount", "shift=0", "-S", "-gdb", "unix:%s,server=on,wait=off" % gdb]
                        if during else ["-icount", "shift=0,sleep=off"])
            command += (self.one_insn if lock_step else []) + arguments
            # The modules in the system's folder may be another QEMU's.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=True, env=dict(os.environ, QEMU_MODULE_DIR=tmp))
            try:
                if during:
                    during(gdb)
                said = process.communicate(timeout=timeout)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                said = process.communicate()[0] + "\n(time-out after %d s)" % timeout
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            with open(console, errors="replace") as f:
                spoken = f.read()
            if process.returncode:
                raise Failed("%s\n%s\nlast of the console:\n%s" %
                             (" ".join(command), said, spoken[-400:]))
            with open(out) as f:
                return Report(f.read())


def zones(*named):
    return [("zone", "%s:%#x-%#x" % (name, start, end)) for name, start, end in named]


def virt(harts, options=""):
    """Arguments for QEMU's virt machine; options: "no sstc" and "imsic", or both."""
    return ["-M", "virt,aia=aplic-imsic" if "imsic" in options else "virt", "-smp", str(harts),
            "-m", "256M", "-cpu", "rv64,sstc=off" if "no sstc" in options else "rv64"]
