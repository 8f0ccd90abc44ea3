# SPDX-License-Identifier: BSD-2-Clause
"""What the bench boots from: FITs with random bytes in them, and SPLs with a control tree behind them."""

import os
import random
import subprocess

from qemu import Failed


def tool(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed("%s\n%s" % (" ".join(command), done.stdout))


def make_bytes(path, size, first=b""):
    """The same ones each time."""
    with open(path, "wb") as f:
        f.write(first + random.Random(size).randbytes(size - len(first)))
    return path


def make_fit(base, its):
    """@base.itb of the text of an .its; its data are behind the tree."""
    with open(base + ".its", "w") as f:
        f.write(its)
    tool("mkimage", "-q", "-E", "-B", "0x200", "-f", base + ".its", base + ".itb")
    return base + ".itb"


FIRMWARE_AND_LOADABLES = """/dts-v1/;
/ {
	description = "bench";
	#address-cells = <1>;
	images {
		%s
	};
	configurations {
		default = "conf-1";
		conf-1 { firmware = "firmware"; loadables = %s; };
	};
};
"""
LOADABLE = """%s {
			type = "%s"; os = "%s"; arch = "riscv"; compression = "none";
			load = <%#x>; entry = <%#x>; data = /incbin/("%s"); %s
		};"""


def make_firmware_fit(base, firmware, payload, addresses, algorithm):
    """@base.itb with the firmware at the start of DRAM, and the payload at each of those: the first is to run."""
    images = [("firmware", "firmware", "opensbi", 0x80000000, firmware)] + [
        ("payload-%d" % i, "standalone", "other" if i else "U-Boot", address, payload)
        for i, address in enumerate(addresses)]
    nodes = [LOADABLE % (name, kind, os_, address, address, os.path.abspath(path), hash_node(algorithm))
             for name, kind, os_, address, path in images]
    return make_fit(base, FIRMWARE_AND_LOADABLES % (
        " ".join(nodes), ", ".join('"%s"' % name for name, *_ in images[1:])))


def hash_node(algorithm):
    return 'hash-1 { algo = "%s"; };' % algorithm if algorithm != "none" else ""


def join(path, *parts):
    with open(path, "wb") as out:
        for part in parts:
            with open(part, "rb") as f:
                out.write(f.read())
    return path
