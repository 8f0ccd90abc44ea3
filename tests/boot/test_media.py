# SPDX-License-Identifier: BSD-2-Clause
"""Every medium that a board boots from. The M-mode program tells that it got there, in seconds."""

import contextlib
import os
import re
import select
import subprocess

import pexpect
import pytest

import gdb
import machine
from machine import QEMU7, QEMU10, QEMU11, MMODE, boot_order, chosen, with_dts

DRAM = 0x80000000
FLASH = 0x20000000
FLASH_BANK = 32 << 20


@pytest.fixture
def virt_mmode(start):
    """Starts a virt machine that has no media but those of @args; the program must come."""
    def run(*args, spl=machine.spl("qemu-virt"), qemu=QEMU7, smp=2):
        kernel = start(qemu, "-M", "virt", "-smp", smp, "-m", "256M", "-nographic", "-snapshot",
                       "-nic", "none", "-bios", spl, *args)
        kernel.expect(rf"mmode: {smp} harts of {smp} came, 0 failures")
        return kernel
    return run


class SerialLine:
    """
    The other end of QEMU's serial line, made before QEMU starts. What comes from it is kept, whoever else
    reads it. Pipes, because they have room for what QEMU writes while this end is slow: of a socket's
    buffer each byte takes hundreds, and sifive_u's UART loses what finds no room.
    """

    def __init__(self, path):
        for way in ("in", "out"):
            os.mkfifo(f"{path}.{way}")
        self.qemu = "-serial", f"pipe:{path}"
        self.to_qemu = open(f"{path}.in", "r+b", buffering=0)
        self.from_qemu = open(f"{path}.out", "r+b", buffering=0)
        self.text = b""

    def comes(self, seconds):
        return select.select([self.from_qemu], [], [], seconds)[0]

    def read(self):
        assert self.comes(machine.STEP), f"the line is silent after {self.text!r}"
        data = self.from_qemu.read(1000)
        self.text += data
        return data

    def expect(self, text):
        """Returns what came before it; what comes after it is there for the next one."""
        while text not in self.text:
            self.read()
        before, _, self.text = self.text.partition(text)
        return before

    def run(self, *command):
        """
        Lets a program talk over the line, until it ends. It takes what comes ahead of what it
        needs: gone for whoever reads the line after it, had it the line itself.
        """
        with subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=self.to_qemu,
                              stderr=subprocess.DEVNULL) as program:
            while program.poll() is None:
                if self.comes(0.1):
                    data = self.read()
                    with contextlib.suppress(BrokenPipeError):
                        program.stdin.write(data)
        assert program.returncode == 0

    def close(self):
        self.to_qemu.close()
        self.from_qemu.close()


def drive(image):
    return "-drive", f"if=none,id=disk,format=raw,file={image}"


DISKS = [
    pytest.param(["virtio-blk-pci,drive=disk"], id="virtio-pci"),
    pytest.param(["pcie-root-port,id=rp,chassis=1",
                  "virtio-blk-pci,drive=disk,bus=rp,disable-legacy=on"], id="virtio-pci-modern"),
    pytest.param(["nvme,drive=disk,serial=0"], id="nvme"),
    pytest.param(["nvme,id=ctrl,serial=0", "nvme-ns,drive=disk,bus=ctrl,nsid=7,"
                  "logical_block_size=4096,physical_block_size=4096"], id="nvme-4096"),
]


@pytest.mark.parametrize("qemu", [QEMU7, QEMU10], ids=["qemu7", "qemu10"])
@pytest.mark.parametrize("devices", DISKS)
def test_disks(virt_mmode, mmode_card, devices, qemu):
    virt_mmode(*drive(mmode_card), *[word for device in devices for word in ("-device", device)],
               qemu=qemu)


@machine.needs_qemu11
@pytest.mark.parametrize("partition, size", [(0, 64 << 20), (0, 4 << 30), (1, 64 << 20), (2, 64 << 20)],
                         ids=["user", "user-sectors", "boot0", "boot1"])
