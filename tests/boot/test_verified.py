# SPDX-License-Identifier: BSD-2-Clause
"""
Boards that demand signatures. What counts is whether the M-mode program of the FIT gets to speak; and
`make verify-fit` has to say the same as the board.
"""

import gzip
import re
import shutil
import subprocess

import pytest

import machine
from signing import OUT, run, verdict

BOARDS = ["qemu-virt", "sifive-unleashed"]
RAN = r"mmode: \d harts of \d came, 0 failures"


@pytest.fixture(scope="module")
def signed_fit(keys, tmp_path_factory):
    """The M-mode program's FIT, signed."""
    def sign(*args, directory=keys, fit=machine.payload("mmode/mmode.itb")):
        target = tmp_path_factory.mktemp("fit") / "signed.itb"
        run("scripts/sign", "fit", fit, directory, *args, "--output", target)
        return target
    return sign


@pytest.fixture
def start_fit(board, tmp_path):
    def start(name, spl, fit):
        return board(name, spl=spl, card=machine.raw_card(tmp_path / "card.img", fit))
    return start


@pytest.mark.parametrize("name", BOARDS)
def test_signed_by_all_keys(start_fit, strict_spl, signed_fit, keys, name):
    fit = signed_fit()
    assert verdict(fit, f"KEYS={keys}") is None
    console = start_fit(name, strict_spl(name, f"KEYS={keys}"), fit)
    console.expect("VERIFY=signed by dev and release")
    console.expect("signed by dev")
    console.expect(RAN)


def damage_metadata(fit):
    """The load address of the first image."""
    at = fit.index(b"\0\0\0\0\x80\0\0\0")
    return fit[:at + 5] + b"\1" + fit[at + 6:]


def damage_data(fit):
    at = fit.index(machine.payload("mmode/mmode.bin").read_bytes()) + 100
    return fit[:at] + bytes([fit[at] ^ 1]) + fit[at + 1:]


@pytest.mark.parametrize("error, signers, change", [
    ("E440", None, None),
    ("E446", ["stranger"], None),
    ("E446", ["dev"], None),
    ("E446", [], damage_metadata),
    ("E431", [], damage_data),
], ids=["unsigned", "stranger", "one-of-two", "metadata", "data"])
def test_refused(start_fit, strict_spl, signed_fit, keys, tmp_path, error, signers, change):
    fit = machine.payload("mmode/mmode.itb")
    if signers == ["stranger"]:
        fit = signed_fit(directory=keys / "stranger")
    elif signers is not None:
        fit = signed_fit(*signers)
    if change:
        damaged = tmp_path / "damaged.itb"
        damaged.write_bytes(change(fit.read_bytes()))
        fit = damaged
    said = verdict(fit, f"KEYS={keys}")
    assert said.startswith(error)
    console = start_fit("qemu-virt", strict_spl("qemu-virt", f"KEYS={keys}"), fit)
    console.expect(re.escape("sd0: " + said))
    assert console.expect_first([RAN, "Stopped"]) == 1


@pytest.mark.parametrize("names, options, says", [
    (["dev"], ["--pss", "--hash", "sha512"], "by dev\r"),
    (["release"], [], "by release\r"),
    ([], [], "by (dev and release|release and dev)\r"),
], ids=["rsa", "ecdsa", "both"])
def test_keys_in_the_control_dtb(start_fit, strict_spl, signed_fit, tmp_path, names, options,
                                 says):
    """As `mkimage -K -r` puts them there; no key was built in."""
    spl = strict_spl("qemu-virt")
    control = tmp_path / "control.dtb"
    run("dtc", "-q", "-p", "8192", "-I", "dtb", "-O", "dtb", "-o", control,
        spl.with_name("control.dtb"))
    fit = signed_fit(*names, *options, "--control-dtb", control)
    with_keys = tmp_path / "spl.bin"
    with_keys.write_bytes(spl.with_name("spl-nodtb.bin").read_bytes() + control.read_bytes())
    assert verdict(fit, f"CONTROL_DTB={control}") is None
    console = start_fit("qemu-virt", with_keys, fit)
    console.expect("VERIFY=signed " + says)
    console.expect(RAN)


def test_no_key_at_all(start_fit, strict_spl, signed_fit):
    console = start_fit("qemu-virt", strict_spl("qemu-virt"), signed_fit())
    console.expect("VERIFY=signed\r")
    console.expect("E441")
    console.expect("sd0: E441")
    assert console.expect_first([RAN, "Stopped"]) == 1


