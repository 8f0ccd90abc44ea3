# SPDX-License-Identifier: BSD-2-Clause
"""/chosen/opensbi-config: what users of the firmware can set in a device tree."""

import re
import subprocess
import sys

import pexpect
import pytest

import machine
from machine import QEMU7, QEMU10

sys.path[:0] = [str(machine.ROOT / "scripts"), str(machine.ROOT / "tests/bench")]
import elf  # noqa: E402
import inject  # noqa: E402
from sbi_machine import Config, SUSPEND, rpmi_peer  # noqa: E402


def config_node(*properties):
    return (("/chosen/opensbi-config", ("s", "compatible", "opensbi,config"), *properties),)


@pytest.fixture
def payload(start, tmp_path):
    """payload(tree, ...) starts the conformance suite's program, which runs no rows."""
    def start_payload(tree, firmware=machine.firmware(), qemu=QEMU7, cpu="rv64", smp=4,
                      only="none"):
        config = Config("config", qemu, "virt", cpu, smp, tree=tree)
        program = str(machine.payload("sbi-conformance.elf"))
        return start(*config.command(str(firmware), program, f"only={only}", tmp_path))
    return start_payload


def test_hart_without_timer(start, tmp_path):
    """set_timer is refused, not written to nowhere."""
    tree = (("/soc/mtimer@2004000", ("s", "compatible", "unknown")),)
    config = Config("config", QEMU7, "virt,aclint=on", "rv64,sstc=off", 1, tree=tree)
    kernel = start(*config.command(str(machine.firmware()), machine.payload("sbi-conformance.elf"),
                                   "only=base.probe_known.time", tmp_path))
    kernel.expect(r"ok 1 - base.probe_known.time .* # SKIP not there")
    assert kernel.expect_exit() == 0


def phandle_of_hart(tmp_path, hart):
    dtb = tmp_path / "virt.dtb"
    subprocess.run([QEMU7, "-M", f"virt,dumpdtb={dtb}", "-smp", "4"], check=True)
    return subprocess.check_output(["fdtget", "-t", "x", dtb, f"/cpus/cpu@{hart}", "phandle"],
                                   text=True).strip()


@pytest.mark.parametrize("hart", [0, 2, 3])
def test_cold_boot_harts(payload, tmp_path, hart):
    phandle = phandle_of_hart(tmp_path, hart)
    kernel = payload(config_node(("x", "cold-boot-harts", phandle)))
    assert kernel.expect(r"harts (\d+) of 4, boot hart (\d+),").groups() == ("4", str(hart))
    assert kernel.expect_exit() == 0


def with_a_bug(where, target):
    """The firmware with an instruction that traps at the beginning of a function."""
    image = bytearray(machine.firmware().read_bytes())
    address = elf.Elf(machine.firmware("fw_dynamic.elf")).address(where)
    image[address:address + 4] = bytes(4)
    target.write_bytes(image)
    return address


@pytest.mark.parametrize("qemu, cpu, policy", [
    pytest.param(QEMU7, "rv64", "hang", id="hang"),
    pytest.param(QEMU7, "rv64", "reset", id="reset"),
    pytest.param(QEMU10, "max,smdbltrp=true", "reset", id="max-reset"),
])
def test_crash(payload, tmp_path, qemu, cpu, policy):
    """The first thing that the next stage writes makes the firmware trap."""
    firmware = tmp_path / "firmware.bin"
    address = with_a_bug("shmem_open", firmware)
    kernel = payload(config_node(("s", "hartline,on-crash", policy)), firmware, qemu, cpu)
    kernel.expect(r"hartline: trap in M-mode on hart (\d), loaded at 0x80000000\r*\n")
    kernel.expect(rf"mcause 0x2 mepc {0x80000000 + address:#x} \({address:#x}\) mtval 0")
    kernel.expect(r"a7 0+4442434e ")  # it was about DBCN
    callers = kernel.expect(r"callers, less the load address: ([0-9a-f ]+)\r*\n").group(1)
    assert called_from([int(word, 16) for word in callers.split()], "ecall_dbcn")
    if policy == "reset":
        assert kernel.expect_exit() == 0  # QEMU does with -no-reboot
    else:
        assert kernel.expect_first([pexpect.TIMEOUT, pexpect.EOF, r"\w"], timeout=5) == 0


