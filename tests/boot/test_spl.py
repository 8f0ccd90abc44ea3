# SPDX-License-Identifier: BSD-2-Clause
"""The SPL's corners: what it finds at its start, harts, its device tree. The M-mode program tells
what reached it, in seconds."""

import re
import struct
import subprocess

import pytest

import gdb
import machine
from gdb import symbol
from machine import QEMU7, QEMU10, boot_order, chosen, nodtb, with_dts

A1 = [0, 0x1234567, 0x10000000, 0x80001000, 0x7ffffffffffffff8, 0xfffffffffffffff8]


@pytest.fixture
def run_mmode(board, mmode_card):
    """Starts a board with that card; the SPL's words are in the result's .before."""
    def run(name, *args, harts, came=None, failures=0, **options):
        kernel = board(name, *args, card=mmode_card, **options)
        came = harts if came is None else came
        kernel.expect(rf"mmode: {came} harts of {harts} came, {failures} failures")
        return kernel
    return run


def with_a1(tmp_path, spl, value):
    """A stage before the SPL that leaves @value in a1."""
    code = struct.pack(
        "<6IQ",
        0x00000297,  # auipc t0, 0
        0x0182b583,  # ld a1, 24(t0)
        0x00001337,  # lui t1, 1
        0x006282b3,  # add t0, t0, t1
        0x00028067,  # jr t0
        0, value)
    stage = tmp_path / "stage.bin"
    stage.write_bytes(code.ljust(4096, b"\0") + spl.read_bytes())
    return stage


@pytest.mark.parametrize("value", A1, ids=hex)
def test_garbage_in_a1(run_mmode, tmp_path, value):
    stage = with_a1(tmp_path, machine.spl("sifive-unleashed"), value)
    kernel = run_mmode("sifive-unleashed", harts=5, spl=stage, mem="192M")
    assert "192 MiB of DRAM; no device tree in a1" in kernel.before


@pytest.mark.parametrize("mem", [40, 192, 1024])
def test_moves_without_a_device_tree(run_mmode, tmp_path, mem):
    """On qemu-virt the SPL has to find out how much memory there is before it can move."""
    stage = with_a1(tmp_path, machine.spl("qemu-virt"), 0)
    kernel = run_mmode("qemu-virt", harts=1, spl=stage, smp=1, mem=f"{mem}M")
    assert f"{mem} MiB of DRAM; no device tree in a1" in kernel.before


@pytest.mark.parametrize("qemu", [QEMU7, QEMU10], ids=["qemu7", "qemu10"])
@pytest.mark.parametrize("smp", [1, 8, 64])
@pytest.mark.parametrize("mem", ["128M", "8G"])
def test_all_harts_come(run_mmode, qemu, smp, mem):
    run_mmode("qemu-virt", harts=smp, smp=smp, mem=mem, qemu=qemu)


def test_harts_that_cannot_be_woken(run_mmode):
    """With IMSICs there is no device for software interrupts of M-mode."""
    run_mmode("qemu-virt", "-M", "virt,aclint=on,aia=aplic-imsic", harts=4, smp=4, mem="256M")


def test_harts_without_s_mode(run_mmode):
    run_mmode("qemu-virt", "-cpu", "sifive-e51", harts=2, smp=2, mem="256M")


