# SPDX-License-Identifier: BSD-2-Clause
"""How large the images are, by room of the house, and how much RAM they keep."""

import collections
import re
import struct

import elf
import inject
from qemu import FIRMWARE, NEXT_STAGE, virt

KINDS = {"text": (".text",), "rodata": (".rodata", ".srodata"),
         "data": (".data", ".sdata", ".got", ".rela", ".dyn"), "bss": (".bss", ".sbss")}
ROOM, SLASH = "room ", ":"     # keys of results have slashes of their own
REGISTER_A1 = 11


def kind_of(section):
    for kind, prefixes in KINDS.items():
        if section.startswith(prefixes):
            return kind
    return None


def room_of(path):
    """obj/sbi/ext/base.o is sbi/ext/base, obj/drivers/serial/8250.o is drivers/serial,
    obj/third_party/dtc/... is dtc, obj/lib/riscv/isa.o is lib; what the compiler made of many at once
    is in none."""
    if "/obj/" not in path:
        return "compiled as one"
    parts = re.sub(r"\.o$", "", path).split("/obj/")[-1].split("/")
    if parts[0] == "third_party":
        return parts[1]
    if parts[:2] == ["sbi", "ext"]:
        return "/".join(parts)
    return "/".join(parts[:2]) if parts[0] == "drivers" else parts[0]


def by_room(path):
    """{room: {kind: bytes}} of GNU ld's map file."""
    rooms = collections.defaultdict(collections.Counter)
    with open(path) as f:
        text = f.read()
    text = text[text.find("Linker script and memory map"):]
    for section, size, source in re.findall(
            r"^ (\.[\w.$-]+)\s+0x[0-9a-f]+\s+(0x[0-9a-f]+) (\S+\.o)$", text, re.M):
        kind = kind_of(section)
        if kind and int(size, 16):
            rooms[room_of(source)][kind] += int(size, 16)
    return rooms


def images(results, name, image, file_size):
    sizes = elf.Elf(image).sizes()
    for kind in KINDS:
        results.put("size", name, "image", kind, sizes[kind])
    results.put("size", name, "image", "file", file_size)


def rooms(results, name, map_file):
    for room, kinds in sorted(by_room(map_file).items()):
        for kind in KINDS:
            results.put("size", name, ROOM + room.replace("/", SLASH), kind, kinds[kind])


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
