# SPDX-License-Identifier: BSD-2-Clause
"""Which source the parts of an image are from, by what readelf reads in its debug information."""

import bisect
import re
import subprocess

READELF = "riscv64-linux-gnu-readelf"


def dump(path, what):
    return subprocess.run([READELF, "--wide", "--debug-dump=" + what, path], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def code(path):
    """[(first address, address behind, source)], of the line table."""
    source, start, pieces = None, None, []
    for line in dump(path, "decodedline").splitlines():
        if header := re.match(r"(?:CU: )?(\S+):$", line):
            source = header[1]
        elif row := re.match(r"\S+ +(\d+|-) +(?:0x)?([0-9a-f]+)\b", line):
            address = int(row[2], 16)
            if start and address > start[0]:
                pieces.append((start[0], address, start[1]))
            if row[1] == "-":     # the end of a sequence
                start = None
            elif not start or address > start[0] or source != start[1]:
                start = address, source
    return pieces


def variables(path):
    """{address: source}. A variable that was compiled with others refers to where it was declared."""
    units, found = [], {}
    for entry in re.split(r"^ *<[0-9a-f]+>(?=<)", dump(path, "info"), flags=re.M):
        head = re.match(r"<([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", entry)
        if not head:
            continue
        if head[2] == "compile_unit":
            name = re.search(r"DW_AT_name\s*: (?:\(.*?\)(?:: | ))?(.*)", entry)
            units.append((int(head[1], 16), name[1].split("): ")[-1]))
        elif head[2] == "variable":
            place = re.search(r"DW_AT_location .*\(DW_OP_addr: ([0-9a-f]+)\)", entry)
            origin = re.search(r"DW_AT_(?:abstract_origin|specification).*<0x([0-9a-f]+)>", entry)
            if place:
                found[int(place[1], 16)] = int((origin or head)[1], 16)
    starts = [start for start, _ in units]
    return {address: units[bisect.bisect_right(starts, entry) - 1][1]
            for address, entry in found.items()}
