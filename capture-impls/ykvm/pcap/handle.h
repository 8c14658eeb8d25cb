/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libykvm-pcap.so: preloaded, gives programs over libpcap the devices
 * ykvm:IFACE, ykvm-tap:IFACE and ykvm-zc:IFACE. Its functions stand in front of
 * libpcap's of the same names; a pcap_t that is not of such a device goes on to
 * libpcap untouched.
 *
 * A pcap_t of ours is libpcap's pcap_open_dead(), which any function of libpcap
 * that is not stood in for can take; what belongs to it is a struct handle.
 */
#ifndef YKVM_PCAP_HANDLE_H
#define YKVM_PCAP_HANDLE_H

#include <dlfcn.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdatomic.h>

#include "capture-impls/ykvm/lib/ykvm.h"

#define HANDLE_SNAPLEN_MAX 262144 /* libpcap's MAXIMUM_SNAPLEN */

struct handle {
	struct handle *_Atomic next;
	pcap_t *pcap; /* what the program holds */
	pcap_t *dead; /* of the right snap length and precision, since pcap_activate(): for compiling and dumping */

	/* set before pcap_activate() */
	char device[64];
	char ifname[IF_NAMESIZE];
	bool tap, zerocopy;
	int snaplen, promisc, timeout_ms, buffer_bytes, immediate, precision;

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

/* libpcap's own function. */
#define REAL(name)                                                    \
	({                                                            \
		static __typeof__(&name) real_fn;                     \
		if (!real_fn)                                         \
			*(void **)&real_fn = dlsym(RTLD_NEXT, #name); \
		real_fn;                                              \
	})

struct handle *handle_of(const pcap_t *p); /* NULL: one of libpcap's */
bool handle_ours(const char *device);
/* The interface of a device of ours; any other name as it is. */
const char *handle_interface(const char *device);
struct handle *handle_new(const char *device, char *errbuf);
void handle_free(struct handle *h);
int handle_activate(struct handle *h); /* 0 or PCAP_ERROR_* */
uint64_t handle_if_drops(const struct handle *h);

/* Calls back for at most count frames of those there; sleeps first while there are none, unless nonblock. */
int handle_read(struct handle *h, int count, pcap_handler callback, u_char *user);
/* Skips what is in the ring: it came before the filter. */
void handle_discard(struct handle *h);

#endif
