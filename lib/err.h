/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one list of errors of both stages. Every cause has its own name, a number that never
 * changes once released, and one line of text that tells a person what is wrong.
 * SBI error codes exist only at the ecall boundary (sbi/), never here.
 *
 * Numbers: 1-99 general, 100-199 SPI and SD/MMC, 200-299 block devices and PCI, 300-399 partition
 * tables and boot sources, 400-499 FIT, 500-599 SPL, 600-699 SBI firmware, 700-799 network.
 */
#pragma once

/* clang-format off */
#define ERR_LIST_COMMON(X) \
	X(ERR_INVALID,		1, "an argument is not valid") \
	X(ERR_RANGE,		2, "a number is out of its range") \
	X(ERR_NOT_FOUND,	3, "not found") \
	X(ERR_TIMEOUT,		4, "no answer in time") \
	X(ERR_UNSUPPORTED,	5, "not supported") \
	X(ERR_FULL,		6, "no room left") \
	X(ERR_DT_HEADER,	10, "not a device tree: bad magic, version or block offsets") \
	X(ERR_DT_TRUNCATED,	11, "the device tree is larger than the memory that holds it") \
	X(ERR_DT_STRUCTURE,	12, "the device tree's structure block is damaged") \
	X(ERR_DT_DEPTH,		13, "the device tree is nested too deeply") \
	X(ERR_DT_NO_MEMORY,	14, "the device tree describes no usable memory") \
	X(ERR_DT_NO_HARTS,	15, "the device tree describes no usable hart") \
	X(ERR_DT_NO_SPACE,	16, "no room left to edit the device tree") \
	X(ERR_SD_NO_CARD,	110, "no SD card answers; is one in the slot?") \
	X(ERR_SD_VOLTAGE,	111, "the SD card does not work at this voltage") \
	X(ERR_SD_NOT_READY,	112, "the SD card did not become ready in a second") \
	X(ERR_SD_NOT_SD,	113, "the card in the slot is not an SD memory card") \
	X(ERR_SD_NO_RESPONSE,	114, "the SD card does not answer a command") \
	X(ERR_SD_COMMAND,	115, "the SD card refuses a command") \
	X(ERR_SD_COMMAND_CRC,	116, "commands to the SD card are damaged on their way") \
	X(ERR_SD_ADDRESS,	117, "a block beyond the end of the SD card") \
	X(ERR_SD_DATA_TIMEOUT,	118, "the SD card does not send its data") \
	X(ERR_SD_DATA_CRC,	120, "data of the SD card is damaged on its way") \
	X(ERR_SD_READ,		121, "the SD card cannot read its own memory") \
	X(ERR_SD_BUSY,		122, "the SD card stays busy") \
	X(ERR_SD_WRITE,		123, "the SD card cannot write its own memory") \
	X(ERR_BLOCK_RANGE,	200, "a block beyond the end of the device") \
	X(ERR_BLOCK_READ_ONLY,	201, "the device is write-protected") \
	X(ERR_GPT_NONE,		300, "no GUID partition table") \
	X(ERR_GPT_HEADER,	301, "a field of the partition table's header is wrong") \
	X(ERR_GPT_HEADER_CRC,	302, "the partition table's header is damaged (CRC)") \
	X(ERR_GPT_ENTRIES_CRC,	303, "the partition table's entries are damaged (CRC)") \
	X(ERR_GPT_NO_PARTITION,	304, "the disk has no such partition") \
	X(ERR_GPT_PARTITION,	305, "the partition lies outside the disk's usable blocks") \
	X(ERR_GPT_OVERLAP,	306, "the partition overlaps another one; see sgdisk --verify") \
	X(ERR_BOOT_NAME,	310, "no boot source has such a name; such as sd0, nvme0, virtio1 or tftp0") \
	X(ERR_BOOT_NO_DEVICE,	311, "the machine has no such device") \
	X(ERR_BOOT_FAILED,	312, "nothing to boot from; write an image to a card (make flash) and reset") \
	X(ERR_BOOT_PLACE,	313, "hartline,fit names no place: type=<guid>, name=, offset=, esp, each with :/file") \
	X(ERR_BOOT_SLOW,	319, "the image was not read in the time that hartline,source-timeout gives") \
	X(ERR_ENV_DAMAGED,	320, "no copy of the boot environment is whole") \
	X(ERR_ENV_PLACE,	321, "the boot environment has no usable place or size") \
	X(ERR_ENV_FULL,		322, "the boot environment is full") \
	X(ERR_ENV_WRITE,	323, "the disk does not keep the boot environment") \
	X(ERR_SLOT_ATTEMPTS,	324, "no attempts left, and never confirmed") \
	X(ERR_SLOT_NONE,	325, "no slot of the disk boots") \
	X(ERR_FIT_HEADER,	400, "no FIT here: bad device tree magic, version or block offsets") \
	X(ERR_FIT_TOO_LARGE,	401, "the FIT's metadata is larger than the memory set aside for it") \
	X(ERR_FIT_STRUCTURE,	402, "the FIT's structure block is damaged") \
	X(ERR_FIT_DEPTH,	403, "the FIT's nodes are nested too deeply") \
	X(ERR_FIT_NAME,		404, "the FIT has a name that a FIT cannot have") \
	X(ERR_FIT_DUPLICATE,	405, "the FIT has two nodes or properties of one name") \
	X(ERR_SOURCE_END,	406, "the image goes on beyond the end of its medium") \
	X(ERR_FIT_CONFIGURATION, 410, "the FIT has no such configuration") \
	X(ERR_FIT_NO_IMAGE,	411, "the configuration names an image that is not there") \
	X(ERR_FIT_TOO_MANY,	412, "the configuration has more images than can be loaded") \
	X(ERR_FIT_PROPERTY,	413, "a property of the FIT is missing or malformed") \
	X(ERR_FIT_TYPE,		414, "an image has a type that does not go with its use") \
	X(ERR_FIT_ARCH,		415, "an image is for another architecture") \
	X(ERR_FIT_COMPRESSION,	416, "an image has a compression that is not supported") \
	X(ERR_FIT_ENCRYPTED,	417, "an image is encrypted") \
	X(ERR_FIT_ENTRY,	418, "an entry point lies outside of its image") \
	X(ERR_KERNEL_HEADER,	419, "the kernel is not a RISC-V Linux Image") \
	X(ERR_KERNEL_ALIGN,	420, "the kernel is to be loaded where it cannot run") \
	X(ERR_FIT_UNPACK,	421, "an image is not packed as it says, or damaged") \
	X(ERR_FIT_UNPACK_ROOM,	422, "an image unpacks to more than there is room for") \
	X(ERR_FIT_HASH_NODE,	430, "a hash is of unknown kind or malformed") \
	X(ERR_FIT_HASH,		431, "an image does not have the hash that it should have") \
	X(ERR_FIT_IGNORE,	432, "a hash or signature asks to be ignored (uboot-ignore)") \
	X(ERR_MEMORY_WRAP,	450, "a memory window wraps around the address space") \
	X(ERR_MEMORY_NONE,	451, "there is no memory where something is to be loaded") \
	X(ERR_MEMORY_TAKEN,	452, "something is to be loaded over something else") \
	X(ERR_MEMORY_NO_ROOM,	453, "there is no free memory left to load something to") \
	X(ERR_MEMORY_FULL,	454, "the memory map has too many parts") \
	X(ERR_ROLLBACK,		470, "the image is older than what may run here") \
	X(ERR_ROLLBACK_STORE,	471, "both copies of the rollback store are damaged") \
	X(ERR_ROLLBACK_WRITE,	472, "the disk does not keep the rollback store") \
	X(ERR_ROLLBACK_NONE,	473, "there is no rollback store, and the board demands one") \
	X(ERR_TRAP,		500, "a trap that the SPL did not expect") \
	X(ERR_SPL_CONTROL_DTB,	501, "no control device tree behind the SPL (cat spl-nodtb.bin my.dtb)") \
	X(ERR_HART_MISSING,	502, "harts of the device tree did not come, the boot goes on without") \
	X(ERR_HART_TOO_MANY,	503, "there are more harts than this SPL has room for") \
	X(ERR_HART_STUCK,	504, "a hart was let go, and did not leave for the next stage") \
	X(ERR_BOOT_NOTHING_RUNS, 505, "the configuration has no program, only data") \
	X(ERR_BOOT_NO_DTB,	506, "no device tree for the next stage: none in the FIT, in a1, or here") \
	X(ERR_BOOT_OVERLAY,	507, "a device tree overlay does not fit its base (dtc -@ makes both), or is damaged")

