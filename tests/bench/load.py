# SPDX-License-Identifier: BSD-2-Clause
"""The first-stage loader: from reset to the firmware that it loads from an SD card, on QEMU's
sifive_u (FU540: SD over SPI). U-Boot SPL and ours read the same FIT from the same card; U-Boot
SPL needs QEMU 7.2, whose SD card still answers CMD9 in SPI mode."""

import os

import elf
from images import hash_node, make_bytes, make_fit, tool
from qemu import Failed, zones

SPL = (0x08000000, 0x08200000)          # L2-LIM
FIRMWARE_ADDRESS = 0x80000000
KERNEL_ADDRESS = 0x80200000
SMALL, LARGE = 256 << 10, 1280 << 10    # two payloads: their difference is the cost of a byte

# Measured is up to the last byte from the card: under QEMU 7.2's -icount a hart that has slept is
# never run again, so that who waits for the others at the hand-off waits for ever.
COUNTER = zones(("spl",) + SPL) + [
    ("io", "spi:0x10050000-0x10051000"), ("mem", "on"), ("stop", hex(FIRMWARE_ADDRESS)),
    ("idle-io", 50000000), ("slice", 200)]

ITS = """/dts-v1/;
/ {
	description = "bench";
	#address-cells = <1>;
	images {
		firmware {
			description = "firmware"; type = "firmware"; os = "opensbi"; arch = "riscv";
			compression = "none"; load = <%(firmware_address)#x>;
			entry = <%(firmware_address)#x>; data = /incbin/("%(firmware)s"); %(hash)s
		};
		payload {
			description = "payload"; type = "standalone"; os = "U-Boot"; arch = "riscv";
			compression = "none"; load = <%(payload_address)#x>;
			data = /incbin/("%(payload)s"); %(hash)s
		};
		fdt-1 {
			description = "hifive-unleashed-a00"; type = "flat_dt"; arch = "riscv";
			compression = "none"; data = /incbin/("%(dtb)s"); %(hash)s
		};
	};
	configurations {
		default = "conf-1";
		conf-1 {
			description = "hifive-unleashed-a00"; firmware = "firmware";
			loadables = "payload"; fdt = "fdt-1"; compatible = "sifive,hifive-unleashed-a00";
		};
	};
};
"""


def make_card(folder, sdcard, spl, firmware, u_boot_itb, size, algorithm):
    """A card whose FIT has a payload of that size; returns its path and the bytes to load."""
    base = os.path.join(folder, "load-%s-%d" % (algorithm, size))
    dtb, card = base + ".dtb", base + ".img"
    payload = make_bytes(base + ".payload", size)
    tool("dumpimage", "-T", "flat_dt", "-p", "2", "-o", dtb, u_boot_itb)
    fit = make_fit(base, ITS % {
        "firmware": os.path.abspath(firmware), "firmware_address": FIRMWARE_ADDRESS,
        "payload": os.path.abspath(payload), "payload_address": KERNEL_ADDRESS,
        "dtb": os.path.abspath(dtb), "hash": hash_node(algorithm)})
    tool(sdcard, "--spl", spl, "--fit", fit, card)
    return card, sum(map(os.path.getsize, (firmware, payload, dtb)))


def machine(spl, card):
    return ["-M", "sifive_u,msel=11", "-smp", "5", "-m", "8G", "-bios", spl,
            "-drive", "if=sd,format=raw,file=%s,snapshot=on" % card]


def load(qemu, spl, card):
    report = qemu.run(machine(spl, card), COUNTER)
    if not report.last_io:
        raise Failed("%s does not read the card" % spl)
    spi = report.io[report.last_io.hart]["spi"]
    return report.last_io.insns, spi.reads + spi.writes


def measure(results, qemu, name, spl, cards, setup):
    """cards: [(card, bytes to load)] of the small and the large payload."""
    (insns, accesses), (more_insns, more_accesses) = [load(qemu, spl, card) for card, _ in cards]
    more = cards[1][1] - cards[0][1]
    if more_accesses - accesses < more:
        raise Failed("%s does not read the whole FIT (%s)" % (spl, setup))
    results.put("loading", name, setup, "instructions a byte",
                round((more_insns - insns) / more, 2))
    results.put("loading", name, setup, "device accesses a byte",
                round((more_accesses - accesses) / more, 2))
    results.put("loading", name, setup, "from reset, for %d KiB" % (cards[0][1] >> 10), insns)


def profile(results, qemu, name, spl, symbols, card, setup):
    """Where the instructions go, by function, from reset to the end of the run."""
    report = qemu.run(machine(spl, card), COUNTER + [("pcs", "%#x-%#x" % SPL)])
    results.put_profile(name, "loading, %s" % setup, elf.by_function(symbols, report.pcs, SPL[0]))
