# SPDX-License-Identifier: BSD-2-Clause
"""
What a byte costs from each boot source but SD over SPI: disks, flash, memory, and TFTP from QEMU's own
server; U-Boot's TFTP client beside it.

Who polls does so as often as this machine is slow. So waiting is taken out: between two runs that
load the same, turns of the loop that waits are all that differs, which tells what a turn costs.
"""

import collections
import os
import shutil

import elf
from images import join, make_bytes, make_fit, tool
from qemu import Failed

ENTRY = 0x80400000
RAW_OFFSET = 2082 * 512     # where on a disk a FIT may be without a partition
RAM = (0x80000000, 0x90000000)      # of the virt machine, 256 MiB
VIRT = (RAM[1] - (16 << 20), RAM[1])    # where both go there
LIM = (0x08000000, 0x08200000)
BLKSIZE = 1428              # what QEMU's server agrees on

FIT_RAM = 0x88000000
FLASH_BANK = 32 << 20       # of the virt machine, and what is soldered to an Unleashed

# code: where the loader runs; leader: the hart that does; sizes: what is loaded, the difference counts;
# chosen: arguments of fdtput, a property of /chosen; is_pci: QEMU is not asked what is a device;
# image: what QEMU starts, without such a property
Medium = collections.namedtuple(
    "Medium", "board code leader arguments is_network sizes chosen is_pci image",
    defaults=(False, "spl.bin"))


def virt(*arguments, chosen=()):
    return Medium("qemu-virt", VIRT, 0, ["-M", "virt", "-m", "256M", "-smp", "1", *arguments],
                  False, (1 << 20, 9 << 20), chosen)


def disk(*device):
    return virt("-drive", "if=none,id=disk,format=raw,file=%(disk)s,snapshot=on", *device)


def pci(medium):
    return medium._replace(is_pci=True)


def unleashed(msel, *arguments, chosen=()):
    return Medium("sifive-unleashed", LIM, 1, [
        "-M", "sifive_u,msel=%d" % msel, "-m", "256M", "-smp", "2", *arguments],
        False, (1 << 20, 3 << 20), chosen)


def icicle(*arguments):
    return Medium("microchip-icicle", LIM, 1, [
        "-M", "microchip-icicle-kit", "-m", "1537M", "-smp", "2", *arguments],
        False, (1 << 20, 9 << 20), (), image="spl-flash.bin")


def network(medium):
    return medium._replace(is_network=True, sizes=(1 << 20, 3 << 20), arguments=[
        *medium.arguments, "-netdev", "user,id=net,tftp=%(folder)s,bootfile=%(file)s"])


COPIED = ("SPI NOR", "parallel flash", "RAM")   # by the hart; from the others it comes by DMA
METRICS = {"instructions a byte": 1, "device accesses a KiB": 1024}
VIRTIO_NET = "TFTP, virtio-net"
MEDIA = {
    "SD card, SDHCI": pci(disk("-device", "sdhci-pci", "-device", "sd-card,drive=disk")),
    "SD card, SD4HC": icicle("-drive", "if=sd,format=raw,file=%(disk)s,snapshot=on"),
    "NVMe": pci(disk("-device", "nvme,drive=disk,serial=0")),
    "virtio-blk, MMIO": disk("-device", "virtio-blk-device,drive=disk"),
    "virtio-blk, PCI": pci(disk("-device", "virtio-blk-pci,drive=disk")),
    "SPI NOR": unleashed(6, "-drive", "if=mtd,format=raw,file=%(disk)s,snapshot=on"),
    "parallel flash": virt("-drive", "if=pflash,unit=1,format=raw,file=%(bank)s,snapshot=on"),
    "RAM": virt("-device", "loader,file=%%(fit)s,addr=%#x,force-raw=on" % FIT_RAM, chosen=(
        "-t", "x", "hartline,fit-ram", "0", "%x" % FIT_RAM, "0", "%x" % FLASH_BANK)),
    VIRTIO_NET: network(virt("-device", "virtio-net-device,netdev=net")),
    "TFTP, e1000e": pci(network(virt("-device", "e1000e,netdev=net,romfile="))),
    # At once: a slot without a card takes its time.
    "TFTP, GEM": network(unleashed(11, "-net", "nic,netdev=net", chosen=(
        "-t", "s", "hartline,boot-order", "tftp0"))),
}

ITS = """/dts-v1/;
/ {
	description = "bench";
	#address-cells = <1>;
	images {
		program {
			description = "M-mode program"; type = "standalone"; os = "u-boot"; arch = "riscv";
			compression = "none"; load = <%(entry)#x>; entry = <%(entry)#x>;
			data = /incbin/("%(program)s");
		};
	};
	configurations {
		default = "conf";
		conf { loadables = "program"; };
	};
};
"""


