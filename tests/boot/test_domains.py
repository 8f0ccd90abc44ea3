# SPDX-License-Identifier: BSD-2-Clause
"""Two domains on one machine: neither reaches what is the other's."""

import concurrent.futures
import re
import shutil
import socket
import subprocess

import pexpect
import pexpect.fdpexpect
import pytest

import machine
from domain_tree import CONFIG, READ, RW, RWX, DomainTree
from machine import QEMU7, QEMU10

HARTS = 4
DRAM, B_MEMORY, B_ORDER = 0x80000000, 0x88000000, 27
NOTICE, MAILBOX = 0x8ffe0000, 0x8fff0000
B_DTB, B_ENTRY = 0x8f000000, 0x88200000
TEST_DEVICE = 0x100000
ECAM, ECAM_ORDER = 0x30000000, 28

# Interrupt files with aia-guests=3: four pages a hart, B's are those of harts 2 and 3.
AIA = ["-machine", "virt,aia=aplic-imsic,aia-guests=3"]
S_FILES, FILES_ORDER = 0x28000000, 14
B_FILES = S_FILES + (2 << FILES_ORDER)
M_APLIC, M_FILES, S_APLIC = 0xc000000, 0x24000000, 0xd000000


def divide_files(tree, other):
    """To each its harts' interrupt files; the APLIC is A's."""
    tree.memregion("b-files", B_FILES, FILES_ORDER + 1, "mmio")
    regions = f"{CONFIG}/%s"
    for name, access in ("a", 0), ("b", RW):
        node = regions % name
        old = subprocess.run(["fdtget", "-t", "x", tree.dtb, node, "regions"], check=True,
                             capture_output=True, text=True).stdout.split()
        tree.put(node, "regions", tree.phandle(regions % "b-files"), access, *old)
    other.put(f"/soc/interrupt-controller@{S_APLIC:x}", "status", "disabled", kind="s")


def two_domains(tmp_path, *qemu):
    """A has everything but what is B's; B has no more than what is listed."""
    tree = DomainTree.of_machine(tmp_path / "a.dtb", *qemu)
    shutil.copyfile(tree.dtb, tmp_path / "b.dtb")
    tree.config()
    tree.memregion("all", 0, 64)
    tree.memregion("b-memory", B_MEMORY, B_ORDER)
    tree.memregion("notice", NOTICE, 12)
    tree.memregion("mailbox", MAILBOX, 12)
    tree.memregion("pci", ECAM, ECAM_ORDER, "mmio")
    shared = {"mailbox": RW}
    tree.instance("a", [0, 1], {"b-memory": 0, "pci": 0, "notice": RW, **shared, "all": RWX},
                  "system-reset-allowed")
    tree.instance("b", [2, 3], {"b-memory": RWX, "pci": RW, "notice": READ, **shared},
                  boot_hart=2, next_addr=B_ENTRY, next_arg1=B_DTB)
    other = DomainTree(tmp_path / "b.dtb")
    for hart in (0, 1):
        other.remove(f"/cpus/cpu@{hart}")
    other.remove("/cpus/cpu-map")
    other.put(f"/memory@{DRAM:x}", "reg", 0, B_MEMORY, 0, NOTICE - B_MEMORY)
    return tree, other


def pmp_lines(text):
    return re.findall(r"^ +(pmp\d+ .*\S)", text, re.M)


def listed(*ranges):
    return ",".join(f"{base:x}+{size:x}" for base, size in ranges)


