# SPDX-License-Identifier: BSD-2-Clause
"""The build itself: reproducible, incremental, with either compiler, for every board."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))
import elf_image  # noqa: E402
FETCHED = ROOT / os.environ.get("FETCHED", ROOT / os.environ.get("O", "build") / "fetched")
BOARDS = sorted(board.name for board in (ROOT / "board").iterdir())
STAGES = [f"{board}/spl/spl.bin" for board in BOARDS] + ["qemu-virt/spl/spl-xip.bin"] + [
    f"sbi/fw_{image}.bin" for image in ("dynamic", "jump", "payload")]


def make(out, *args):
    """What make printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        ["make", "-j2", "--no-print-directory", "SETUP=no", f"O={out}", f"FETCHED={FETCHED}",
         *args], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT).stdout.decode()


def build(out, *args):
    for board in BOARDS:
        make(out, f"BOARD={board}", "spl", "sbi", *args)
    return {stage: (out / stage).read_bytes() for stage in STAGES}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("built")
    return out, build(out)


def test_two_builds_are_the_same(built, tmp_path):
    assert build(tmp_path) == built[1]


def test_budgets(built):
    sizes = {stage: len(content) for stage, content in built[1].items()}
    assert sizes["sbi/fw_dynamic.bin"] <= 128 << 10
    # With everything built in, but signatures.
    assert sizes["qemu-virt/spl/spl.bin"] <= 128 << 10
    assert sizes["sifive-unleashed/spl/spl.bin"] <= 96 << 10
    assert abs(sizes["qemu-virt/spl/spl-xip.bin"] - sizes["qemu-virt/spl/spl.bin"]) <= 1 << 10


def test_an_spl_in_place_has_only_variables_in_memory(built):
    elf = built[0] / "qemu-virt/spl/spl-xip.elf"
    image, binary = elf_image.Image(elf), elf.with_suffix(".bin").read_bytes()
    flash, memory = range(0x20000000, 0x20000000 + len(binary)), range(0x80100000, 0x80200000)
    writable, executable = 1, 4
    for name, section in zip(image.section_names, image.sections):
        if section.flags & elf_image.SHF_ALLOC:
            variables = name in (".data", ".bss")
            for address in section.address, section.address + section.size:
                assert address in (memory if variables else flash), name
            assert not section.flags & (executable if variables else writable), name
    data = image.sections[image.section(".data")]
    first = image.symbols[image.symbol("flash_from")].value - flash.start
    assert data.size and binary[first:][:data.size] == image.data[data.offset:][:data.size]
    # And nothing for relocate() to do.
    assert image.read(image.symbols[image.symbol("relr")].value, "<Q") == 0


@pytest.mark.parametrize("board, source", [("qemu-virt", "sdhci"), ("sifive-unleashed", "sd_spi")])
def test_sd_and_hashes_alone_fit_into_64_kib(tmp_path, board, source):
    make(tmp_path, f"BOARD={board}", "spl", f"BOARD_BOOT_SOURCES={source}", "BOARD_FILESYSTEMS=",
         "BOARD_COMPRESSION=", "BOARD_EXTRAS=", "BOARD_SPL_MAX=0x10000", "BOARD_XIP_ADDRESS=")


@pytest.mark.parametrize("board, source", [("qemu-virt", "sdhci"), ("sifive-unleashed", "sd_spi")])
def test_signatures_and_compression_are_64_kib_of_code(tmp_path, board, source):
    make(tmp_path, f"BOARD={board}", "spl", f"BOARD_BOOT_SOURCES={source}", "BOARD_FILESYSTEMS=",
         "BOARD_COMPRESSION=gzip lz4", "BOARD_EXTRAS=", "VERIFY=signed", "BOARD_XIP_ADDRESS=")
    sections = subprocess.run(["riscv64-linux-gnu-size", "-A", tmp_path / board / "spl/spl.elf"],
                              check=True, stdout=subprocess.PIPE).stdout.decode()
    assert int(re.search(r"^\.text +(\d+)", sections, re.MULTILINE)[1]) <= 64 << 10


