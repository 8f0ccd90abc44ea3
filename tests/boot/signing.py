# SPDX-License-Identifier: BSD-2-Clause
"""Keys, SPLs that demand signatures, and what `make verify-fit` says of a FIT."""

import os
import re
import subprocess

import machine
from machine import ROOT

OUT = machine.OUT / "signed"
# Arguments of make.
ALL_COMPRESSIONS = ["BOARD_COMPRESSION=gzip lz4 zstd lzma", "BOARD_SPL_MAX=0x30000"]


def run(*command):
    subprocess.run([str(word) for word in command], cwd=ROOT, check=True, stdout=subprocess.PIPE)


def make(*args):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        ["make", "-j2", "--no-print-directory", "SETUP=no", f"FETCHED={machine.FETCHED}", *args],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def build_spl(board, *args):
    """A board's SPL with VERIFY=signed; without KEYS its control DTB has to have them."""
    done = make(f"O={OUT}", f"BOARD={board}", "spl", "VERIFY=signed",
                "BOARD_XIP_ADDRESS=", *args)
    assert not done.returncode, done.stdout.decode()
    return OUT / board / "spl/spl.bin"


def make_keys(directory):
    """Two keys that boards know, and in stranger/ one that they do not."""
    run("scripts/sign", "key", directory, "dev")
    run("scripts/sign", "key", directory, "release", "--type", "ecdsa256")
    run("scripts/sign", "key", directory / "stranger", "dev")
    return directory


def verdict(fit, *args):
    """What verify-fit says: None when a board would boot, else the error."""
    done = make(f"O={OUT}", "verify-fit", f"FIT={fit}", "VERIFY=signed", *args)
    said = done.stdout.decode()
    assert done.returncode or "would boot it" in said
    return re.search(r"^E\d+ .*$", said, re.M)[0] if done.returncode else None
