# SPDX-License-Identifier: BSD-2-Clause
"""What a FIT can have for Linux: a packed kernel, overlays onto its tree, a command line."""

import subprocess

import pytest

import machine
import signing
from machine import ROOT

QEMU = [machine.QEMU7, "-M", "virt", "-smp", 2, "-m", "512M", "-nographic", "-nic", "none"]
PACKERS = {"gzip": ["gzip", "-1nc"], "lz4": ["lz4", "-1qc"]}

BASE = "/ { box: box { order = \"base\"; }; };"
OVERLAYS = [
    "/dts-v1/; /plugin/; &box { order = \"one\"; inner: inner { first; }; };",
    "/dts-v1/; /plugin/; &box { order = \"two\"; me = <&box>; inner { second; }; };",
]

ITS = """
/dts-v1/;
/ {
	description = "";
	#address-cells = <2>;
	images {
		sbi { data = /incbin/("%(sbi)s"); type = "firmware"; os = "opensbi"; arch = "riscv";
			compression = "none"; load = <0 0x80000000>; hash-1 { algo = "sha256"; }; };
		kernel { data = /incbin/("kernel"); type = "kernel"; os = "linux"; arch = "riscv";
			compression = "%(how)s"; load = <0 0x80200000>; hash-1 { algo = "sha256"; }; };
		ramdisk { data = /incbin/("%(initrd)s"); type = "ramdisk"; os = "linux"; arch = "riscv";
			compression = "none"; hash-1 { algo = "sha256"; }; };
		base { data = /incbin/("base.dtb"); type = "flat_dt"; compression = "none";
			hash-1 { algo = "sha256"; }; };
		one { data = /incbin/("one"); type = "flat_dt"; compression = "%(how)s";
			hash-1 { algo = "sha256"; }; };
		two { data = /incbin/("two.dtb"); type = "flat_dt"; compression = "none";
			hash-1 { algo = "sha256"; }; };
	};
	configurations {
		default = "conf";
		conf { firmware = "sbi"; kernel = "kernel"; ramdisk = "ramdisk";
			fdt = "base", "one", "two"; cmdline = "earlycon=sbi from=cmdline"; };
	};
};
"""


def dtc(source, output):
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", output], check=True,
                   input=source.encode())


def make_fit(directory, how):
    tree = directory / "qemu.dtb"
    subprocess.run([*map(str, QEMU), "-machine", f"dumpdtb={tree}"], check=True,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    dtc(subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", tree], check=True,
                       stdout=subprocess.PIPE).stdout.decode() + BASE, directory / "base.dtb")
    for name, source in zip(("one.dtb", "two.dtb"), OVERLAYS):
        dtc(source, directory / name)
    for target, source in (("kernel", machine.LINUX), ("one", directory / "one.dtb")):
        with open(source, "rb") as file, open(directory / target, "wb") as packed:
            subprocess.run(PACKERS[how], stdin=file, stdout=packed, check=True)
    (directory / "fit.its").write_text(ITS % {
        "how": how, "sbi": machine.firmware(), "initrd": machine.INITRD})
    subprocess.run(["mkimage", "-q", "-E", "-B", "0x200", "-f", "fit.its", "fit.itb"],
                   cwd=directory, check=True)
    return directory / "fit.itb"


@pytest.mark.parametrize("how, verify", [("gzip", "signed"), ("lz4", "hash")])
def test_packed_kernel_and_overlays(start, strict_spl, keys, tmp_path, how, verify):
    fit, disk = make_fit(tmp_path, how), tmp_path / "disk.img"
    spl = machine.spl("qemu-virt")
    if verify == "signed":
        spl = strict_spl("qemu-virt", f"KEYS={keys}", *signing.ALL_COMPRESSIONS)
        signing.run("scripts/sign", "fit", fit, keys)
    subprocess.run([ROOT / "scripts/sdcard", "--spl", spl, "--fit", fit, disk], check=True)
    linux = start(*QEMU, "-bios", spl, "-drive", f"if=none,id=d,format=raw,file={disk}",
                  "-device", "virtio-blk-device,drive=d")
    linux.expect(f"VERIFY={verify}")
    linux.wait_for_shell()
    assert linux.run("cat /proc/cmdline") == "earlycon=sbi from=cmdline"
    box = "/proc/device-tree/box"
    assert linux.run(f"cat {box}/order").strip("\0") == "two"
    assert {"first", "second"} <= set(linux.run(f"ls {box}/inner").split())
    assert linux.run(f"md5sum <{box}/me") == linux.run(f"md5sum <{box}/phandle")