def test_one_key_of_several(signed_fit, keys):
    fit = signed_fit("dev")
    assert verdict(fit, f"KEYS={keys}").startswith("E446")
    assert verdict(fit, f"KEYS={keys}", "KEYS_MODE=any") is None
    assert verdict(signed_fit("dev", directory=keys / "stranger"), f"KEYS={keys}",
                           "KEYS_MODE=any").startswith("E446")


def test_verdict_is_the_boards(tmp_path):
    """What is built in, and which configuration, is as BOARD has it."""
    (tmp_path / "program.gz").write_bytes(gzip.compress(bytes(4096)))
    (tmp_path / "my.its").write_text("""/dts-v1/; / { description = "x"; images { program {
        description = "x"; type = "firmware"; arch = "riscv"; os = "opensbi"; compression = "gzip";
        load = <0x80000000>; data = /incbin/("program.gz"); hash-1 { algo = "sha256"; }; }; };
        configurations { default = "other"; other { description = "x"; fdt = "nowhere"; };
        mine { description = "x"; compatible = "riscv-virtio"; firmware = "program"; }; }; };""")
    fit = tmp_path / "my.itb"
    run("dtc", "-q", "-O", "dtb", "-o", fit, tmp_path / "my.its")
    assert verdict(fit, "VERIFY=off") is None
    assert "images/nowhere" in verdict(fit, "VERIFY=off", "BOARD=sifive-unleashed")
    assert "gzip" in verdict(fit, "VERIFY=off", "BOARD_COMPRESSION=lz4")
    control = tmp_path / "control.dtb"
    shutil.copy(OUT / "qemu-virt/spl/control.dtb", control)
    run("fdtput", "-t", "s", control, "/chosen", "hartline,configuration", "other")
    assert "images/nowhere" in verdict(fit, "VERIFY=off", f"CONTROL_DTB={control}")


def test_signed_by_mkimage_alone(keys, tmp_path):
    """As docs/verified-boot.md has it."""
    its = machine.payload("mmode/mmode.its").read_text().replace(
        '"mmode.bin"', f'"{machine.payload("mmode/mmode.bin")}"')
    signed = its.replace('loadables = "mmode";', """loadables = "mmode"; signature-1 {
        algo = "sha256,rsa2048"; key-name-hint = "dev"; sign-images = "loadables"; };""")
    assert signed != its
    (tmp_path / "my.its").write_text(signed)
    run("mkimage", "-k", keys, "-f", tmp_path / "my.its", tmp_path / "my.itb")
    assert verdict(tmp_path / "my.itb", f"KEYS={keys}", "KEYS_MODE=any") is None
    assert verdict(tmp_path / "my.itb", f"KEYS={keys / 'stranger'}").startswith("E446")


def quick_start():
    """Commands of the numbered sections of docs/verified-boot.md, with what the board says then."""
    text = (machine.ROOT / "docs/verified-boot.md").read_text()
    steps = []
    for section in re.findall(r"^## \d\..*?(?=^## )", text, re.M | re.S):
        for block in re.findall(r"(?:^    .*\n)+", section, re.M):
            lines = [line.strip() for line in block.splitlines()]
            if block.startswith("      "):
                steps[-1][1].extend(lines)
            else:
                steps.extend((line, []) for line in lines)
    return steps


def test_the_quick_start(start, tmp_path):
    """What the document says, word for word, but that it is not in build/, and less is built for it."""
    places = {r"\bbuild/": f"{OUT}/", r"\bkeys\b": str(tmp_path / "keys"),
              r"\bstrict\.bin\b": str(tmp_path / "strict.bin")}
    built = {"O": OUT, "FETCHED": machine.FETCHED, "SETUP": "no", "FIRMWARE": machine.firmware(),
             "INITRD": machine.INITRD, "ROOTFS": machine.OUT / "rootfs", "MAKEFLAGS": "-j2",
             "BOARD": "qemu-virt"}
    results = []
    for command, said in quick_start():
        for pattern, place in places.items():
            command = re.sub(pattern, place, command)
        env = {name: str(value) for name, value in built.items()}
        if "VERIFY=signed" not in command:
            env["SPL"] = str(machine.spl("qemu-virt"))
        program = start("bash", "-c", command, env=env)
        for line in said:
            program.expect(re.escape(line), machine.BOOT)
        if said:
            boots = program.expect_first(["Stopped", "Run /init as init process"], machine.BOOT)
            results.append(boots)
            program.process.send("\x01x")
        status = program.expect_exit(machine.BOOT)
        if "verify-fit" in command:
            results.append(status == 0)
        else:
            assert status == 0
    # The signed card, the other one; what verify-fit says of that, and when it is signed.
    assert results == [True, False, False, True]
