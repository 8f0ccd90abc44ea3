# SPDX-License-Identifier: BSD-2-Clause
"""Device trees with domains: what a person would write in a .dts, put into QEMU's tree by fdtput."""

import subprocess

CONFIG = "/chosen/opensbi-domains"
RWX, RW, READ = 0x3f, 0x1b, 0x09


class DomainTree:
    """A DTB that is edited in place."""

    def __init__(self, dtb):
        self.dtb = dtb
        self.phandles = 0x1000

    @classmethod
    def of_machine(cls, dtb, *qemu):
        """That which QEMU makes for a machine."""
        subprocess.run([*map(str, qemu), "-machine", f"dumpdtb={dtb}"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return cls(dtb)

    def put(self, node, name, *values, kind="x"):
        """A property; numbers are cells."""
        words = [f"{v:x}" if isinstance(v, int) else v for v in values]
        subprocess.run(["fdtput", "-t", kind, self.dtb, node, name, *words], check=True)

    def get(self, node, name, kind="x"):
        return subprocess.run(["fdtget", "-t", kind, self.dtb, node, name], capture_output=True,
                              text=True, check=True).stdout.strip()

    def create(self, node):
        subprocess.run(["fdtput", "-cp", self.dtb, node], check=True)

    def remove(self, node):
        subprocess.run(["fdtput", "-r", self.dtb, node], check=True)

    def phandle(self, node):
        found = subprocess.run(["fdtget", "-t", "u", self.dtb, node, "phandle"],
                               capture_output=True, text=True, check=False)
        if found.returncode:
            self.phandles += 1
            self.put(node, "phandle", self.phandles)
            return self.phandles
        return int(found.stdout)

    def bootargs(self, text):
        self.put("/chosen", "bootargs", text, kind="s")

    def firmware_option(self, name):
        """One of docs/porting.md's for M-mode."""
        node = "/chosen/opensbi-config"
        self.create(node)
        self.put(node, "compatible", "opensbi,config", kind="s")
        self.put(node, name)

    def config(self):
        self.create(CONFIG)
        self.put(CONFIG, "compatible", "opensbi,domain,config", kind="s")

    def memregion(self, name, base, order, *properties):
        node = f"{CONFIG}/{name}"
        self.create(node)
        self.put(node, "compatible", "opensbi,domain,memregion", kind="s")
        self.put(node, "base", base >> 32, base & 0xffffffff)
        self.put(node, "order", order)
        for name in properties:
            self.put(node, name)

    def instance(self, name, harts, regions, *flags, boot_hart=None, next_addr=None,
                 next_arg1=None):
        """regions: {name of a memregion: access}."""
        node = f"{CONFIG}/{name}"
        cpus = [self.phandle(f"/cpus/cpu@{hart}") for hart in harts]
        self.create(node)
        self.put(node, "compatible", "opensbi,domain,instance", kind="s")
        self.put(node, "possible-harts", *cpus)
        self.put(node, "regions", *[cell for region, access in regions.items()
                                    for cell in (self.phandle(f"{CONFIG}/{region}"), access)])
        if boot_hart is not None:
            self.put(node, "boot-hart", self.phandle(f"/cpus/cpu@{boot_hart}"))
        for prop, value in (("next-addr", next_addr), ("next-arg1", next_arg1)):
            if value is not None:
                self.put(node, prop, value >> 32, value & 0xffffffff)
        for flag in flags:
            self.put(node, flag)
        for hart in harts:
            self.put(f"/cpus/cpu@{hart}", "opensbi-domain", self.phandle(node))