@pytest.mark.parametrize("qemu, cpu, aia", [
    pytest.param(QEMU7, "rv64", [], id="pmp"),
    pytest.param(QEMU10, "max", [], id="smepmp"),
    pytest.param(QEMU10, "max", AIA, id="imsic"),
])
def test_two_domains(virt, tmp_path, qemu, cpu, aia):
    command = [qemu, "-M", "virt", *aia, "-cpu", cpu, "-smp", HARTS, "-m", "512M"]
    tree, other = two_domains(tmp_path, *command)
    a_files, b_files = [], []
    if aia:
        divide_files(tree, other)
        files = 2 << FILES_ORDER
        m_level = [(M_FILES, 0x4000), (M_APLIC, 0x4000)]
        a_files = [(B_FILES, files), *m_level]
        b_files = [(S_FILES, files), (S_APLIC, 0x4000), *m_level]
    pages = f"mailbox={MAILBOX:x} notice={NOTICE:x}"
    tree.bootargs(f"me=0 reset=1 others=2,3 {pages} "
                  f"deny={listed((B_MEMORY, NOTICE - B_MEMORY), (ECAM, 1 << ECAM_ORDER), *a_files)}")
    other.bootargs(f"me=1 reset=0 others=0,1 {pages} "
                   f"deny={listed((DRAM, B_MEMORY - DRAM), (0x90000000, 0x10000000), (TEST_DEVICE, 0x1000), *b_files)}")
    console = virt(machine.firmware(), *aia, "-cpu", cpu, "-dtb", tree.dtb,
                   "-kernel", machine.payload("domain-a.elf"),
                   "-device", f"loader,file={machine.payload('domain-b.elf')}",
                   "-device", f"loader,file={other.dtb},addr={B_DTB:#x},force-raw=on",
                   qemu=qemu, smp=HARTS)
    console.expect("delegate")
    planned = pmp_lines(console.before)
    console.expect("domain 0: 2 harts of its own")
    console.expect("domain 1: 2 harts of its own")
    assert console.expect_exit() == 0

    # The tool for the host has said the same.
    tool = subprocess.run([machine.ROOT / "scripts/domains", tree.dtb], capture_output=True,
                          text=True, check=True)
    assert planned and pmp_lines(tool.stdout) == planned


# Waits for the other's turn in the mailbox, and takes its own.
WAIT_AND_ANSWER = [
    0x000092b7, 0xfff2829b,  # li   t0, 0x8fff
    0x01029293,              # slli t0, t0, 16
    0x0002b303,              # 1: ld t1, 0(t0)
    0xfe030ee3,              # beqz t1, 1b
    0x00200313,              # li   t1, 2
    0x0062b023,              # sd   t1, 0(t0)
    0x0000006f,              # 2: j 2b
]


def test_domain_in_u_mode(virt, tmp_path):
    """With the rights of its regions; it cannot call anybody, so it shares memory with the other."""
    tree, _ = two_domains(tmp_path, QEMU7, "-M", "virt", "-smp", HARTS, "-m", "512M")
    tree.put(f"{CONFIG}/b", "next-mode", 0)
    tree.bootargs(f"me=0 reset=1 others=2,3 mailbox={MAILBOX:x} notice={NOTICE:x}")
    code = tmp_path / "code.bin"
    code.write_bytes(b"".join(word.to_bytes(4, "little") for word in WAIT_AND_ANSWER))
    console = virt(machine.firmware(), "-dtb", tree.dtb,
                   "-kernel", machine.payload("domain-a.elf"),
                   "-device", f"loader,file={code},addr={B_ENTRY:#x},force-raw=on", smp=HARTS)
    console.expect(f"U-mode @{B_ENTRY:x} on hart 2")
    console.expect("domain 0: 2 harts of its own")
    assert console.expect_exit() == 0
    assert "does not come to an end" not in console.before


def test_wrong_configurations_do_not_start(virt, tmp_path):
    """Not even the root domain: what it would have is not what somebody wants who wrote that."""
    tree, _ = two_domains(tmp_path, QEMU7, "-M", "virt", "-smp", HARTS, "-m", "512M")
    tree.put("/chosen/opensbi-domains/notice", "order", 33)
    tool = subprocess.run([machine.ROOT / "scripts/domains", tree.dtb], capture_output=True,
                          text=True, check=False)
    assert tool.returncode == 1 and "b: notice: base 0x8ffe0000, order 33" in tool.stdout
    console = virt(machine.firmware(), "-dtb", tree.dtb, smp=HARTS,
                   *["-kernel", machine.payload("domain-a.elf")])
    console.expect("domains: b: notice: base 0x8ffe0000, order 33: ")
    console.expect("stopped")
    assert console.expect_first(["domain 0", pexpect.TIMEOUT], timeout=3) == 1


