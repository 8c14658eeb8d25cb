// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap-immediate: libpcap told to hand each frame over as it comes, as intrusion detection and probes use it. */
#include "capture-impls/libpcap/libpcap.h"

static const struct capture_param params[] = {
	LIBPCAP_PARAM_BUFFER,
	/* With libpcap's own 262144 a slot has 64 KiB when GRO is on, so the buffer would hold only 32 frames. */
	LIBPCAP_PARAM_SNAPLEN("2048"),
	{ 0 },
};

static int open_immediate(struct capture *c)
{
	struct libpcap *l = c->priv;

	/* The timeout stays 0: no frame waits for a block to fill. */
	l->immediate = 1;
	return libpcap_open(c);
}

const struct capture_ops capture_libpcap_immediate = {
	.name = "libpcap-immediate",
	.summary = "the real libpcap in immediate mode: TPACKET_V2 ring, frames seen at once",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_FILTERS,
	.priv_size = sizeof(struct libpcap),
	.params = params,
	.open = open_immediate,
	.poll = libpcap_poll,
	.wait = libpcap_wait,
	.counts = libpcap_counts,
	.close = libpcap_close,
};
