# SPDX-License-Identifier: BSD-2-Clause
"""Every link of the chain replaced by another project's."""

import subprocess

import machine
from machine import BOOT, FETCHED, U_BOOT

UNLEASHED = U_BOOT / "sifive_unleashed"
BASE = "0x80000000"


def script(name, *args):
    subprocess.run([machine.ROOT / "scripts" / name, *map(str, args)], check=True)


def make_card(tmp_path, fit, spl):
    """An SD card with this FIT and this SPL, and Linux in its boot partition."""
    card = tmp_path / "sdcard.img"
    script("sdcard", "--spl", spl, "--fit", fit, "--kernel", machine.LINUX, "--initrd",
           machine.INITRD, card)
    return card


def part_of_fit(fit, index, output):
    """One image of a FIT, as a file."""
    subprocess.run(["dumpimage", "-T", "flat_dt", "-p", str(index), "-o", output, fit],
                   check=True, stdout=subprocess.DEVNULL)
    return output


def stop_autoboot(u_boot):
    u_boot.expect("Hit any key to stop autoboot", BOOT)
    u_boot.send("")
    u_boot.expect("=> ")


def test_u_boot_spl_starts_our_firmware(board, tmp_path):
    """Debian's U-Boot SPL -> our firmware -> Debian's U-Boot."""
    debian = UNLEASHED / "u-boot.itb"
    fit = tmp_path / "ours.itb"
    script("mkfit", "--base", BASE, "--firmware", machine.firmware(),
           "--payload", part_of_fit(debian, 0, tmp_path / "u-boot"),
           "--dtb", part_of_fit(debian, 2, tmp_path / "board.dtb"), fit)
    spl = UNLEASHED / "u-boot-spl.bin"
    # This SPL assumes 8 GiB.
    u_boot = board("sifive-unleashed", spl=spl, card=make_card(tmp_path, fit, spl), mem="8G")
    stop_autoboot(u_boot)
    # U-Boot runs in S-mode on a device tree that our firmware has edited ...
    u_boot.send("fdt addr ${fdtcontroladdr}; fdt print /reserved-memory")
    u_boot.expect("mmode_resv0@80000000")
    u_boot.expect("no-map")
    u_boot.expect("=> ")
    # ... and resets through it.
    u_boot.send("reset")
    u_boot.expect("U-Boot SPL")


def test_our_spl_starts_debians_u_boot_itb(board, tmp_path):
    """Our SPL -> Debian's OpenSBI -> Debian's U-Boot, from the FIT as Debian ships it."""
    card = make_card(tmp_path, UNLEASHED / "u-boot.itb", machine.spl("sifive-unleashed"))
    u_boot = board("sifive-unleashed", card=card)
    u_boot.expect("OpenSBI v")
    stop_autoboot(u_boot)
    u_boot.send("fdt addr ${fdtcontroladdr}; fdt print /chosen")
    u_boot.expect("=> ")
    u_boot.send("reset")
    u_boot.expect("hartline SPL")


def test_our_spl_starts_opensbi_and_linux(board, tmp_path):
    """Our SPL -> Debian's OpenSBI -> Linux: all harts entered the firmware."""
    fit = tmp_path / "opensbi.itb"
    script("mkfit", "--base", BASE, "--firmware", machine.opensbi(), "--kernel", machine.LINUX,
           "--initrd", machine.INITRD, "--bootargs", "earlycon=sbi", fit)
    linux = board("qemu-virt", card=make_card(tmp_path, fit, machine.spl("qemu-virt")))
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4
    assert "SBI implementation ID=0x1 " in linux.run("dmesg | grep 'implementation ID'")


def test_u_boot_in_between(start, tmp_path):
    """Our SPL -> our firmware -> U-Boot, which loads Linux from the card's FAT partition."""
    fit = tmp_path / "u-boot.itb"
    script("mkfit", "--base", BASE, "--firmware", machine.firmware(),
           "--payload", U_BOOT / "qemu-riscv64_smode/u-boot.bin", fit)
    card = make_card(tmp_path, fit, machine.spl("qemu-virt"))
    linux = start(machine.QEMU7, "-M", "virt", "-smp", 4, "-m", "1G", "-nographic", "-nic", "none",
                  "-bios", machine.spl("qemu-virt"),
                  "-drive", f"if=none,id=disk,format=raw,file={card}",
                  "-device", "virtio-blk-device,drive=disk")
    stop_autoboot(linux)
    for command in ("virtio scan",
                    "fatload virtio 0:3 ${kernel_addr_r} Image",
                    "fatload virtio 0:3 ${ramdisk_addr_r} initrd",
                    "setenv bootargs earlycon=sbi"):
        linux.send(command)
        linux.expect("=> ", BOOT)
    linux.send("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}")
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 4


def test_m_mode_next_stage(board, tmp_path):
    """Our SPL -> a kernel that runs in M-mode, without SBI; it counts the harts that reach it."""
    for name, harts in (("qemu-virt", 4), ("sifive-unleashed", 5)):
        card = make_card(tmp_path, machine.payload("mmode/mmode.itb"), machine.spl(name))
        kernel = board(name, card=card)
        kernel.expect(rf"mmode: {harts} harts of {harts} came, 0 failures")
        kernel.stop()
