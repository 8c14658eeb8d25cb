/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libykvm-pcap.so: preloaded, gives programs over libpcap the devices
 * ykvm:IFACE, ykvm-tap:IFACE and ykvm-zc:IFACE (device.h). Its functions stand
 * in front of libpcap's of the same names, however the program comes to these
 * (library.h, dlsym.c); a pcap_t that is not of such a device goes on to its
 * libpcap untouched.
 *
 * A pcap_t of ours is libpcap's pcap_open_dead(), which any function of libpcap
 * that is not stood in for can take; what belongs to it is a struct handle.
 */
#ifndef YKVM_PCAP_HANDLE_H
#define YKVM_PCAP_HANDLE_H

#include <pcap/pcap.h>
#include <stdatomic.h>

#include "capture-impls/ykvm/lib/ykvm.h"
#include "capture-impls/ykvm/pcap/device.h"
#include "capture-impls/ykvm/pcap/library.h"

#define HANDLE_SNAPLEN_MAX 262144 /* libpcap's MAXIMUM_SNAPLEN */
/* In libpcap's words, these two. */
#define HANDLE_ACTIVATED "can't perform  operation on activated capture"
#define HANDLE_NOT_ACTIVATED "This handle hasn't been activated yet"

struct handle {
	struct handle *_Atomic next;
	const struct library *lib; /* that the program opened it by */
	pcap_t *pcap; /* what the program holds */
	pcap_t *dead; /* of the right snap length and precision, since pcap_activate(): for compiling and dumping */

	/* set before pcap_activate() */
	char *name; /* of the device, as asked for: never cut */
	struct device device; /* its interface's name is part of it */
	int snaplen, promisc, rfmon, timeout_ms, buffer_bytes, immediate, precision, protocol;

	struct ykvm *ring; /* NULL: not activated */
	int side; /* packet socket that receives nothing: promiscuous mode, time stamps, sending */
	int wake; /* eventfd of pcap_breakloop(), which a signal handler may call */
	atomic_int stop;
	int nonblock;
	uint64_t if_drops; /* what the interface had dropped at pcap_activate() */

	uint8_t *scratch; /* a frame whose VLAN tag was put back */
	struct pcap_pkthdr next_header; /* pcap_next_ex() gives its address away */
	char err[PCAP_ERRBUF_SIZE];
};

struct handle *handle_of(const pcap_t *p); /* NULL: one of libpcap's */
struct handle *handle_new(const struct library *lib, const char *name, const struct device *device, char *errbuf);
void handle_free(struct handle *h);
int handle_activate(struct handle *h); /* 0 or PCAP_ERROR_*, after which it may be tried again */
/* Its last message, and `ret` for the caller. */
int handle_said(struct handle *h, int ret, const char *what);
uint64_t handle_if_drops(const struct handle *h);

/* Calls back for at most count frames of those there; sleeps first while there are none, unless nonblock. */
int handle_read(struct handle *h, int count, pcap_handler callback, u_char *user);
/* Skips what is in the ring: it came before the filter. */
void handle_discard(struct handle *h);

#endif
