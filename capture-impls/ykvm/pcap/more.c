// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap's functions, for devices of ours: filters, files, counters, what the device is. */
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "capture-impls/ykvm/pcap/handle.h"

#define COMPILER_BUFFER 65536

static int said(struct handle *h, int ret, const char *what)
{
	snprintf(h->err, sizeof(h->err), "%s", what);
	return ret;
}

/*
 * libpcap writes other code for a live capture (the VLAN tag is not in the
 * frame, but beside it) than for a file. So that a filter means here what it
 * means there, a live handle of libpcap's compiles it. NULL: there can be none.
 */
static pcap_t *compiler_new(const struct handle *h)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *p = REAL(pcap_create)(h->ifname, errbuf);

	if (p && (REAL(pcap_set_snaplen)(p, h->snaplen) || REAL(pcap_set_buffer_size)(p, COMPILER_BUFFER) ||
		  REAL(pcap_activate)(p) < 0)) {
		REAL(pcap_close)(p);
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
		return REAL(pcap_compile)(p, program, text, optimize, mask);
	if (!h->ring)
		return said(h, PCAP_ERROR_NOT_ACTIVATED, "not-yet-activated pcap_t passed to pcap_compile");
	live = compiler_new(h);
	with = live ? live : h->dead;
	ret = REAL(pcap_compile)(with, program, text, optimize, mask);
	if (ret != 0)
		said(h, ret, REAL(pcap_geterr)(with));
	if (live)
		REAL(pcap_close)(live);
	return ret;
}

_Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn), "the kernel takes libpcap's instructions");

int pcap_setfilter(pcap_t *p, struct bpf_program *program)
{
	struct handle *h = handle_of(p);
	char why[YKVM_ERR_BYTES];

	if (!h)
		return REAL(pcap_setfilter)(p, program);
	if (!h->ring)
		return said(h, PCAP_ERROR_NOT_ACTIVATED, "not activated");
	if (ykvm_set_filter(h->ring, (struct sock_filter *)program->bf_insns, program->bf_len, why) != 0)
		return said(h, PCAP_ERROR, why);
	handle_discard(h);
	return 0;
}

static pcap_t *dumper(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h && h->dead ? h->dead : p;
}

/* What libpcap says of a file, it says of the handle that it was given. */
static pcap_dumper_t *dumped(pcap_t *p, pcap_dumper_t *d)
{
	struct handle *h = handle_of(p);

	if (!d && h && h->dead)
		said(h, 0, REAL(pcap_geterr)(h->dead));
	return d;
}

pcap_dumper_t *pcap_dump_open(pcap_t *p, const char *name)
{
	return dumped(p, REAL(pcap_dump_open)(dumper(p), name));
}

pcap_dumper_t *pcap_dump_fopen(pcap_t *p, FILE *file)
{
	return dumped(p, REAL(pcap_dump_fopen)(dumper(p), file));
}

pcap_dumper_t *pcap_dump_open_append(pcap_t *p, const char *name)
{
	return dumped(p, REAL(pcap_dump_open_append)(dumper(p), name));
}

/* As libpcap's on Linux: ps_recv counts what passed the filter, dropped for lack of room included. */
int pcap_stats(pcap_t *p, struct pcap_stat *to)
{
	struct handle *h = handle_of(p);
	struct ykvm_stats s;
	uint64_t lost;
	int ret;

	if (!h)
		return REAL(pcap_stats)(p, to);
	if (!h->ring)
		return said(h, PCAP_ERROR_NOT_ACTIVATED, "not activated");
	ret = ykvm_stats(h->ring, &s);
	if (ret != 0)
		return said(h, PCAP_ERROR, strerror(-ret));
	lost = s.full + s.no_spare + s.bad_index + s.unreadable;
	*to = (struct pcap_stat) { .ps_recv = (u_int)(s.received + lost),
				   .ps_drop = (u_int)(s.overwritten + lost),
				   .ps_ifdrop = h->promisc ? (u_int)(handle_if_drops(h) - h->if_drops) : 0 };
	return 0;
}

int pcap_snapshot(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? h->snaplen : REAL(pcap_snapshot)(p);
}

int pcap_fileno(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? (h->ring ? h->ring->fd : -1) : REAL(pcap_fileno)(p);
}

int pcap_get_selectable_fd(pcap_t *p)
{
	return handle_of(p) ? pcap_fileno(p) : REAL(pcap_get_selectable_fd)(p);
}

char *pcap_geterr(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? h->err : REAL(pcap_geterr)(p);
}

void pcap_perror(pcap_t *p, const char *prefix)
{
	struct handle *h = handle_of(p);

	if (h)
		fprintf(stderr, "%s: %s\n", prefix, h->err);
	else
		REAL(pcap_perror)(p, prefix);
}

int pcap_datalink(pcap_t *p)
{
	return handle_of(p) ? DLT_EN10MB : REAL(pcap_datalink)(p);
}

int pcap_list_datalinks(pcap_t *p, int **types)
{
	if (!handle_of(p))
		return REAL(pcap_list_datalinks)(p, types);
	*types = malloc(sizeof(**types)); /* pcap_free_datalinks() frees it */
	if (!*types)
		return PCAP_ERROR;
	**types = DLT_EN10MB;
	return 1;
}

int pcap_set_datalink(pcap_t *p, int type)
{
	struct handle *h = handle_of(p);

	if (!h)
		return REAL(pcap_set_datalink)(p, type);
	return type == DLT_EN10MB ? 0 : said(h, PCAP_ERROR, "Ethernet is all that this device has");
}

int pcap_list_tstamp_types(pcap_t *p, int **types)
{
	if (!handle_of(p))
		return REAL(pcap_list_tstamp_types)(p, types);
	*types = NULL;
	return 0;
}

int pcap_setdirection(pcap_t *p, pcap_direction_t direction)
{
	struct handle *h = handle_of(p);

	if (!h)
		return REAL(pcap_setdirection)(p, direction);
	return direction == PCAP_D_OUT ? said(h, PCAP_ERROR, "frames that come in are all that this device has") : 0;
}

/* Netmask for filters. */
int pcap_lookupnet(const char *device, bpf_u_int32 *net, bpf_u_int32 *mask, char *errbuf)
{
	return REAL(pcap_lookupnet)(handle_interface(device), net, mask, errbuf);
}

int pcap_inject(pcap_t *p, const void *data, size_t bytes)
{
	struct handle *h = handle_of(p);
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	ssize_t n;

	if (!h)
		return REAL(pcap_inject)(p, data, bytes);
	to.sll_ifindex = (int)if_nametoindex(h->ifname);
	n = sendto(h->side, data, bytes, 0, (struct sockaddr *)&to, sizeof(to));
	return n < 0 ? said(h, PCAP_ERROR, strerror(errno)) : (int)n;
}

int pcap_sendpacket(pcap_t *p, const u_char *data, int bytes)
{
	if (!handle_of(p))
		return REAL(pcap_sendpacket)(p, data, bytes);
	return pcap_inject(p, data, (size_t)bytes) < 0 ? PCAP_ERROR : 0;
}
