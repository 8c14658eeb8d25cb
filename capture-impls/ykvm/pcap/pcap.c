// SPDX-License-Identifier: GPL-2.0-or-later
/* libpcap's functions, for devices of ours: making, setting, reading, closing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "capture-impls/ykvm/pcap/handle.h"

static int no_library(const char *name, char *errbuf)
{
	snprintf(errbuf, PCAP_ERRBUF_SIZE, "%s: libykvm-pcap.so needs a libpcap, and there is none here", name);
	return -1;
}

/* Is the device ours, and can it be had by this caller? As device_parse(). */
static int ours(const void *caller, const char *name, struct device *d, char *errbuf)
{
	int ret = device_parse(name, d, errbuf);
	const struct library *lib = ret == 1 ? library_of(caller) : NULL;

	if (ret != 1)
		return ret;
	if (!lib || !lib->pcap_open_dead_with_tstamp_precision)
		return no_library(name, errbuf);
	if (!library_inside(caller))
		return 1;
	snprintf(errbuf, PCAP_ERRBUF_SIZE,
		 "%s: not for this program: it calls %s past libykvm-pcap.so (RTLD_DEEPBIND, or a second libpcap)",
		 name, lib->map->l_name);
	return -1;
}

pcap_t *pcap_create(const char *device, char *errbuf)
{
	const void *caller = __builtin_return_address(0);
	struct device d;
	struct handle *h;
	int ret = ours(caller, device, &d, errbuf);

	if (ret == 0 && !library_of(caller))
		ret = no_library("pcap_create", errbuf);
	if (ret <= 0)
		return ret ? NULL : FORWARD(pcap_create, NULL, device, errbuf);
	h = handle_new(library_of(caller), device, &d, errbuf);
	return h ? h->pcap : NULL;
}

static pcap_t *open_live(struct handle *h, char *errbuf)
{
	int ret = handle_activate(h);

	if (ret == 0)
		return h->pcap;
	snprintf(errbuf, PCAP_ERRBUF_SIZE, "%s", h->err[0] ? h->err : h->lib->pcap_statustostr(ret));
	handle_free(h);
	return NULL;
}

pcap_t *pcap_open_live(const char *device, int snaplen, int promisc, int to_ms, char *errbuf)
{
	const void *caller = __builtin_return_address(0);
	struct device d;
	struct handle *h;
	int ret = ours(caller, device, &d, errbuf);

	if (ret == 0 && !library_of(caller))
		ret = no_library("pcap_open_live", errbuf);
	if (ret <= 0)
		return ret ? NULL : FORWARD(pcap_open_live, NULL, device, snaplen, promisc, to_ms, errbuf);
	h = handle_new(library_of(caller), device, &d, errbuf);
	if (!h)
		return NULL;
	h->snaplen = snaplen;
	h->promisc = promisc;
	h->timeout_ms = to_ms;
	return open_live(h, errbuf);
}

int pcap_activate(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? handle_activate(h) : FORWARD(pcap_activate, PCAP_ERROR, p);
}

void pcap_close(pcap_t *p)
{
	struct handle *h = handle_of(p);

	if (h)
		handle_free(h);
	else
		FORWARD(pcap_close, (void)0, p);
}

/* Before pcap_activate() only. */
static int set(struct handle *h, int *field, int value)
{
	if (h->ring)
		return handle_said(h, PCAP_ERROR_ACTIVATED, HANDLE_ACTIVATED);
	*field = value;
	return 0;
}

#define SETTER(function, field)                                                                \
	int function(pcap_t *p, int value)                                                     \
	{                                                                                      \
		struct handle *h = handle_of(p);                                               \
                                                                                               \
		return h ? set(h, &h->field, value) : FORWARD(function, PCAP_ERROR, p, value); \
	}

SETTER(pcap_set_snaplen, snaplen)
SETTER(pcap_set_promisc, promisc)
SETTER(pcap_set_rfmon, rfmon) /* and handle_activate() refuses it, as libpcap's on Ethernet */
SETTER(pcap_set_timeout, timeout_ms)
SETTER(pcap_set_immediate_mode, immediate)
SETTER(pcap_set_protocol_linux, protocol)