def test_emmc(virt_mmode, tmp_path, partition, size):
    """An eMMC that is addressed by bytes, or as large ones by sectors; it has two boot partitions."""
    boot_size = 1 << 20
    areas = [2 * boot_size + machine.FIT_START, 0, boot_size]
    with open(tmp_path / "emmc.img", "wb") as image:
        image.truncate(2 * boot_size + size)
        image.seek(areas[partition])
        image.write(MMODE.read_bytes())
    spl = machine.spl("qemu-virt")
    if partition:
        spl = with_dts(tmp_path, "qemu-virt", chosen(
            f'hartline,emmc-boot-partition = <{partition}>; hartline,fit = "offset=0"'))
    machine_with_it = [*drive(tmp_path / "emmc.img"), "-device", "sdhci-pci",
                       "-device", f"emmc,drive=disk,boot-partition-size={boot_size}"]
    try:
        virt_mmode(*machine_with_it, spl=spl, qemu=QEMU11)
    except pexpect.TIMEOUT:  # QEMU 11 has been seen to forget a timer
        virt_mmode(*machine_with_it, spl=spl, qemu=QEMU11)


def esp_disk(path, name):
    """A disk with the FIT in a file on its ESP, made with stock tools only."""
    esp = path / "esp.img"
    subprocess.run(["/usr/sbin/mkfs.fat", "-C", "-F", "32", esp, str(50 << 10)], check=True,
                   stdout=subprocess.DEVNULL)
    for folder in name.split("/")[1:-1]:
        subprocess.run(["mmd", "-i", esp, f"::{folder}"], check=True)
    subprocess.run(["mcopy", "-i", esp, MMODE, f"::{name}"], check=True)
    disk = path / "disk.img"
    with open(disk, "wb") as image:
        image.seek(1 << 20)
        image.write(esp.read_bytes())
        image.truncate(52 << 20)
    subprocess.run(["/usr/sbin/sgdisk", "-n", "1:2048:+50M", "-t", "1:ef00", "-c", "1:EFI", disk],
                   check=True, stdout=subprocess.DEVNULL)
    return disk


def test_file_on_the_esp(virt_mmode, tmp_path):
    virt_mmode(*drive(esp_disk(tmp_path, "/hartline.itb")),
               "-device", "virtio-blk-device,drive=disk")


def test_place_in_the_control_tree(virt_mmode, tmp_path):
    places = chosen('hartline,fit = "name=nowhere", "name=EFI:/boot/A longer name.itb"')
    virt_mmode(*drive(esp_disk(tmp_path, "/boot/A longer name.itb")),
               "-device", "virtio-blk-device,drive=disk",
               spl=with_dts(tmp_path, "qemu-virt", places))


def test_ram(virt_mmode, tmp_path):
    address = 0x88000000
    spl = with_dts(tmp_path, "qemu-virt", chosen(f"hartline,fit-ram = <0 {address:#x} 0 0x100000>"))
    virt_mmode("-device", f"loader,file={MMODE},addr={address:#x},force-raw=on", spl=spl)


def pflash(tmp_path, *contents):
    """Banks of parallel flash that begin with these; harts start in the first one."""
    args = []
    for unit, content in enumerate(contents):
        bank = tmp_path / f"bank{unit}"
        bank.write_bytes(content)
        os.truncate(bank, FLASH_BANK)
        args += ["-drive", f"if=pflash,unit={unit},format=raw,file={bank}"]
    return args


@pytest.mark.parametrize("qemu", [QEMU7, QEMU10], ids=["qemu7", "qemu10"])
@pytest.mark.parametrize("partition", [False, True], ids=["bank", "partition"])
def test_starts_in_flash(virt_mmode, tmp_path, qemu, partition):
    """The SPL is in the first bank, which harts start in; the FIT behind it or in the second."""
    second = fit = MMODE.read_bytes()
    image = machine.spl("qemu-virt").with_name("spl-flash.bin").read_bytes()
    if partition:
        spl = with_dts(tmp_path, "qemu-virt", (r"bank-width = <4>;", """bank-width = <4>;
            partitions { compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
                         fit@400000 { label = "fit"; reg = <0x400000 0x100000>; }; };"""))
        stub = len(image) - machine.spl("qemu-virt").stat().st_size
        image = (image[:stub] + spl.read_bytes()).ljust(0x400000, b"\xff") + fit
        second = b""
    virt_mmode(*pflash(tmp_path, image, second), spl="none", qemu=qemu, smp=4)


XIP = machine.spl("qemu-virt").with_name("spl-xip.bin")


@pytest.mark.parametrize("qemu, smp, memory", [(QEMU7, 4, "64M"), (QEMU10, 1, "4G")],
                         ids=["qemu7", "qemu10"])
