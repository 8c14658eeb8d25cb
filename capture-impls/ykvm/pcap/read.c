// SPDX-License-Identifier: GPL-2.0-or-later
/* From the ring to the callback. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture-impls/ykvm/pcap/handle.h"

#define VLAN_AT 12 /* where a frame's tag stands: behind the addresses */
#define VLAN_BYTES 4
#define DOWN_LOOK_MS 100

static void header_of(const struct handle *h, const struct ykvm_frame *f, struct pcap_pkthdr *header)
{
	uint64_t below = f->stamp_ns % 1000000000;

	header->ts.tv_sec = (time_t)(f->stamp_ns / 1000000000);
	header->ts.tv_usec = (suseconds_t)(h->precision == PCAP_TSTAMP_PRECISION_NANO ? below : below / 1000);
	header->caplen = f->caplen;
	header->len = f->len;
}

/* Puts the tag back that the kernel took out, as libpcap does; the frame is copied for it. */
static const uint8_t *untag(struct handle *h, const struct ykvm_frame *f, const uint8_t *data,
			    struct pcap_pkthdr *header)
{
	uint16_t tag[2] = { htons(f->vlan_proto), htons(f->vlan_tci) };
	uint32_t room = (uint32_t)h->snaplen - VLAN_BYTES;
	uint32_t bytes = f->caplen < room ? f->caplen : room;

	if (h->snaplen < VLAN_AT + VLAN_BYTES || f->caplen < VLAN_AT)
		return data;
	memcpy(h->scratch, data, VLAN_AT);
	memcpy(h->scratch + VLAN_AT, tag, VLAN_BYTES);
	memcpy(h->scratch + VLAN_AT + VLAN_BYTES, data + VLAN_AT, bytes - VLAN_AT);
	header->caplen = bytes + VLAN_BYTES;
	header->len = f->len + VLAN_BYTES;
	return h->scratch;
}

static int read_batch(struct handle *h, int count, pcap_handler callback, u_char *user)
{
	struct ykvm_reader *r = &h->ring->reader;
	struct ykvm_batch b = ykvm_reader_take(r, (uint32_t)count);
	const struct ykvm_frame *f;
	struct pcap_pkthdr header;
	const uint8_t *data;
	int n = 0;

	while (!atomic_load_explicit(&h->stop, memory_order_relaxed) && (f = ykvm_batch_next(&b, &data))) {
		header_of(h, f, &header);
		if (f->flags & YKVM_FRAME_VLAN)
			data = untag(h, f, data, &header);
		callback(user, &header, data);
		n++;
	}
	ykvm_reader_release(r, &b);
	if (ykvm_reader_kick_due(r))
		ykvm_kick(h->ring);
	return n;
}

/* As many as there are; given back in between, so that a slow callback does not hold the whole ring. */
static int read_batches(struct handle *h, int count, pcap_handler callback, u_char *user)
{
	int n = 0, got, most = count < (int)h->ring->setup.slots ? count : (int)h->ring->setup.slots;

	do {
		got = read_batch(h, most - n < YKVM_BATCH_MAX ? most - n : YKVM_BATCH_MAX, callback, user);
		n += got;
	} while (got > 0 && n < most);
	return n;
}

void handle_discard(struct handle *h)
{
	struct ykvm_reader *r = &h->ring->reader;
	struct ykvm_batch b = ykvm_reader_take(r, UINT32_MAX);
	const uint8_t *data;

	while (ykvm_batch_next(&b, &data))
		;
	ykvm_reader_release(r, &b);
}

static bool stopped(struct handle *h)
{
	eventfd_t count;

	if (!atomic_load(&h->stop))
		return false;
	atomic_store(&h->stop, 0);
	eventfd_read(h->wake, &count);
	return true;
}

/* Until frames are there, the timeout is over, or pcap_breakloop(). PCAP_ERROR: nothing will come. */
static int sleep_for_frames(struct handle *h)
{
	struct pollfd p[2] = { { .fd = h->ring->fd, .events = POLLIN }, { .fd = h->wake, .events = POLLIN } };
	int status = ykvm_status(h->ring);
	int timeout = h->timeout_ms > 0 ? h->timeout_ms : -1;

	if (status == -ENODEV) {
		snprintf(h->err, sizeof(h->err), "%s: The interface disappeared", h->name);
		return PCAP_ERROR;
	}
	if (status == -ENETDOWN) { /* poll() would return at once */
		p[0].fd = -1;
		timeout = DOWN_LOOK_MS;
	}
	if (poll(p, 2, timeout) < 0 && errno != EINTR) {
		snprintf(h->err, sizeof(h->err), "%s: %s", h->name, strerror(errno));
		return PCAP_ERROR;
	}
	return 0;
}

/* pcap_dispatch(): one batch, after one sleep at most. */
int handle_read(struct handle *h, int count, pcap_handler callback, u_char *user)
{
	int n, ret;

	if (!h->ring)
		return handle_said(h, PCAP_ERROR_NOT_ACTIVATED, HANDLE_NOT_ACTIVATED);
	if (stopped(h))
		return PCAP_ERROR_BREAK;
	count = count > 0 ? count : INT32_MAX;
	n = read_batches(h, count, callback, user);
	if (n == 0 && !h->nonblock && !atomic_load(&h->stop)) {
		ret = sleep_for_frames(h);
		if (ret != 0)
			return ret;
		n = read_batches(h, count, callback, user);
	}
	/* Frames that were called back are told first; the stop stands until the next call. */
	return n == 0 && stopped(h) ? PCAP_ERROR_BREAK : n;
}