def crash(payload, tmp_path, where, qemu, cpu, harts, cases, first=None):
    """Runs cases of the conformance suite until they reach a bug at a symbol of the firmware; they say
    something first, if that is so."""
    firmware = tmp_path / "firmware.bin"
    address = with_a_bug(where, firmware)
    kernel = payload(config_node(("s", "hartline,on-crash", "reset")), firmware, qemu, cpu, harts, cases)
    if first:
        kernel.expect(first)
    kernel.expect(r"hartline: trap in M-mode on hart \d, loaded at 0x80000000\r*\n")
    kernel.expect(rf"mcause 0x2 mepc {0x80000000 + address:#x} ")
    return kernel


@pytest.mark.parametrize("qemu, cpu", [
    pytest.param(QEMU7, "rv64", id="rv64"),
    pytest.param(QEMU10, "max,smdbltrp=true", id="smdbltrp"),
    pytest.param(QEMU10, "max,smdbltrp=true,smrnmi=true", id="smrnmi"),
])
def test_crash_in_interrupt(payload, tmp_path, qemu, cpu):
    """While the firmware serves an interrupt, a trap is a bug like others, and no double trap."""
    kernel = crash(payload, tmp_path, "trap_interrupt", qemu, cpu, 2, "ipi.", r"# run ipi\.")
    assert kernel.expect_exit() == 0


@pytest.mark.parametrize("qemu, cpu", [
    pytest.param(QEMU7, "rv64,sstc=off", id="rv64"),
    pytest.param(QEMU10, "max,sstc=off,smdbltrp=true", id="smdbltrp"),
])
def test_crash_at_the_timer(payload, tmp_path, qemu, cpu):
    """A call that the trap entry serves by itself touches a device, which might not be there."""
    kernel = crash(payload, tmp_path, "write_mtimecmp", qemu, cpu, 1, "time.")
    kernel.expect(r"a7 0+54494d45 ")
    assert kernel.expect_exit() == 0


# What docs/porting.md promises: offsets into the firmware.
RNMI_VECTORS = "rnmi-interrupt-vector=0x80000008,rnmi-exception-vector=0x80000010"


def test_double_trap(payload, tmp_path):
    """A trap in the middle of the trap entry goes to the platform's vector, which dumps it, once."""
    firmware = tmp_path / "firmware.bin"
    address = with_a_bug("trap_entry_smdbltrp", firmware)
    policy = config_node(("s", "hartline,on-crash", "reset"))
    cpu = f"max,smdbltrp=true,smrnmi=true,{RNMI_VECTORS}"
    kernel = payload(policy, firmware, QEMU10, cpu, 1)
    kernel.expect(r"hartline: double trap in M-mode on hart 0, loaded at 0x80000000\r*\n")
    kernel.expect(rf"mncause 0x2 mnepc {0x80000000 + address:#x} ")
    kernel.expect(r"mcause 0x9 mepc 0x802[0-9a-f]{5} ")  # what was being served: an ecall
    assert kernel.expect_first([r"hartline: ", pexpect.EOF]) == 1
    assert "qemu: fatal" not in kernel.before
    assert kernel.expect_exit() == 0