def test_dead_hart(run_mmode, tmp_path):
    """The device tree tells of a hart that is not there: reported, and left."""
    dtb = tmp_path / "four.dtb"
    subprocess.run([QEMU7, "-M", f"virt,dumpdtb={dtb}", "-smp", "4", "-m", "256M", "-device",
                    "sdhci-pci", "-nographic"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    kernel = run_mmode("qemu-virt", "-dtb", dtb, harts=4, came=3, smp=3, mem="256M")
    assert re.search(r"E502 .*: hart 3\n", kernel.before)


@pytest.mark.parametrize("kind", ["spl", "spl-xip"])
def test_trap_is_told(board, tmp_path, mmode_card, kind):
    spl = with_dts(tmp_path, "qemu-virt", (r"virtio_mmio@10008000", "virtio_mmio@20"),
                   (r"0x0 0x10008000", "0x0 0x20"), boot_order('"virtio0"'), kind=kind)
    kernel = board("qemu-virt", spl=spl, card=mmode_card)
    kernel.expect("E500")
    kernel.expect(r"hart \d: load access fault \(mcause 0x5\), mtval 0x2\w")
    pc, linked = (int(number, 16) for number in
                  kernel.expect(r"pc 0x(\w+) \(spl.map: 0x(\w+)\)").groups())
    elf = nodtb("qemu-virt").with_name(f"{kind}.elf")
    assert gdb.symbol(elf, "_start") < linked < gdb.symbol(elf, "_end")
    assert (pc - linked) % 4096 == 0 and (pc == linked) == (kind == "spl-xip")


def test_no_control_device_tree(board, mmode_card):
    """Console and harts are then those of the previous stage's."""
    kernel = board("qemu-virt", spl=nodtb("qemu-virt"), card=mmode_card)
    kernel.expect("E501")
    kernel.expect(r"mmode: 4 harts of 4 came, 0 failures")


def test_the_configuration_that_is_asked_for(board, tmp_path):
    its = machine.payload("mmode/mmode.its").read_text().replace('"mmode.bin"', '"%s"' % (
        machine.payload("mmode/mmode.bin"))).replace("conf {", """
        wanted { loadables = "mmode"; bootargs = "wanted"; };
        conf { bootargs = "default";""")
    (tmp_path / "fit.its").write_text(its)
    subprocess.run(["mkimage", "-q", "-f", tmp_path / "fit.its", tmp_path / "fit.itb"], check=True)
    card = machine.raw_card(tmp_path / "card.img", tmp_path / "fit.itb")
    for name, edits in ("default", []), ("wanted", [chosen('hartline,configuration = "wanted"')]):
        started = board("qemu-virt", spl=with_dts(tmp_path, "qemu-virt", *edits), card=card)
        started.expect(rf"mmode: bootargs {name}\r")
        started.stop()


LARGE = """
		%s { data = /incbin/("large"); type = "ramdisk"; os = "linux"; arch = "riscv";
			compression = "none"; load = <0x0 %#x>; hash-1 { algo = "sha256"; }; };"""


@pytest.fixture(scope="module")
def large_fits(tmp_path_factory):
    """Two FITs with images that followers hash: one as it should be, one with a wrong byte in the last."""
    folder = tmp_path_factory.mktemp("large")
    large = bytes(range(251)) * 1200
    (folder / "large").write_bytes(large)
    its = machine.payload("mmode/mmode.its").read_text().replace('"mmode.bin"', '"%s"' % (
        machine.payload("mmode/mmode.bin")))
    its = its.replace("images {", "images {" + LARGE % ("one", 0x81000000) + LARGE % ("two", 0x82000000))
    its = its.replace('loadables = "mmode"', 'loadables = "mmode", "one", "two"')
    (folder / "fit.its").write_text(its)
    subprocess.run(["mkimage", "-q", "-E", "-f", "fit.its", "good.itb"], cwd=folder, check=True)
    fit = bytearray((folder / "good.itb").read_bytes())
    fit[fit.rindex(large) + len(large) - 1] ^= 1
    (folder / "bad.itb").write_bytes(fit)
    return [machine.raw_card(folder / f"{name}.img", folder / f"{name}.itb") for name in ("good", "bad")]


def without_crew_work(tmp_path):
    """An SPL whose followers trap as soon as they are to hash."""
    image = bytearray(machine.spl("qemu-virt").read_bytes())
    at = symbol(machine.spl("qemu-virt").with_name("spl.elf"), "crew_work")
    image[at:at + 2] = b"\0\0"  # an illegal instruction
    spl = tmp_path / "spl.bin"
    spl.write_bytes(image)
    return spl


@pytest.mark.parametrize("smp", [2, 4])
def test_followers_hash(board, large_fits, smp):
    good, bad = large_fits
    kernel = board("qemu-virt", card=good, smp=smp)
    kernel.expect(rf"mmode: {smp} harts of {smp} came, 0 failures")
    assert not re.search(r"E50\d", kernel.before)
    kernel.stop()
    kernel = board("qemu-virt", card=bad, smp=smp)
    kernel.expect("E431 images/two: sha256 mismatch")
    kernel.expect("E312")


def test_followers_that_stop_while_they_hash(board, large_fits, tmp_path):
    """The leader does without them; what is wrong is found all the same."""
    good, bad = large_fits
    spl = without_crew_work(tmp_path)
    kernel = board("qemu-virt", spl=spl, card=good)
    kernel.expect("mmode: 1 harts of 4 came")
    assert len(re.findall(r"illegal instruction", kernel.before)) == 1
    assert len(re.findall(r"E508 .*: hart \d", kernel.before)) == 3
    took = int(re.search(r" in (\d+) ms", kernel.before)[1])
    assert 9000 < took < 100000, "three times three seconds, and the clock goes on"
    kernel.stop()
    kernel = board("qemu-virt", spl=spl, card=bad)
    kernel.expect("E431 images/two: sha256 mismatch")
    kernel.expect("E312")


def test_unknown_names_and_reset(board, tmp_path, mmode_card):
    """Each name in the boot order is answered; with nothing to boot the machine is reset."""
    for name in ("qemu-virt", "sifive-unleashed"):
        spl = with_dts(tmp_path, name, boot_order('"disk0", "sd7"; hartline,on-failure = "reset"'))
        kernel = board(name, spl=spl, card=mmode_card)
        for _ in range(2):
            kernel.expect("hartline SPL")
            kernel.expect("E312")
            kernel.expect(r"disk0 +E310")
            kernel.expect(r"sd7 +E311")
            kernel.expect("Reset in")
        kernel.stop()


@pytest.mark.parametrize("name, harts", [
    ("qemu-virt", 4), ("sifive-unleashed", 5), ("microchip-icicle", 5)])
def test_no_access_is_misaligned(board, tmp_path, mmode_card, name, harts):
    """Harts may trap there, and nobody would emulate it. QEMU's, which never do, count them."""
    found = tmp_path / "misaligned"
    kernel = board(name, *machine.count_misaligned(found), card=mmode_card, qemu=QEMU10)
    kernel.expect(f"mmode: {harts} harts of {harts} came")
    assert machine.misaligned(found) == []


@pytest.mark.parametrize("extensions", ["smdbltrp=true", "smdbltrp=true,smrnmi=true"])
def test_starts_where_a_second_trap_is_fatal(virt, extensions):
    spl = virt(machine.spl("qemu-virt"), "-cpu", f"max,{extensions}", qemu=QEMU10, smp=1)
    spl.expect("E312 nothing to boot from")
