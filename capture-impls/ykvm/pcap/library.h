/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The libpcap that a call is meant for. A program may be linked to it, load it for itself alone (dlopen(), as bindings of
 * other languages do), or come as a plug-in that needs it; and there may be several in one process, each with pcap_t's
 * that only its own functions know. So who calls decides:
 *
 *   a libpcap itself                     that one
 *   whoever sees one in the global scope that one, as without us
 *   a plug-in that needs one             its own
 *   anybody else                         the first that was found
 */
#ifndef YKVM_PCAP_LIBRARY_H
#define YKVM_PCAP_LIBRARY_H

#include <link.h>
#include <pcap/pcap.h>
#include <stdbool.h>

/* It would make stairs of the lists. */
/* clang-format off */
/* Functions of libpcap's in front of which ours stand: each that takes a live pcap_t or a device's name. */
#define LIBRARY_STOOD_IN(X) \
	X(pcap_create) X(pcap_open_live) X(pcap_activate) X(pcap_close) X(pcap_set_snaplen) \
	X(pcap_set_promisc) X(pcap_set_rfmon) X(pcap_can_set_rfmon) X(pcap_set_buffer_size) \
	X(pcap_set_timeout) X(pcap_set_immediate_mode) X(pcap_set_tstamp_type) X(pcap_set_tstamp_precision) \
	X(pcap_get_tstamp_precision) X(pcap_list_tstamp_types) X(pcap_set_protocol_linux) X(pcap_dispatch) X(pcap_loop) X(pcap_next) \
	X(pcap_next_ex) X(pcap_breakloop) X(pcap_setnonblock) X(pcap_getnonblock) X(pcap_compile) \
	X(pcap_setfilter) X(pcap_setdirection) X(pcap_stats) X(pcap_snapshot) X(pcap_fileno) \
	X(pcap_get_selectable_fd) X(pcap_geterr) X(pcap_perror) X(pcap_datalink) X(pcap_datalink_ext) \
	X(pcap_list_datalinks) X(pcap_set_datalink) X(pcap_is_swapped) X(pcap_major_version) \
	X(pcap_minor_version) X(pcap_bufsize) X(pcap_inject) X(pcap_sendpacket) X(pcap_lookupnet) \
	X(pcap_dump_open) X(pcap_dump_fopen) X(pcap_dump_open_append)

/* Those that ours use beside. */
#define LIBRARY_USED(X) \
	X(pcap_open_dead) X(pcap_open_dead_with_tstamp_precision) X(pcap_statustostr) \
	X(pcap_datalink_val_to_name)
/* clang-format on */

/* One of the process; it stays to the process's end. NULL in place of a function that it lacks. */
struct library {
	struct library *_Atomic next;
	const struct link_map *map;
#define LIBRARY_POINTER(name) __typeof__(&name) name;
	LIBRARY_STOOD_IN(LIBRARY_POINTER)
	LIBRARY_USED(LIBRARY_POINTER)
#undef LIBRARY_POINTER
};

/* Whom a call from this address is meant for. NULL: there is no libpcap on this machine. */
const struct library *library_of(const void *caller);
/* The same for a signal handler: asks the loader only if nobody did before. */
const struct library *library_known(const void *caller);
/* Is the address in a libpcap? Then the program called that one's function, and it calls ours. */
bool library_inside(const void *caller);
/* The one that a function belongs to. NULL: it is ours. */
const struct library *library_owning(const void *function);
/* What a caller of whom nothing is known gets. */
const struct library *library_default(void);

#define LIBRARY_UNCHECKED __attribute__((no_sanitize("address", "undefined")))
/* The loader's own dlsym(): ours stands in front of it, too. */
void *(*library_dlsym(void))(void *handle, const char *name);

/* In a function of the same name as libpcap's, for what is not ours: libpcap's answer, or `fail` where there is none. */
#define FORWARD(name, fail, ...)                                                            \
	({                                                                                  \
		const struct library *forward_to = library_of(__builtin_return_address(0)); \
		forward_to && forward_to->name ? forward_to->name(__VA_ARGS__) : (fail);    \
	})

#endif
