/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the captures that use the real libpcap: everything but their parameters. */
#ifndef RXLAB_LIBPCAP_H
#define RXLAB_LIBPCAP_H

#include <pcap/pcap.h>

#include "capture-impls/capture.h"

struct libpcap {
	pcap_t *p;
	int fd;
	uint32_t buffer_bytes, snaplen, timeout_ms, immediate;
};

/* Rows of a table of parameters. */
/* clang-format off */
#define LIBPCAP_PARAM_BUFFER \
	{ "buffer_bytes", PARAM_U32, offsetof(struct libpcap, buffer_bytes), "2097152", 65536, 1u << 29, \
	  "bytes: kernel buffer (libpcap's own default is 2 MiB)" }
#define LIBPCAP_PARAM_SNAPLEN(initial) \
	{ "snaplen", PARAM_U32, offsetof(struct libpcap, snaplen), initial, SINK_HEAD_BYTES, 262144, \
	  "bytes: most of a frame that is kept" }
/* clang-format on */

int libpcap_open(struct capture *c);
int libpcap_poll(struct capture *c, int budget);
int libpcap_wait(struct capture *c, uint64_t timeout_ns);
int libpcap_counts(struct capture *c, struct capture_counts *counts);
void libpcap_close(struct capture *c);

#endif