def test_nmi(start, tmp_path):
    """An NMI in S-mode is dumped. QEMU raises none: the debugger puts the hart where it would be."""
    program = str(machine.payload("sbi-conformance.elf"))
    tree = config_node(("s", "hartline,on-crash", "reset"))
    config = Config("config", QEMU10, "virt", f"max,smrnmi=true,{RNMI_VECTORS}", 1, tree=tree)
    kernel = start(*config.command(str(machine.firmware()), program, "only=none", tmp_path),
                   "-S", "-gdb", f"unix:{tmp_path}/gdb,server=on,wait=off")
    gdb = inject.Gdb(f"{tmp_path}/gdb", machine.BOOT)
    at = elf.Elf(program).address("payload_main")
    assert gdb.ask("Z1,%x,2" % at) == "OK"
    gdb.ask("c")
    gdb.set("priv", inject.PRIVILEGE_M)
    gdb.set("mnepc", at)
    gdb.set("mncause", 1 << 63 | 2)
    gdb.set("mnstatus", inject.MSTATUS_MPP_S)  # from S-mode; NMIE is 0
    gdb.set("pc", 0x80000008)
    gdb.send("c")
    kernel.expect(r"hartline: non-maskable interrupt on hart 0, loaded at 0x80000000\r*\n")
    kernel.expect(rf"mncause 0x8000000000000002 mnepc {at:#x} ")
    assert kernel.expect_exit() == 0


def called_from(addresses, function):
    (symbol,) = [s for s in elf.Elf(machine.firmware("fw_dynamic.elf")).symbols()
                 if s.name == function]
    return any(symbol.address < a <= symbol.address + symbol.size for a in addresses)


def suspend(linux):
    """To RAM, until a key is pressed. False: it was pressed too early."""
    linux.send("echo mem > /sys/power/state; echo ba''ck $?")
    linux.expect(r"CPU1: off")
    for _ in range(machine.STEP):
        linux.send("")
        if not linux.expect_first([r"back (\d+)", pexpect.TIMEOUT], timeout=1):
            return linux.process.match.group(1) == "0"
    raise AssertionError("Linux does not wake up")


def test_system_suspend_test(start, tmp_path):
    """Linux suspends to RAM with SUSP, and comes back with all harts."""
    config = Config("config", QEMU7, "virt", "rv64", 2, tree=SUSPEND)
    command = config.command(str(machine.firmware()), str(machine.LINUX),
                             "earlycon=sbi no_console_suspend", tmp_path)
    linux = start(*command, "-initrd", machine.INITRD)
    linux.wait_for_shell()
    linux.run("echo enabled > /sys/class/tty/ttyS0/power/wakeup")
    linux.run("dmesg -n 8")
    assert any(suspend(linux) for _ in range(5))
    linux.send("dmesg -n 1")
    linux.expect(re.escape(machine.SHELL))
    assert "PM: suspend exit" in linux.run("dmesg")
    assert int(linux.run("nproc")) == 2


@pytest.mark.parametrize("base, error", [
    pytest.param(0x80001000, 663, id="in_the_firmware"),
    pytest.param(0x7ffff000, 663, id="in_no_memory"),
    pytest.param(0x8fffd000, 663, id="past_the_end_of_memory"),
    pytest.param(rpmi_peer.BASE, 4, id="with_nobody_there"),
])
def test_useless_mailbox(start, tmp_path, base, error):
    """A mailbox that cannot work keeps nothing from starting; its channels are not there."""
    queues = [cell for i in range(2) for cell in ("0", f"{base + i * 0x2000:x}", "0", "2000")]
    tree = (
        rpmi_peer.channel("clock-service", "riscv,rpmi-mpxy-clock", "8", "1000"),
        ("/mailbox",
         ("s", "compatible", "riscv,rpmi-shmem-mbox"),
         ("x", "reg", *queues),
         ("s", "reg-names", "a2p-req", "p2a-ack"),
         ("u", "riscv,slot-size", "64"),
         ("x", "phandle", rpmi_peer.PHANDLE)),
    )
    config = Config("config", QEMU7, "virt", "rv64", 2, tree=tree)
    kernel = start(*config.command(str(machine.firmware()),
                                   str(machine.payload("sbi-conformance.elf")),
                                   "only=base.probe_known.mpxy", tmp_path))
    kernel.expect(rf"mailbox at {base:#x}: .* \(error {error}\)")
    kernel.expect(r"base.probe_known.mpxy .* # SKIP not there")
    assert kernel.expect_exit() == 0
