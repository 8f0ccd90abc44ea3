# SPDX-License-Identifier: BSD-2-Clause
"""
Bad cards, missing cards, lying cards. What counts is what starts in the end: Linux from the next
good source, told apart by its command line, or nothing; and that a person is told why.
"""

import re
import shutil
import subprocess

import pytest

import machine
from machine import QEMU7

SECTOR = 512


def overwrite(card, offset, data):
    with open(card, "r+b") as image:
        image.seek(offset)
        image.write(data)


def offset_of(card, path, skip=0):
    """Where the content of a file lies in the FIT of a card."""
    with open(path, "rb") as file:
        file.seek(skip)
        sample = file.read(256)
    with open(card, "rb") as image:
        image.seek(machine.FIT_START)
        at = image.read(64 << 20).find(sample)
    assert at >= 0
    return machine.FIT_START + at


def flip_kernel_byte(card):
    at = offset_of(card, machine.LINUX) + (8 << 20)
    with open(card, "r+b") as image:
        image.seek(at)
        byte = image.read(1)[0]
    overwrite(card, at, bytes([byte ^ 0x40]))


def erase(card):
    size = card.stat().st_size
    with open(card, "wb") as image:
        image.truncate(size)


def break_metadata(card):
    overwrite(card, machine.FIT_START + 72, b"\xff" * 64)


def end_early(card):
    """The medium ends in the middle of the kernel; no partition table says otherwise."""
    overwrite(card, SECTOR, bytes(33 * SECTOR))
    with open(card, "r+b") as image:
        image.truncate(16 << 20)


def load_over_the_spl(card):
    """The ramdisk's load address is where the SPL runs: near the end of DRAM."""
    fit = card.with_suffix(".itb")
    shutil.copyfile(machine.OUT / "qemu-virt/hartline.itb", fit)
    subprocess.run(["fdtput", "-t", "x", fit, "/images/ramdisk", "load", "0", "bff00000"],
                   check=True)
    # Only the tree: its size is the same, the data behind it stays.
    overwrite(card, machine.FIT_START, fit.read_bytes()[:4096])


FAULTS = [
    pytest.param(flip_kernel_byte, "E431", id="flipped-byte"),
    pytest.param(erase, "E(300|400)", id="erased"),
    pytest.param(break_metadata, "E40[0-5]", id="metadata"),
    pytest.param(end_early, "E(406|200|117)", id="truncated"),
    pytest.param(load_over_the_spl, "E452", id="load-over-spl"),
]


@pytest.fixture
def second_disk(tmp_path):
    """A good FIT whose kernel has a command line of its own."""
    fit, disk = tmp_path / "second.itb", tmp_path / "second.img"
    for script in (
            ["mkfit", "--base", "0x80000000", "--firmware", machine.firmware(), "--kernel",
             machine.LINUX, "--initrd", machine.INITRD, "--bootargs", "earlycon=sbi second", fit],
            ["sdcard", "--spl", machine.spl("qemu-virt"), "--fit", fit, disk]):
        subprocess.run([machine.ROOT / "scripts" / script[0], *map(str, script[1:])], check=True)
    return disk


@pytest.mark.parametrize("damage, error", FAULTS)
def test_next_source_after_a_bad_card(board, card_copy, second_disk, damage, error):
    card = card_copy("qemu-virt")
    damage(card)
    linux = board("qemu-virt", "-drive", f"if=none,id=second,format=raw,file={second_disk}",
                  "-device", "virtio-blk-device,drive=second", card=card)
    linux.expect(rf"sd0: {error}")
    linux.wait_for_shell()
    assert linux.run("cat /proc/cmdline").split()[-1] == "second"


@pytest.mark.parametrize("name", ["qemu-virt", "sifive-unleashed"])
@pytest.mark.parametrize("damage, error", FAULTS[:2])
def test_nothing_runs_from_a_bad_card(board, card_copy, name, damage, error):
    card = card_copy(name)
    damage(card)
    spl = board(name, card=card)
    spl.expect("E312")
    spl.expect(rf"sd0 +{error}")
    assert spl.expect_first(["Linux version", "hartline SBI", "Stopped"]) == 2


def test_no_card(start):
    spl = start(QEMU7, "-M", "sifive_u,msel=11", "-smp", 5, "-m", "1G", "-nographic", "-bios",
                machine.spl("sifive-unleashed"))
    spl.expect("E312")
    spl.expect(r"sd0 +E110")
    spl.expect("Stopped")


def test_backup_partition_table(board, card_copy):
    card = card_copy("qemu-virt")
    overwrite(card, SECTOR + 16, b"\0\0\0\0")
    linux = board("qemu-virt", card=card)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


def test_raw_sector_without_a_partition_table(board, card_copy):
    card = card_copy("sifive-unleashed")
    size = card.stat().st_size
    overwrite(card, 0, bytes(34 * SECTOR))
    overwrite(card, size - 33 * SECTOR, bytes(33 * SECTOR))
    linux = board("sifive-unleashed", card=card)
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


WATCHDOG_S = 5


