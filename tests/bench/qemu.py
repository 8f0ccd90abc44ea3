# SPDX-License-Identifier: BSD-2-Clause
"""Runs QEMU with the instruction counter (plugin/count.c) and reads its report."""

import collections
import os
import re
import subprocess
import tempfile
import time

FIRMWARE = (0x80000000, 0x80200000)     # where firmware runs; the next stage is behind it
NEXT_STAGE = 0x80200000
ASLEEP = 60     # seconds after which a QEMU that uses no time is taken for dead

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


def read(path):
    with open(path, errors="replace") as f:
        return f.read()


def processor_time(process):
    with open("/proc/%d/stat" % process.pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait(process, timeout):
    """Until it ends; killed when it has used up its time or sleeps for good. Time is that of the
    processor: what else this machine does must not decide."""
    used, since = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.05)
        now = processor_time(process)
        if now > used + 0.5:
            used, since = now, time.monotonic()
        if used > timeout or time.monotonic() - since > ASLEEP:
            process.kill()


class Qemu:
    """One QEMU with the counter built for it."""

    def __init__(self, binary, plugin):
        self.binary, self.plugin = binary, os.path.abspath(plugin)
        version = subprocess.run([binary, "--version"], capture_output=True, text=True,
                                 check=True).stdout
        self.version = re.search(r"version (\S+)", version).group(1)
        self.one_insn = (["-singlestep"] if self.version.startswith("7.")
                         else ["-accel", "tcg,one-insn-per-tb=on"])

    def command(self, folder, arguments, counter, lock_step, gdb):
        command = [self.binary, "-display", "none", "-monitor", "none", "-serial",
                   "file:%s/console" % folder] + arguments
        if gdb:
            command += ["-S", "-gdb", "unix:%s,server=on,wait=off" % gdb]
        if counter is None:
            return command
        plugin = ",".join(["file=" + self.plugin, "out=" + folder + "/report"] +
                          ["%s=%s" % argument for argument in counter])
        # QEMU 10 does not go on after a breakpoint where the clock never sleeps.
        command += ["-plugin", plugin, "-icount", "shift=0" if gdb else "shift=0,sleep=off"]
        return command + (self.one_insn if lock_step else [])

    def run(self, arguments, counter, lock_step=False, during=None, timeout=900):
        """Run until the counter ends it. counter: its arguments, a list of (name, value); None:
        it runs uncounted, at full speed, and there is no report.
        lock_step: harts take turns instruction by instruction while a window is open.
        during: called while QEMU runs, with the path of a socket for its GDB stub."""
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            gdb = folder + "/gdb" if during else None
            command = self.command(folder, arguments, counter, lock_step, gdb)
            with open(folder + "/said", "w") as said:
                # The modules in the system's folder may be another QEMU's.
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                           stderr=subprocess.STDOUT,
                                           env=dict(os.environ, QEMU_MODULE_DIR=folder))
            try:
                if during:
                    during(gdb)
                wait(process, timeout)
            finally:
                process.kill()
                process.wait()
            if process.returncode:
                raise Failed("%s\n%s\nlast on the console:\n%s" % (
                    " ".join(command), read(folder + "/said"), read(folder + "/console")[-400:]))
            return Report(read(folder + "/report")) if counter is not None else None


def zones(*named):
    return [("zone", "%s:%#x-%#x" % (name, start, end)) for name, start, end in named]


def virt(harts, options=""):
    """Arguments for QEMU's virt machine; options: "no sstc" and "imsic", or both."""
    return ["-M", "virt,aia=aplic-imsic" if "imsic" in options else "virt", "-smp", str(harts),
            "-m", "256M", "-cpu", "rv64,sstc=off" if "no sstc" in options else "rv64"]