def test_domains_need_a_pmp(virt, tmp_path):
    tree, _ = two_domains(tmp_path, QEMU7, "-M", "virt", "-smp", HARTS, "-m", "512M")
    console = virt(machine.firmware(), "-cpu", "rv64,pmp=false", "-dtb", tree.dtb, smp=HARTS,
                   *["-kernel", machine.payload("domain-a.elf")])
    console.expect("memory protection: .* stopped")
    assert console.expect_first(["domain 0", pexpect.TIMEOUT], timeout=3) == 1


class Port(machine.Machine):
    """A second console of a machine, at a socket."""

    def __init__(self, path, log):
        self.log = open(log, "w", encoding="utf-8", errors="replace")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.process = pexpect.fdpexpect.fdspawn(self.socket, encoding="utf-8",
                                                 codec_errors="replace", timeout=machine.STEP)
        self.process.logfile_read = self.log

    def stop(self):
        self.socket.close()
        self.log.close()


A_MEMORY = 0x84000000  # some of the first Linux's
L_MEMORY, L_ORDER = 0x90000000, 28  # of the second Linux
L_ENTRY, L_INITRD, L_DTB = L_MEMORY + 0x200000, L_MEMORY + 0x8000000, L_MEMORY + 0xf000000
PLIC, PLIC_ORDER = 0xc000000, 23
KILLED_BY_SIGSEGV = 139  # as a shell says it
PCI_IO, PCI_MEMORY, PCI_MEMORY64 = (0x3000000, 16), (0x40000000, 30), (0x400000000, 34)


def two_linuxes(tmp_path, *qemu, aia):
    """
    A has the UART and the memory around B's, B what is on PCI. Both use the PLIC; with AIA, A the
    APLIC, and B only its interrupt files.
    """
    tree = DomainTree.of_machine(tmp_path / "a.dtb", *qemu)
    shutil.copyfile(tree.dtb, tmp_path / "b.dtb")
    tree.config()
    tree.memregion("all", 0, 64)
    tree.memregion("b-memory", L_MEMORY, L_ORDER)
    tree.memregion("pci", ECAM, ECAM_ORDER, "mmio")
    tree.memregion("pci-io", *PCI_IO, "mmio")
    tree.memregion("pci-memory", *PCI_MEMORY, "mmio")
    tree.memregion("pci-memory64", *PCI_MEMORY64, "mmio")
    pci = ["pci", "pci-io", "pci-memory", "pci-memory64"]
    b_regions = {"b-memory": RWX, **dict.fromkeys(pci, RW)}
    if not aia:
        tree.memregion("plic", PLIC, PLIC_ORDER, "mmio")
        b_regions["plic"] = RW
    tree.instance("a", [0, 1], {"b-memory": 0, **dict.fromkeys(pci, 0), "all": RWX},
                  "system-reset-allowed")
    tree.instance("b", [2, 3], b_regions, boot_hart=2, next_addr=L_ENTRY, next_arg1=L_DTB)
    tree.bootargs("console=ttyS0 earlycon=sbi")

    other = DomainTree(tmp_path / "b.dtb")
    for hart in (0, 1):
        other.put(f"/cpus/cpu@{hart}", "status", "disabled", kind="s")
    for node in ("/soc/serial@10000000", "/soc/rtc@101000", "/poweroff", "/reboot", "/flash@20000000",
                 "/fw-cfg@10100000", *(f"/soc/virtio_mmio@{0x10001000 + n * 0x1000:x}" for n in range(8))):
        other.remove(node)
    if aia:
        divide_files(tree, other)
        for node in (f"/soc/interrupt-controller@{M_APLIC:x}",
                     f"/soc/interrupt-controller@{M_FILES:x}"):
            other.put(node, "status", "disabled", kind="s")
    other.put("/memory@80000000", "reg", 0, L_MEMORY, 0, 1 << L_ORDER)
    end = L_INITRD + machine.INITRD.stat().st_size
    other.put("/chosen", "linux,initrd-start", 0, L_INITRD)
    other.put("/chosen", "linux,initrd-end", 0, end)
    other.bootargs(f"console={'hvc0' if aia else 'ttyS0'}")
    return tree, other


