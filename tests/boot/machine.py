# SPDX-License-Identifier: BSD-2-Clause
"""A machine under test: QEMU with its serial console, and what a person would do at it."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / os.environ.get("O", "build")
FETCHED = ROOT / os.environ.get("FETCHED", OUT / "fetched")
QEMU7 = "qemu-system-riscv64"
QEMU10 = str(FETCHED / "qemu10/bin/qemu-system-riscv64")
QEMU11 = str(FETCHED / "qemu11/bin/qemu-system-riscv64")
needs_qemu11 = pytest.mark.skipif(not os.path.exists(QEMU11), reason="QEMU 11 could not be fetched")

# Where a card without a partition table has its FIT.
FIT_START = 2082 * 512


def raw_card(path, fit, size=64 << 20):
    """A card or disk of that size with nothing but a FIT."""
    with open(path, "wb") as image:
        image.seek(FIT_START)
        image.write(pathlib.Path(fit).read_bytes())
        image.truncate(size)
    return path


# Emulated, on machines that may be busy: only a hang may run into these.
STEP = 120
BOOT = 400

# The shell asks for the position of the cursor when it has set the line up.
SHELL = "hartline:~# \x1b[6n"


def spl(board):
    """What the boot ROM, or the reset vector, finds."""
    image = "spl-flash.bin" if board == "microchip-icicle" else "spl.bin"
    return OUT / board / "spl" / image


def nodtb(board, kind="spl"):
    """The SPL without its control device tree."""
    return spl(board).with_name(f"{kind}-nodtb.bin")


def with_dts(tmp_path, board, *edits, kind="spl", code=None):
    """The SPL, or that @code, with a control device tree in which regular expressions were replaced."""
    text = (ROOT / f"dts/{board}.dts").read_text()
    for pattern, new in edits:
        text, count = re.subn(pattern, new, text)
        assert count
    dtb = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=text.encode(),
                         stdout=subprocess.PIPE, check=True).stdout
    new_spl = tmp_path / f"{kind}.bin"
    new_spl.write_bytes((code or nodtb(board, kind)).read_bytes() + dtb)
    return new_spl


def chosen(properties):
    """An edit that sets properties of /chosen."""
    return r"\Z", f"/ {{ chosen {{ {properties}; }}; }};\n"


def boot_order(names):
    return chosen(f"hartline,boot-order = {names}")


def sdcard(board):
    return OUT / board / "sdcard.img"


def firmware(name="fw_dynamic.bin"):
    return OUT / "sbi" / name


def payload(name):
    return OUT / "payloads" / name


MMODE = OUT / "payloads/mmode/mmode.itb"


def opensbi(name="fw_dynamic.bin"):
    return FETCHED / "opensbi/1.6/generic" / name


def count_misaligned(found):
    """QEMU 10's arguments for a plugin that writes misaligned accesses to that file."""
    return ["-plugin", f"{OUT}/bench/aligned-qemu10.so,out={found}"]


def misaligned(found):
    """Where there were some, but for QEMU's reset vector."""
    return [place for place in found.read_text().splitlines()
            if int(place.split()[0], 16) not in range(0x1000, 0x2000)]


def script(name):
    """A Python script of ours as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def qmp(path, *commands):
    """What QEMU answers to commands at its socket @path (-qmp unix:PATH,server=on,wait=off)."""
    for _ in range(100):
        try:
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(path))
            break
        except OSError:
            time.sleep(0.1)
    answers = []
    with client, client.makefile("rw") as stream:
        stream.readline()
        for command in ({"execute": "qmp_capabilities"}, *commands):
            stream.write(json.dumps(command) + "\n")
            stream.flush()
            while "return" not in (answer := json.loads(stream.readline())):
                assert "error" not in answer, answer
            answers.append(answer["return"])
    return answers[1:]


def unpack_modules(folder, *names):
    """Debian's modules for the kernel that the tests boot: @folder/<name>.ko."""
    for name in names:
        packed, = (FETCHED / "linux/modules").rglob(f"{name}.ko.xz")
        with open(folder / f"{name}.ko", "wb") as module:
            subprocess.run(["xz", "-dc", packed], stdout=module, check=True)


def pending_interrupts(path):
    """mip of each hart, from QEMU at its socket @path."""
    registers, = qmp(path, {"execute": "human-monitor-command",
                            "arguments": {"command-line": "info registers -a"}})
    return [int(mip, 16) for mip in re.findall(r"\bmip +(\w+)", registers)]


