# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the boot tests. The console of each test is logged in $(O)/tests/boot/."""

import re
import shutil

import pytest

import machine
import signing


def pytest_configure(config):
    config.addinivalue_line("markers", "long: a sweep, run by `make check-long` only")


@pytest.fixture
def start(request):
    """start(*command) starts a program with a console; it ends with the test."""
    logs = machine.OUT / "tests/boot"
    logs.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.=-]+", "_", request.node.name)
    started = []

    def start_program(*command, env=None, kind=machine.Machine):
        log = logs / f"{name}.{len(started)}.log"
        started.append(kind(command, log, env))
        return started[-1]

    yield start_program
    for program in started:
        program.stop()


@pytest.fixture
def board(start):
    """board(name, *qemu_args, ...) starts a board as `make run` does, from its SPL and SD card."""
    def start_board(name, *args, spl=None, card=None, qemu=machine.QEMU7, smp=None, mem=None):
        env = {"QEMU": qemu, "SMP": str(smp or ""), "MEM": mem or ""}
        lossy = name == "sifive-unleashed" and qemu != machine.QEMU7
        return start("scripts/qemu", name, spl or machine.spl(name), card or machine.sdcard(name),
                     *args, env=env, kind=machine.LossyMachine if lossy else machine.Machine)
    return start_board


@pytest.fixture
def virt(start):
    """virt(firmware, *qemu_args) starts QEMU's virt machine right in a firmware."""
    def start_virt(firmware, *args, qemu=machine.QEMU7, smp=4, mem="512M"):
        return start(qemu, "-M", "virt", "-nographic", "-nic", "none", "-smp", smp, "-m", mem,
                     "-bios", firmware, *args)
    return start_virt


@pytest.fixture
def card_copy(tmp_path):
    """A copy of a board's SD card that a test may damage."""
    def copy(name):
        target = tmp_path / "sdcard.img"
        shutil.copyfile(machine.sdcard(name), target)
        return target
    return copy


@pytest.fixture
def mmode_card(tmp_path):
    """Nothing but the FIT of the M-mode program, at the raw sector."""
    return machine.raw_card(tmp_path / "mmode.img", machine.MMODE)


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return signing.make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def strict_spl():
    """strict_spl(board, *make_args) builds an SPL that demands signatures."""
    return signing.build_spl
