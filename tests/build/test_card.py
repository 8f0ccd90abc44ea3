# SPDX-License-Identifier: BSD-2-Clause
"""SD card images, and writing them to a card. A file stands in for the card."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / os.environ.get("O", "build")
IMAGE = OUT / "sifive-unleashed/sdcard.img"


def run(*command, answer=None, **environment):
    return subprocess.run([str(word) for word in command], cwd=ROOT, input=answer, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **environment})


def partitions(image):
    rows = re.findall(r"^ +(\d+) +(\d+) +(\d+) ", run("sgdisk", "-p", image).stdout, re.M)
    return {int(number): (int(first), int(last)) for number, first, last in rows}


def test_layout_is_what_the_boot_rom_wants():
    table = partitions(IMAGE)
    assert table[1] == (34, 2081)
    assert table[2][0] == 2082 and table[2][1] >= 10273
    assert table[3][0] >= 16384 and table[4][0] >= 286720
    for number, guid in ((1, "5B193300-FC78-40CD-8002-E86C45580B47"),
                         (2, "2E54B353-1271-4842-806F-E436D6AF6985")):
        assert guid in run("sgdisk", "-i", number, IMAGE).stdout
    assert "No problems found" in run("sgdisk", "-v", IMAGE).stdout


def test_partitions_hold_spl_and_fit():
    with open(IMAGE, "rb") as image:
        for sector, path in ((34, "spl/spl.bin"), (2082, "hartline.itb")):
            content = (OUT / "sifive-unleashed" / path).read_bytes()
            image.seek(sector * 512)
            assert image.read(len(content)) == content


@pytest.fixture
def card(tmp_path):
    """A larger card that holds something else."""
    path = tmp_path / "card"
    with open(path, "wb") as file:
        file.write(b"old" * 100000)
        file.truncate(IMAGE.stat().st_size + (64 << 20))
    return path


def test_flash_writes_and_fits_the_backup_table(card):
    done = run("scripts/flash", IMAGE, card, answer="yes\n", FORCE="1")
    assert done.returncode == 0, done.stdout
    assert partitions(card) == partitions(IMAGE)
    assert "No problems found" in run("sgdisk", "-v", card).stdout


@pytest.mark.parametrize("answer, environment", [
    ("yes\n", {}),                   # a file is no card, and nobody said FORCE=1
    ("no\n", {"FORCE": "1"}),
    ("", {"FORCE": "1"}),
])
def test_flash_refuses(card, answer, environment):
    before = card.read_bytes()[:1 << 20]
    assert run("scripts/flash", IMAGE, card, answer=answer, **environment).returncode != 0
    assert card.read_bytes()[:1 << 20] == before


def test_flash_refuses_a_card_that_is_too_small(tmp_path):
    small = tmp_path / "small"
    small.write_bytes(bytes(1 << 20))
    assert run("scripts/flash", IMAGE, small, answer="yes\n", FORCE="1").returncode != 0
    assert small.read_bytes() == bytes(1 << 20)