def make_spl(folder, spl, medium):
    path = os.path.join(folder, "media-%s.spl" % medium.board)
    source = os.path.dirname(spl)
    dtb = path + ".dtb"
    if not medium.chosen:
        return os.path.join(source, medium.image)
    shutil.copy(source + "/control.dtb", dtb)
    kind, value = medium.chosen[:2], medium.chosen[2:]
    tool("fdtput", "-p", *kind, dtb, "/chosen", *value)
    return join(path, source + "/spl-nodtb.bin", dtb)


def make_u_boot(folder, u_boot):
    """U-Boot proper in M-mode, without the two seconds in which a person may stop it."""
    path = os.path.join(folder, "media-u-boot.bin")
    with open(u_boot, "rb") as f:
        image = f.read()
    if image.count(b"bootdelay=2\0") != 1:
        raise Failed("%s has another environment than the bench knows" % u_boot)
    with open(path, "wb") as f:
        f.write(image.replace(b"bootdelay=2\0", b"bootdelay=0\0"))
    return path


def make_files(folder, size, code=b""):
    """What is loaded, without a hash: in a FIT, on a disk, in flash, and for a script of U-Boot's.
    It begins with @code."""
    folder = os.path.join(os.path.abspath(folder), "media-%d" % size)
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, "program")
    image, bank = base + ".img", base + ".bank"
    program = make_bytes(base + ".bin", size, code)
    fit = make_fit(base, ITS % {"entry": ENTRY, "program": program})
    for path, offset in ((image, RAW_OFFSET), (bank, 0)):
        with open(fit, "rb") as f, open(path, "wb") as out:
            out.seek(offset)
            out.write(f.read())
            out.truncate(FLASH_BANK)
    with open(folder + "/boot.cmd", "w") as f:
        f.write("tftpboot %#x program.bin\ngo %#x\n" % (ENTRY, ENTRY))
    tool("mkimage", "-q", "-A", "riscv", "-T", "script", "-C", "none", "-d", folder + "/boot.cmd",
         folder + "/boot.scr.uimg")
    return {"size": size, "disk": image, "bank": bank, "fit": fit, "folder": folder,
            "file": os.path.basename(fit)}


def load(qemu, loader, medium, files):
    counter = [("stop", hex(ENTRY)), ("zone", "loader:%#x-%#x" % medium.code),
               ("pcs", "%#x-%#x" % medium.code), ("slice", 200), ("mem", "on")]
    if medium.is_pci:
        counter.append(("ram", "%#x-%#x" % RAM))
    report = qemu.run(["-bios", loader] + [word % files for word in medium.arguments], counter)
    if not report.stop:
        raise Failed("%s does not start what it loads" % loader)
    return report


def insns(report, medium):
    return report.insns(medium.leader, "loader", at_stop=True)


def accesses(report, medium):
    """Of devices, whichever they are."""
    return sum(io.reads + io.writes for io in report.stop_io.get(medium.leader, {}).values())


def turns_of_waiting(report, other):
    """How often @report went round the loop that waits, and how many instructions that is each time.
    They are those that the runs differ in equally, or a whole number of times as much."""
    more = {pc: abs(n - other.pcs.get(pc, 0)) for pc, n in report.pcs.items()}
    often = sorted((pc for pc in more if more[pc] * 10 > max(more.values()) > 100), key=more.get)
    if not often:
        return 0, 0
    once = often[len(often) // 2]
    return report.pcs[once], sum(round(more[pc] / more[once]) for pc in often)


def work(qemu, loader, medium, files, parked):
    """Instructions and device accesses of the leader without those of waiting; the last turn of each
    wait is work."""
    reports = sorted((load(qemu, loader, medium, files) for _ in range(3)),
                     key=lambda report: insns(report, medium))
    for report in reports:
        for pc in parked:
            report.pcs.pop(pc, None)
    least, most = reports[0], reports[2]
    turns, length = turns_of_waiting(least, most)
    steps = int(files["size"] / BLKSIZE) if medium.is_network else 0
    waited = max(0, turns - steps)
    instructions = insns(least, medium) - length * waited
    more_turns = turns_of_waiting(most, least)[0] - turns
    polls = (accesses(most, medium) - accesses(least, medium)) / more_turns if more_turns else 0
    return instructions, accesses(least, medium) - polls * waited


def park(symbols):
    """Where the harts wait that do not load."""
    addresses = sorted((s.address, s.name) for s in elf.Elf(symbols).symbols()
                       if not s.name.startswith((".L", "$")))
    start = next(address for address, name in addresses if name == "park")
    end = next(address for address, _ in addresses if address > start)
    return range(start, end, 2)


def measure(results, qemu, name, loader, what, folder, symbols=None):
    """symbols: the ELF file of an SPL that runs where it was linked for."""
    medium = MEDIA[what]
    parked = park(symbols) if symbols else ()
    less, more = (work(qemu, loader, medium, make_files(folder, size), parked)
                  for size in medium.sizes)
    more_bytes = medium.sizes[1] - medium.sizes[0]
    for (metric, unit), before, after in zip(METRICS.items(), less, more):
        results.put("media", name, what, metric,
                    round((after - before) * unit / more_bytes, 2) or 0.0)  # not -0.0
