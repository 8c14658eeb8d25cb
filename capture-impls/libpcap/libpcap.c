// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libpcap: the real library, as a monitoring program uses it: pcap_create(),
 * pcap_activate(), pcap_dispatch(). On Linux it reads a TPACKET_V3 ring.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "capture-impls/common/memory.h"
#include "capture-impls/libpcap/libpcap.h"
#include "harness/record/settings.h"

static const struct capture_param libpcap_params[] = {
	LIBPCAP_PARAM_BUFFER,
	LIBPCAP_PARAM_SNAPLEN("262144"),
	{ "timeout_ms", PARAM_U32, offsetof(struct libpcap, timeout_ms), "10", 1, 1000,
	  "ms: longest that a block of frames waits for more" },
	{ "immediate", PARAM_BOOL, offsetof(struct libpcap, immediate), "0", 0, 1,
	  "0 or 1: immediate mode (one frame a wake-up, TPACKET_V2)" },
	{ 0 },
};

static void on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	sink_packet((struct sink *)user, data, h->caplen, h->len);
}

static int libpcap_fail(struct capture *c, const char *what)
{
	struct libpcap *l = c->priv;

	return err_set(&c->err, -EIO, "libpcap: %s on %s: %s", what, c->ifname, l->p ? pcap_geterr(l->p) : "no handle");
}

static int libpcap_configure(struct libpcap *l)
{
	return pcap_set_snaplen(l->p, l->snaplen) || pcap_set_promisc(l->p, 1) ||
	       pcap_set_timeout(l->p, l->timeout_ms) || pcap_set_buffer_size(l->p, l->buffer_bytes) ||
	       pcap_set_immediate_mode(l->p, l->immediate);
}

/* As monitoring programs do: compiled for this handle, then passed to the kernel by libpcap. */
static int libpcap_filter(struct capture *c)
{
	const char *text = trial_get(c->trial, FILTER_KEY);
	struct libpcap *l = c->priv;
	struct bpf_program code;
	int r;

	if (!text)
		return 0;
	if (pcap_compile(l->p, &code, text, 1, PCAP_NETMASK_UNKNOWN))
		return libpcap_fail(c, "cannot compile the filter");
	r = pcap_setfilter(l->p, &code) ? libpcap_fail(c, "cannot set the filter") : 0;
	pcap_freecode(&code);
	return r;
}

void libpcap_close(struct capture *c)
{
	struct libpcap *l = c->priv;

	if (l->p)
		pcap_close(l->p);
	l->p = NULL;
}

int libpcap_open(struct capture *c)
{
	struct libpcap *l = c->priv;
	char text[PCAP_ERRBUF_SIZE];
	int r = memory_check(c->ops->name, l->buffer_bytes, &c->err);

	if (r)
		return r;
	l->p = pcap_create(c->ifname, text);
	if (!l->p)
		return err_set(&c->err, -EIO, "libpcap: %s: %s", c->ifname, text);
	if (libpcap_configure(l) || pcap_activate(l->p) < 0)
		r = libpcap_fail(c, "cannot activate");
	else if (pcap_setnonblock(l->p, 1, text) < 0)
		r = err_set(&c->err, -EIO, "libpcap: %s: %s", c->ifname, text);
	r = r ? r : libpcap_filter(c);
	if (r) {
		libpcap_close(c);
		return r;
	}
	l->fd = pcap_get_selectable_fd(l->p);
	c->hold_ns = l->timeout_ms * 1000000ULL;
	return 0;
}

int libpcap_poll(struct capture *c, int budget)
{
	struct libpcap *l = c->priv;
	int n = pcap_dispatch(l->p, budget, on_frame, (u_char *)c->sink);

	return n < 0 ? libpcap_fail(c, "cannot read") : n;
}

int libpcap_wait(struct capture *c, uint64_t timeout_ns)
{
	struct libpcap *l = c->priv;
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };
	struct timespec ts = { timeout_ns / 1000000000, timeout_ns % 1000000000 };

	ppoll(&pfd, 1, &ts, NULL);
	return 0;
}

/*
 * On Linux ps_recv counts the frames that passed the filter, including those
 * dropped for lack of room (PACKET_STATISTICS); ps_drop counts the dropped ones.
 */
int libpcap_counts(struct capture *c, struct capture_counts *counts)
{
	struct libpcap *l = c->priv;
	struct pcap_stat st;

	if (pcap_stats(l->p, &st) < 0)
		return libpcap_fail(c, "cannot read statistics");
	counts->received = counter_of(st.ps_recv);
	counts->dropped = counter_of(st.ps_drop);
	/* libpcap subtracts 32-bit counters without a check: if a counter fell, the difference is below 0. */
	if ((int32_t)st.ps_ifdrop >= 0)
		counts->if_dropped = counter_of(st.ps_ifdrop);
	return 0;
}

const struct capture_ops capture_libpcap = {
	.name = "libpcap",
	.summary = "the real libpcap: TPACKET_V3 ring, pcap_dispatch()",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_FILTERS,
	.priv_size = sizeof(struct libpcap),
	.params = libpcap_params,
	.open = libpcap_open,
	.poll = libpcap_poll,
	.wait = libpcap_wait,
	.counts = libpcap_counts,
	.close = libpcap_close,
};
