/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The per-packet work, the same for every capture implementation: inline, no
 * indirect call. It knows a trial's frame by pktgen's magic, checks its
 * sequence number and times it.
 *
 * Frame: Ethernet 14, IPv4 20, UDP 8, then pktgen's header in network order:
 * magic 4, sequence 4, seconds 4, microseconds 4. Sender k of n numbers its
 * frames 1, 2, 3, ... by itself; its UDP source port is SINK_PORT + k.
 */
#ifndef RXLAB_SINK_H
#define RXLAB_SINK_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "harness/clock.h"
#include "harness/histogram.h"
#include "harness/outcome.h"
#include "harness/util/err.h"

#define SINK_MAGIC 0xbe9be955u
#define SINK_PORT 9000
#define SINK_HEAD_BYTES 58 /* what a capture must deliver of a frame for the sink to know it */
#define SINK_OFF_PORT 34
#define SINK_OFF_MAGIC 42
#define SINK_STREAMS 2

/* One sender's sequence numbers. */
struct sink_stream {
	uint32_t next; /* highest sequence number seen, plus one */
	uint32_t count; /* sequence numbers, less one, are below this */
	uint64_t unique;
	uint64_t reordered;
	uint8_t *seen; /* one byte a sequence number: 0, 1 */
};

struct sink {
	struct clock_map clock; /* time stamp counter to the clock of pktgen's stamps */
	struct sink_stream stream[SINK_STREAMS];
	uint32_t n_streams;
	uint32_t wire_bytes; /* length of a trial's frame without FCS */
	uint64_t received;
	uint64_t duplicates;
	uint64_t corrupted;
	uint64_t foreign;
	struct histogram latency; /* ns */
};

struct sink_header {
	uint32_t magic;
	uint32_t seq;
	uint32_t sec;
	uint32_t usec;
} __attribute__((packed));

int sink_init(struct sink *s, uint32_t frame_bytes, uint64_t count, uint32_t senders, struct err *e);
void sink_free(struct sink *s); /* safe on a zeroed struct */
uint64_t sink_share(uint64_t count, uint32_t senders, uint32_t k); /* frames that sender k sends */
void sink_fill(const struct sink *s, struct outcome *o); /* capture and latency parts */

/* data: caplen bytes from the Ethernet header on, of a frame that was len bytes long (no FCS). */
static inline void sink_packet(struct sink *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct sink_stream *st;
	struct sink_header h;
	uint16_t port;
	uint32_t k, seq;

	if (__builtin_expect(caplen < SINK_HEAD_BYTES, 0)) {
		s->foreign++;
		return;
	}
	memcpy(&h, data + SINK_OFF_MAGIC, sizeof(h));
	memcpy(&port, data + SINK_OFF_PORT, sizeof(port));
	k = ntohs(port) - SINK_PORT;
	if (__builtin_expect(h.magic != htonl(SINK_MAGIC) || k >= s->n_streams, 0)) {
		s->foreign++;
		return;
	}
	s->received++;
	st = &s->stream[k];
	seq = ntohl(h.seq) - 1;
	if (__builtin_expect(seq >= st->count || len != s->wire_bytes, 0)) {
		s->corrupted++;
		return;
	}
	if (__builtin_expect(st->seen[seq], 0)) {
		s->duplicates++;
		return;
	}
	st->seen[seq] = 1;
	st->unique++;
	if (__builtin_expect(seq < st->next, 0))
		st->reordered++;
	else
		st->next = seq + 1;
	histogram_add(&s->latency, clock_since(&s->clock, ntohl(h.sec), ntohl(h.usec)));
}

#endif
