/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices are ours: ykvm:IFACE, ykvm-tap:IFACE, ykvm-zc:IFACE; and, by its own name, an interface that the
 * environment gives to ykvm, for programs that use the name themselves:
 *
 *   YKVM_PCAP="eth1=ykvm-tap eth2=ykvm-zc"
 *
 * Words apart by white space, which no interface's name has in it.
 */
#ifndef YKVM_PCAP_DEVICE_H
#define YKVM_PCAP_DEVICE_H

#include <stdbool.h>

#define DEVICE_ENVIRONMENT "YKVM_PCAP"

struct device {
	const char *ifname; /* part of the name that was asked for */
	bool tap, zerocopy;
};

/* 1: ours, and what it is; 0: libpcap's; -1: the environment says what nobody understands, and err why. err: PCAP_ERRBUF_SIZE. */
int device_parse(const char *name, struct device *d, char *err);

#endif
