// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap's functions, for devices of ours: making, setting, reading, closing. */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "capture-impls/ykvm/pcap/handle.h"

pcap_t *pcap_create(const char *device, char *errbuf)
{
	struct handle *h;

	if (!handle_ours(device))
		return REAL(pcap_create)(device, errbuf);
	h = handle_new(device, errbuf);
	return h ? h->pcap : NULL;
}

static void open_error(struct handle *h, int ret, char *errbuf)
{
	snprintf(errbuf, PCAP_ERRBUF_SIZE, "%s", h->err[0] ? h->err : REAL(pcap_statustostr)(ret));
}

pcap_t *pcap_open_live(const char *device, int snaplen, int promisc, int to_ms, char *errbuf)
{
	struct handle *h;
	int ret;

	if (!handle_ours(device))
		return REAL(pcap_open_live)(device, snaplen, promisc, to_ms, errbuf);
	h = handle_new(device, errbuf);
	if (!h)
		return NULL;
	h->snaplen = snaplen;
	h->promisc = promisc;
	h->timeout_ms = to_ms;
	ret = handle_activate(h);
	if (ret < 0) {
		open_error(h, ret, errbuf);
		handle_free(h);
		return NULL;
	}
	return h->pcap;
}

int pcap_activate(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? handle_activate(h) : REAL(pcap_activate)(p);
}

void pcap_close(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (h)
		handle_free(h);
	else
		REAL(pcap_close)(p);
}

/* Before pcap_activate() only. */
static int set(struct handle *h, int *field, int value)
{
	if (h->ring)
		return PCAP_ERROR_ACTIVATED;
	*field = value;
	return 0;
}

#define SETTER(function, field)                                                 \
	int function(pcap_t *p, int value)                                      \
	{                                                                       \
		struct handle *h = handle_of(p);                                \
                                                                                \
		return h ? set(h, &h->field, value) : REAL(function)(p, value); \
	}

SETTER(pcap_set_snaplen, snaplen)
SETTER(pcap_set_promisc, promisc)
SETTER(pcap_set_timeout, timeout_ms)
SETTER(pcap_set_buffer_size, buffer_bytes)
SETTER(pcap_set_immediate_mode, immediate)

int pcap_set_tstamp_precision(pcap_t *p, int precision)
{
	struct handle *h = handle_of(p);

	if (!h)
		return REAL(pcap_set_tstamp_precision)(p, precision);
	if (precision != PCAP_TSTAMP_PRECISION_MICRO && precision != PCAP_TSTAMP_PRECISION_NANO)
		return PCAP_ERROR_TSTAMP_PRECISION_NOTSUP;
	return set(h, &h->precision, precision);
}

int pcap_get_tstamp_precision(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? h->precision : REAL(pcap_get_tstamp_precision)(p);
}

int pcap_set_tstamp_type(pcap_t *p, int type)
{
	if (!handle_of(p))
		return REAL(pcap_set_tstamp_type)(p, type);
	return type == PCAP_TSTAMP_HOST ? 0 : PCAP_WARNING_TSTAMP_TYPE_NOTSUP;
}

int pcap_set_rfmon(pcap_t *p, int rfmon)
{
	return handle_of(p) ? 0 : REAL(pcap_set_rfmon)(p, rfmon);
}

int pcap_can_set_rfmon(pcap_t *p)
{
	return handle_of(p) ? 0 : REAL(pcap_can_set_rfmon)(p);
}

int pcap_dispatch(pcap_t *p, int count, pcap_handler callback, u_char *user)
{
	struct handle *h = handle_of(p);

	return h ? handle_read(h, count, callback, user) : REAL(pcap_dispatch)(p, count, callback, user);
}

static int loop(struct handle *h, int count, pcap_handler callback, u_char *user)
{
	int n, left = count;

	do {
		n = handle_read(h, left, callback, user);
		if (n < 0)
			return n;
		left -= count > 0 ? n : 0;
	} while (count <= 0 || left > 0);
	return 0;
}

int pcap_loop(pcap_t *p, int count, pcap_handler callback, u_char *user)
{
	struct handle *h = handle_of(p);

	return h ? loop(h, count, callback, user) : REAL(pcap_loop)(p, count, callback, user);
}

/*
 * One frame, whose bytes stay valid until the next call; but its buffer is
 * given back before, so they are copied.
 */
struct one {
	struct handle *h;
	const u_char *data;
};

static void on_one(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	struct one *one = (struct one *)user;

	one->h->next_header = *header;
	one->data = memmove(one->h->scratch, data, header->caplen);
}

int pcap_next_ex(pcap_t *p, struct pcap_pkthdr **header, const u_char **data)
{
	struct one one = { .h = handle_of(p) };
	int n;

	if (!one.h)
		return REAL(pcap_next_ex)(p, header, data);
	n = handle_read(one.h, 1, on_one, (u_char *)&one);
	*header = &one.h->next_header;
	*data = one.data;
	return n;
}

const u_char *pcap_next(pcap_t *p, struct pcap_pkthdr *header)
{
	struct one one = { .h = handle_of(p) };

	if (!one.h)
		return REAL(pcap_next)(p, header);
	if (handle_read(one.h, 1, on_one, (u_char *)&one) <= 0)
		return NULL;
	*header = one.h->next_header;
	return one.data;
}

/* A signal handler may call it. */
void pcap_breakloop(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (!h) {
		REAL(pcap_breakloop)(p);
		return;
	}
	atomic_store(&h->stop, 1);
	eventfd_write(h->wake, 1);
}

int pcap_setnonblock(pcap_t *p, int nonblock, char *errbuf)
{
	struct handle *h = handle_of(p);

	if (!h)
		return REAL(pcap_setnonblock)(p, nonblock, errbuf);
	h->nonblock = nonblock;
	return 0;
}

int pcap_getnonblock(pcap_t *p, char *errbuf)
{
	struct handle *h = handle_of(p);

	return h ? h->nonblock : REAL(pcap_getnonblock)(p, errbuf);
}