/* Texts of devices that only some SPLs have drivers for. */
#define ERR_LIST_NET(X) \
	X(ERR_NIC_NO_LINK,	700, "no link; is the cable plugged in, and the switch on?") \
	X(ERR_NIC_RING,		701, "the network device wrote nonsense into its ring") \
	X(ERR_NIC_SEND,		702, "the network device does not send") \
	X(ERR_NIC_RESET,	703, "the network device does not reset") \
	X(ERR_NIC_PHY,		704, "no PHY answers the network device; is its reset released?") \
	X(ERR_DHCP_NO_ANSWER,	710, "no DHCP server gives an address; set hartline,ip-address in /chosen") \
	X(ERR_NET_ADDRESS,	711, "an address in /chosen is malformed; expected \"10.0.0.2/24\", \"10.0.0.1\"") \
	X(ERR_NET_NO_SERVER,	712, "no TFTP server is known: neither DHCP nor hartline,tftp-server names one") \
	X(ERR_NET_DNS,		713, "the name of the TFTP server cannot be resolved") \
	X(ERR_TFTP_NAME,	720, "the name of the file to load is empty or too long") \
	X(ERR_TFTP_NO_ANSWER,	721, "the TFTP server does not answer; is it running, does a firewall drop UDP?") \
	X(ERR_TFTP_TIMEOUT,	722, "the TFTP server stopped answering in the middle of the file") \
	X(ERR_TFTP_NOT_FOUND,	723, "the TFTP server does not have the file") \
	X(ERR_TFTP_REFUSED,	724, "the TFTP server reports an error") \
	X(ERR_TFTP_OPTION,	725, "the TFTP server agrees on options that were not asked for, or malformed") \
	X(ERR_TFTP_PROTOCOL,	726, "the TFTP server sends more than a block at once") \
	X(ERR_TFTP_SLOW,	727, "the transfer is too slow to end in reasonable time") \
	X(ERR_TFTP_REREAD,	728, "the file would have to be transferred too often; make the FIT with mkimage -E")

