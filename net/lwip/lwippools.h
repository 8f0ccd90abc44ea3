/* SPDX-License-Identifier: BSD-2-Clause */
/* For packets that lwIP makes: ARP's and TFTP's acknowledgements; requests of TFTP, DNS and DHCP. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(8, 160)
LWIP_MALLOC_MEMPOOL(4, 512)
LWIP_MALLOC_MEMPOOL_END
