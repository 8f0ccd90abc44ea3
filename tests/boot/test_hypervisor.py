# SPDX-License-Identifier: BSD-2-Clause
"""What a hypervisor finds, by tests/payloads/hyp; and hypervisors."""

import re
import socket
import subprocess
import threading
import zlib

import pytest

import gdb
import machine
from domain_tree import DomainTree
from machine import QEMU10

conformance = machine.script("conformance")


def rows_of(config, args, name):
    logs = machine.OUT / "tests/boot"
    logs.mkdir(parents=True, exist_ok=True)
    with open(logs / f"{name}.tap", "wb") as log:
        rows = conformance.Run(str(machine.firmware()), config, args, log).run()
    failed = [f"{row}: {r.message}" for row, r in rows.items() if r.verdict == "fail"]
    passed = [row for row, r in rows.items() if r.verdict == "pass"]
    assert not failed, f"{len(failed)} rows failed, {len(passed)} passed:\n" + "\n".join(failed)
    return passed


def suite(*options):
    return conformance.arguments(["--suite", "hyp", "--build", str(machine.OUT),
                                  "--fetched", str(machine.FETCHED), *options])


@pytest.mark.parametrize("config, least", [("rv64 smp 4", 190), ("max smp 4", 240),
                                           ("max smp 4 imsic", 255)])
def test_hypervisor_finds_what_it_needs(config, least, request):
    args = suite("--config", f"^{config}$")
    [machine_to_run] = conformance.configurations(args)
    assert len(rows_of(machine_to_run, args, request.node.name)) >= least


def test_opens_what_the_tree_does_not_tell_of(virt, tmp_path):
    """Smstateen shuts henvcfg and more until M-mode opens it, whatever the DTB says of it."""
    tree = DomainTree.of_machine(tmp_path / "virt.dtb", QEMU10, "-M", "virt", "-cpu", "max", "-m", "512M")
    for name, kind in ("riscv,isa", "s"), ("riscv,isa-extensions", "s"):
        isa = tree.get("/cpus/cpu@0", name, kind=kind)
        tree.put("/cpus/cpu@0", name, *re.sub(r"[_ ]s[ms]stateen", "", isa).split(), kind=kind)
    tree.bootargs("only=state.henvcfg.")
    console = virt(machine.firmware(), "-cpu", "max", "-dtb", tree.dtb,
                   "-kernel", machine.payload("hyp.elf"), qemu=QEMU10, smp=1)
    summary = console.expect(r"# passed (\d+), failed (\d+), skipped (\d+)")
    assert summary.groups() == ("6", "0", "0"), console.before


def test_emulates_for_guests(start):
    """
    Misaligned accesses and counters of a guest whose hart leaves them to the firmware. Not on QEMU
    7.2, which words the faults of M-mode's accesses as a guest otherwise than those of the guest.
    """
    payload = machine.payload("hyp.elf")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        # QEMU calls us, so that no port must be known to be free.
        debugger = threading.Thread(
            target=gdb.serve, args=(listener, gdb.symbol(payload, "guest_debugger_here")))
        debugger.start()
        port = listener.getsockname()[1]
        suite_run = start(
            QEMU10, "-M", "virt", "-cpu", "max", "-nographic", "-nic", "none", "-m", "256M",
            "-bios", machine.firmware(), "-kernel", payload, "-append", "only=emulate. debugger=1",
            "-S", "-chardev", f"socket,id=gdb,host=127.0.0.1,port={port}", "-gdb", "chardev:gdb")
        summary = suite_run.expect(r"# passed (\d+), failed (\d+), skipped (\d+)")
        failed = [line for line in suite_run.before.splitlines() if line.startswith("# emulate")]
        suite_run.expect_exit()
        debugger.join(60)
    assert not failed and summary.groups() == ("34", "0", "0"), "\n".join(failed)


def kvm(virt, tmp_path, extra, *args, qemu=QEMU10, cpu="max"):
    """Linux with its KVM loaded."""
    initrd = tmp_path / "initrd.cpio.gz"
    parts = [machine.INITRD, machine.payload(f"kvm/{extra}.cpio.gz")]
    initrd.write_bytes(b"".join(part.read_bytes() for part in parts))
    linux = virt(machine.firmware(), "-cpu", cpu, *args, "-kernel", machine.LINUX,
                 "-initrd", initrd, "-append", "console=ttyS0", qemu=qemu, smp=2, mem="1G")
    linux.wait_for_shell()
    linux.run("insmod /kvm/kvm.ko && dmesg | grep 'hypervisor extension available'")
    return linux


