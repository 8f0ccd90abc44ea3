# SPDX-License-Identifier: BSD-2-Clause
"""
Hostile FITs and disks before the real SPL. Each test has a machine with many disks: the SPL has to
pass each of them over for the right reason, and to start the last, which is good. What the others
want is that the program of somebody else speaks.
"""

import re
import struct
import subprocess
import zlib

import pytest

import machine
import nbd
import signing
from fit_tree import Tree, named

FIT_TYPE = "2E54B353-1271-4842-806F-E436D6AF6985"
MIB = 1 << 20
GOOD = r"mmode: bootargs good\r"
EVIL = "evil!: "

CONF, SIGNATURE_RSA, SIGNATURE_EC = (f"/configurations/conf{node}" for node in
                                     ("", "/signature-1", "/signature-2"))
P256_ORDER = bytes.fromhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
PACKERS = {"gzip": ["gzip", "-9nc"], "lz4": ["lz4", "-9qc"], "zstd": ["zstd", "-qc"],
           "lzma": ["xz", "--format=lzma", "-c"]}


@pytest.fixture(scope="module")
def spl(strict_spl, keys):
    return strict_spl("qemu-virt", f"KEYS={keys}", *signing.ALL_COMPRESSIONS)


@pytest.fixture(scope="module")
def signed(keys, tmp_path_factory):
    """signed(images, configurations): a FIT that is signed by all keys that the board knows."""
    directory = tmp_path_factory.mktemp("fits")
    good = machine.payload("mmode/mmode.bin").read_bytes()
    evil = good.replace(b"mmode: ", EVIL.encode())
    assert evil != good
    (directory / "good").write_bytes(good)
    (directory / "evil").write_bytes(evil)

    def sign(images, configurations):
        its, fit = directory / "fit.its", directory / "fit.itb"
        its.write_text("/dts-v1/; / { description = \"\"; #address-cells = <2>; images { %s }; "
                       "configurations { default = \"conf\"; %s }; };" % (images, configurations))
        subprocess.run(["mkimage", "-q", "-f", its, fit], cwd=directory, check=True)
        signing.run("scripts/sign", "fit", fit, keys)
        return fit.read_bytes()

    sign.directory = directory
    return sign


def image(name, file, load=0x80000000, compression="none", more="", hashed="sha256"):
    return (f'{name} {{ data = /incbin/("{file}"); type = "standalone"; os = "u-boot"; '
            f'arch = "riscv"; compression = "{compression}"; load = /bits/ 64 <{load:#x}>; {more} '
            f'hash-1 {{ algo = "{hashed}"; }}; }};')


def configuration(name, images, cmdline="bad"):
    return f'{name} {{ loadables = {images}; cmdline = "{cmdline}"; }};'


PROGRAMS = image("mmode", "good") + image("other", "evil")


@pytest.fixture
def pass_over(start, signed, spl, tmp_path):
    """pass_over([(error, disk), ...]): the disks, and what each is passed over for; the console."""
    def run(attacks):
        good = signed(image("mmode", "good"), configuration("conf", '"mmode"', "good"))
        qemu = ["-M", "virt", "-smp", 2, "-m", "128M", "-nographic", "-nic", "none", "-bios", spl]
        for index, (_, disk) in enumerate([*attacks, (None, on_disk(good))]):
            path = tmp_path / f"{index}.img"
            path.write_bytes(disk)
            qemu += ["-drive", f"if=none,id=d{index},format=raw,readonly=on,file={path}",
                     "-device", f"virtio-blk-pci,drive=d{index}"]
        board = start(machine.QEMU7, *qemu)
        console, wrong = "", []
        for index, (error, _) in enumerate(attacks):
            said = board.expect(rf"virtio{index}: ([^\r]*)\r")[1]
            wrong += [] if re.match(error, said) else [f"disk {index}: {said}, not {error}"]
            console += board.before
        board.expect(GOOD)
        assert not wrong
        assert EVIL not in console + board.before
        return console
    return run


def on_disk(fit, size=MIB):
    disk = bytes(machine.FIT_START) + fit
    return disk + bytes(max(0, machine.FIT_START + size - len(disk)))


def packed(how, data):
    return subprocess.run(PACKERS[how], input=data, stdout=subprocess.PIPE, check=True).stdout


# --- Trees ------------------------------------------------------------------------------------

