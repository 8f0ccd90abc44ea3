# SPDX-License-Identifier: BSD-2-Clause
"""What the bench reads from ELF files: symbols and sizes (System V ABI, "Object Files")."""

import bisect
import collections
import struct

Section = collections.namedtuple("Section", "name kind flags address offset size link info align")
Symbol = collections.namedtuple("Symbol", "name address size kind section")

SHT_SYMTAB, SHT_NOBITS = 2, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
STT_OBJECT, STT_FUNC, STT_NOTYPE = 1, 2, 0


class Elf:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        offset, = struct.unpack_from("<Q", self.data, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.data, 0x3a)
        raw = [struct.unpack_from("<IIQQQQIIQ", self.data, offset + i * size)
               for i in range(count)]
        self.sections = [Section(self.string(raw[names][4], r[0]), *r[1:]) for r in raw]

    def string(self, table, at):
        end = self.data.index(b"\0", table + at)
        return self.data[table + at:end].decode()

    def symbols(self):
        for table in self.sections:
            if table.kind != SHT_SYMTAB:
                continue
            strings = self.sections[table.link].offset
            for at in range(table.offset, table.offset + table.size, 24):
                name, info, _, section, address, size = struct.unpack_from("<IBBHQQ",
                                                                           self.data, at)
                yield Symbol(self.string(strings, name), address, size, info & 15, section)

    def address(self, name):
        return next(s.address for s in self.symbols() if s.name == name)

    def sizes(self):
        """Bytes of text, rodata, data and bss."""
        sizes = dict.fromkeys(("text", "rodata", "data", "bss"), 0)
        for s in self.sections:
            if not s.flags & SHF_ALLOC:
                continue
            sizes[kind_of(s)] += s.size
        return sizes


def kind_of(section):
    if section.flags & SHF_EXECINSTR:
        return "text"
    if section.kind == SHT_NOBITS:
        return "bss"
    return "data" if section.flags & SHF_WRITE else "rodata"


def by_function(path, pcs, base):
    """[(function, count)], most first. pcs: {address: count}; base: where the image runs.
    The names of assembler labels count too."""
    elf = Elf(path)
    start = min(s.address for s in elf.sections if s.flags & SHF_EXECINSTR)
    code = {i for i, s in enumerate(elf.sections) if s.flags & SHF_EXECINSTR}
    functions = sorted((s.address, s.name) for s in elf.symbols()
                       if s.kind in (STT_FUNC, STT_NOTYPE) and s.section in code and
                       not s.name.startswith(("$", ".L")))
    addresses = [f[0] for f in functions]
    offset = 0 if start >= base else base
    counts = collections.Counter()
    for pc, count in pcs.items():
        i = bisect.bisect_right(addresses, pc - offset) - 1
        counts[functions[i][1] if i >= 0 else "?"] += count
    return counts.most_common()
