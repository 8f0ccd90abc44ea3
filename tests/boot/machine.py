# SPDX-License-Identifier: BSD-2-Clause
"""A machine under test: QEMU with its serial console, and what a person would do at it."""

import os
import pathlib
import re

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / os.environ.get("O", "build")
FETCHED = ROOT / os.environ.get("FETCHED", OUT / "fetched")
QEMU7 = os.environ.get("QEMU", "qemu-system-riscv64")
QEMU10 = str(FETCHED / "qemu10/bin/qemu-system-riscv64")

# Emulated, on machines that may be busy: only a hang may run into these.
STEP = 120
BOOT = 300

SHELL = "~ # "


class Machine:
    """QEMU with its console on our side. Use as a context manager: it ends with the block."""

    def __init__(self, *args, qemu=QEMU7, log):
        self.args = [str(a) for a in args]
        self.log = open(log, "w", encoding="utf-8", errors="replace")
        self.log.write("$ " + " ".join([qemu, *self.args]) + "\n")
        self.log.flush()
        self.process = pexpect.spawn(
            qemu, ["-nographic", "-monitor", "none", "-serial", "stdio", *self.args],
            encoding="utf-8", codec_errors="replace", timeout=STEP, cwd=ROOT,
            dimensions=(24, 500), echo=False)
        self.process.logfile_read = self.log

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.close(force=True)
        self.log.close()

    def expect(self, pattern, timeout=STEP):
        """Waits for a regular expression (or the first of several) and returns the match."""
        self.process.expect(pattern, timeout=timeout)
        return self.process.match

    def expect_exit(self, timeout=STEP):
        """QEMU ends by itself: the machine was powered off. Returns its exit code."""
        self.process.expect(pexpect.EOF, timeout=timeout)
        self.process.wait()
        return self.process.exitstatus

    def send(self, line):
        self.process.send(line + "\n")

    def wait_for_shell(self, timeout=BOOT):
        self.expect(re.escape(SHELL), timeout)
        # Kernel messages between prompt and answer would break the reading of answers.
        self.run("dmesg -n 1")

    def run(self, command, timeout=STEP):
        """Runs a command in the Linux shell; returns its output. Its exit code must be 0."""
        # The mark is split so that the echoed command line does not hold it.
        self.send(f"{command}; echo E''ND$?")
        match = self.expect(r"END(\d+)\r?\n", timeout)
        output = self.process.before.replace("\r", "")
        output = output.split("echo E''ND$?", 1)[-1].lstrip("\n")
        assert match.group(1) == "0", f"{command!r} failed ({match.group(1)}): {output}"
        return output.strip("\n")


def linux_image():
    return FETCHED / "linux/Image"