def forge(t):
    """Another configuration, with the signatures of the one that is signed."""
    t.add("/configurations", named(t.node(CONF), "forged"))
    t.set("/configurations/forged", "loadables", b"other\0")
    return t.set("/configurations", "default", b"forged\0")


def forge_unsigned(t):
    forge(t)
    for signature in ("signature-1", "signature-2"):
        t.delete(f"/configurations/forged/{signature}")
    return t


def second_root(t):
    """Behind the first one, with the other program under the name of the signed one."""
    twin = Tree(t.bytes())
    twin.delete("/images/mmode")
    twin.add("/images", named(twin.node("/images/other"), "mmode"))
    t.structure = t.structure[:-4] + twin.structure
    return t


def named_root(t):
    t.structure = named(t.structure, "root")
    return t


def both_values(value):
    """The same in both signatures, as long as these are."""
    def change(t):
        for node in (SIGNATURE_RSA, SIGNATURE_EC):
            t.set(node, "value", value * len(t.get(node, "value")))
        return t
    return change


def ec_value(r, s):
    return lambda t: t.set(SIGNATURE_EC, "value", r + s)


def flip(path, name, at=0):
    def change(t):
        value = bytearray(t.get(path, name))
        value[at] ^= 1
        return t.set(path, name, bytes(value))
    return change


def put(path, name, value):
    return lambda t: t.set(path, name, value)


def word(value):
    return struct.pack(">I", value)


TREES = [
    ("E446", forge),
    ("E440", forge_unsigned),
    ("E446", put(CONF, "loadables", b"other\0")),
    ("E446", put(CONF, "loadables", b"mmode\0other\0")),
    ("E446", put(CONF, "cmdline", b"init=/bin/sh\0")),
    ("E404", lambda t: t.add("/configurations", named(t.node(CONF), "conf@1"))),
    ("E404", lambda t: t.add("/images", named(t.node("/images/other"), "mmode@1"))),
    ("E405", lambda t: t.add("/images", named(t.node("/images/other"), "mmode"))),
    ("E405", lambda t: t.add("/", t.node("/images"))),
    ("E403", lambda t: t.add("/images", t.node("/images"))),
    ("E403", lambda t: t.add("/images/mmode", named(t.node("/images/other"), "mmode"))),
    ("E40[0-5]", second_root),
    ("E402", named_root),
    ("E446", put(SIGNATURE_RSA, "hashed-strings", bytes(8))),
    ("E446", lambda t: t.set(SIGNATURE_EC, "hashed-strings", word(0) + word(len(t.strings)))),
    ("E444", put(SIGNATURE_RSA, "hashed-strings", word(0) + word(0xffffffff))),
    ("E444", put(SIGNATURE_RSA, "hashed-strings", word(4) + word(8))),
    ("E446", both_values(b"\0")),
    ("E446", both_values(b"\xff")),
    ("E444", put(SIGNATURE_RSA, "value", b"\1" * 255)),
    ("E444", put(SIGNATURE_RSA, "algo", b"sha256,rsa4096\0")),
    ("E445", put(SIGNATURE_RSA, "algo", b"sha1,rsa2048\0")),
    ("E446", ec_value(bytes(32), b"\1" * 32)),
    ("E446", ec_value(P256_ORDER, b"\1" * 32)),
    ("E446", ec_value(b"\1" * 32, P256_ORDER)),
]


def test_trees(pass_over, signed):
    fit = signed(PROGRAMS, configuration("conf", '"mmode"'))
    pass_over([(error, on_disk(change(Tree(fit)).bytes())) for error, change in TREES])


# --- Where data is, and is to go ------------------------------------------------------------------

OFFSET, SIZE = ("/images/mmode", "data-offset"), ("/images/mmode", "data-size")
PLACES = [
    ("E406", put(*OFFSET, word(0x7ffffff0))),
    ("E406", put(*OFFSET, word(0xffffffff))),
    ("E413", put(*OFFSET, b"\xff" * 7 + b"\0")),  # wraps
    ("E431", lambda t: t.set(*OFFSET, t.get("/images/other", "data-offset"))),
    ("E406", put(*SIZE, word(0xffffffff))),
    ("E413", put(*SIZE, word(0))),
    ("E413", put(*SIZE, b"\0")),
    ("E446", flip("/images/mmode/hash-1", "value")),
    ("E446", flip("/images/mmode", "load", 7)),
]
LOADS = [
    ("E451", 0x10000000),
    ("E45[01]", 0xfffffffffffff000),
    ("E45[12]", 0x87ff0000),  # the last of 128 MiB, or beyond: the SPL
    ("E451", 0x88000000),
]