def test_executes_in_place(virt_mmode, tmp_path, qemu, smp, memory):
    """
    Of all that QEMU translated, nothing was in memory but the program at the start of DRAM. Memory
    is not zero after a reset.
    """
    log, garbage = tmp_path / "translated", tmp_path / "garbage"
    garbage.write_bytes(b"\x5a" * (1 << 20))
    virt_mmode(*pflash(tmp_path, XIP.read_bytes(), MMODE.read_bytes()), "-m", memory,
               "-device", f"loader,file={garbage},addr={DRAM + (1 << 20):#x},force-raw=on",
               "-d", "in_asm", "-D", log, spl="none", qemu=qemu, smp=smp).stop()
    executed = {int(address, 16) for address in re.findall("^0x([0-9a-f]+):", log.read_text(), re.M)}
    elf = XIP.with_suffix(".elf")
    assert {gdb.symbol(elf, name) for name in ["spl_main", "park"][:smp]} <= executed
    places = [range(0x1000, 0x2000), range(FLASH, FLASH + XIP.stat().st_size),
              range(DRAM, DRAM + MMODE.with_suffix(".bin").stat().st_size)]
    assert not {hex(pc) for pc in executed if not any(pc in place for place in places)}


def test_linux_after_an_spl_in_flash(board):
    """Firmware and kernel are where they always are, and no memory is lost."""
    linux = board("qemu-virt", spl=XIP)
    linux.wait_for_shell()
    assert linux.run("nproc") == "4"
    memory = linux.run("cat /proc/iomem")
    assert re.search(r"^800\w{5}-\w+ : System RAM", memory, re.M)
    assert re.search(r"^ +802\w{5}-\w+ : Kernel code", memory, re.M)
    assert not re.search(r"^ *801\w{5}-", memory, re.M)


def test_no_memory_for_an_spl_in_flash(start, tmp_path):
    start(QEMU7, "-M", "virt", "-m", "1M", "-nographic", "-bios", "none",
          *pflash(tmp_path, XIP.read_bytes())).expect(r"no memory at 0x0{8}801\w{5}, .*on\?\r")


def damaged(fit, folder):
    """A copy in which one bit of the image is not what was hashed."""
    image = bytearray(fit.read_bytes())
    image[image.index(fit.with_suffix(".bin").read_bytes()) + 0x123] ^= 4
    copy = folder / "damaged.itb"
    copy.write_bytes(image)
    return copy


def as_a_debugger_does(spl, harts):
    """QEMU's arguments for an Unleashed whose switches MSEL say that nothing is started from anywhere."""
    address = 0x8000000
    yield from ("-M", "sifive_u,msel=0", "-bios", "none")
    yield from ("-device", f"loader,file={spl},addr={address:#x},force-raw=on")
    for hart in range(harts):
        yield from ("-device", f"loader,addr={address:#x},cpu-num={hart}")


@pytest.mark.parametrize("board_name, command", [
    ("qemu-virt", "sx"), ("sifive-unleashed", "sb")])
def test_serial_rescue(start, tmp_path, board_name, command):
    """
    With nothing to boot from, or where a strap asks for that, lrzsz sends the FIT over the serial line. A
    damaged one is refused, and the next one is asked for in the next round.
    """
    spl = with_dts(tmp_path, board_name, chosen(
        'hartline,serial-rescue = <100>; hartline,on-failure = "retry"'))
    line = SerialLine(tmp_path / "line")
    harts, board = {"qemu-virt": (2, ["-M", "virt", "-bios", spl]),
                    "sifive-unleashed": (5, as_a_debugger_does(spl, 5))}[board_name]
    start(QEMU7, *board, "-smp", harts, "-m", "256M", "-display", "none", "-monitor", "none",
          "-nic", "none", *line.qemu)
    said = line.expect(b"within 100 seconds")
    assert b"hartline" in said
    if board_name == "sifive-unleashed":
        assert re.findall(rb"^(\w+):\r?$", said, re.MULTILINE) == [b"serial0"]
        assert b"ram0: E311" in said
        line.run(command, "-k", damaged(MMODE, tmp_path))  # the console is the faster one in QEMU
        line.expect(b"serial0: E431 images/mmode: sha256 mismatch")
        assert b"0 failures" not in line.expect(b"within 100 seconds")
    line.run(command, "-k", MMODE)
    line.expect(f"mmode: {harts} harts of {harts} came, 0 failures".encode())
    line.close()


def test_icicle_with_another_qemu(board, mmode_card):
    kernel = board("microchip-icicle", card=mmode_card, qemu=QEMU10)
    kernel.expect("mmode: 5 harts of 5 came, 0 failures")