@pytest.mark.parametrize("qemu, cpu, args", [
    pytest.param(QEMU10, "max", ["-M", "virt,aia=aplic-imsic,aia-guests=3"], id="imsic"),
    pytest.param(machine.QEMU7, "rv64,h=true", [], id="plic", marks=pytest.mark.long),
])
def test_kvm_runs_a_guest(virt, tmp_path, qemu, cpu, args):
    linux = kvm(virt, tmp_path, "small", *args, qemu=qemu, cpu=cpu)
    said = linux.run("/kvm/kvmm -c 2 /kvm/kvm-guest.bin /kvm/guest.dtb")
    assert said.splitlines() == [
        "guest: SBI implementation 3", "guest: 3 timer interrupts", "guest: the device says 42",
        "guest: VCPU 1 works"]


@pytest.mark.long
def test_kvm_runs_linux(virt, tmp_path):
    linux = kvm(virt, tmp_path, "linux")
    linux.send("/kvm/kvmm -c 2 /kvm/Image /kvm/guest.dtb /kvm/guest-initrd.cpio.gz")
    linux.expect("smp: Brought up 1 node, 2 CPUs", 2 * machine.BOOT)
    linux.expect("Run /init as init process", 4 * machine.BOOT)
    # Nobody but init does that. The guest has no console for it: Debian's kernel has an early one only.
    linux.expect("reboot: Power down")
    linux.expect(re.escape(machine.SHELL))


GUESTS_ITS = """/dts-v1/;
/ {{
	description = "a hypervisor and what it runs";
	#address-cells = <2>;
	images {{
		sbi {{ data = /incbin/("{sbi}"); type = "firmware"; os = "opensbi"; arch = "riscv";
			compression = "none"; load = <0x0 0x80000000>; entry = <0x0 0x80000000>;
			hash {{ algo = "sha256"; }}; }};
		hypervisor {{ data = /incbin/("{hypervisor}"); type = "standalone"; os = "u-boot";
			arch = "riscv"; compression = "none"; load = <0x0 0x80200000>;
			entry = <0x0 0x80200000>; hash {{ algo = "sha256"; }}; }};
		guest {{ data = /incbin/("{guest}"); type = "standalone"; os = "u-boot"; arch = "riscv";
			compression = "none"; load = <0x0 0x90000000>; entry = <0x0 0x90000000>;
			hash {{ algo = "sha256"; }}; }};
		files {{ data = /incbin/("{files}"); type = "ramdisk"; os = "linux"; arch = "riscv";
			compression = "none"; load = <0x0 0x91000000>; hash {{ algo = "sha256"; }}; }};
	}};
	configurations {{
		default = "all";
		all {{ firmware = "sbi"; loadables = "hypervisor", "guest", "files"; }};
	}};
}};
"""


def test_hypervisor_gets_its_guests(board, tmp_path):
    """Guests' images are where /chosen says. U-Boot stands in for a hypervisor: it can be asked."""
    images = {"guest": tmp_path / "guest", "files": tmp_path / "files"}
    for name, path in images.items():
        path.write_bytes(name.encode() * 12345)
    its, fit, card = tmp_path / "guests.its", tmp_path / "guests.itb", tmp_path / "sdcard.img"
    its.write_text(GUESTS_ITS.format(sbi=machine.firmware(),
                                     hypervisor=machine.U_BOOT / "qemu-riscv64_smode/u-boot.bin",
                                     **images))
    subprocess.run(["mkimage", "-f", its, fit], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([machine.ROOT / "scripts/sdcard", "--spl", machine.spl("qemu-virt"),
                    "--fit", fit, card], check=True)
    u_boot = board("qemu-virt", card=card)
    u_boot.expect("Hit any key to stop autoboot", machine.BOOT)
    u_boot.send("")
    u_boot.expect("=> ")
    for name, kind, base in (("guest", "kernel", 0x90000000), ("files", "ramdisk", 0x91000000)):
        u_boot.send(f"fdt addr ${{fdtcontroladdr}}; fdt print /chosen/module@{base:x}")
        size = len(images[name].read_bytes())
        u_boot.expect(rf"reg = <0x0+ {base:#x} 0x0+ {size:#010x}>")
        u_boot.expect(rf'compatible = "multiboot,{kind}", "multiboot,module"')
        u_boot.send(f"crc32 {base:x} {size:x}")
        u_boot.expect(rf"==> {zlib.crc32(images[name].read_bytes()):08x}")
