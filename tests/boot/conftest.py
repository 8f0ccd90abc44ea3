# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the boot tests. A console log of each test is left in $(O)/tests/boot/."""

import re

import pytest

import machine


@pytest.fixture
def start(request):
    """start(*qemu_args, qemu=...) starts a machine that ends with the test."""
    logs = machine.OUT / "tests/boot"
    logs.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.=-]+", "_", request.node.name)
    started = []

    def start_machine(*args, **kwargs):
        suffix = f".{len(started)}" if started else ""
        started.append(machine.Machine(*args, log=logs / f"{name}{suffix}.log", **kwargs))
        return started[-1]

    yield start_machine
    for m in started:
        m.__exit__()
