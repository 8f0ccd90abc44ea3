# SPDX-License-Identifier: BSD-2-Clause
"""A FIT taken apart, to be put together as no tool would: what is not touched stays, byte for byte."""

import struct

BEGIN, END_NODE, PROP = 1, 2, 3
BLOCK = 512


def padded(data, size=4):
    return data + bytes(-len(data) % size)


def named(node, name):
    """A node - from its first token to its last - under another name."""
    old = node.index(b"\0", 4)
    return node[:4] + padded(name.encode() + b"\0") + node[(old + 4) // 4 * 4:]


class Tree:
    def __init__(self, fit):
        size, structure, strings = struct.unpack_from(">3I", fit, 4)
        strings_size, structure_size = struct.unpack_from(">2I", fit, 32)
        self.structure = fit[structure:structure + structure_size]
        self.strings = fit[strings:strings + strings_size]
        self.data = fit[(size + 3) // 4 * 4:]

    def bytes(self):
        """The data starts behind the tree, which ends with a block."""
        strings = 56 + len(self.structure)
        tree = padded(bytes(56) + self.structure + self.strings, BLOCK)
        header = struct.pack(">10I", 0xd00dfeed, len(tree), 56, strings, 40, 17, 16, 0,
                             len(self.strings), len(self.structure))
        return header + tree[40:] + self.data

    def walk(self):
        """Yields token, path, where the token is, and where the next one is."""
        path, at = [], 0
        while at < len(self.structure):
            start = at
            token, = struct.unpack_from(">I", self.structure, at)
            at += 4
            if token == BEGIN:
                end = self.structure.index(b"\0", at)
                path.append(self.structure[at:end].decode())
                at = end // 4 * 4 + 4
            elif token == PROP:
                at += 8 + (struct.unpack_from(">I", self.structure, at)[0] + 3) // 4 * 4
            yield token, "/".join(path) or "/", start, at
            if token == END_NODE:
                path.pop()

    def span(self, path):
        """The first byte of a node, and the first one behind it."""
        start = next(at for token, where, at, _ in self.walk() if (token, where) == (BEGIN, path))
        return start, next(end for token, where, at, end in self.walk()
                           if (token, where) == (END_NODE, path) and at > start)

    def node(self, path):
        start, end = self.span(path)
        return self.structure[start:end]

    def add(self, parent, node):
        """Puts a node behind all others of its parent."""
        end = self.span(parent)[1] - 4
        self.structure = self.structure[:end] + node + self.structure[end:]
        return self

    def property(self, path, name):
        """The place of a property, and its value."""
        for token, where, at, end in self.walk():
            if (token, where) == (PROP, path):
                size, offset = struct.unpack_from(">2I", self.structure, at + 4)
                if self.strings[offset:self.strings.index(b"\0", offset)] == name.encode():
                    return at, end, self.structure[at + 12:at + 12 + size]
        raise KeyError(f"{path}: {name}")

    def get(self, path, name):
        return self.property(path, name)[2]

    def set(self, path, name, value):
        at, end, _ = self.property(path, name)
        offset = self.structure[at + 8:at + 12]
        self.structure = self.structure[:at] + struct.pack(">2I", PROP, len(value)) + offset + \
            padded(value) + self.structure[end:]
        return self

    def delete(self, path):
        start, end = self.span(path)
        self.structure = self.structure[:start] + self.structure[end:]
        return self