#define ERR_LIST_CREW(X) \
	X(ERR_HART_HASHING,	508, "a hart stopped while it hashed; it is done without it")

#define ERR_LIST_VIRTIO(X) \
	X(ERR_VIRTIO_TRANSPORT,	220, "not a virtio transport of a known version") \
	X(ERR_VIRTIO_RESET,	221, "the virtio device does not reset") \
	X(ERR_VIRTIO_FEATURES,	222, "the virtio device refuses the features that it offered") \
	X(ERR_VIRTIO_QUEUE,	223, "the virtio device lacks a queue, or its queue is in use") \
	X(ERR_VIRTIO_RING,	224, "the virtio device wrote nonsense into its ring") \
	X(ERR_VIRTIO_TIMEOUT,	225, "the virtio device does not finish a request") \
	X(ERR_VIRTIO_BLK_IO,	226, "the virtio disk cannot read or write a block") \
	X(ERR_VIRTIO_BLK_SIZE,	227, "the virtio disk is empty")

#define ERR_LIST_NVME(X) \
	X(ERR_NVME_CAPABILITIES, 230, "the NVMe controller lacks 4 KiB pages or the NVM command set") \
	X(ERR_NVME_READY,	231, "the NVMe controller does not start or stop in time") \
	X(ERR_NVME_FATAL,	232, "the NVMe controller reports a fatal error") \
	X(ERR_NVME_TIMEOUT,	233, "the NVMe controller does not finish a command") \
	X(ERR_NVME_COMPLETION,	234, "the NVMe controller wrote nonsense into its queue") \
	X(ERR_NVME_REFUSED,	235, "the NVMe controller refuses a command") \
	X(ERR_NVME_READ,	236, "the NVMe controller cannot read a block") \
	X(ERR_NVME_FORMAT,	237, "the NVMe namespace is empty, or its blocks have metadata or a strange size") \
	X(ERR_NVME_WRITE,	238, "the NVMe controller cannot write a block")

