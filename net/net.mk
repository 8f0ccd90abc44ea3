# SPDX-License-Identifier: BSD-2-Clause
# Booting over a network: TFTP and what DHCP says of it are ours, the stack below is lwIP.
# LWIP_SOURCES are for third_party_rules.
NET_SOURCES := net/boot_options.c net/checksum.c net/ip4_addr.c net/stack.c net/tftp.c
LWIP_SOURCES := $(addprefix lwip/src/,core/def.c core/dns.c core/inet_chksum.c core/init.c \
	core/ip.c core/mem.c core/memp.c core/netif.c core/pbuf.c core/udp.c \
	core/ipv4/dhcp.c core/ipv4/etharp.c core/ipv4/icmp.c core/ipv4/ip4.c \
	netif/ethernet.c)