def mixed(fit):
    """What one signed configuration has, in the other, which is signed as well."""
    t = Tree(fit)
    return t.set(SIGNATURE_RSA, "value", t.get("/configurations/late/signature-1", "value")) \
        .set(SIGNATURE_EC, "value", t.get("/configurations/late/signature-2", "value"))


def test_places(pass_over, signed):
    """Of data in the FIT and in memory; the last were signed by somebody who erred."""
    conf = configuration("conf", '"mmode"')
    fit = signed(PROGRAMS, conf)
    attacks = [(error, on_disk(change(Tree(fit)).bytes())) for error, change in PLACES]
    both = signed(PROGRAMS, conf + configuration("late", '"other"'))
    attacks += [("E446", on_disk(mixed(both).bytes())),
                ("E446", on_disk(Tree(both).set(CONF, "loadables", b"other\0").bytes()))]
    attacks += [(error, on_disk(signed(image("mmode", "good", load), conf)))
                for error, load in LOADS]
    attacks += [
        ("E452", on_disk(signed(image("mmode", "good") + image("more", "good", 0x80000100),
                                configuration("conf", '"mmode", "more"')))),
        ("E418", on_disk(signed(image("mmode", "good", more="entry = /bits/ 64 <0x81000000>;"),
                                conf))),
        ("E447", on_disk(signed(image("mmode", "good", hashed="sha1"), conf))),
    ]
    pass_over(attacks)


# --- Packed images ------------------------------------------------------------------------------

@pytest.mark.parametrize("how", PACKERS)
def test_packed(pass_over, signed, how):
    """Bombs, what is one byte too large for its window, what is cut off, and what is no such data."""
    window = 0x100000
    names = {}
    for name, data in (("bomb", bytes(16 * MIB)), ("over", bytes(window + 1)),
                       ("exact", bytes(window))):
        names[name] = signed.directory / f"{name}.{how}"
        names[name].write_bytes(packed(how, data))
    whole = packed(how, machine.payload("mmode/mmode.bin").read_bytes())
    for name, data in (("cut", whole[:-9]), ("no", b"no such data" * 99)):
        names[name] = signed.directory / f"{name}.{how}"
        names[name].write_bytes(data)

    def disk(name, compression=how):
        program = image("mmode", names[name], compression=compression)
        fence = image("fence", "good", 0x80000000 + window)
        return on_disk(signed(program + fence, configuration("conf", '"mmode", "fence"')))

    damaged = bytearray(disk("exact"))
    damaged[damaged.index(names["exact"].read_bytes()) + 20] ^= 1
    pass_over([
        (f"E422 images/mmode: {how}: .*; 0x{window:x} bytes are free at 0x80000000", disk("bomb")),
        ("E422", disk("over")),
        ("E421", disk("cut")),
        # LZMA has no magic number; this says a wild size.
        ("E422" if how == "lzma" else "E421", disk("no")),
        ("E416", disk("exact", "bzip2")),
        ("E431", bytes(damaged)),
    ])


@pytest.mark.parametrize("how", PACKERS)
def test_packed_program_runs(start, signed, spl, tmp_path, how):
    """The same window, filled to its last byte by a program that is unpacked to it."""
    good = machine.payload("mmode/mmode.bin").read_bytes()
    program = signed.directory / f"program.{how}"
    program.write_bytes(packed(how, good + bytes(0x100000 - len(good))))
    disk = tmp_path / "disk.img"
    disk.write_bytes(on_disk(signed(
        image("mmode", program, compression=how) + image("fence", "good", 0x80100000),
        configuration("conf", '"mmode", "fence"', "good"))))
    board = start(machine.QEMU7, "-M", "virt", "-smp", 2, "-m", "128M", "-nographic", "-nic", "none",
                  "-bios", spl, "-drive", f"if=none,id=d,format=raw,file={disk}",
                  "-device", "virtio-blk-pci,drive=d")
    board.expect(GOOD)
    board.expect("came, 0 failures")


# --- Media --------------------------------------------------------------------------------------