#define ERR_LIST_SPI(X) \
	X(ERR_SPI_TIMEOUT,	100, "the SPI controller stands still") \
	X(ERR_SD_DATA_TOKEN,	119, "the SD card sends something that is not data")

#define ERR_LIST_NOR(X) \
	X(ERR_NOR_NONE,		101, "no flash answers on the SPI bus") \
	X(ERR_NOR_SIZE,		102, "the SPI flash does not say how large it is, or is too large") \
	X(ERR_NOR_BUSY,		103, "the SPI flash stays busy") \
	X(ERR_NOR_WRITE,	104, "the SPI flash does not keep what is written; is it protected?")

#define ERR_LIST_LZMA(X) \
	X(ERR_FIT_UNPACK_LZMA,	423, "not LZMA, or with lc + lp above 4, which xz --format=lzma does not make")

#define ERR_LIST_FAT(X) \
	X(ERR_FAT_NONE,		330, "no FAT file system") \
	X(ERR_FAT_HEADER,	331, "the FAT file system's header contradicts itself or its volume") \
	X(ERR_FAT_CHAIN,	332, "a chain of clusters in the FAT file system is damaged") \
	X(ERR_FAT_NOT_FOUND,	333, "the FAT file system has no such file") \
	X(ERR_FAT_NO_FILE,	334, "a directory or an empty file is where the image should be")

#define ERR_LIST_SERIAL(X) \
	X(ERR_XMODEM_NOBODY,	314, "nobody sends a FIT over the console") \
	X(ERR_XMODEM_CANCELLED,	315, "the transfer over the console was cancelled") \
	X(ERR_XMODEM_LINE,	316, "the console's line damages too much of what is sent") \
	X(ERR_XMODEM_ORDER,	317, "blocks are missing in what was sent over the console") \
	X(ERR_XMODEM_SIZE,	318, "what is sent over the console does not fit into memory")

#define ERR_LIST_WATCHDOG(X) \
	X(ERR_WATCHDOG_NONE,	508, "hartline,watchdog asks for a watchdog, and there is none; the boot goes on")

#define ERR_LIST_PCI(X) \
	X(ERR_PCI_HOST,		210, "the device tree describes no usable PCI host bridge") \
	X(ERR_PCI_EMPTY,	211, "nothing answers on the PCI bus") \
	X(ERR_PCI_BAR,		212, "a PCI function has no address where its driver needs one")

#define ERR_LIST_SDHCI(X) \
	X(ERR_EMMC_PARTITION,	124, "the card has no boot partition of this number") \
	X(ERR_SDHCI_RESET,	240, "the SD host controller does not reset") \
	X(ERR_SDHCI_CLOCK,	241, "the SD host controller's clock does not become stable") \
	X(ERR_SDHCI_VOLTAGE,	242, "the SD host controller has no 3.3 V") \
	X(ERR_SDHCI_INHIBIT,	243, "the SD host controller stays busy") \
	X(ERR_SDHCI_DMA,	244, "the SD host controller cannot write to this memory")

/* Only an SPL that demands signatures has text for these. */
#define ERR_LIST_SIGNED(X) \
	X(ERR_FIT_NOT_SIGNED,	440, "the FIT is not signed as this board demands") \
	X(ERR_FIT_NO_KEYS,	441, "signatures are demanded, but no key to check them by is built in or required in the control DTB") \
	X(ERR_FIT_KEYS,		442, "a key in the control DTB is malformed or of a kind that is not known") \
	X(ERR_FIT_IMAGE_SIGNED,	443, "images are signed, but not the configuration that puts them together") \
	X(ERR_FIT_SIGNATURE_NODE, 444, "a signature is malformed") \
	X(ERR_FIT_SIGNATURE_ALGORITHM, 445, "a signature's algorithm is unknown or too weak") \
	X(ERR_FIT_SIGNATURE,	446, "no signature is right and by the key that is demanded") \
	X(ERR_FIT_WEAK_HASH,	447, "an image has no hash that a signature can vouch for: sha256, sha384, sha512")

