# SPDX-License-Identifier: BSD-2-Clause
"""The SBI conformance suite and the SBI fuzzer on our firmware, see tests/payloads."""

import subprocess

import pytest

import machine
from machine import QEMU7, QEMU10


conformance = machine.script("conformance")

MACHINES = [
    pytest.param(QEMU7, "virt", "rv64", 1, id="rv64-smp1"),
    pytest.param(QEMU7, "virt", "rv64", 4, id="rv64-smp4"),
    pytest.param(QEMU10, "virt", "max", 4, id="max-smp4"),
    pytest.param(QEMU7, "sifive_u", "", 5, id="sifive_u"),
]
MORE = ["cppc", "mixed", "mpxy", "suspend"]


def arguments(*more):
    return conformance.arguments(["--build", str(machine.OUT), "--fetched", str(machine.FETCHED),
                                  *more])


def run(config):
    """The rows of the suite on one machine; none may fail. Returns how many passed."""
    logs = machine.OUT / "tests/boot"
    logs.mkdir(parents=True, exist_ok=True)
    with open(logs / f"conformance-{config.name}.tap", "wb") as log:
        rows = conformance.Run(str(machine.firmware()), config, arguments(), log).run()
    failed = [f"{row}: {r.message}" for row, r in rows.items() if r.verdict == "fail"]
    passed = sum(r.verdict == "pass" for r in rows.values())
    assert not failed, f"{len(failed)} rows failed, {passed} passed:\n" + "\n".join(failed)
    return passed


@pytest.mark.parametrize("qemu,kind,cpu,smp", MACHINES)
def test_conformance(qemu, kind, cpu, smp, request):
    assert run(conformance.Config(request.node.callspec.id, qemu, kind, cpu, smp)) > 250


@pytest.mark.parametrize("name", MORE)
def test_more(name):
    """Rows about what is not in the device trees of QEMU."""
    (config,) = conformance.configurations(arguments("--config", f"max smp 4 {name}"))
    assert run(config) > 10


@pytest.mark.parametrize("rows, least", [("trap.", 30), ("legacy.", 10), ("sse.double_trap", 4)])
def test_double_traps(rows, least):
    """Where a second trap of M-mode's ends the machine, those that it takes on purpose do not."""
    cpu = "max,smdbltrp=true,smrnmi=true"
    config = conformance.Config(f"{rows}smdbltrp", QEMU10, "virt", cpu, 2, rows)
    assert run(config) >= least


@pytest.mark.parametrize("cpu,smp,seed,more", [
    ("rv64", 1, 1, []), ("rv64", 4, 2, []), ("max", 4, 3, []), ("rv64", 4, 4, ["--mpxy"]),
])
def test_fuzz(cpu, smp, seed, more):
    qemu = QEMU10 if cpu == "max" else QEMU7
    subprocess.run(["scripts/fuzz-sbi", "--build", machine.OUT, "--qemu", qemu, "--cpu", cpu,
                    "--smp", str(smp), "--seed", str(seed), *more], cwd=machine.ROOT, check=True)
