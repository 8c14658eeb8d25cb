// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap's functions, for devices of ours: filters, files, counters, directions, sending. */
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "capture-impls/ykvm/pcap/handle.h"

#define COMPILER_BUFFER 65536

/*
 * libpcap writes other code for a live capture (the VLAN tag is not in the
 * frame, but beside it) than for a file. So that a filter means here what it
 * means there, a live handle of libpcap's compiles it. NULL: there can be none.
 */
static pcap_t *compiler_new(const struct handle *h)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *p = h->lib->pcap_create(h->device.ifname, errbuf);

	if (p && (h->lib->pcap_set_snaplen(p, h->snaplen) || h->lib->pcap_set_buffer_size(p, COMPILER_BUFFER) ||
		  h->lib->pcap_activate(p) < 0)) {
		h->lib->pcap_close(p);
		return NULL;
	}
	return p;
}

int pcap_compile(pcap_t *p, struct bpf_program *program, const char *text, int optimize, bpf_u_int32 mask)
{
	struct handle *h = handle_of(p);
	pcap_t *live, *with;
	int ret;

	if (!h)
		return FORWARD(pcap_compile, PCAP_ERROR, p, program, text, optimize, mask);
	if (!h->ring)
		return handle_said(h, PCAP_ERROR, "not-yet-activated pcap_t passed to pcap_compile");
	live = compiler_new(h);
	with = live ? live : h->dead;
	ret = h->lib->pcap_compile(with, program, text, optimize, mask);
	if (ret != 0)
		handle_said(h, ret, h->lib->pcap_geterr(with));
	if (live)
		h->lib->pcap_close(live);
	return ret;
}

_Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn), "the kernel takes libpcap's instructions");

int pcap_setfilter(pcap_t *p, struct bpf_program *program)
{
	struct handle *h = handle_of(p);
	char why[YKVM_ERR_BYTES];

	if (!h)
		return FORWARD(pcap_setfilter, PCAP_ERROR, p, program);
	if (!h->ring)
		return handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
	if (!program)
		return handle_said(h, PCAP_ERROR, "setfilter: No filter specified");
	if (ykvm_set_filter(h->ring, (struct sock_filter *)program->bf_insns, program->bf_len, why) != 0)
		return handle_said(h, PCAP_ERROR, why);
	handle_discard(h);
	return 0;
}

/* What libpcap says of a file, it says of the handle that it was given. */
static pcap_dumper_t *dumped(struct handle *h, pcap_dumper_t *d)
{
	return d ? d : (handle_said(h, 0, h->lib->pcap_geterr(h->dead)), NULL);
}

/* A device that is not activated has no snap length yet. */
#define DUMP(function, type)                                                        \
	pcap_dumper_t *function(pcap_t *p, type to)                                 \
	{                                                                           \
		struct handle *h = handle_of(p);                                    \
                                                                                    \
		if (!h)                                                             \
			return FORWARD(function, NULL, p, to);                      \
		if (h->dead)                                                        \
			return dumped(h, h->lib->function(h->dead, to));            \
		handle_said(h, 0, "not-yet-activated pcap_t passed to " #function); \
		return NULL;                                                        \
	}

DUMP(pcap_dump_open, const char *)
DUMP(pcap_dump_fopen, FILE *)
DUMP(pcap_dump_open_append, const char *)

/* As libpcap's on Linux: ps_recv counts what passed the filter, dropped for lack of room included. */
int pcap_stats(pcap_t *p, struct pcap_stat *to)
{
	struct handle *h = handle_of(p);
	struct ykvm_stats s;
	uint64_t lost;
	int ret;

	if (!h)
		return FORWARD(pcap_stats, PCAP_ERROR, p, to);
	if (!h->ring)
		return handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
	ret = ykvm_stats(h->ring, &s);
	if (ret != 0)
		return handle_said(h, PCAP_ERROR, strerror(-ret));
	lost = s.full + s.no_spare + s.bad_index + s.unreadable;
	*to = (struct pcap_stat) { .ps_recv = (u_int)(s.received + lost),
				   .ps_drop = (u_int)(s.overwritten + lost),
				   .ps_ifdrop = h->promisc ? (u_int)(handle_if_drops(h) - h->if_drops) : 0 };
	return 0;
}

int pcap_setdirection(pcap_t *p, pcap_direction_t direction)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_setdirection, PCAP_ERROR, p, direction);
	if (direction != PCAP_D_IN && direction != PCAP_D_OUT && direction != PCAP_D_INOUT)
		return handle_said(h, PCAP_ERROR, "Invalid direction");
	if (!h->ring)
		return handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
	return direction == PCAP_D_OUT ? handle_said(h, PCAP_ERROR, "frames that come in are all that this device has")
				       : 0;
}

static int inject(struct handle *h, const void *data, size_t bytes)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	ssize_t n;

	if (bytes == 0 || bytes > INT_MAX)
		return handle_said(h, PCAP_ERROR, "a frame to send has 1 to 2147483647 bytes");
	if (!h->ring)
		return handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
	to.sll_ifindex = (int)if_nametoindex(h->device.ifname);
	n = sendto(h->side, data, bytes, 0, (struct sockaddr *)&to, sizeof(to));
	return n < 0 ? handle_said(h, PCAP_ERROR, strerror(errno)) : (int)n;
}

int pcap_inject(pcap_t *p, const void *data, size_t bytes)
{
	struct handle *h = handle_of(p);

	return h ? inject(h, data, bytes) : FORWARD(pcap_inject, PCAP_ERROR, p, data, bytes);
}

int pcap_sendpacket(pcap_t *p, const u_char *data, int bytes)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_sendpacket, PCAP_ERROR, p, data, bytes);
	return inject(h, data, bytes > 0 ? (size_t)bytes : 0) < 0 ? PCAP_ERROR : 0;
}
