# SPDX-License-Identifier: BSD-2-Clause
"""
Slots, from a user's view: cards made by scripts/sdcard, the environment changed by Debian's own
fw_setenv - between boots, or by Linux on the board. What counts is which slot's program runs, and
what it is told; and what is on the card afterwards.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

import machine
import signing
from machine import FETCHED, QEMU7, QEMU10, QEMU11, ROOT

ENV_SIZE = 0x4000
ENV_DISTANCE = 0x100000
FIT_TYPE = "2E54B353-1271-4842-806F-E436D6AF6985"
ENVIRONMENT_TYPE = "3DE21764-95BD-54BD-A5C3-4ABE786F38A8"
LIBUBOOTENV = FETCHED / "libubootenv"

VIRT = ("-M", "virt", "-smp", 2, "-m", "256M", "-nographic", "-nic", "none")


def virtio(card, *options):
    return ("qemu-virt", *VIRT, "-device", "virtio-blk-device,drive=disk", "-drive",
            ",".join((f"if=none,id=disk,format=raw,file={card}", *options)))


def sdhci(card):
    return ("qemu-virt", *VIRT, "-device", "sdhci-pci", "-device", "sd-card,drive=sd",
            "-drive", f"if=none,id=sd,format=raw,file={card}")


def emmc(card):
    return ("qemu-virt", *VIRT, "-device", "sdhci-pci", "-device", "emmc,drive=emmc",
            "-drive", f"if=none,id=emmc,format=raw,file={card}")


def spi(card):
    return ("sifive-unleashed", "-M", "sifive_u,msel=11", "-smp", 5, "-m", "256M", "-nographic",
            "-drive", f"if=sd,format=raw,file={card}")


def cadence(card):
    return ("microchip-icicle", "-M", "microchip-icicle-kit", "-smp", 5, "-m", "1537M",
            "-nographic", "-drive", f"if=sd,format=raw,file={card}")


def nvme(card):
    return ("qemu-virt", *VIRT, "-device", "nvme,drive=nvm,serial=0",
            "-drive", f"if=none,id=nvm,format=raw,file={card}")


def nor(card):
    return ("sifive-unleashed", "-M", "sifive_u,msel=6", "-smp", 5, "-m", "256M", "-nographic",
            "-drive", f"if=mtd,format=raw,file={card}")


MEDIA = [
    pytest.param(virtio, QEMU7, id="virtio-qemu7"),
    pytest.param(sdhci, QEMU7, id="sdhci-qemu7"),
    pytest.param(sdhci, QEMU10, id="sdhci-qemu10"),
    pytest.param(spi, QEMU7, id="spi-qemu7"),
    pytest.param(spi, QEMU10, id="spi-qemu10"),
    pytest.param(nvme, QEMU7, id="nvme-qemu7"),
    pytest.param(nvme, QEMU10, id="nvme-qemu10"),
    # In one start of twenty QEMU 11 forgets a timer: docs/status.md.
    pytest.param(emmc, QEMU11, id="emmc-qemu11", marks=[machine.needs_qemu11, pytest.mark.long]),
]


@pytest.fixture
def power_on(start):
    """power_on(medium(card)) starts a board that really writes to its card."""
    def power_on_board(board, *qemu, program=QEMU7, spl=None):
        return start(program, *qemu, "-bios", spl or machine.spl(board))
    return power_on_board


def sdcard(output, fit, *options):
    subprocess.run([ROOT / "scripts/sdcard", "--spl", machine.spl("sifive-unleashed"), "--fit",
                    fit, *options, output], check=True)
    return output


def flash(output, fit, *options):
    """The same on 32 MiB of flash, whose sectors have 4 KiB."""
    with open(output, "wb") as image:
        image.truncate(32 << 20)
    parts = {2: ("fit-a", FIT_TYPE, "+4M"), 5: ("fit-b", FIT_TYPE, "+4M"),
             6: ("uboot-env", ENVIRONMENT_TYPE, "+2M"), 7: ("hartline-rollback", "8301", "+8K")}
    subprocess.run(["sgdisk", "-a", "8", output, *(
        word for number, (name, type_, size) in parts.items() for word in (
            "-n", f"{number}:0:{size}", "-t", f"{number}:{type_}", "-c", f"{number}:{name}"))],
        check=True, stdout=subprocess.DEVNULL)
    for number, file in (2, fit), (5, options[-1]):
        with open(output, "r+b") as image:
            image.seek(partition(output, number)[0])
            image.write(file.read_bytes())
    return output


def partition(card, number):
    """Offset and size in bytes."""
    text = subprocess.run(["sgdisk", "-i", str(number), card], stdout=subprocess.PIPE,
                          check=True, text=True).stdout
    first, last = (int(re.search(rf"{name} sector: (\d+)", text)[1])
                   for name in ("First", "Last"))
    return first * 512, (last - first + 1) * 512


@pytest.fixture
def mmode_fit(tmp_path):
    """mmode_fit("a"): the program that tells what it was told, in a configuration that says a."""
    def make_fit(name, more=""):
        for file in ("mmode.its", "mmode.bin"):
            shutil.copy(machine.payload("mmode") / file, tmp_path)
        its = tmp_path / f"{name}.its"
        its.write_text((tmp_path / "mmode.its").read_text().replace(
            "loadables = ", f'bootargs = "content={name}"; {more} loadables = '))
        fit = tmp_path / f"{name}.itb"
        subprocess.run(["mkimage", "-q", "-E", "-B", "0x200", "-f", its, fit], check=True,
                       cwd=tmp_path)
        return fit
    return make_fit


@pytest.fixture
def card(tmp_path, mmode_fit):
    """A card with two slots."""
    return sdcard(tmp_path / "sdcard.img", mmode_fit("a"), "--slots", "--fit-b", mmode_fit("b"))


class Environment:
    """What fw_printenv and fw_setenv say and do of a card in this machine's slot."""

    def __init__(self, card):
        start, _ = partition(card, 6)
        self.config = card.with_suffix(".fw_env")
        self.config.write_text("".join(f"{card} {start + copy * ENV_DISTANCE:#x} {ENV_SIZE:#x}\n"
                                       for copy in range(2)))

    def get(self, name):
        done = subprocess.run(["fw_printenv", "-c", self.config, "-n", name],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return None if done.returncode else done.stdout.strip()

    def set(self, name, value):
        subprocess.run(["fw_setenv", "-c", self.config, name, value], check=True)


def flip_byte(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x40]))


