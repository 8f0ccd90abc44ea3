# SPDX-License-Identifier: BSD-2-Clause
"""The SBI conformance suite and the SBI fuzzer on our firmware, see tests/payloads."""

import importlib.machinery
import importlib.util
import subprocess

import pytest

import machine
from machine import QEMU7, QEMU10


def script(name):
    """A script of ours as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(machine.ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


MACHINES = [
    pytest.param(QEMU7, "virt", "rv64", 1, id="rv64-smp1"),
    pytest.param(QEMU7, "virt", "rv64", 4, id="rv64-smp4"),
    pytest.param(QEMU10, "virt", "max", 4, id="max-smp4"),
    pytest.param(QEMU7, "sifive_u", "", 5, id="sifive_u"),
]


@pytest.mark.parametrize("qemu,kind,cpu,smp", MACHINES)
def test_conformance(qemu, kind, cpu, smp, request):
    conformance = script("conformance")
    config = conformance.Config(request.node.name, qemu, kind, cpu, smp)
    args = conformance.arguments(["--build", str(machine.OUT), "--fetched", str(machine.FETCHED)])
    logs = machine.OUT / "tests/boot"
    logs.mkdir(parents=True, exist_ok=True)
    with open(logs / f"{request.node.name}.tap", "wb") as log:
        rows = conformance.Run(str(machine.firmware()), config, args, log).run()
    failed = [f"{row}: {r.message}" for row, r in rows.items() if r.verdict == "fail"]
    passed = sum(r.verdict == "pass" for r in rows.values())
    assert not failed, f"{len(failed)} rows failed, {passed} passed:\n" + "\n".join(failed)
    assert passed > 250


@pytest.mark.parametrize("cpu,smp,seed", [("rv64", 1, 1), ("rv64", 4, 2), ("max", 4, 3)])
def test_fuzz(cpu, smp, seed):
    qemu = QEMU10 if cpu == "max" else QEMU7
    subprocess.run(["scripts/fuzz-sbi", "--build", machine.OUT, "--qemu", qemu, "--cpu", cpu,
                    "--smp", str(smp), "--seed", str(seed)], cwd=machine.ROOT, check=True)
