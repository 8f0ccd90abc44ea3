# SPDX-License-Identifier: BSD-2-Clause
# Drivers, one class a line; a stage takes the classes that it needs.
SERIAL_SOURCES := drivers/serial/serial.c drivers/serial/sifive.c drivers/serial/8250.c
TIMER_SOURCES := drivers/timer/aclint.c
SPI_SOURCES := drivers/spi/sifive.c
MMC_SPI_SOURCES := drivers/mmc/sd_spi.c
NOR_SOURCES := drivers/flash/spi_nor.c
SDHCI_SOURCES := drivers/mmc/sdhci.c
BLOCK_SOURCES := drivers/block/block.c drivers/block/gpt.c
PCI_SOURCES := drivers/pci/pci.c drivers/pci/ecam.c
VIRTIO_SOURCES := drivers/virtio/virtio.c drivers/virtio/mmio.c drivers/virtio/pci.c
VIRTIO_BLK_SOURCES := drivers/block/virtio_blk.c
NVME_SOURCES := drivers/block/nvme.c
NIC_SOURCES := drivers/net/nic.c
VIRTIO_NET_SOURCES := drivers/net/virtio_net.c
GEM_SOURCES := drivers/net/gem.c
E1000E_SOURCES := drivers/net/e1000e.c
RESET_SOURCES := drivers/reset/reset.c drivers/reset/sifive_test.c drivers/reset/syscon.c \
	drivers/reset/gpio.c
I6300ESB_SOURCES := drivers/watchdog/i6300esb.c
MAILBOX_SOURCES := drivers/mailbox/rpmi.c drivers/mailbox/rpmi_queue.c
CPPC_SOURCES := drivers/cppc/cppc.c drivers/cppc/memory.c
IRQCHIP_SOURCES := drivers/irqchip/plic.c drivers/irqchip/aplic.c drivers/irqchip/imsic.c