@pytest.fixture
def watched(start, tmp_path):
    """
    watched(*qemu_args, properties): qemu-virt with a watchdog. A microsecond is two instructions there, so that
    a machine that is busy changes nothing.
    """
    def start_watched(*args, properties="", mem="256M"):
        spl = machine.with_dts(tmp_path, "qemu-virt", machine.chosen(
            f"{properties} hartline,watchdog = <{WATCHDOG_S}>"))
        return start(QEMU7, "-M", "virt", "-m", mem, "-nographic", "-snapshot", "-nic", "none",
                     "-icount", "shift=9", "-device", "i6300esb", "-action", "watchdog=reset",
                     "-bios", spl, *args)
    return start_watched


def wait_for_a_reset(spl):
    spl.expect("hartline SPL")
    spl.expect(f"watchdog i6300esb, {WATCHDOG_S} seconds")
    spl.expect("hartline SPL")


def test_watchdog_resets_when_a_source_hangs(watched, mmode_card):
    """The disk does not answer: for longer than the watchdog waits, not as long as a source may."""
    spl = watched("-drive", f"if=none,id=disk,format=raw,file={mmode_card},throttling.bps-read=512",
                  "-device", "virtio-blk-device,drive=disk",
                  properties='hartline,boot-order = "virtio0"; hartline,on-failure = "retry";')
    wait_for_a_reset(spl)


def in_ram(fit):
    return "-device", f"loader,file={fit},addr=0x88000000,force-raw=on"


@pytest.fixture
def long_fit(tmp_path):
    """The M-mode program, and more to hash than the watchdog has time for."""
    (tmp_path / "more").write_bytes(bytes(400 << 10))
    its = machine.payload("mmode/mmode.its").read_text()
    for old, new in (
            ('"mmode.bin"', f'"{machine.payload("mmode/mmode.bin")}"'),
            ("images {", """images { more { data = /incbin/("more"); type = "filesystem"; arch = "riscv";
                compression = "none"; load = <0x0 0x81000000>; hash-1 { algo = "sha256"; }; };"""),
            ('loadables = "mmode"', 'loadables = "mmode", "more"')):
        assert old in its
        its = its.replace(old, new)
    (tmp_path / "long.its").write_text(its)
    subprocess.run(["mkimage", "-q", "-E", "-f", "long.its", "long.itb"], cwd=tmp_path, check=True)
    return tmp_path / "long.itb"


def test_next_source_when_the_time_is_over(start, long_fit, tmp_path):
    """A network on which nobody answers, and a disk that would deliver in 8 seconds: each has one."""
    disk = machine.raw_card(tmp_path / "disk.img", long_fit, 8 << 20)
    spl = machine.with_dts(tmp_path, "qemu-virt", machine.boot_order('"tftp0", "virtio0", "ram0"'),
                           machine.chosen("""hartline,fit-ram = <0 0x88000000 0 0x100000>;
        hartline,source-timeout = <1>; hartline,source-timeout-ram0 = <600>"""))
    stage = start(QEMU7, "-M", "virt", "-m", "256M", "-nographic", "-snapshot", "-bios", spl,
                  "-netdev", "hubport,id=net,hubid=0", "-device", "virtio-net-device,netdev=net",
                  "-drive", f"if=none,id=disk,format=raw,file={disk},throttling.bps-read={64 << 10}",
                  "-device", "virtio-blk-device,drive=disk", *in_ram(machine.MMODE))
    stage.expect("mmode: 1 harts of 1 came, 0 failures")
    assert re.findall(r"mmode: error (\w+: E\d+)", stage.before) == ["tftp0: E319", "virtio0: E319"]


WAITS = (f'hartline,fit-ram = <0 0x88000000 0 0x100000>; bootargs = "wait={3 * WATCHDOG_S}";')


def test_watchdog_is_kicked_and_stopped(watched, long_fit):
    """Loading takes longer than it waits, and so does the next stage, which knows nothing of it."""
    stage = watched(*in_ram(long_fit), properties=WAITS)
    assert int(stage.expect(r"KiB in (\d+) ms").group(1)) > 1000 * WATCHDOG_S
    assert stage.before.count("hartline SPL") == 1
    stage.expect(f"mmode: waited {3 * WATCHDOG_S} seconds")
    assert "hartline SPL" not in stage.before


def test_watchdog_is_left_running_for_the_next_stage(watched):
    stage = watched(*in_ram(machine.MMODE), properties=WAITS + "hartline,keep-watchdog;")
    wait_for_a_reset(stage)
    assert "mmode: bootargs" in stage.before and "waited" not in stage.before


def test_watchdog_resets_where_nothing_else_can(watched, tmp_path):
    """hartline,on-failure = "reset" with a tree that has no device for it."""
    tree = tmp_path / "tree.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree, machine.ROOT / "dts/qemu-virt.dts"],
                   check=True)
    spl = watched("-dtb", tree, mem="2G", properties='hartline,on-failure = "reset";')
    spl.expect(f"The watchdog resets in {WATCHDOG_S} seconds")
    spl.expect("hartline SPL")


def test_boots_without_the_watchdog_that_it_asks_for(start, tmp_path):
    spl = machine.with_dts(tmp_path, "qemu-virt", machine.chosen(WAITS + "hartline,watchdog = <60>"),
                           (r"wait=\d+", "none"))
    stage = start(QEMU7, "-M", "virt", "-m", "256M", "-nographic", "-nic", "none", "-bios", spl,
                  *in_ram(machine.MMODE))
    stage.expect("E508")
    stage.expect("mmode: 1 harts of 1 came, 0 failures")