def damage(card, number):
    """A byte of the program in a slot's partition."""
    start, _ = partition(card, number)
    program = (machine.payload("mmode") / "mmode.bin").read_bytes()
    with open(card, "rb") as image:
        image.seek(start)
        at = image.read(4 << 20).find(program)
    assert at >= 0
    flip_byte(card, start + at + len(program) // 2)


def told(board):
    """(slot, choice, attempts left) and all else that the program was told of the boot."""
    match = board.expect(r"mmode: slot (\w+) ([\w-]+) (\d+)")
    before = board.before
    board.expect(r"mmode: \d+ harts of \d+ came, 0 failures")
    board.stop()
    bootargs = re.findall(r"^mmode: bootargs (.*)$", before, re.M)[0]
    # The content is that slot's, and the kernel would know of which.
    assert bootargs == f"content={match[1].lower()} rauc.slot={match[1]}"
    return (match[1], match[2], int(match[3])), before


@pytest.mark.parametrize("medium, qemu", MEDIA)
def test_attempts_fall_back_and_confirming_gives_them_back(power_on, card, medium, qemu):
    environment = Environment(card)
    environment.set("BOOT_A_LEFT", "2")
    environment.set("other", "is kept")
    for left in (1, 0):
        slot, _ = told(power_on(*medium(card), program=qemu))
        assert slot == ("A", "first", left)
        assert environment.get("BOOT_A_LEFT") == str(left)
    slot, words = told(power_on(*medium(card), program=qemu))
    assert slot == ("B", "fallback", 2)
    assert re.search(r"^mmode: error \w+0/A: E324 ", words, re.M)
    assert environment.get("BOOT_B_LEFT") == "2"
    environment.set("BOOT_A_LEFT", "3")
    slot, words = told(power_on(*medium(card), program=qemu))
    assert slot == ("A", "first", 2)
    assert not re.search("^mmode: error .*/A", words, re.M)
    assert environment.get("other") == "is kept"


@pytest.mark.parametrize("medium, qemu", [
    MEDIA[0], MEDIA[3], pytest.param(cadence, QEMU7, id="cadence-qemu7")])
def test_a_damaged_slot_falls_back_at_once(power_on, card, medium, qemu):
    environment = Environment(card)
    damage(card, 2)
    slot, words = told(power_on(*medium(card), program=qemu))
    assert slot == ("B", "fallback", 2)
    reason = "images/mmode: sha256 mismatch"
    assert re.search(rf"^mmode: error \w+0/A: E431 {reason}$", words, re.M)
    assert environment.get("hartline_why_A") == reason
    # It is told as well when the slot is not even tried any more.
    environment.set("BOOT_A_LEFT", "0")
    slot, words = told(power_on(*medium(card), program=qemu))
    assert slot == ("B", "fallback", 1)
    assert re.search(rf"^mmode: error \w+0/A: E324 .*{reason}$", words, re.M)


def test_nothing_is_left_to_boot(power_on, card):
    damage(card, 2)
    damage(card, 5)
    spl = power_on(*virtio(card))
    spl.expect("E312")
    for name, error in (("virtio0/A", 431), ("virtio0/B", 431), ("virtio0", 325)):
        spl.expect(rf"{name} +E{error}")
    spl.expect("Stopped")


def test_an_order_with_the_other_slot_first(power_on, card):
    environment = Environment(card)
    environment.set("BOOT_ORDER", "B A")
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("B", "first", 2)
    for name in "AB":
        environment.set(f"BOOT_{name}_LEFT", "0")
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("B", "refilled", 2)
    assert environment.get("BOOT_A_LEFT") == "3"


def test_a_card_that_was_torn_while_the_environment_was_written(power_on, card):
    start, _ = partition(card, 6)
    told(power_on(*virtio(card)))
    # The boot wrote the second copy; now only the first is whole.
    flip_byte(card, start + ENV_DISTANCE + 100)
    slot, words = told(power_on(*virtio(card)))
    assert slot == ("A", "first", 2) and "mmode: environment" not in words
    # Neither is: the defaults of RAUC's script.
    flip_byte(card, start + 100)
    flip_byte(card, start + ENV_DISTANCE + 100)
    slot, words = told(power_on(*virtio(card)))
    assert slot == ("A", "first", 2) and "mmode: environment E320" in words
    assert Environment(card).get("BOOT_ORDER") == "A B"


def test_a_card_that_cannot_be_written_boots(power_on, card):
    slot, words = told(power_on(*virtio(card, "readonly=on")))
    assert slot == ("A", "first", 2) and "mmode: environment E201" in words


@pytest.mark.parametrize("medium", [virtio, sdhci, spi])
def test_a_card_without_slots_is_not_written(power_on, tmp_path, mmode_fit, medium):
    card = sdcard(tmp_path / "sdcard.img", mmode_fit("only"))
    before = hashlib.sha256(card.read_bytes()).digest()
    board = power_on(*medium(card))
    board.expect(r"mmode: bootargs content=only\r*\n")
    board.expect(r"mmode: \d+ harts of \d+ came, 0 failures")
    assert "mmode: slot" not in board.before
    board.stop()
    assert hashlib.sha256(card.read_bytes()).digest() == before


RAUC_CONF = """[system]
compatible=hartline
bootloader=uboot
mountprefix={directory}/mnt
[keyring]
path=ca.pem
[slot.rootfs.0]
device={a}
type=raw
bootname=A
[slot.rootfs.1]
device={b}
type=raw
bootname=B
"""


@pytest.fixture
def loop(tmp_path):
    """loop(file, offset, size): a block device that is that part of the file."""
    devices = []

    def attach(file, offset, size):
        done = subprocess.run(["losetup", "--find", "--show", "--offset", str(offset),
                               "--sizelimit", str(size), file], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            pytest.skip("no loop device can be had")
        devices.append(done.stdout.strip())
        return devices[-1]

    yield attach
    for device in devices:
        subprocess.run(["losetup", "--detach", device], check=True)


@pytest.fixture
def rauc(tmp_path, card):
    """
    rauc(slot, *commands, slots): what `rauc status` says of the card after these commands, where that
    slot was booted.
    """
    directory = tmp_path / "rauc"
    directory.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9999",
                    "-subj", "/CN=hartline", "-keyout", "key.pem", "-out", "ca.pem"],
                   cwd=directory, check=True, stderr=subprocess.DEVNULL)
    for name in ("root-a", "root-b"):
        (directory / name).touch()
    # RAUC finds these tools by PATH, and they would look for their configuration in /etc.
    for tool in ("fw_printenv", "fw_setenv"):
        (directory / tool).write_text(
            f'#!/bin/sh\nexec {shutil.which(tool)} -c {Environment(card).config} "$@"\n')
        (directory / tool).chmod(0o755)

    def run(slot, *commands, slots=(directory / "root-a", directory / "root-b")):
        (directory / "system.conf").write_text(
            RAUC_CONF.format(directory=directory, a=slots[0], b=slots[1]))
        script = "export DBUS_STARTER_BUS_TYPE=session\n" \
            f"rauc -c system.conf --override-boot-slot={slot} service & service=$!\n" \
            "until rauc status >status || ! kill -0 $service; do sleep 1; done\n" + \
            "".join(f"rauc {command} || exit\n" for command in commands) + \
            "rauc status --output-format=json >status || exit\nkill $service; wait; true\n"
        subprocess.run(["dbus-run-session", "--", "sh", "-c", script], cwd=directory, check=True,
                       timeout=machine.STEP,
                       env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"})
        return json.loads((directory / "status").read_text())

    run.directory = directory
    return run


def test_rauc(power_on, card, rauc):
    """RAUC itself and the SPL understand each other."""
    environment = Environment(card)
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("A", "first", 2)
    assert rauc("A", "status mark-good")["boot_primary"] == "rootfs.0"
    assert environment.get("BOOT_A_LEFT") == "3"
    assert rauc("A", "status mark-active other")["boot_primary"] == "rootfs.1"
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("B", "first", 2)
    # It came up, but is not well.
    assert rauc("B", "status mark-bad")["boot_primary"] == "rootfs.0"
    slot, _ = told(power_on(*virtio(card)))
    assert slot[0] == "A"
    rauc("A", "status mark-good", "status mark-active other")
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("B", "first", 2)


MANIFEST = """[update]
compatible=hartline
version=2
[bundle]
format=plain
[image.rootfs]
filename=fit.img
"""


def test_rauc_installs(power_on, card, rauc, loop, mmode_fit):
    """An update as RAUC makes, signs and installs it, into the slot that does not run."""
    bundle = rauc.directory / "content"
    bundle.mkdir()
    (bundle / "manifest.raucm").write_text(MANIFEST)
    shutil.copyfile(mmode_fit("b"), bundle / "fit.img")
    damage(card, 5)
    subprocess.run(["rauc", "bundle", "--cert=ca.pem", "--key=key.pem", "content", "update.raucb"],
                   cwd=rauc.directory, check=True)
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("A", "first", 2)
    slots = [loop(card, *partition(card, number)) for number in (2, 5)]
    assert rauc("A", "status mark-good", "install update.raucb",
                slots=slots)["boot_primary"] == "rootfs.1"
    for left in (2, 1, 0):
        slot, _ = told(power_on(*virtio(card)))
        assert slot == ("B", "first", left)
    # Never said to be well: the old one again.
    slot, _ = told(power_on(*virtio(card)))
    assert slot == ("A", "fallback", 2)


@pytest.mark.parametrize("name, medium, make_card, qemu", [
    pytest.param("virtio0", virtio, sdcard, QEMU7, id="virtio"),
    pytest.param("nor0", nor, flash, QEMU10, id="nor")])  # QEMU 7.2's flash does not say how it is erased
def test_no_way_back(power_on, tmp_path, mmode_fit, name, medium, make_card, qemu):
    """Signed images: what a confirmed slot's index excludes never runs again."""
    keys = tmp_path / "keys"
    subprocess.run([ROOT / "scripts/sign", "key", keys, "dev"], check=True)
    out, board = machine.OUT / "signed", medium("")[0]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    subprocess.run(["make", "-j2", "--no-print-directory", "SETUP=no", f"FETCHED={FETCHED}",
                    f"O={out}", f"BOARD={board}", "VERIFY=signed", f"KEYS={keys}", "spl"],
                   cwd=ROOT, env=environment, check=True)
    fits = []
    for slot, index in (("a", 2), ("b", 1)):
        fit = mmode_fit(slot, f"rollback-index = <{index}>;")
        fits.append(tmp_path / f"signed-{slot}.itb")
        subprocess.run([ROOT / "scripts/sign", "fit", fit, keys, "--output", fits[-1]], check=True)
    card = make_card(tmp_path / "sdcard.img", fits[0], "--slots", "--fit-b", fits[1])
    environment = Environment(card)

    def boot():
        return told(power_on(*medium(card), program=qemu, spl=out / board / "spl/spl.bin"))

    # B, though older, runs: nobody has confirmed A yet, nor started it a second time.
    assert boot()[0][0] == "A"
    environment.set("BOOT_A_LEFT", "3")
    environment.set("BOOT_ORDER", "B A")
    assert boot()[0][0] == "B"
    environment.set("BOOT_B_LEFT", "3")
    environment.set("BOOT_ORDER", "A B")
    for _ in range(2):
        assert boot()[0][0] == "A"
        environment.set("BOOT_A_LEFT", "3")
    environment.set("BOOT_ORDER", "B A")
    slot, words = boot()
    assert slot == ("A", "fallback", 2)
    assert f"mmode: error {name}/B: E470 rollback-index 1, " in words
    # Not even when there is nothing else.
    damage(card, 2)
    spl = power_on(*medium(card), program=qemu, spl=out / board / "spl/spl.bin")
    spl.expect(rf"{name}/B +E470")
    spl.expect(rf"{name}/A +E431")
    assert spl.expect_first(["mmode: hart", "Stopped"]) == 1


STORE = "hartline-rollback"


def minimum_on(disk):
    """What both copies of the rollback store in a disk's first partition say."""
    start, size = partition(disk, 1)
    content = disk.read_bytes()[start:start + size]
    assert content[:512] == content[-512:]
    return int.from_bytes(content[8:16], "little")


def test_one_store_for_all_sources(power_on, tmp_path, mmode_fit, keys, strict_spl):
    """hartline,rollback-store: what slots on the SD card have raised counts for another disk as well."""
    code = strict_spl("qemu-virt", f"KEYS={keys}").with_name("spl-nodtb.bin")
    fits = []
    for name, index in (("a", 3), ("b", 1)):
        fits.append(tmp_path / f"signed-{name}.itb")
        signing.run("scripts/sign", "fit", mmode_fit(name, f"rollback-index = <{index}>;"), keys,
                    "dev", "release", "--output", fits[-1])
    card = sdcard(tmp_path / "sdcard.img", fits[0], "--slots", "--fit-b", fits[1])
    other = machine.raw_card(tmp_path / "other.img", fits[1])
    disk = tmp_path / "store.img"
    with open(disk, "wb") as image:
        image.truncate(4 << 20)
    subprocess.run(["sgdisk", disk, "-n", "1:0:+8K", "-c", f"1:{STORE}"], check=True,
                   stdout=subprocess.DEVNULL)
    devices = {name: (f"-device virtio-blk-pci,addr={4 + number},drive={name} "
                      f"-drive if=none,id={name},format=raw,file={file}").split()
               for number, (name, file) in enumerate((("store", disk), ("other", other)))}

    def boot(order, *names, store=True):
        edits = [machine.chosen('hartline,rollback-store = "virtio0"')] if store else []
        spl = machine.with_dts(tmp_path, "qemu-virt", machine.boot_order(order), *edits, code=code)
        return power_on(*sdhci(card), *(word for name in names for word in devices[name]), spl=spl)

    # Raised as ever: by the second start of what has been confirmed.
    environment = Environment(card)
    for _ in range(2):
        assert minimum_on(disk) == 0
        assert told(boot('"sd0"', "store"))[0][0] == "A"
        environment.set("BOOT_A_LEFT", "3")
    assert minimum_on(disk) == 3
    # It counts for the card, and for a disk that has neither slots nor a store.
    environment.set("BOOT_ORDER", "B A")
    slot, words = told(boot('"sd0"', "store"))
    assert slot == ("A", "fallback", 2)
    assert "mmode: error sd0/B: E470 rollback-index 1, but the lowest that may run here is 3" in words
    spl = boot('"virtio1"', "store", "other")
    spl.expect("E312")
    spl.expect("virtio1 +E470 rollback-index 1, but the lowest that may run here is 3")
    spl.expect("Stopped")
    spl.stop()
    # That same disk boots where no store is named.
    program = boot('"virtio0"', "other", store=False)
    program.expect("mmode: bootargs content=b")
    program.stop()
    # Neither a store that is damaged nor one that was taken out lets anything boot.
    start, size = partition(disk, 1)
    flip_byte(disk, start)
    flip_byte(disk, start + size - 512)
    for names, error in (("store", "other"), 471), (("other",), 300), ((), 311):
        spl = boot('"virtio1", "sd0"', *names)
        spl.expect("E312")
        assert re.findall(r"(\S+): E(\d+)", spl.before) == [("virtio0/rollback", str(error))]
        spl.expect("Stopped")
        spl.stop()


@pytest.fixture
def linux_card(tmp_path):
    """Linux in both slots, with a virtio disk's drivers and Debian's fw_setenv in its initrd."""
    if not LIBUBOOTENV.is_dir():
        pytest.skip("no libubootenv for riscv64 was to be had")
    root, initrd, fit = tmp_path / "root", tmp_path / "initrd", tmp_path / "linux.itb"
    shutil.copytree(machine.OUT / "rootfs", root, symlinks=True)
    shutil.copytree(LIBUBOOTENV, root, symlinks=True, dirs_exist_ok=True)
    machine.unpack_modules(root, "virtio_mmio", "virtio_blk")
    (root / "etc/fw_env.config").write_text(
        "".join(f"/dev/vda6 {copy * ENV_DISTANCE:#x} {ENV_SIZE:#x}\n" for copy in range(2)))
    for command in (["mkinitrd", root, initrd],
                    ["mkfit", "--base", "0x80000000", "--firmware", machine.firmware(), "--kernel",
                     machine.LINUX, "--initrd", initrd, "--bootargs", "earlycon=sbi", fit]):
        subprocess.run([ROOT / "scripts" / command[0], *map(str, command[1:])], check=True)
    return sdcard(tmp_path / "linux.img", fit, "--slots")


def test_linux_confirms_with_debians_fw_setenv(power_on, linux_card):
    kernel = machine.LINUX
    linux = power_on("qemu-virt", *virtio(linux_card)[1:])
    for boot in range(2):
        linux.wait_for_shell()
        linux.run("insmod /virtio_mmio.ko && insmod /virtio_blk.ko")
        linux.run("for i in 1 2 3 4 5; do test -b /dev/vda6 && break; sleep 1; done")
        assert "rauc.slot=A" in linux.run("cat /proc/cmdline").split()
        assert linux.run("fw_printenv -n BOOT_A_LEFT") == "2"

        record = linux.boot_record()
        assert record["slot"] == ["A"] and record["slot-choice"] == ["first"]
        assert record["slot-attempts-left"] == ["2"]
        assert record["source"] == ["virtio0"] and record["board"] == ["qemu-virt"]
        assert "errors" not in record and "environment-error" not in record
        digest = hashlib.sha256(kernel.read_bytes()).hexdigest()
        assert record["image kernel"] == [
            f"{kernel.stat().st_size} bytes at 0x80200000, sha256 {digest}"]

        linux.run("fw_setenv BOOT_A_LEFT 3")
        if boot == 0:
            linux.run("sync")
            linux.send("reboot -f")