# Root ports, one of them on another one's bus by a switch, a bridge to conventional PCI; eight and
# more endpoints.
TOPOLOGY = """
pcie-root-port,id=rp0,chassis=1,multifunction=on,addr=0x2.0
pcie-root-port,id=rp1,chassis=2,addr=0x2.1
x3130-upstream,id=up,bus=rp0
xio3130-downstream,id=down0,bus=up,chassis=3,slot=0
xio3130-downstream,id=down1,bus=up,chassis=3,slot=1
x3130-upstream,id=up2,bus=down1
xio3130-downstream,id=down2,bus=up2,chassis=4,slot=0
pcie-pci-bridge,id=bridge,bus=rp1
nvme,bus=down2,serial=0
e1000e,bus=down0,romfile=
sdhci-pci,bus=bridge,addr=1
virtio-net-pci,bus=bridge,addr=2,romfile=
pci-testdev,bus=bridge,addr=3,membar=8M
qemu-xhci
virtio-blk-pci,drive=none
virtio-rng-pci
ich9-ahci
ivshmem-plain,memdev=shared
""".split("\n")[1:-1]


def seen_by_the_spl(text):
    functions = {}
    for line in text.split("\n"):
        found = re.match(r"  (\w\w:\w\w\.\d) (\w{4}):(\w{4}) class (\w{6})(.*)", line)
        if found:
            bars = re.findall(r"bar(\d) (io|mem)(64)?(p)? 0x(\w+)", found[5])
            functions[found[1]] = (found[2], found[3], found[4],
                                   {(int(n), kind, bool(wide), bool(pref), int(size, 16))
                                    for n, kind, wide, pref, size in bars})
    return functions


def seen_by_linux(linux):
    functions = {}
    text = linux.run("for d in /sys/bus/pci/devices/*; do echo = $d; "
                     "cat $d/vendor $d/device $d/class; head -6 $d/resource; done")
    for function in text.split("= ")[1:]:
        name, vendor, device, class_code, *resources = function.split("\n")[:10]
        bars = set()
        for n, resource in enumerate(resources):
            start, end, flags = (int(word, 16) for word in resource.split())
            if flags:
                bars.add((n, "io" if flags & 0x100 else "mem", bool(flags & 0x100000),
                          bool(flags & 0x2000), end - start + 1))
        functions[name.split("/")[-1][5:]] = (vendor[2:], device[2:], class_code[2:], bars)
    return functions


def test_pci_listing_is_that_of_linux(board, tmp_path):
    spl = with_dts(tmp_path, "qemu-virt", chosen("hartline,list-pci"))
    devices = [word.replace("drive=none", "drive=other") for word in TOPOLOGY]
    linux = board("qemu-virt", "-drive", "if=none,id=other,file=null-co://,format=raw",
                  "-object", "memory-backend-ram,id=shared,size=16M,share=on",
                  *[word for device in devices for word in ("-device", device)], spl=spl, smp=2)
    linux.expect(r"sd0:")
    ours = seen_by_the_spl(linux.before)
    linux.wait_for_shell()
    assert len(ours) == 1 + 1 + len(TOPOLOGY)  # the host bridge, the board's own SD controller
    assert ours == seen_by_linux(linux)


PCI_ECAM = 0x30000000
PCI_WINDOWS = {"io": [range(1, 1 << 16)],
               "mem": [range(0x40000000, 0x80000000), range(0x400000000, 0x800000000)]}


class ConfigSpace:
    """What a function's configuration header holds (PCI Local Bus 3.0, chapter 6)."""

    def __init__(self, dump):
        self.words = [int(word, 16) for line in dump.splitlines() for word in line.split(": ")[1].split()]
        self.is_bridge = self.words[3] >> 16 & 0x7f == 1
        self.enabled = self.words[1] & 7  # I/O and memory decoding, bus mastering

    def bar(self, number, kind, wide):
        low = self.words[4 + number]
        assert (low & 1 == (kind == "io")) and (kind == "io" or (low & 4 != 0) == wide)
        high = self.words[5 + number] << 32 if wide else 0
        return high | low & (~3 if kind == "io" else ~15)

    def forwards(self):
        """(kind, addresses) of a bridge's windows."""
        io, mem, pref, base_high, limit_high, io_high = self.words[7:13]
        yield "io", range((io & 0xf0) << 8 | (io_high & 0xffff) << 16,
                          (io & 0xf000 | 0xfff) + (io_high & 0xffff0000) + 1)
        yield "mem", range((mem & 0xfff0) << 16, (mem & 0xfff00000 | 0xfffff) + 1)
        yield "mem", range((pref & 0xfff0) << 16 | base_high << 32,
                           (pref & 0xfff00000 | 0xfffff) + (limit_high << 32) + 1)