LINUX = FETCHED / "linux/Image"
INITRD = OUT / "initrd.cpio.gz"
U_BOOT = FETCHED / "u-boot"


class Machine:
    """A program with its console on our side, and a log of what it said."""

    def __init__(self, command, log, env=None):
        command = [str(word) for word in command]
        self.log = open(log, "w", encoding="utf-8", errors="replace")
        self.log.write("$ " + " ".join(command) + "\n")
        self.started = time.monotonic()
        self.process = pexpect.spawn(
            command[0], command[1:], encoding="utf-8", codec_errors="replace", timeout=STEP,
            cwd=ROOT, env={**os.environ, **(env or {})}, dimensions=(24, 500), echo=False)
        self.process.logfile_read = self.log

    def stop(self):
        # close() alone gives up on what takes long to end, on a busy machine.
        if self.process.isalive():
            self.process.kill(signal.SIGKILL)
            self.process.wait()
        self.process.close()
        self.log.close()

    def expect(self, pattern, timeout=STEP):
        """Waits for a regular expression; returns the match."""
        self.process.expect(pattern, timeout=timeout)
        return self.process.match

    def expect_first(self, patterns, timeout=STEP):
        """Waits for one of several; returns the index of the one that came."""
        return self.process.expect(patterns, timeout=timeout)

    @property
    def before(self):
        """What came before the last match."""
        return self.process.before.replace("\r", "")

    def expect_exit(self, timeout=STEP):
        """The machine powers itself off. Returns QEMU's exit code."""
        self.process.expect(pexpect.EOF, timeout=timeout)
        self.process.wait()
        return self.process.exitstatus

    def send(self, line):
        self.process.send(line + "\n")

    def wait_for_shell(self, timeout=BOOT):
        self.expect(re.escape(SHELL), timeout)
        # Neither folded lines nor kernel messages between a command and its answer.
        self.run("stty cols 500")
        self.run("dmesg -n 1")

    def run(self, command, timeout=STEP):
        """Runs a command in the Linux shell; returns its output. It must succeed."""
        # The echo of the command line does not hold the mark: it is split there.
        self.send(f"{command}; echo E''ND$?")
        status = self.expect(r"END(\d+)\r*\n", timeout).group(1)
        output = self.before.split("echo E''ND$?", 1)[-1].strip("\n")
        assert status == "0", f"{command!r} failed ({status}): {output}"
        # What is typed before the prompt is thrown away.
        self.expect(re.escape(SHELL), timeout)
        return output

    def boot_record(self):
        """What hartline-record prints: a list of values for each name. What each record has is checked."""
        record = {}
        for line in self.run("hartline-record").splitlines():
            name, value = line.split(": ", 1)
            record.setdefault(name, []).append(value)
        for version in "version", "firmware-version":
            assert re.match(r"[0-9a-f]{12}|unknown", record[version][0])
        times = [int(record[f"time-{stage}-us"][0])
                 for stage in ("spl", "harts", "source", "loaded", "firmware", "next")]
        assert times == sorted(times) and times[0] > 0
        assert times[-1] < (time.monotonic() - self.started) * 1_000_000
        return record


class LossyMachine(Machine):
    """
    A machine whose terminal loses characters of what Linux writes: sifive_u of QEMU 10 and 11 under
    Linux's driver, whatever the firmware is. What it reads is complete, and so is what the kernel itself
    prints, without interrupts: commands are typed, and answered through the kernel's log.
    """

    SERVE = ("echo on >/proc/sys/kernel/printk_devkmsg; stty -echo; exec sh -c '"
             "say() { echo \"<1>$1\" >/dev/kmsg; }; say READY; "
             "while read -r c; do eval \"$c\" >/tmp/o 2>&1; s=$?; "
             "while read -r l; do say \"OUT $l\"; done </tmp/o; say END$s; done'")

    def wait_for_shell(self, timeout=BOOT):
        self.expect("Run /init as init process", timeout)
        for _ in range(STEP // 10):
            # What is typed before the shell reads may be thrown away, or be there twice.
            self.send(self.SERVE)
            if not self.expect_first([r"\] READY\r", pexpect.TIMEOUT], timeout=10):
                break
        else:
            raise AssertionError("no shell")
        self.run("true")

    def run(self, command, timeout=STEP):
        self.send(command)
        status = self.expect(r"\] END(\d+)\r", timeout).group(1)
        output = "\n".join(re.findall(r"\] OUT (.*)", self.before))
        assert status == "0", f"{command!r} failed ({status}): {output}"
        return output