int pcap_set_buffer_size(pcap_t *p, int bytes)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_set_buffer_size, PCAP_ERROR, p, bytes);
	return set(h, &h->buffer_bytes, bytes > 0 ? bytes : h->buffer_bytes);
}

int pcap_set_tstamp_precision(pcap_t *p, int precision)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_set_tstamp_precision, PCAP_ERROR, p, precision);
	if (!h->ring && precision != PCAP_TSTAMP_PRECISION_MICRO && precision != PCAP_TSTAMP_PRECISION_NANO)
		return PCAP_ERROR_TSTAMP_PRECISION_NOTSUP;
	return set(h, &h->precision, precision);
}

int pcap_get_tstamp_precision(pcap_t *p)
{
	struct handle *h = handle_of(p);

	return h ? h->precision : FORWARD(pcap_get_tstamp_precision, PCAP_ERROR, p);
}

int pcap_set_tstamp_type(pcap_t *p, int type)
{
	struct handle *h = handle_of(p);
	int none = 0;

	if (!h)
		return FORWARD(pcap_set_tstamp_type, PCAP_ERROR, p, type);
	if (!h->ring && type != PCAP_TSTAMP_HOST)
		return PCAP_WARNING_TSTAMP_TYPE_NOTSUP;
	return set(h, &none, type);
}

int pcap_list_tstamp_types(pcap_t *p, int **types)
{
	if (!handle_of(p))
		return FORWARD(pcap_list_tstamp_types, PCAP_ERROR, p, types);
	*types = malloc(sizeof(**types)); /* pcap_free_tstamp_types() frees it */
	if (!*types)
		return handle_said(handle_of(p), PCAP_ERROR, "no memory");
	**types = PCAP_TSTAMP_HOST;
	return 1;
}

int pcap_can_set_rfmon(pcap_t *p)
{
	return handle_of(p) ? 0 : FORWARD(pcap_can_set_rfmon, PCAP_ERROR, p);
}

int pcap_dispatch(pcap_t *p, int count, pcap_handler callback, u_char *user)
{
	struct handle *h = handle_of(p);

	return h ? handle_read(h, count, callback, user) : FORWARD(pcap_dispatch, PCAP_ERROR, p, count, callback, user);
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

	return h ? loop(h, count, callback, user) : FORWARD(pcap_loop, PCAP_ERROR, p, count, callback, user);
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
		return FORWARD(pcap_next_ex, PCAP_ERROR, p, header, data);
	n = handle_read(one.h, 1, on_one, (u_char *)&one);
	*header = &one.h->next_header;
	*data = one.data;
	return n;
}

const u_char *pcap_next(pcap_t *p, struct pcap_pkthdr *header)
{
	struct one one = { .h = handle_of(p) };

	if (!one.h)
		return FORWARD(pcap_next, NULL, p, header);
	if (handle_read(one.h, 1, on_one, (u_char *)&one) <= 0)
		return NULL;
	*header = one.h->next_header;
	return one.data;
}

/* A signal handler may call it. */
void pcap_breakloop(pcap_t *p)
{
	const struct library *lib;
	struct handle *h = handle_of(p);

	if (h) {
		atomic_store(&h->stop, 1);
		eventfd_write(h->wake, 1);
		return;
	}
	lib = library_known(__builtin_return_address(0));
	if (lib)
		lib->pcap_breakloop(p);
}

int pcap_setnonblock(pcap_t *p, int nonblock, char *errbuf)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_setnonblock, PCAP_ERROR, p, nonblock, errbuf);
	h->nonblock = nonblock != 0;
	return 0;
}

int pcap_getnonblock(pcap_t *p, char *errbuf)
{
	struct handle *h = handle_of(p);

	if (!h)
		return FORWARD(pcap_getnonblock, PCAP_ERROR, p, errbuf);
	return h->ring ? h->nonblock : handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
}
