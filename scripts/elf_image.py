# SPDX-License-Identifier: BSD-2-Clause
"""A linked RISC-V program, to be changed in place."""

import collections
import struct
import sys

SHT_NULL, SHT_SYMTAB, SHT_RELA, SHT_HASH, SHT_DYNAMIC, SHT_NOBITS, SHT_DYNSYM = 0, 2, 4, 5, 6, 8, 11
SHF_ALLOC = 2
SHN_UNDEF, SHN_ABS = 0, 0xfff1
SYMBOL, RELA = struct.Struct("<IBBHQQ"), struct.Struct("<QQq")

Section = collections.namedtuple("Section", "name kind flags address offset size link info align entry")
Symbol = collections.namedtuple("Symbol", "name info other home value size")
Relocation = collections.namedtuple("Relocation", "patched place kind symbol addend")


class Image:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = bytearray(f.read())
        self.headers, = struct.unpack_from("<Q", self.data, 0x28)
        self.header_size, count, names = struct.unpack_from("<HHH", self.data, 0x3a)
        self.sections = [Section(*struct.unpack_from("<IIQQQQIIQQ", self.data, self.headers + i * self.header_size))
                         for i in range(count)]
        self.section_names = [self.text(self.sections[names], section.name) for section in self.sections]
        self.symtab, = (section for section in self.sections if section.kind == SHT_SYMTAB)
        self.symbols = [Symbol(*fields) for fields in
                        SYMBOL.iter_unpack(self.data[self.symtab.offset:][:self.symtab.size])]

    def text(self, strings, at):
        start = strings.offset + at
        return self.data[start:self.data.index(0, start)].decode()

    def section(self, name):
        """Its index."""
        if name not in self.section_names:
            sys.exit(f"no section {name}")
        return self.section_names.index(name)

    def symbol(self, name):
        """Its index."""
        strings = self.sections[self.symtab.link]
        for i, symbol in enumerate(self.symbols):
            if self.text(strings, symbol.name) == name:
                return i
        sys.exit(f"no symbol {name}")

    def set_symbol(self, index, value, size):
        self.symbols[index] = self.symbols[index]._replace(value=value, size=size)
        SYMBOL.pack_into(self.data, self.symtab.offset + index * SYMBOL.size, *self.symbols[index])

    def relocations(self):
        """Relocations of what is loaded; patched is 0 when the linker made them for a dynamic linker."""
        for section in self.sections:
            if section.kind != SHT_RELA or not self.sections[section.info or -1].flags & SHF_ALLOC and section.info:
                continue
            for place, info, addend in RELA.iter_unpack(self.data[section.offset:][:section.size]):
                yield Relocation(section.info, place, info & 0xffffffff, info >> 32, addend)

    def offset(self, address):
        """Where the file has it."""
        for section in self.sections:
            if section.flags & SHF_ALLOC and section.kind != SHT_NOBITS and \
                    section.address <= address < section.address + section.size:
                return section.offset + address - section.address
        sys.exit(f"{address:#x} is outside of what the file has")

    def read(self, address, form):
        return struct.unpack_from(form, self.data, self.offset(address))[0]

    def write(self, address, content):
        at = self.offset(address)
        self.data[at:at + len(content)] = content

    def resize(self, index, size):
        """Makes a section smaller; what was behind its new end is zero."""
        section = self.sections[index]
        self.write(section.address + size, bytes(section.size - size))
        self.sections[index] = section._replace(size=size)
        self.write_header(index)

    def drop(self, kinds):
        for i, section in enumerate(self.sections):
            if section.kind in kinds:
                self.sections[i] = section._replace(kind=SHT_NULL)
                self.write_header(i)

    def write_header(self, index):
        struct.pack_into("<IIQQQQIIQQ", self.data, self.headers + index * self.header_size,
                         *self.sections[index])

    def save(self, path):
        with open(path, "wb") as f:
            f.write(self.data)