@pytest.mark.parametrize("qemu, aia, console", [
    pytest.param(QEMU7, [], ["pci-serial,chardev=b"], id="plic"),
    pytest.param(QEMU10, AIA, ["virtio-serial-pci", "virtconsole,chardev=b"], id="imsic"),
])
def test_two_linuxes(virt, tmp_path, qemu, aia, console):
    tree, other = two_linuxes(tmp_path, qemu, "-M", "virt", *aia, "-smp", HARTS, "-m", "1G", aia=aia)
    path = tmp_path / "b"
    devices = [f"loader,file={machine.LINUX},addr={L_ENTRY:#x},force-raw=on",
               f"loader,file={machine.INITRD},addr={L_INITRD:#x},force-raw=on",
               f"loader,file={other.dtb},addr={L_DTB:#x},force-raw=on", *console]
    a = virt(machine.firmware(), *aia, "-dtb", tree.dtb, "-kernel", machine.LINUX,
             "-initrd", machine.INITRD,
             "-chardev", f"socket,id=b,path={path},server=on,wait=off",
             *[word for device in devices for word in ("-device", device)],
             qemu=qemu, smp=HARTS, mem="1G")
    a.expect("delegate")
    log = machine.OUT / f"tests/boot/test_two_linuxes_{'imsic' if aia else 'plic'}.b.log"
    b = Port(path, log)
    try:
        see_two_linuxes(a, b, aia)
    finally:
        b.stop()


def see_two_linuxes(a, b, aia):
    # Both at once: QEMU throws away what a virtconsole says while nobody reads it.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(machine.Machine.wait_for_shell, (a, b)))
    for linux in a, b:
        assert linux.run("nproc") == "2"
        linux.run("! ls -R /proc/device-tree | grep -q opensbi")

    # Each knows its own memory, and no more.
    assert int(a.run("awk '/MemTotal/ { print $2 }' /proc/meminfo")) > 600 * 1024
    assert int(b.run("awk '/MemTotal/ { print $2 }' /proc/meminfo")) < 256 * 1024
    a.run("! grep -i '^9.*System RAM' /proc/iomem")
    # Devices of the other are not in the tree, or disabled.
    a.run("grep -q disabled /proc/device-tree/soc/pci@30000000/status")
    a.run("grep -q disabled /proc/device-tree/soc/clint@2000000/status")
    b.run("test ! -e /proc/device-tree/soc/serial@10000000")

    # What is there is the other's: whoever looks nevertheless is killed by an access fault.
    foreign = [(a, L_MEMORY), (a, ECAM), (b, 0x10000000), (b, TEST_DEVICE), (b, A_MEMORY)]
    if aia:
        # B's interrupts are MSIs of its device to its own files: A has the APLIC.
        assert "PCI-MSIX" in b.run("grep virtio0 /proc/interrupts")
        assert "APLIC" in a.run("grep ttyS0 /proc/interrupts")
        foreign += [(a, B_FILES), (b, S_FILES), (b, S_APLIC), (a, M_APLIC), (b, M_FILES)]
        own = [(a, S_FILES), (b, B_FILES)]
    else:
        own = [(a, PLIC), (b, PLIC)]
    for linux, address in own:
        assert "0x" in linux.run(f"devmem {address:#x} 32")
    for linux, address in foreign:
        linux.run(f"devmem {address:#x} 32 2> /dev/null; test $? = {KILLED_BY_SIGSEGV}")

    # B may not turn the machine off, and A does not notice that it tried.
    b.send("poweroff -f")
    b.expect("System halted")
    assert a.run("nproc") == "2"
    a.send("poweroff -f")
    assert a.expect_exit() == 0