@pytest.mark.parametrize("board", BOARDS)
def test_each_board_can_demand_signatures(tmp_path, board):
    """With all that it has otherwise, and whatever an image may be packed by."""
    make(tmp_path, f"BOARD={board}", "spl", "VERIFY=signed", "BOARD_COMPRESSION=gzip lz4 zstd lzma",
         "BOARD_SPL_MAX=0x40000")
    make(tmp_path, f"BOARD={board}", "spl", "VERIFY=signed")


def test_the_stack_is_bounded(built):
    """And the gate is one: what is too deep does not build."""
    elf = built[0] / "sifive-unleashed/spl/spl.elf"
    deep = subprocess.run([ROOT / "scripts/stack-usage", "--max", "1000", elf, "spl_main"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert deep.returncode and b"stack of" in deep.stdout


def test_messages_can_be_unpacked(built):
    image = elf_image.Image(built[0] / "qemu-virt/spl/spl.elf")

    def content(name, size=None):
        symbol = image.symbols[image.symbol(name)]
        at = image.offset(symbol.value)
        return image.data[at:at + (size or symbol.size)]

    pairs = content("message_pairs", 320)

    def unpack(text):
        return b"".join(bytes([byte]) if 32 <= byte < 127 or byte in b"\0\n" else
                        unpack(pairs[2 * ((byte - 128) % 256):][:2]) for byte in text)

    packed = content("texts")  # lib/err.c
    texts = unpack(packed).decode().split("\0")
    assert len(packed) < sum(map(len, texts)) * 2 / 3
    assert texts[-2:] == ["unknown error", ""]
    source = (ROOT / "lib/err.h").read_text().replace('\\"', '"')
    entry = re.compile(r'X\(ERR_\w+,\s*\d+, "(.*)"\)')
    common = source[source.index("ERR_LIST_COMMON"):source.index("ERR_LIST_NET")]
    assert set(entry.findall(common)) <= set(texts[:-2]) <= set(entry.findall(source))


def test_clang_and_lld(tmp_path):
    # What clang makes is larger; these SPLs are only to be built, not to fit.
    images = build(tmp_path, "LLVM=1", "BOARD_SPL_MAX=0x40000")
    assert all(images.values())
    make(tmp_path, "LLVM=1", "BOARD_SPL_MAX=0x40000", "BOARD=qemu-virt", "spl", "VERIFY=signed")


def test_nothing_to_do_the_second_time(built):
    assert "  CC" not in make(built[0], "spl", "sbi")


def test_a_header_rebuilds_what_includes_it(built):
    out = built[0]
    header = ROOT / "sbi/hsm.h"
    times = header.stat()
    os.utime(header)
    try:
        rebuilt = make(out, "sbi")
    finally:
        os.utime(header, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "sbi/hsm.c" in rebuilt
    assert "lib/printf.c" not in rebuilt


def test_a_flag_rebuilds_what_it_is_for(built):
    out = built[0]
    rebuilt = make(out, "spl", "sbi", "VERIFY=off")
    assert "spl/boot.c" in rebuilt
    assert "sbi/hsm.c" not in rebuilt


def test_flags_of_one_object_rebuild_it_alone(built):
    objects = [built[0] / "qemu-virt/spl/obj" / name
               for name in ("lib/crc.o", "third_party/lwip/src/core/udp.o", "lib/dt.o")]
    make(built[0], *objects)
    # The makefiles give the first of them an SPL_OPTIMISE of its own.
    rebuilt = make(built[0], *objects, "SPL_FAST=")
    assert "lib/crc.c" in rebuilt and rebuilt.count("  CC") == 1
    rebuilt = make(built[0], *objects)
    assert "lib/crc.c" in rebuilt and rebuilt.count("  CC") == 1
    assert "  CC" not in make(built[0], *objects)


@pytest.mark.parametrize("header", ["net/lwip/lwipopts.h", FETCHED / "src/lwip/src/include/lwip/udp.h"])
def test_headers_of_libraries_rebuild_what_includes_them(built, header):
    objects = [built[0] / "qemu-virt/spl/obj" / name
               for name in ("third_party/lwip/src/core/udp.o", "lib/crc.o")]
    make(built[0], *objects)
    rebuilt = make(built[0], "-W", header, *objects)
    assert "udp.c" in rebuilt and rebuilt.count("  CC") == 1


def test_help():
    text = make("build", "help")
    for word in ("make run", "make check", "make flash", "BOARD=", "CROSS_COMPILE="):
        assert word in text
