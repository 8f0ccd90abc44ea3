# SPDX-License-Identifier: BSD-2-Clause
"""
Booting over a network, from real servers in a network namespace of the test (netlab.py), from QEMU's
own, and from servers that misbehave (badserver.py). What counts is what starts in the end.
"""

import os
import re
import shutil
import subprocess

import pytest

import machine
from machine import OUT, QEMU7

UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]


def why_not_namespaces():
    """None where this machine lets a test make a network of its own."""
    tried = subprocess.run([*UNSHARE, "sh", "-c", "ip tuntap add tap9 mode tap && ip link set lo up"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return tried.stdout.strip() or "unshare failed" if tried.returncode else None


@pytest.fixture(scope="session")
def namespaces():
    reason = why_not_namespaces()
    if reason:
        pytest.skip(f"no network namespace with a TAP device here: {reason}")


@pytest.fixture
def lab(tmp_path, namespaces):
    """lab(option...) starts a network; returns QEMU's arguments for its end of the cable."""
    running = []

    def start_lab(*options, nic="virtio-net-device"):
        running.append(subprocess.Popen(
            [*UNSHARE, "/usr/bin/python3", "-B", str(machine.ROOT / "tests/boot/netlab.py"), tmp_path,
             "--bin", str(machine.FETCHED / "tftp"), *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "ready\n"
        cable = (f"dgram,id=net,local.type=unix,local.path={tmp_path}/qemu,"
                 f"remote.type=unix,remote.path={tmp_path}/wire")
        return ["-netdev", cable, "-device", f"{nic},netdev=net,mac=52:54:00:ab:cd:ef"]

    yield start_lab
    for process in running:
        process.communicate("", timeout=30)


@pytest.fixture
def virt_net(start):
    """virt_net(argument...) starts qemu-virt without any disk."""
    def start_virt(*args, spl=None, qemu=QEMU7, smp=2):
        return start(qemu, "-M", "virt", "-smp", smp, "-m", "512M", "-nographic", "-bios",
                     spl or machine.spl("qemu-virt"), *args)
    return start_virt


@pytest.fixture
def files(tmp_path):
    """A server's folder: the FIT of a program that runs in seconds, and Linux's."""
    folder = tmp_path / "tftp"
    folder.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    shutil.copy(machine.payload("mmode/mmode.itb"), folder / "mmode.itb")
    (folder / "linux.itb").symlink_to(OUT / "qemu-virt/hartline.itb")
    return folder


def expect_mmode(kernel, harts=2, timeout=machine.STEP):
    kernel.expect(rf"mmode: {harts} harts of {harts} came, 0 failures", timeout)


def slirp(folder, file, nic="virtio-net-device"):
    return ["-netdev", f"user,id=net,tftp={folder},bootfile={file}", "-device", f"{nic},netdev=net"]


def test_linux_from_qemus_own_server(virt_net, files):
    linux = virt_net(*slirp(OUT / "qemu-virt", "hartline.itb"))
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 2


def test_linux_from_atftpd(virt_net, lab, files):
    linux = virt_net(*lab("--tftp", "atftpd", "--root", OUT / "qemu-virt", "--dhcp",
                          "dhcp-boot=hartline.itb,,10.9.0.1"))
    linux.wait_for_shell()
    assert int(linux.run("nproc")) == 2


@pytest.mark.parametrize("server, agreed", [
    ("dnsmasq", "blksize 1464, windowsize 1"), ("tftpd-hpa", "blksize 1464, windowsize 1"),
    ("atftpd", "blksize 1464, windowsize 32")])
def test_servers_and_their_options(virt_net, lab, files, server, agreed):
    kernel = virt_net(*lab("--tftp", server, "--root", files, "--dhcp",
                           "dhcp-boot=mmode.itb,,10.9.0.1"))
    expect_mmode(kernel)
    assert agreed in kernel.before