def leads(windows, addresses):
    return any(addresses[0] in window and addresses[-1] in window for window in windows)


def test_what_pci_is_left_as(virt_mmode, mmode_card, tmp_path):
    """
    Endpoints neither decode nor master the bus when the next stage has it, those that the SPL used no
    more than others; their BARs hold places of their own that bridges lead to, which are on.
    """
    spl = with_dts(tmp_path, "qemu-virt", chosen("hartline,list-pci; hartline,source-timeout = <2>"),
                   boot_order('"sd0", "virtio0", "tftp0", "tftp1", "nvme0"'))
    devices = [word.replace("drive=none", "drive=empty").replace("nvme,", "nvme,drive=disk,")
               for word in TOPOLOGY]
    kernel = virt_mmode(*drive(mmode_card), "-drive", "if=none,id=empty,file=null-co://,format=raw",
                        "-object", "memory-backend-ram,id=shared,size=16M,share=on",
                        *[word for device in devices for word in ("-device", device)],
                        # The program switches off; QEMU 10 does not end then.
                        "-no-shutdown", "-qmp", f"unix:{tmp_path}/qmp,server=on,wait=off", spl=spl,
                        qemu=QEMU10)
    assert re.findall(r"mmode: error (\w+):", kernel.before) == ["sd0", "virtio0", "tftp0", "tftp1"]
    listed = seen_by_the_spl(kernel.before)
    places = [PCI_ECAM + (int(bus, 16) << 20) + (int(device, 16) << 15) + (int(function) << 12)
              for bus, device, function in (re.split("[:.]", name) for name in listed)]
    spaces = [ConfigSpace(dump) for dump in machine.qmp(tmp_path / "qmp", *[
        {"execute": "human-monitor-command", "arguments": {"command-line": f"xp /16xw {place:#x}"}}
        for place in places])]
    assert len(spaces) == 1 + len(TOPOLOGY)
    assert {space.enabled for space in spaces if space.is_bridge} == {7}
    assert {space.enabled for space in spaces if not space.is_bridge} == {0}

    leads_to = {0: PCI_WINDOWS}  # by bus; bridges are listed before what is behind them
    taken = []
    for (name, (*_, bars)), space in zip(listed.items(), spaces):
        ways = leads_to[int(name[:2], 16)]
        for number, kind, wide, _, size in bars:
            place = space.bar(number, kind, wide)
            assert place % size == 0 and leads(ways[kind], range(place, place + size)), name
            taken.append((kind, place, size))
        if space.is_bridge:
            behind = leads_to[space.words[6] >> 8 & 0xff] = {"io": [], "mem": []}
            for kind, window in space.forwards():
                if window:
                    assert leads(ways[kind], window), name
                    behind[kind].append(window)
    taken.sort()
    assert all(a[0] != b[0] or a[1] + a[2] <= b[1] for a, b in zip(taken, taken[1:]))
    assert len(taken) > len(TOPOLOGY) / 2


def test_spi_flash(start, mmode_card):
    """MSEL says that the SPL came from there, which puts it before the SD card."""
    with open(mmode_card, "r+b") as image:
        image.truncate(32 << 20)
    kernel = start(QEMU7, "-M", "sifive_u,msel=6", "-smp", 5, "-m", "256M", "-nographic",
                   "-bios", machine.spl("sifive-unleashed"), "-snapshot",
                   "-drive", f"if=mtd,format=raw,file={mmode_card}")
    kernel.expect("mmode: 5 harts of 5 came, 0 failures")
    assert "nor0:" in kernel.before and "sd0:" not in kernel.before


def test_tries_again(board, mmode_card, tmp_path):
    """Each round is told anew."""
    spl = with_dts(tmp_path, "qemu-virt", boot_order('"sd7"'), chosen(
        'hartline,on-failure = "retry"'))
    kernel = board("qemu-virt", spl=spl, card=mmode_card)
    for _ in range(2):
        kernel.expect("E312")
        kernel.expect("Next try in 5 seconds")
        assert kernel.before.count("sd7") == 1