def lying_table(disk, field, value, form="<I"):
    """Both partition tables say it, with checksums that are right."""
    disk = bytearray(disk)
    for header in (512, len(disk) - 512):
        struct.pack_into(form, disk, header + field, value)
        size = min(struct.unpack_from("<I", disk, header + 12)[0], 512)
        struct.pack_into("<I", disk, header + 16, 0)
        struct.pack_into("<I", disk, header + 16, zlib.crc32(disk[header:header + size]))
    return bytes(disk)


def overlapping(table, fit):
    """What boots, but for a second partition that begins in the last block of the FIT's."""
    subprocess.run(["sgdisk", "-o", "-a", "1", "-n", "1:34:1500", "-t", f"1:{FIT_TYPE}",
                    "-n", "2:1501:1600", table], check=True, stdout=subprocess.PIPE)
    disk = bytearray(table.read_bytes())
    disk[34 * 512:34 * 512 + len(fit)] = fit
    for entries in (2 * 512, len(disk) - 33 * 512):
        struct.pack_into("<Q", disk, entries + 128 + 32, 1500)
    return lying_table(disk, 88, zlib.crc32(disk[2 * 512:34 * 512]))


def flipped(fit, at):
    return fit[:at] + bytes([fit[at] ^ 1]) + fit[at + 1:]


@pytest.fixture
def two_faced(tmp_path):
    """two_faced(name, honest, lie, reads): a disk that is another one after some reads of it."""
    servers = []

    def serve(name, honest, lie, reads):
        servers.append(nbd.Server(tmp_path / name, honest, lie, reads))
        return servers[-1].path

    yield serve
    for server in servers:
        server.stop()


def test_disk_that_changes(start, signed, spl, two_faced):
    """
    A disk that has the signed FIT first, and after n reads the same with the other program: as the data
    of the signed one, or in a configuration that names it. What runs is signed, or nothing.
    """
    fit = signed(PROGRAMS, configuration("conf", '"mmode"', "good"))
    t = Tree(fit)
    lies = [forge_unsigned(Tree(fit)).bytes(),
            Tree(fit).set(*OFFSET, t.get("/images/other", "data-offset")).bytes(),
            fit.replace(b"mmode: ", EVIL.encode())]
    for lie in lies:
        qemu = ["-M", "virt", "-smp", 2, "-m", "128M", "-nographic", "-nic", "none", "-bios", spl]
        for index, reads in enumerate(range(1, 16)):
            path = two_faced(f"{lies.index(lie)}-{index}", on_disk(fit), on_disk(lie), reads)
            qemu += ["-drive", f"if=none,id=d{index},format=raw,readonly=on,cache=none,"
                               f"file.driver=nbd,file.server.type=unix,file.server.path={path}",
                     "-device", f"virtio-blk-pci,drive=d{index}"]
        board = start(machine.QEMU7, *qemu)
        board.expect(r"virtio0: E4\d\d")
        board.expect(GOOD)
        assert EVIL not in board.before


def test_media(pass_over, signed, tmp_path):
    """The end of the disk at each sector of the FIT, tables that lie, and a byte that changed."""
    fit = signed(image("mmode", "good"), configuration("conf", '"mmode"'))
    whole = on_disk(fit, 0)
    ends = range(machine.FIT_START + 512, len(whole) - 511, 512)
    attacks = [("E(406|200|117)", whole[:end]) for end in
               list(ends)[::max(1, len(ends) // 10)]]
    table = tmp_path / "table.img"
    table.write_bytes(bytes(2 * MIB))
    subprocess.run(["sgdisk", "-a", "1", "-n", "1:34:100", "-t", f"1:{FIT_TYPE}", table], check=True,
                   stdout=subprocess.PIPE)
    disk = table.read_bytes()
    # Header size, entry size, entry count, first entry, entries' CRC. No FIT is at the fixed offset.
    for field, value in ((12, 91), (12, 0xffffffff), (84, 64), (84, 0xffffff80), (80, 0xffffffff),
                         (88, 0)):
        attacks.append(("E400", lying_table(disk, field, value)))
    attacks.append(("E400", lying_table(disk, 72, 0xffffffffffffffff, "<Q")))
    attacks.append(("E400", lying_table(disk, 48, 40, "<Q")))
    attacks.append(("E400", overlapping(table, fit)))
    attacks += [("E4..", on_disk(flipped(fit, len(fit) * n // 7))) for n in range(7)]
    console = pass_over(attacks)
    assert console.count("E306") == 1