/* The SPL has no text for these. */
#define ERR_LIST_SBI(X) \
	X(ERR_NO_BOOT_HART,	600, "the device tree does not describe the hart that boots, or not as one to use") \
	X(ERR_NO_HART_ROOM,	601, "no room for even one hart between the firmware and what follows it") \
	X(ERR_NEXT_INFO,	602, "a2 does not point to a fw_dynamic_info (magic)") \
	X(ERR_NEXT_VERSION,	603, "the fw_dynamic_info has a version other than 1 and 2") \
	X(ERR_NEXT_MODE,	604, "the next stage's mode is neither S nor M") \
	X(ERR_NEXT_ADDR,	605, "the next stage's address is not in memory that it can have") \
	X(ERR_PMP_ENTRIES,	640, "the memory protection plan needs more PMP entries than the hart has") \
	X(ERR_PMP_RIGHTS,	642, "the PMP cannot express these rights of M-mode and S-mode") \
	X(ERR_PMP_ALIGN,	643, "a region does not consist of whole PMP granules") \
	X(ERR_PMP_NONE,		644, "the hart has no PMP: nothing protects the firmware") \
	X(ERR_PMP_READBACK,	645, "the hart's PMP does not keep what is written to it") \
	X(ERR_TOO_MANY_DEVICES,	646, "the device tree has more devices of M-mode than can be protected") \
	X(ERR_PMP_SMEPMP,	647, "the device tree gives a hart Smepmp, but it does not have it") \
	X(ERR_DOMAIN_TOO_MANY,	650, "more than there is room for") \
	X(ERR_DOMAIN_PROPERTY,	651, "a property is missing, or not what the binding says") \
	X(ERR_DOMAIN_REFERENCE,	652, "this phandle is of nothing that can stand here") \
	X(ERR_DOMAIN_REGION,	653, "not a range that the PMP can tell apart: see base and order") \
	X(ERR_DOMAIN_RIGHTS,	654, "these access permissions cannot be given") \
	X(ERR_DOMAIN_OVERLAP,	655, "two regions are the same range") \
	X(ERR_DOMAIN_HART,	656, "a hart is assigned to a domain that it is not possible in") \
	X(ERR_DOMAIN_NEXT,	657, "nothing that the domain could start with") \
	X(ERR_RPMI_QUEUE,	660, "the platform microcontroller wrote nonsense into a queue") \
	X(ERR_RPMI_STATUS,	661, "the platform microcontroller refuses a request of the firmware's") \
	X(ERR_RPMI_CONTEXT,	662, "the platform microcontroller does not speak RPMI 1.0 or later with M-mode") \
	X(ERR_RPMI_MEMORY,	663, "a queue of the platform microcontroller is where there is no memory for it") \
	X(ERR_RPMI_GROUP,	664, "the platform microcontroller does not have this service group")

#define ERR_LIST(X) \
	ERR_LIST_COMMON(X) ERR_LIST_NET(X) ERR_LIST_CREW(X) ERR_LIST_VIRTIO(X) ERR_LIST_NVME(X) ERR_LIST_SPI(X) ERR_LIST_NOR(X) \
	ERR_LIST_FAT(X) ERR_LIST_SERIAL(X) ERR_LIST_PCI(X) ERR_LIST_SDHCI(X) ERR_LIST_SIGNED(X) ERR_LIST_SBI(X) \
	ERR_LIST_WATCHDOG(X) ERR_LIST_LZMA(X)
/* clang-format on */

enum err {
	ERR_OK = 0,
#define X(name, number, text) name = number,
	ERR_LIST(X)
#undef X
};

/* One line of text for @err; "unknown error" for a number that is not in the list. */
const char *err_text(enum err err);
