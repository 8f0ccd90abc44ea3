# SPDX-License-Identifier: BSD-2-Clause
"""
How large the images are, by room of the house, and how much RAM they keep.

What is in an object file is of one room. Of objects that were compiled as one, the debug information says
which source each instruction and each variable is from: what was inlined counts where it was written.
"""

import collections
import itertools
import os
import re
import struct

import dwarf
import elf
import inject
from qemu import FIRMWARE, Failed, NEXT_STAGE, virt

KINDS = ("text", "rodata", "data", "bss")
ROOM, SLASH = "room ", ":"     # keys of results have slashes of their own
MESSAGES, LITERALS, ALIGNMENT = "messages, packed", "literals", "alignment"
LIBRARIES = ("dtc/libfdt", "bearssl", "lwip", "lz4", "xz", "zlib", "zstd")
NO_SOURCE = "<artificial>"     # what the compiler calls its own
REGISTER_A1 = 11


def room_of(path):
    """Of a source or an object: sbi/ext/base.c is sbi/ext/base, drivers/serial/8250.c is drivers/serial,
    spl/boot_ram.c is spl/boot_ram, lib/riscv/isa.c is lib, .../src/lwip/... is lwip."""
    library = re.search(r"/(?:src|third_party)/(%s)/" % "|".join(LIBRARIES), path)
    if library:
        return os.path.basename(library[1])
    if path.endswith(NO_SOURCE):
        return "no source"
    path = os.path.splitext(os.path.normpath(path.split("/obj/")[-1]))[0]
    if re.match(r"sbi/ext/|spl/boot_(?!source|record)", path):
        return path
    return "/".join(path.split("/")[:2 if path.startswith("drivers/") else 1])


def objects(map_file):
    """[(address, address behind, path)] of GNU ld's map file."""
    with open(map_file) as f:
        text = f.read()
    text = text[text.find("Linker script and memory map"):]
    return [(int(address, 16), int(address, 16) + int(size, 16), path) for address, size, path in
            re.findall(r"^ \.(?:text|s?rodata|s?data|s?bss|got)\b\S*\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+) (\S+\.o)$",
                       text, re.M)]


class Section:
    """Who each byte of a section belongs to; those that are nobody's are filler's."""

    def __init__(self, section, filler):
        self.start, self.kind, self.align = section.address, elf.kind_of(section), section.align
        self.owners, self.filler = [None] * section.size, filler

    def give(self, first, last, owner):
        """The bytes from address @first on, before @last, that are here and nobody's yet."""
        for at in range(max(first - self.start, 0), min(last - self.start, len(self.owners))):
            self.owners[at] = self.owners[at] or owner

    def sizes(self):
        """(room, bytes)"""
        for owner, run in itertools.groupby(self.owners):
            size = sum(1 for _ in run)
            if not owner and self.filler == ALIGNMENT and size >= self.align:
                raise Failed("%d bytes of %s are in no room" % (size, self.kind))
            yield owner or self.filler, size


def by_room(image):
    """{room: {kind: bytes}}. image: path without .elf, .map"""
    file, linked = elf.Elf(image + ".elf"), objects(image + ".map")
    as_one = any("/obj/" not in path for _, _, path in linked)
    places = [(first, last, path) for first, last, path in linked if "/obj/" in path]
    if as_one:
        variables = dwarf.variables(image + ".elf")
        places += dwarf.code(image + ".elf")
        places += [(s.address, s.address + s.size, variables[s.address]) for s in file.symbols()
                   if s.kind == elf.STT_OBJECT and s.address in variables]
    sections = []
    for section in (s for s in file.sections if s.flags & elf.SHF_ALLOC):
        filler = LITERALS if as_one and elf.kind_of(section) == "rodata" else ALIGNMENT
        packed = section.name == ".messages"     # not where the debug information says
        sections.append(Section(section, MESSAGES if packed else filler))
        for first, last, path in () if packed else places:
            sections[-1].give(first, last, room_of(path))
    rooms = collections.defaultdict(collections.Counter)
    for section in sections:
        for room, size in section.sizes():
            rooms[room][section.kind] += size
    return rooms


def images(results, name, image, file_size):
    sizes = elf.Elf(image).sizes()
    for kind in KINDS:
        results.put("size", name, "image", kind, sizes[kind])
    results.put("size", name, "image", "file", file_size)


def rooms(results, name, image):
    found, sizes = by_room(image), elf.Elf(image + ".elf").sizes()
    for room, kinds in sorted(found.items()):
        for kind in KINDS:
            results.put("size", name, ROOM + room.replace("/", SLASH), kind, kinds[kind])
    if any(sum(kinds[kind] for kinds in found.values()) != sizes[kind] for kind in KINDS):
        raise Failed("the rooms of %s are not as large as it is" % image)


def reserved(dtb):
    """Bytes of the firmware in /reserved-memory (Devicetree Specification, 3.5 and 5)."""
    structure, strings = struct.unpack_from(">II", dtb, 8)
    at, path, total = structure, [], 0
    while True:
        token, = struct.unpack_from(">I", dtb, at)
        at += 4
        if token == 1:
            end = dtb.index(b"\0", at)
            path.append(dtb[at:end].decode())
            at = (end + 4) & ~3
        elif token == 2:
            path.pop()
        elif token == 3:
            length, name = struct.unpack_from(">II", dtb, at)
            start = strings + name
            name = dtb[start:dtb.index(b"\0", start)].decode()
            if name == "reg" and path[1:2] == ["reserved-memory"]:
                for i in range(at + 8, at + 8 + length, 16):
                    base, size = struct.unpack_from(">QQ", dtb, i)
                    total += size if FIRMWARE[0] <= base < FIRMWARE[1] else 0
            at = (at + 8 + length + 3) & ~3
        elif token == 9:
            return total


def read_dtb(socket, found):
    """Stops at the next stage, and reads the device tree that it is given."""
    gdb = inject.Gdb(socket)
    gdb.ask("Z1,%x,4" % NEXT_STAGE)
    gdb.ask("c")
    at = gdb.read(REGISTER_A1)
    size, = struct.unpack(">I", bytes.fromhex(gdb.ask("m%x,4" % (at + 4))))
    while len(found) < size:
        found += bytes.fromhex(gdb.ask("m%x,%x" % (at + len(found),
                                                   min(1024, size - len(found)))))
    gdb.send("k")


def resident(results, qemu, name, firmware, payload, harts):
    dtb = bytearray()
    qemu.run(virt(harts) + ["-bios", firmware, "-kernel", payload], None,
             during=lambda socket: read_dtb(socket, dtb))
    results.put("size", name, "%d harts" % harts, "RAM kept", reserved(bytes(dtb)))
