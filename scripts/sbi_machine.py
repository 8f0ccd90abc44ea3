# SPDX-License-Identifier: BSD-2-Clause
"""QEMU machines for an SBI firmware and a program of tests/payloads, with what QEMU does not have."""
import contextlib
import dataclasses
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/payloads/sbi"))
import rpmi_peer  # noqa: E402

MEMORY = 256 << 20
# What can be added to the device tree.
SUSPEND = (
    (
        "/chosen/opensbi-config",
        ("s", "compatible", "opensbi,config"),
        ("s", "system-suspend-test"),
    ),
)
CPPC = (
    (
        "/cppc@8c000000",
        ("s", "compatible", "hartline,cppc-memory"),
        ("x", "reg", "0", "8c000000", "0", "400"),
        ("x", "hartline,registers", "201cef"),
        ("s", "hartline,wide-counters"),
    ),
)
# A hart that has less than the others.
PLAIN = ("i", "m", "a", "f", "d", "c", "zicntr", "zicsr", "zifencei", "zihpm")
MIXED = (
    (
        "/cpus/cpu@1",
        ("s", "riscv,isa", "rv64imafdc_zicntr_zicsr_zifencei_zihpm"),
        ("s", "riscv,isa-extensions", *PLAIN),
    ),
)
MPXY = rpmi_peer.nodes()


@dataclasses.dataclass
class Config:
    """A machine to run on."""

    name: str
    qemu: str
    machine: str
    cpu: str
    smp: int
    only: str = ""  # rows that this machine is there for; all without
    tree: tuple = ()  # what QEMU's device tree lacks: nodes, each with its properties for fdtput
    has_peer: bool = False  # a platform microcontroller

    def _qemu(self, machine):
        command = [self.qemu, "-M", machine, "-smp", str(self.smp), "-m", f"{MEMORY >> 20}M"]
        return command + ["-nographic"] + (["-cpu", self.cpu] if self.cpu else [])

    @contextlib.contextmanager
    def peer(self, scratch):
        """What runs beside the machine, and the arguments that QEMU needs for it."""
        if not self.has_peer:
            yield []
            return
        with tempfile.NamedTemporaryFile(dir=scratch) as ram:
            ram.truncate(MEMORY)
            peers = [rpmi_peer.Peer(ram.name, base)
                     for base in (rpmi_peer.BASE, rpmi_peer.PLAIN_BASE)]
            try:
                yield ["-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={ram.name},"
                       "share=on", "-machine", "memory-backend=ram"]
            finally:
                for peer in peers:
                    peer.stop()

    def command(self, firmware, payload, append, scratch):
        command = self._qemu(self.machine)
        command += ["-no-reboot", "-monitor", "none", "-serial", "stdio"]
        command += ["-bios", firmware, "-kernel", payload, "-append", append]
        if self.tree:
            command += ["-dtb", self.device_tree(scratch, append)]
        return command

    def device_tree(self, scratch, append):
        """QEMU's device tree with some nodes more."""
        dtb = str(scratch / "conformance.dtb")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(self._qemu(f"{self.machine},dumpdtb={dtb}"), check=True, **quiet)
        edits = [["-t", "s", dtb, "/chosen", "bootargs", append]]
        for node, *properties in reversed(self.tree):  # fdtput puts a new node before all others
            edits += [["-p", "-t", kind, dtb, node, name, *values]
                      for kind, name, *values in properties]
        for edit in edits:
            subprocess.run(["fdtput", *edit], check=True)
        return dtb
